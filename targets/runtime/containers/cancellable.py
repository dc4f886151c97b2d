"""Work on an image in a thread that can be cancelled from outside at any time.

The library returns a response only once its headers have arrived; until then, only closing the connection can
end the wait. So every connection that the work's client opens is tracked from the start.
"""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeAlias

import anyio

from targets.runtime.containers.stream import Stream

if TYPE_CHECKING:
    from docker import APIClient

Work: TypeAlias = "Callable[[APIClient, Callable[[str], None], Callable[[Stream], None]], None]"
"""Takes a client, a callback for progress texts, and a callback for every response that can be closed."""

ENDS_WITHIN_S = 5.0


class Wire:
    """All connections that a client opens from now on."""

    def __init__(self, client: "APIClient") -> None:
        self._connections: list[Any] = []
        self._pools: set[int] = set()
        adapter: Any = client.get_adapter(client.base_url)
        find_pool = adapter.get_connection_with_tls_context

        def find(*arguments: Any, **named: Any) -> Any:
            pool = find_pool(*arguments, **named)
            self._watch(pool)
            return pool

        adapter.get_connection_with_tls_context = find

    def _watch(self, pool: Any) -> None:
        if id(pool) in self._pools:  # the client keeps it alive, so its id is unique
            return
        self._pools.add(id(pool))
        self._connections += [each for each in pool.pool.queue if each is not None]
        make = pool._new_conn

        def new() -> Any:
            connection = make()
            self._connections.append(connection)
            return connection

        pool._new_conn = new

    def cut(self) -> None:
        """Shuts down all open connections; a call that waits for a response gets an error. Never raises."""
        for each in tuple(self._connections):
            with suppress(Exception):
                each.sock.shutdown(socket.SHUT_RDWR)
            with suppress(Exception):
                each.sock.proc.terminate()  # over ssh it is not a socket but the pipes of a program


class Cancellable:
    """One piece of cancellable work."""

    def __init__(self, client: "APIClient", say: Callable[[str], None]) -> None:
        """`client` must not be used for anything else."""
        self._client = client
        self._say = say
        self._wire = Wire(client)
        self._streams: list[Stream] = []
        self._has_begun = False
        self._is_unwanted = False
        self._is_over = threading.Event()

    def run(self, work: Work) -> None:
        """Blocks. Raises what the work raises."""
        self._has_begun = True
        try:
            if not self._is_unwanted:
                work(self._client, self._say, self._hold)
        finally:
            self._is_over.set()

    def _hold(self, stream: Stream) -> None:
        self._streams.append(stream)
        if self._is_unwanted:
            stream.close()

    async def end(self) -> None:
        """Cancels the work and returns once its thread has ended; gives up after `ENDS_WITHIN_S`."""
        self._is_unwanted = True
        with anyio.CancelScope(shield=True), anyio.move_on_after(ENDS_WITHIN_S):
            while self._has_begun and not self._is_over.is_set():
                for stream in self._streams:
                    stream.close()
                self._wire.cut()  # again: it may have been about to connect
                await anyio.sleep(0.02)
