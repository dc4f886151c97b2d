"""A target that runs already, at a URL: it gets load, and is never started, metered or stopped.

Its life is not abreast's: `start` and `stop` do nothing to it, and it has neither log nor processes here.
"""

import ssl
import time
from importlib import import_module
from pathlib import Path

import anyio
import anyio.to_thread

from targets.errors import TargetError
from targets.runtime import Address

_PAUSE_S = 0.2


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
    ) -> None:
        """`context` judges its certificate, where it is spoken to with TLS, for `server_name` or its host.
        `folder` is where its log would be."""
        self.name = name
        self.address = address
        self.log_path = folder / "log.txt"
        self._health_path = health_path
        self._server_name = server_name
        self._context = context or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # never used: plain HTTP
        self._left = anyio.Event()

    async def start(self) -> None:
        """It is taken as it is."""
        self._left = anyio.Event()

    async def ready(self, deadline_s: float) -> None:
        """Returns once its health path is answered with less than 400. Raises TargetError when `deadline_s`
        pass without such an answer."""
        httpx = await anyio.to_thread.run_sync(import_module, "httpx")  # half a second, off the event loop
        began, seen = time.monotonic(), "it was not asked yet"
        extensions = {"sni_hostname": self._server_name} if self._server_name else None
        with anyio.move_on_after(deadline_s):
            async with httpx.AsyncClient(
                base_url=self.address.url, trust_env=False, verify=self._context, timeout=5.0
            ) as client:
                while True:
                    try:
                        answer = await client.get(self._health_path, extensions=extensions)
                    except httpx.HTTPError as error:
                        seen = f"{self._health_path}: {error or type(error).__name__}"
                    else:
                        if answer.status_code < 400:
                            return
                        seen = f"{self._health_path} answered {answer.status_code}"
                    await anyio.sleep(_PAUSE_S)
        raise TargetError(
            f"{self.name} did not answer within {time.monotonic() - began:.1f} s",
            why=seen,
            hint=f"start it, or check its address: {self.address.url}{self._health_path}",
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
        raise TargetError(
            f"{self.name} is not paused", why="abreast did not start it", hint="do so where it was started"
        )

    async def unpause(self) -> None:
        """It was never paused."""

    def log_tail(self, lines: int = 10) -> list[str]:
        """Nothing: its log is not abreast's to read."""
        del lines
        return []
