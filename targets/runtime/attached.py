"""A target that runs already, at a URL: it gets load, and is never started, metered or stopped.

Its life is not abreast's: `start` and `stop` do nothing to it, and it has neither log nor processes here.
"""

import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import anyio

from targets.errors import TargetError
from targets.launch import Command
from targets.runtime import Address, Reading, Sidecar, Undo, not_started_by_abreast
from targets.runtime.probe import Question
from targets.runtime.readiness import Seen, poll

TOLD_AFTER_S, TOLD_EVERY_S = 2.0, 5.0
"""A wait that lasts longer is reported with its reason, and again as long as it lasts."""

_OTHER_NAME = frozenset({62, 64})
"""OpenSSL: the certificate is for another name, or another address (X509_V_ERR_HOSTNAME_MISMATCH, …_IP_…)."""
_HOW_TO_TRUST = (
    'name who signed it: ca = "authority.pem" in the plan\'s [[target]], or SSL_CERT_FILE=authority.pem '
    "before the command; insecure = true accepts any"
)


class AttachedTarget:
    """A target that was started outside abreast; a `RunningTarget`."""

    pids: tuple[int, ...] = ()
    """None: its processes are not abreast's to measure."""
    sidecar: Sidecar | None = None

    def __init__(
        self,
        name: str,
        address: Address,
        folder: Path,
        *,
        health_path: str,
        request: Callable[[Address], bytes],
        context: ssl.SSLContext | None = None,
        server_name: str = "",
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`request` gives the bytes that ask for `health_path`. `context` judges its certificate, where it is
        spoken to with TLS, for `server_name` or its host: the same that load is sent with. `folder` is where
        its log would be. `tell` gets what people who wait should know."""
        self.name = name
        self.address = address
        self.log_path = folder / "log.txt"
        self._health_path = health_path
        self._request = request
        self._server_name = server_name
        self._context = context
        self._tell = tell
        self._left = anyio.Event()

    @property
    def reading(self) -> Reading | None:
        """None: nothing here measures it."""
        return None

    @property
    def recorded_limits(self) -> Mapping[str, Any] | None:
        """None: nothing here knows its limits."""
        return None

    async def start(self) -> None:
        """It is taken as it is."""
        self._left = anyio.Event()

    async def ready(self, deadline_s: float, ips: Sequence[str] = ()) -> None:
        """Returns once its health path is answered with less than 400. Raises TargetError when `deadline_s`
        pass without such an answer, or at once where its certificate is not trusted."""
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
                group.start_soon(self._say_what_is_waited_for, seen, began_s, deadline_s)
                await poll(question, self._health_path, seen, is_well=lambda status: 0 < status < 400)
                group.cancel_scope.cancel()
        if seen.well:
            return
        if certificate := seen.reply.certificate:
            raise TargetError(
                f"the certificate of {self.name} is not trusted",
                why=seen.reply.trouble.partition(": ")[2],
                hint='give the name that it is for: server_name = "…" in the plan\'s [[target]]'
                if certificate.verify_code in _OTHER_NAME
                else _HOW_TO_TRUST,
            )
        raise TargetError(
            f"{self.name} did not answer within {time.monotonic() - began_s:.1f} s",
            why=seen.last,
            hint=f"check that it runs at {self.address.url}; if it is slow, name a quicker path with "
            "--health, or wait longer with --ready-within (in a plan: health, ready_within)",
        )

    async def _say_what_is_waited_for(self, seen: Seen, began_s: float, deadline_s: float) -> None:
        await anyio.sleep(TOLD_AFTER_S)
        while True:
            waited_s = time.monotonic() - began_s
            self._tell(
                f"waits for {self.address.url}{self._health_path}, "
                f"{waited_s:.0f} s of {deadline_s:g} s at most: {seen.last}"
            )
            await anyio.sleep(TOLD_EVERY_S)

    async def wait(self) -> str:
        """Returns once abreast has let go of it: its own end is nothing that abreast would see."""
        await self._left.wait()
        return "let go"

    async def stop(self, grace_s: float = 5.0) -> None:
        """Lets go of it; it runs on."""
        del grace_s
        self._left.set()

    def kill(self) -> None:
        """Lets go of it; it runs on."""
        self._left.set()

    async def pause(self) -> None:
        """Raises TargetError: abreast did not start it."""
        raise not_started_by_abreast(self.name, "paused")

    async def kill_worker(self) -> None:
        """Raises TargetError: abreast did not start it."""
        raise not_started_by_abreast(self.name, "changed")

    async def unpause(self) -> None:
        """Does nothing: it was never paused."""

    async def pin(self, cores: Sequence[int]) -> None:
        """Does nothing: it runs where it was started to run."""

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
        """Nothing: its log is not abreast's to read."""
        del lines
        return []
