"""Asking a server that runs already whether it speaks HTTP, and where it says that it is well.

Rules of this file:
- a host is checked before anything is asked of it;
- a server is asked a few harmless questions (`GET`), each on a connection of its own, of whose answer the
  first line is read; httpx would take half a second to be imported.
"""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import anyio
import anyio.to_thread

from engine.client.address import Tls
from engine.client.tls import client_context
from engine.reach import tls_of
from engine.safety import check_host
from engine.target_plan import OwnTarget
from targets.runtime import Address

PATIENCE_S = 5.0
"""How long a server that does not answer is asked again: it may have been started a moment ago."""
PATIENCE_WITH_YOUNG_S = 15.0
"""The same where it is known that it was."""

_ANSWER_WITHIN_S = 2.0
_PAUSE_S = 0.25
_OTHER = "speaks something else than HTTP"


@dataclass(slots=True)
class Asked:
    """What a server said to a few questions."""

    statuses: dict[str, int] = field(default_factory=dict)
    """Path → status."""
    trouble: str = ""
    """Why it is none that speaks HTTP."""

    def well(self, paths: Sequence[str]) -> str:
        """The first of the paths that it answers below 400; empty where it answers none so."""
        return next((path for path in paths if self.statuses.get(path, 999) < 400), "")


async def knock(
    address: Address,
    paths: Sequence[str],
    granted_hosts: Collection[str],
    own: OwnTarget | None = None,
    *,
    patience_s: float = PATIENCE_S,
) -> Asked:
    """What a server says to each path; `own` where it has a URL, which may speak TLS. Raises UsageError where
    its host may get no load."""
    await anyio.to_thread.run_sync(check_host, address.host, granted_hosts)
    asked = Asked()
    began_s = time.monotonic()
    for path in paths:
        while True:
            answer = await _answer(address, path, own)
            if isinstance(answer, int):
                asked.statuses[path] = answer
                break
            if answer == _OTHER or time.monotonic() - began_s > patience_s:
                asked.trouble = answer
                return asked
            await anyio.sleep(_PAUSE_S)
    return asked


async def _answer(address: Address, path: str, own: OwnTarget | None) -> int | str:
    """The status, or why there is none."""
    request = f"GET {path} HTTP/1.1\r\nHost: {address}\r\nUser-Agent: abreast\r\nConnection: close\r\n\r\n"
    tls = tls_of(own, "")
    said = b""
    try:
        with anyio.fail_after(_ANSWER_WITHIN_S):
            async with await anyio.connect_tcp(
                address.host,
                address.port,
                **_tls_arguments(tls),
            ) as stream:
                await stream.send(request.encode())
                while b"\n" not in said and len(said) < 12:
                    said += await stream.receive()
    except TimeoutError:
        return f"did not answer within {_ANSWER_WITHIN_S:g} s"
    except anyio.EndOfStream:
        return _OTHER if said else "ends connections without an answer"
    except (OSError, anyio.BrokenResourceError) as error:
        return (
            f"does not answer: {error.strerror or error}" if isinstance(error, OSError) else "does not answer"
        )
    words = said.split(None, 2)
    if said.startswith(b"HTTP/1.") and len(words) > 1 and words[1][:3].isdigit():
        return int(words[1][:3])
    return _OTHER


def _tls_arguments(tls: Tls | None) -> Mapping[str, Any]:
    if tls is None:
        return {}
    return {
        "ssl_context": client_context(tls),
        "tls_hostname": tls.server_name,
        "tls_standard_compatible": False,
    }
