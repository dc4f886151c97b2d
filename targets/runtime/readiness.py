"""Asking a target whether it is well, until it is."""

import ssl
from dataclasses import dataclass
from importlib import import_module

import anyio
import anyio.to_thread

from targets.runtime import Address

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.02, 0.2


@dataclass(slots=True)
class Seen:
    """What the readiness check saw so far."""

    last: str = "no answer yet"
    well: bool = False


async def poll_health(address: Address, path: str, seen: Seen) -> None:
    """Asks until the answer is 200, noting what it saw meanwhile."""
    httpx = await anyio.to_thread.run_sync(import_module, "httpx")  # half a second, off the event loop
    pause_s = _FIRST_PAUSE_S
    no_certificates = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # spares loading them: this is plain HTTP
    async with httpx.AsyncClient(
        base_url=address.url,
        trust_env=False,
        verify=no_certificates,
        timeout=httpx.Timeout(5.0, connect=0.5),
    ) as client:
        while True:
            try:
                answer = await client.get(path)
            except httpx.HTTPError as error:
                seen.last = f"{path}: {error or type(error).__name__}"
            else:
                seen.last = f"{path} answered {answer.status_code}"
                seen.well = answer.status_code == 200
                if seen.well:
                    return
            await anyio.sleep(pause_s)
            pause_s = min(pause_s * 1.5, _LONGEST_PAUSE_S)
