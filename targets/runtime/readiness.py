"""Asks a target until it is healthy."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import anyio

from targets.runtime import Address
from targets.runtime.probe import Question, Reply, ask, get
from targets.urls import encoded_target

CONNECT_WITHIN_S = 5.0
"""As long as load waits for a connection, a TLS handshake included."""

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.02, 0.2
_HERE_WITHIN_S = 0.5
"""On this machine, or to what an engine publishes: a lost packet is sent again soon."""


@dataclass(slots=True)
class Seen:
    """What the readiness check saw so far."""

    last: str = "no answer yet"
    well: bool = False
    reply: Reply = field(default_factory=Reply)
    """The newest."""

    def waited(self, began_s: float) -> str:
        """How long it was asked, and what it said last."""
        return f"{time.monotonic() - began_s:.1f} s: {self.last}"


async def poll(
    question: Question,
    path: str,
    seen: Seen,
    *,
    is_well: Callable[[int], bool],
    connect_within_s: float = CONNECT_WITHIN_S,
) -> None:
    """Asks until it is healthy, or its certificate is not accepted, noting what it saw meanwhile.

    Once it is connected it may take as long as whoever waits does: one that is slow is not asked again.
    """
    pause_s = _FIRST_PAUSE_S

    def note(text: str) -> None:
        seen.last = f"{path}: {text}"

    while True:
        seen.reply = reply = await ask(question, connect_within_s=connect_within_s, note=note)
        seen.last = f"{path} answered {reply.status}" if reply.status else f"{path}: {reply.trouble}"
        seen.well = is_well(reply.status)
        if seen.well or reply.certificate:
            return
        await anyio.sleep(pause_s)
        pause_s = min(pause_s * 1.5, _LONGEST_PAUSE_S)


async def poll_health(address: Address, path: str, seen: Seen, ips: Sequence[str] = ()) -> None:
    """Asks until the answer is 200, noting what it saw meanwhile; `ips` are the addresses of a host that is a
    name."""
    request = get(encoded_target(path), str(address))
    question = Question(request, tuple(ips) or (address.host,), address.port)
    await poll(question, path, seen, is_well=lambda status: status == 200, connect_within_s=_HERE_WITHIN_S)
