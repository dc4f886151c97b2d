"""Trials of a search for capacity, by rule M11: what one target did under one load for a few seconds. Data
only."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["search", "confirm"]
"""`confirm`: the long trial that the largest load found must survive."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial, without the time in which it settled. The other targets had no load meanwhile."""

    number: int
    """From 1, of the session."""
    target: str
    load: int
    """Users; in the open model, arrivals per second."""
    kind: Kind
    began_s: float
    """Session time at which its load began."""
    from_s: float
    """Session time from which it was measured."""
    to_s: float
    asked: int
    """Requests that ended, went unanswered or, in the open model, were dropped."""
    attained: int
    """Those that succeeded within the SLO's limit; without a limit, those that succeeded."""
    bad: int
    """Those that failed, went unanswered or were dropped."""
    ok: int
    p50_ms: float | None = None
    """Like the next two, of successful requests; None with too few of them."""
    p95_ms: float | None = None
    p99_ms: float | None = None
    cpu_pct: float | None = None
    """Mean CPU use of the target, 100 for one busy core; None without a reading."""
    memory_mb: float | None = None
    """The highest reading."""
    tainted: str = ""
    """Why nothing may be concluded from it, as the generator could not send the load; empty if it could."""

    @property
    def seconds(self) -> float:
        """How long it was measured."""
        return self.to_s - self.from_s

    @property
    def goodput(self) -> float:
        """Successful requests per second."""
        return self.ok / self.seconds if self.seconds > 0 else 0.0

    @property
    def attainment(self) -> float | None:
        """The share of all requests that succeeded within the limit; None without requests."""
        return self.attained / self.asked if self.asked else None

    @property
    def error_rate(self) -> float | None:
        """The share of all requests that failed; None without requests."""
        return self.bad / self.asked if self.asked else None
