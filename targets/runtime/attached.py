"""A target that runs already, at a URL: it gets load, and is never started, metered or stopped.

Its life is not abreast's: `start` and `stop` do nothing to it, and it has neither log nor processes here.
"""

import ssl
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import anyio
import anyio.to_thread

from targets.errors import TargetError
from targets.runtime import Address
from targets.runtime.readiness import Seen

_PAUSE_S = 0.2
TOLD_AFTER_S = 2.0
"""Whoever waits longer is told what for."""


class AttachedTarget:
    """One target's life as somebody else's; a `RunningTarget`."""

    pids: tuple[int, ...] = ()
    """It has no processes that are abreast's to look at."""

    def __init__(
        self,
        name: str,
        address: Address,
        folder: Path,
        *,
        health_path: str,
        context: ssl.SSLContext | None = None,
        server_name: str = "",
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`context` judges its certificate, where it is spoken to with TLS, for `server_name` or its host.
        `folder` is where its log would be. `tell` gets what people who wait should know."""
        self.name = name
        self.address = address
        self.log_path = folder / "log.txt"
        self._health_path = health_path
        self._server_name = server_name
        self._context = context or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # never used: plain HTTP
        self._tell = tell
        self._left = anyio.Event()

    async def start(self) -> None:
        """It is taken as it is."""
        self._left = anyio.Event()

    async def ready(self, deadline_s: float) -> None:
        """Returns once its health path is answered with less than 400. Raises TargetError when `deadline_s`
        pass without such an answer."""
        began, seen = time.monotonic(), Seen()
        with anyio.move_on_after(deadline_s):
            async with anyio.create_task_group() as group:
                group.start_soon(self._say_what_is_waited_for, seen, deadline_s)
                await self._poll(seen)
                group.cancel_scope.cancel()
        if not seen.well:
            raise TargetError(
                f"{self.name} did not answer within {time.monotonic() - began:.1f} s",
                why=seen.last,
                hint=f"start it, or check its address: {self.address.url}{self._health_path}",
            )

    async def _poll(self, seen: Seen) -> None:
        httpx = await anyio.to_thread.run_sync(import_module, "httpx")  # half a second, off the event loop
        extensions = {"sni_hostname": self._server_name} if self._server_name else None
        async with httpx.AsyncClient(
            base_url=self.address.url, trust_env=False, verify=self._context, timeout=5.0
        ) as client:
            while True:
                try:
                    answer = await client.get(self._health_path, extensions=extensions)
                except httpx.HTTPError as error:
                    seen.last = f"{self._health_path}: {error or type(error).__name__}"
                else:
                    seen.last = f"{self._health_path} answered {answer.status_code}"
                    seen.well = answer.status_code < 400
                    if seen.well:
                        return
                await anyio.sleep(_PAUSE_S)

    async def _say_what_is_waited_for(self, seen: Seen, deadline_s: float) -> None:
        await anyio.sleep(TOLD_AFTER_S)
        self._tell(
            f"waits for {self.address.url}{self._health_path}, for {deadline_s:g} s at most: {seen.last}"
        )

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
        """Raises TargetError: it is somebody else's."""
        raise self._not_ours("paused")

    async def kill_worker(self) -> None:
        """Raises TargetError: it is somebody else's."""
        raise self._not_ours("struck")

    async def unpause(self) -> None:
        """It was never paused."""

    def _not_ours(self, done: str) -> TargetError:
        return TargetError(
            f"{self.name} is not {done}", why="abreast did not start it", hint="do so where it was started"
        )

    def log_tail(self, lines: int = 10) -> list[str]:
        """Nothing: its log is not abreast's to read."""
        del lines
        return []
