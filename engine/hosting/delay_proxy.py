"""A longer way to a target: a delay proxy in front of it, in a process of its own (`delay_proxy_process`).

The front holds the socket that clients connect to, and hands it to the proxy: so it has one port for the
whole session, and where a proxy ends, clients wait for the next one.
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
from targets.runtime.front_priority import at_own_priority

UP_WITHIN_S = 20.0
BACKLOG = 4096


def _listening() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)


@dataclass(slots=True)
class DelayProxy:
    """The one before a target."""

    name: str
    """Of the target."""
    upstreams: tuple[str, ...]
    """The target's addresses, as the proxy gets them: `127.0.0.1:80`. Checked addresses, never names."""
    delay_s: float
    """Round trip."""
    session_id: str
    log_path: Path
    _listener: socket.socket = field(default_factory=_listening)
    _process: Process | None = None

    @property
    def port(self) -> int:
        """Of loopback, where load goes."""
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def pid(self) -> int | None:
        """Its process while that lives."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        """Starts it, the first time or again; returns once it relays. Raises LoadError where it does not come
        up."""
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
        with self.log_path.open("ab") as log, at_own_priority():
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
        """Returns once the process that was started last has ended, with how it did."""
        assert self._process is not None, "start it first"
        return exit_in_words(await self._process.wait())

    async def end(self) -> None:
        """Ends it for good. Never raises."""
        await self._end_process()
        self._listener.close()

    async def _end_process(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
            with anyio.CancelScope(shield=True):
                await self._process.aclose()
