"""Adds network delay to a target with a delay proxy, which is a separate process (`delay_proxy_process`).

The front opens the listening socket and passes it to the proxy. The port therefore stays the same for the
whole session, and if a proxy ends, clients wait until the next one accepts them.
"""

import socket
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import PIPE

import anyio
from anyio.abc import Process

from targets.errors import LoadError
from targets.runtime.child_env import child_environment
from targets.runtime.exit_status import exit_in_words
from targets.runtime.front_priority import at_original_priority

UP_WITHIN_S = 20.0
BACKLOG = 4096


def _listening() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)


@dataclass(slots=True)
class DelayProxy:
    """The delay proxy in front of one target."""

    name: str
    """The target's name."""
    upstreams: tuple[str, ...]
    """The target's addresses as passed to the proxy (`127.0.0.1:80`): checked addresses, never host names."""
    delay_s: float
    """Added round-trip time."""
    session_id: str
    log_path: Path
    _listener: socket.socket = field(default_factory=_listening)
    _process: Process | None = None

    @property
    def port(self) -> int:
        """The loopback port that load is sent to."""
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def pid(self) -> int | None:
        """The ID of the proxy's process, or None if it is not running."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        """Starts or restarts the proxy and waits until it forwards connections. Raises LoadError if it
        does not start."""
        if self._process is not None:
            await self._process.aclose()
        upstreams = [word for upstream in self.upstreams for word in ("--to", upstream)]
        listener = self._listener.fileno()
        command = [
            sys.executable,
            "-P",
            "-m",
            "engine.hosting.delay_proxy_process",
            "--listen",
            str(listener),
        ]
        with self.log_path.open("ab") as log, at_original_priority():
            process = self._process = await anyio.open_process(
                [*command, *upstreams, "--delay-ms", f"{self.delay_s * 1000:g}"],
                stdin=PIPE,
                stdout=PIPE,
                stderr=log,
                env=child_environment(self.session_id),
                start_new_session=True,
                pass_fds=(listener,),
            )
        assert process.stdout is not None
        try:
            with anyio.fail_after(UP_WITHIN_S):
                await process.stdout.receive(1)
        except (anyio.EndOfStream, TimeoutError) as error:
            why = "it did not answer" if isinstance(error, TimeoutError) else "it ended at once"
            await self._end_process()
            raise LoadError(
                f"the delay proxy of {self.name} did not start", why=why, hint=f"its log is {self.log_path}"
            ) from error

    async def wait(self) -> str:
        """Waits until the most recently started process has ended; returns how it ended, in words."""
        assert self._process is not None, "start it first"
        return exit_in_words(await self._process.wait())

    async def end(self) -> None:
        """Kills the proxy and closes its listening socket. Never raises."""
        await self._end_process()
        self._listener.close()

    async def _end_process(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
            with anyio.CancelScope(shield=True):
                await self._process.aclose()
