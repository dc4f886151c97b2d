"""A target as a process group on this machine.

Rules of this file:
- a target gets a sealed environment, a working folder of its own, a closed standard input and a log file;
- the root process is asked to end, since a master knows best how to end its workers; whatever is left after
  that is found by its marks, not by its group, since a child may have left the group;
- an answer on the port counts only if a process of the target listens there.
"""

import os
import re
import signal
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from subprocess import DEVNULL, STDOUT
from typing import IO, Any

import anyio
import anyio.to_thread
import psutil
from anyio.abc import Process

from targets.catalog import Launch
from targets.errors import TargetError
from targets.runtime import Address
from targets.runtime.guard import end_all, marked_with
from targets.runtime.ports import can_listen, free_port, holder, listens
from targets.runtime.sealing import SESSION_MARK, TARGET_MARK, sealed_environment

_TAIL_BYTES = 64 * 1024
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.02, 0.2
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f]")


class LocalTarget:
    """One target's life as processes of this machine; a `RunningTarget`."""

    def __init__(
        self,
        name: str,
        launch: Callable[[int], Launch],
        folder: Path,
        session_id: str,
        *,
        port: int | None = None,
    ) -> None:
        """`launch` says how to start it on a port. `folder` is its own and becomes its working folder.
        Without a port it takes a free one at its first start, and keeps it."""
        self.name = name
        self.log_path = folder / "log.txt"
        self._launch = launch
        self._folder = folder
        self._session_id = session_id
        self._port = port
        self._health_path = "/health"
        self._process: Process | None = None
        self._log_offset = 0

    @property
    def address(self) -> Address:
        """Where it listens; known once `start` has returned."""
        assert self._port is not None, "start it first"
        return Address("127.0.0.1", self._port)

    @property
    def pid(self) -> int | None:
        """Its root process while that lives."""
        process = self._process
        return process.pid if process and process.returncode is None else None

    async def start(self) -> None:
        """Starts it, on the port it had before if it had one. Raises TargetError where its folder or program
        cannot be used, or the port is taken."""
        if self._process is not None:
            await self.stop(grace_s=0)  # a root that died may have left children that hold the port
            self._process = None
        self._port = await anyio.to_thread.run_sync(self._claim_port)
        launch = self._launch(self._port)
        self._health_path = launch.health_path
        marks = {TARGET_MARK: self.name}
        try:
            with self._open_log() as log, anyio.CancelScope(shield=True):
                self._process = await anyio.open_process(
                    launch.argv,
                    stdin=DEVNULL,
                    stdout=log,
                    stderr=STDOUT,
                    cwd=self._folder,
                    env=sealed_environment(self._session_id, launch.env | marks),
                    start_new_session=True,
                )
        except OSError as error:
            raise TargetError(
                f"{self.name} cannot be started",
                why=f"{error.filename or launch.argv[0]}: {error.strerror or error}",
                hint=f"check that {launch.argv[0]} is installed and {self._folder} can be written",
            ) from error

    async def ready(self, deadline_s: float) -> None:
        """Returns once its health path answers 200. Raises TargetError with the last log lines when it dies,
        when `deadline_s` pass without such an answer, or when the answer comes from another program."""
        process = self._started()
        seen = _Seen()
        began = time.monotonic()
        with anyio.move_on_after(deadline_s):
            async with anyio.create_task_group() as group:

                async def end_with_it() -> None:
                    await process.wait()
                    group.cancel_scope.cancel()

                group.start_soon(end_with_it)
                await self._poll_health(seen)
                group.cancel_scope.cancel()
        if process.returncode is not None:
            raise self._trouble(f"{self.name} died at start: {exit_in_words(process.returncode)}")
        if not seen.well:
            waited_s = time.monotonic() - began
            raise self._trouble(f"{self.name} did not get ready within {waited_s:.1f} s", seen.last)
        if not await anyio.to_thread.run_sync(listens, process.pid, self.address.port):
            raise self._port_taken("something else answers there")

    async def wait(self) -> str:
        """Returns once the process of the last `start` has ended, with how it did. Many tasks may wait."""
        return exit_in_words(await self._started().wait())

    async def stop(self, grace_s: float = 5.0) -> None:
        """SIGTERM to the root, up to `grace_s` for it to end, then SIGKILL to all that is left. Never raises,
        and is not cut short by a cancellation."""
        process = self._process
        if process is None:
            return
        with anyio.CancelScope(shield=True):
            if process.returncode is None and grace_s > 0:
                with suppress(ProcessLookupError):
                    process.terminate()
                with anyio.move_on_after(grace_s):
                    await process.wait()
            self.kill()
            await anyio.to_thread.run_sync(partial(end_all, self._survivors))
            with anyio.move_on_after(1):  # all that lives is stuck in the kernel, and may be so for ever
                await process.wait()

    def kill(self) -> None:
        """SIGKILL to its process group. Does nothing where the root has ended: its number may be another's by
        now."""
        if (pid := self.pid) is not None:
            with suppress(ProcessLookupError, PermissionError):  # macOS: EPERM for a group of zombies
                os.killpg(pid, signal.SIGKILL)

    def log_tail(self, lines: int = 10) -> list[str]:
        """The last lines it wrote since its last start, without control characters."""
        try:
            with self.log_path.open("rb") as log:
                end = log.seek(0, os.SEEK_END)
                log.seek(max(self._log_offset, end - _TAIL_BYTES))
                text = log.read().decode(errors="replace")
        except OSError:
            return []
        return [_CONTROL.sub("", line) for line in text.splitlines() if line.strip()][-lines:]

    def _started(self) -> Process:
        if self._process is None:
            raise RuntimeError(f"{self.name} was never started")
        return self._process

    def _survivors(self) -> list[psutil.Process]:
        return marked_with({SESSION_MARK: self._session_id, TARGET_MARK: self.name})

    def _claim_port(self) -> int:
        if self._port is None:
            return free_port()
        if not can_listen(self._port):
            raise self._port_taken()
        return self._port

    def _open_log(self) -> IO[Any]:
        """Its log, to append to; a line divides one start from the next."""
        self._folder.mkdir(parents=True, exist_ok=True)
        log = self.log_path.open("ab")
        if log.tell():
            log.write(f"---- started again at {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC ----\n".encode())
            log.flush()
        self._log_offset = log.tell()
        return log

    async def _poll_health(self, seen: "_Seen") -> None:
        """Asks until the answer is 200, noting what it saw meanwhile."""
        httpx = await anyio.to_thread.run_sync(import_module, "httpx")  # half a second, off the event loop
        pause_s = _FIRST_PAUSE_S
        no_certificates = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # spares loading them: this is plain HTTP
        async with httpx.AsyncClient(
            base_url=self.address.url,
            trust_env=False,
            verify=no_certificates,
            timeout=httpx.Timeout(5.0, connect=0.5),
        ) as client:
            while True:
                try:
                    answer = await client.get(self._health_path)
                except httpx.HTTPError as error:
                    seen.last = f"{self._health_path}: {error or type(error).__name__}"
                else:
                    seen.last = f"{self._health_path} answered {answer.status_code}"
                    seen.well = answer.status_code == 200
                    if seen.well:
                        return
                await anyio.sleep(pause_s)
                pause_s = min(pause_s * 1.5, _LONGEST_PAUSE_S)

    def _trouble(self, what: str, why: str = "") -> TargetError:
        tail = self.log_tail() or ["it wrote nothing to its log"]
        return TargetError(
            what, why="\n".join([why, *tail] if why else tail), hint=f"the whole log: {self.log_path}"
        )

    def _port_taken(self, why: str = "") -> TargetError:
        port = self.address.port
        return TargetError(
            f"{self.name} cannot have port {port}",
            why=", ".join(filter(None, [f"it is taken by {holder(port)}", why])),
            hint="end that program, or let abreast choose a port",
        )


class _Seen:
    """What the readiness check saw so far."""

    def __init__(self) -> None:
        self.last = "it was not asked yet"
        self.well = False


def exit_in_words(returncode: int) -> str:
    """`exit code 1`, or `killed by SIGKILL` for a negative return code."""
    if returncode >= 0:
        return f"exit code {returncode}"
    try:
        return f"killed by {signal.Signals(-returncode).name}"
    except ValueError:
        return f"killed by signal {-returncode}"
