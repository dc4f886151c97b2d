"""A target that already runs at a URL: abreast sends load to it, but never starts, meters or stops it.

`start` and `stop` do not affect the server, and abreast has neither its log nor its processes.
"""

import ssl
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import anyio

from targets.errors import TargetError
from targets.launch import Command
from targets.runtime import Address, Reading, Sidecar, Undo, not_profiled, not_started_by_abreast
from targets.runtime.cpu_clock import CpuClock, NoCpuClock
from targets.runtime.probe import Question
from targets.runtime.readiness import Seen, poll

WAIT_REPORTED_AFTER_S, WAIT_REPORTED_EVERY_S = 2.0, 5.0
"""A wait longer than the first value is reported with its reason, and again at the second interval until it
ends."""

_OTHER_NAME = frozenset({62, 64})
"""OpenSSL's codes for a certificate that is for another name or address (X509_V_ERR_HOSTNAME_MISMATCH,
…_IP_…)."""
_HOW_TO_TRUST = (
    'name the authority that signed it: ca = "authority.pem" in the plan\'s [[target]], or '
    "SSL_CERT_FILE=authority.pem before the command; insecure = true accepts any"
)


class AttachedTarget:
    """A target that was started outside abreast; a `RunningTarget`."""

    pids: tuple[int, ...] = ()
    """Always empty: abreast does not know the target's processes."""
    sidecar: Sidecar | None = None
    cpu_clock: CpuClock = NoCpuClock("abreast did not start it, and does not know its processes")

    def __init__(
        self,
        name: str,
        address: Address,
        folder: Path,
        *,
        health_path: str,
        health_statuses: Collection[int] = (),
        request: Callable[[Address], bytes],
        context: ssl.SSLContext | None = None,
        server_name: str = "",
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`request` returns the bytes of the request for `health_path`; a response with one of
        `health_statuses`, by default any below 400, shows that the target is healthy. With TLS, `context`
        verifies the certificate against `server_name`, or else the host; the load uses the same context.
        `folder` is where the log would be. `tell` receives progress messages for the user while abreast
        waits."""
        self.name = name
        self.address = address
        self.log_path = folder / "log.txt"
        self._health_path = health_path
        self._health_statuses = health_statuses or range(100, 400)
        self._request = request
        self._server_name = server_name
        self._context = context
        self._tell = tell
        self._left = anyio.Event()

    @property
    def reading(self) -> Reading | None:
        """Always None: abreast does not measure the target."""
        return None

    @property
    def recorded_limits(self) -> Mapping[str, Any] | None:
        """Always None: abreast does not know the target's limits."""
        return None

    async def start(self) -> None:
        """Only resets `wait`: the server already runs."""
        self._left = anyio.Event()

    async def ready(self, deadline_s: float, ips: Sequence[str] = ()) -> None:
        """Returns once the health path responds with a status that shows that the target is healthy. Raises
        TargetError if that does not happen within `deadline_s`, or at once if the certificate is not
        trusted."""
        began_s, seen = time.monotonic(), Seen()
        question = Question(
            self._request(self.address),
            tuple(ips) or (self.address.host,),
            self.address.port,
            self._context,
            self._server_name or self.address.host,
        )
        with anyio.move_on_after(deadline_s):
            async with anyio.create_task_group() as group:
                group.start_soon(self._report_waiting, seen, began_s, deadline_s)
                await poll(question, self._health_path, seen, is_healthy=self._health_statuses.__contains__)
                group.cancel_scope.cancel()
        if seen.is_healthy:
            return
        if certificate := seen.reply.certificate:
            raise TargetError(
                f"the certificate of {self.name} is not trusted",
                why=seen.reply.trouble.partition(": ")[2],
                hint='give the name that it is valid for: server_name = "…" in the plan\'s [[target]]'
                if certificate.verify_code in _OTHER_NAME
                else _HOW_TO_TRUST,
            )
        raise TargetError(
            f"{self.name} did not answer within {time.monotonic() - began_s:.1f} s",
            why=seen.last,
            hint=f"check that it runs at {self.address.url}; if it is slow, name a quicker path with "
            "--health, or wait longer with --ready-within (in a plan: health, ready_within)",
        )

    async def _report_waiting(self, seen: Seen, began_s: float, deadline_s: float) -> None:
        await anyio.sleep(WAIT_REPORTED_AFTER_S)
        while True:
            waited_s = time.monotonic() - began_s
            self._tell(
                f"waiting for {self.address.url}{self._health_path}, "
                f"{waited_s:.0f} s of {deadline_s:g} s at most: {seen.last}"
            )
            await anyio.sleep(WAIT_REPORTED_EVERY_S)

    async def wait(self) -> str:
        """Returns once abreast has detached from the target: abreast does not see when the server itself
        ends."""
        await self._left.wait()
        return "detached"

    async def stop(self, grace_s: float = 5.0) -> None:
        """Detaches from the target, which keeps running."""
        del grace_s
        self._left.set()

    def kill(self) -> None:
        """Detaches from the target, which keeps running."""
        self._left.set()

    async def pause(self) -> None:
        """Raises TargetError: abreast did not start it."""
        raise not_started_by_abreast(self.name, "paused")

    async def kill_worker(self) -> None:
        """Raises TargetError: abreast did not start it."""
        raise not_started_by_abreast(self.name, "changed")

    async def server_pid(self) -> int:
        """Raises TargetError: abreast does not know its processes."""
        raise not_profiled(
            self.name,
            "abreast did not start it, and does not know its processes",
            "profile it where it runs: py-spy record --pid PID --subprocesses",
        )

    async def unpause(self) -> None:
        """Does nothing: the target was never paused."""

    async def pin(self, cores: Sequence[int]) -> None:
        """Does nothing: abreast did not start the target and leaves its cores unchanged."""

    async def confine(self, core: int) -> None:
        """Raises TargetError: abreast did not start it."""
        raise not_started_by_abreast(self.name, "pinned to one core")

    def threads_off(self, core: int) -> int:
        """0: abreast knows none of its threads."""
        del core
        return 0

    async def limit(self, *, cpus: float | None = None, memory_bytes: int | None = None) -> Undo:
        """Raises TargetError: abreast did not start it."""
        raise not_started_by_abreast(self.name, "limited")

    async def put(self, files: Mapping[str, str]) -> None:
        """Raises TargetError: abreast did not start it."""
        raise not_started_by_abreast(self.name, "changed")

    async def run(self, command: Command) -> None:
        """Raises TargetError: abreast did not start it."""
        raise not_started_by_abreast(self.name, "changed")

    def log_tail(self, lines: int = 10) -> list[str]:
        """Always empty: abreast has no access to the target's log."""
        del lines
        return []
