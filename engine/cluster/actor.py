"""The actor that runs a load worker on a node: it starts the same process as on one machine, and passes bytes
on.

Rules of this file:
- it knows no message: orders and reports pass as the bytes of the pipe (`engine.protocol.messages`);
- the load worker ends with it: when this process is gone, the pipe of orders closes;
- it needs no Ray itself, so that it is tested without.
"""

import asyncio
import os
import subprocess
import sys
import time
from contextlib import suppress
from typing import Any

from engine.cluster.worker_folder import WorkerFolder, remove_left
from targets.runtime.child_env import SESSION_MARK, child_environment, tls_environment
from targets.runtime.exit_status import exit_in_words

READ_WITHIN_S = 1.0
"""How long `read` waits for reports."""
ANSWERED_WITHIN_S = 0.05
"""What comes first after an order, or so soon, may be its answer, such as a clock's: it is not held back."""
CHUNK_BYTES = 256 * 1024
HELD_BYTES = 1024 * 1024
"""With more unread bytes it stops reading, and the load worker merges what it cannot send."""
LOG_TAIL_BYTES = 4000


class LoadWorkerActor:
    """One load worker on a node. Ray calls its methods."""

    def __init__(self, lease_s: float, forsaken_s: float) -> None:
        """The load worker stops by itself once it has not heard of the front for `lease_s`; this process ends
        if it is not called for `forsaken_s`, which is longer."""
        self._lease_s = lease_s
        self._forsaken_s = forsaken_s
        self._called_s = time.monotonic()
        self._held = bytearray()
        self._changed = asyncio.Event()
        self._urgent = asyncio.Event()
        """What was collected must not wait for more."""
        self._ordered_s = 0.0
        self._is_unanswered = False
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._how: str | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def where(self) -> str:
        """The id of the node that it runs on."""
        return _node_id()

    async def start(self) -> None:
        """Starts the load worker's process, whose lease then begins."""
        self._called_s = time.monotonic()
        await asyncio.to_thread(remove_left)
        self._folder = WorkerFolder()
        self._log = self._folder.path / "load-worker.log"
        self._process = subprocess.Popen(  # noqa: ASYNC220 - returns at once; asyncio's own needs the main thread
            [
                *(sys.executable, "-P", "-m", "engine.worker.process"),
                *("--log", str(self._log), "--lease", str(self._lease_s)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            cwd=self._folder.path,
            env=child_environment(os.environ.get(SESSION_MARK, ""), tls_environment()),
            start_new_session=True,
        )
        loop = asyncio.get_running_loop()
        reports = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reports), self._process.stdout)
        self._orders, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, self._process.stdin)
        self._tasks = [
            loop.create_task(self._collect(reports)),
            loop.create_task(self._end_without_front()),
        ]

    async def write(self, data: bytes) -> None:
        """Passes orders on; does nothing if the load worker is gone."""
        self._called_s = self._ordered_s = time.monotonic()
        self._is_unanswered = True
        if not self._orders.is_closing():
            self._orders.write(data)

    async def read(self, gather_s: float = 0.0) -> tuple[bytes, str | None]:
        """Reports, as soon as there are any, and how the load worker ended, once it has and all was read.
        With `gather_s` it waits for more so long, so that it is called less often."""
        self._called_s = time.monotonic()
        if not self._held and self._how is None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), READ_WITHIN_S)
        if gather_s and self._how is None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._urgent.wait(), gather_s)
        self._changed.clear()
        self._urgent.clear()
        data = bytes(self._held)
        self._held.clear()
        self._has_room.set()
        return data, self._how

    async def close(self) -> None:
        """Closes the pipe of orders, which ends the load worker."""
        self._called_s = time.monotonic()
        self._orders.close()

    async def _collect(self, reports: asyncio.StreamReader) -> None:
        while data := await reports.read(CHUNK_BYTES):
            self._held += data
            self._changed.set()
            if self._is_unanswered or time.monotonic() - self._ordered_s < ANSWERED_WITHIN_S:
                self._is_unanswered = False
                self._urgent.set()
            if len(self._held) > HELD_BYTES:
                self._has_room.clear()
                await self._has_room.wait()
        code = await asyncio.to_thread(self._process.wait)
        how = exit_in_words(code) + self._log_tail()
        self._folder.remove()
        self._how = how
        self._changed.set()
        self._urgent.set()

    def _log_tail(self) -> str:
        with suppress(OSError):
            text = self._log.read_text(errors="replace")[-LOG_TAIL_BYTES:].strip()
            return f"; its log ends with: {text.splitlines()[-1]}" if text else ""
        return ""

    async def _end_without_front(self) -> None:
        """Ends this process if it was not called for longer than any front waits between two calls. The
        load worker has stopped by then."""
        while (left_s := self._called_s + self._forsaken_s - time.monotonic()) > 0:  # noqa: ASYNC110 - sleeps until it can have run out
            await asyncio.sleep(left_s)
        self._process.kill()
        self._folder.remove()
        os._exit(1)


def _node_id() -> str:
    """Ray's id of this node; empty outside Ray."""
    ray: Any = sys.modules.get("ray")
    return str(ray.get_runtime_context().get_node_id()) if ray is not None and ray.is_initialized() else ""
