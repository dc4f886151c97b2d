"""How far another process's clock is from this one's, from the round trips of pings. Pure.

The method is Cristian's (Probabilistic clock synchronization, 1989): the other clock was read somewhere
between sending and receiving, so its reading belongs to the middle, give or take half of the round trip. Of
many round trips the shortest is the most exact.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClockOffset:
    """The other clock minus this one."""

    offset_ns: int = 0
    error_ns: float = math.inf
    """How far off the offset can be, either way; infinite until it was measured."""

    def better_of(self, other: "ClockOffset") -> "ClockOffset":
        """The more exact of two measurements."""
        return other if other.error_ns < self.error_ns else self

    def agrees_with(self, other: "ClockOffset") -> bool:
        """Whether both can be right."""
        return abs(self.offset_ns - other.offset_ns) <= self.error_ns + other.error_ns

    def narrowed(self, other: "ClockOffset") -> "ClockOffset":
        """What two measurements of the same offset, which agree, leave possible."""
        if not (self.is_measured and other.is_measured):
            return self.better_of(other)
        low_ns = max(self.offset_ns - self.error_ns, other.offset_ns - other.error_ns)
        high_ns = min(self.offset_ns + self.error_ns, other.offset_ns + other.error_ns)
        return ClockOffset(round((low_ns + high_ns) / 2), (high_ns - low_ns + 1) // 2)

    @property
    def is_measured(self) -> bool:
        """Whether any ping was answered."""
        return math.isfinite(self.error_ns)

    def __str__(self) -> str:
        if not self.is_measured:
            return "not measured"
        return f"{time_text(self.offset_ns, sign=True)} ± {time_text(self.error_ns)}"


def offset_of(sent_ns: int, clock_ns: int, received_ns: int) -> ClockOffset:
    """The offset by one round trip: sent and received by this clock, `clock_ns` read from the other one in
    between."""
    return ClockOffset(clock_ns - (sent_ns + received_ns) // 2, (received_ns - sent_ns + 1) // 2)


def time_text(time_ns: float, *, sign: bool = False) -> str:
    """`+1.25 ms`, `-3,600.500 s`: a time, with its sign if wanted."""
    form = "+" if sign else ""
    if abs(time_ns) < 1e9:
        return f"{time_ns / 1e6:{form}.2f} ms"
    return f"{time_ns / 1e9:{form},.3f} s"
