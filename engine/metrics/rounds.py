"""Rounds of a paired comparison, by rule M10: what every target did in the same short stretch. Data only.

In `turns` each target has the machine to itself for its turn; in a `duel` all turns of a round are the same
second on the same core.
"""

from dataclasses import dataclass, field
from typing import Literal

from engine.protocol.histogram import Latencies

Pairing = Literal["turns", "duel"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One target's part of a round, without the time in which it settled."""

    seconds: float
    ok: int
    failed: int
    """Requests that failed or went unanswered."""
    latencies: Latencies = field(default_factory=Latencies)
    """Of the successful requests; empty in a duel, which says nothing of latency."""
    cpu_s: float | None = None
    """CPU time that its processes used, in seconds; None if it cannot be read exactly."""
    memory_bytes: int | None = None
    sent_late_us: int = 0
    """By how much its requests were sent too late, all together; 0 in older journals."""
    noted: int = 0
    """Successful responses that ended when they arrived, however late they were read; 0 in older journals."""

    @property
    def goodput(self) -> float:
        """Successful requests per second."""
        return self.ok / self.seconds if self.seconds > 0 else 0.0

    @property
    def cpu_s_per_1000_ok(self) -> float | None:
        """CPU seconds per 1,000 successful requests; None if either is unknown."""
        return None if self.cpu_s is None or not self.ok else 1000 * self.cpu_s / self.ok


@dataclass(frozen=True, slots=True)
class Round:
    """One turn of every target."""

    number: int
    """From 1, of its series."""
    pairing: Pairing
    from_s: float
    """Session time."""
    to_s: float
    turns: dict[str, Turn]
    """By target, in the order in which they had their turns."""
    users: int = 0
    """Of each target, the same for all."""
    tainted: str = ""
    """Why nothing may be concluded from it: the load generator was overloaded, a fault was active. Empty if
    nothing was wrong. That responses were read late is not such a reason: it is `lag`."""
    lag: Latencies = field(default_factory=Latencies)
    """How late timers of the load workers fired in its seconds: so late they may have read responses. Empty
    in a duel, which says nothing of latency, and in older journals."""
    series: int = 1
    """Which of the session's duels it belongs to, from 1: only rounds of one series are compared."""
