"""Polls a target until it is healthy."""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

import anyio

from targets.runtime import Address
from targets.runtime.probe import Question, Reply, ask, get
from targets.urls import encoded_target

CONNECT_WITHIN_S = 5.0
"""The same as the load's connection timeout, which includes the TLS handshake."""

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.02, 0.2
_HERE_WITHIN_S = 0.5
"""The connection timeout for targets on this machine and for ports that a container engine publishes: after a
lost packet, the next attempt follows soon."""


@dataclass(slots=True)
class Seen:
    """The state of a readiness check."""

    last: str = "no answer yet"
    is_healthy: bool = False
    reply: Reply = field(default_factory=Reply)
    """The latest reply."""

    @property
    def in_full(self) -> str:
        """The last result, and what to do about it if that is known."""
        if self.reply.status != 404:
            return self.last
        return f'{self.last}; health = "/PATH" in its [[target]] names another path'

    def waited(self, began_s: float) -> str:
        """How long the target has been polled, and the last result."""
        return f"{time.monotonic() - began_s:.1f} s: {self.last}"


async def poll(
    question: Question,
    path: str,
    seen: Seen,
    *,
    is_healthy: Callable[[int], bool],
    connect_within_s: float = CONNECT_WITHIN_S,
) -> None:
    """Polls the target until it is healthy or its certificate is rejected, and records what happens in
    `seen`.

    Once connected, the target may take as long as the caller waits: a slow one does not get a second request.
    """
    pause_s = _FIRST_PAUSE_S

    def note(text: str) -> None:
        seen.last = f"{path}: {text}"

    while True:
        seen.reply = reply = await ask(question, connect_within_s=connect_within_s, note=note)
        seen.last = f"{path} answered {reply.status}" if reply.status else f"{path}: {reply.trouble}"
        seen.is_healthy = is_healthy(reply.status)
        if seen.is_healthy or reply.certificate:
            return
        await anyio.sleep(pause_s)
        pause_s = min(pause_s * 1.5, _LONGEST_PAUSE_S)


async def poll_health(
    address: Address, path: str, seen: Seen, ips: Sequence[str] = (), *, statuses: Collection[int] = (200,)
) -> None:
    """Polls until the response has one of the statuses, and records what happens in `seen`. `ips` are the
    addresses to connect to if the host is a name."""
    request = get(encoded_target(path), str(address))
    question = Question(request, tuple(ips) or (address.host,), address.port)
    await poll(
        question, path, seen, is_healthy=lambda status: status in statuses, connect_within_s=_HERE_WITHIN_S
    )
