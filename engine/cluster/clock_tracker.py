"""How a worker's clock runs away from this machine's over a run, and by how much that is known. Pure.

The method: what is known of the offset is an interval. It gets wider with time, as no clock runs more than
500 ppm faster or slower than another (the most that NTP slews a clock by: RFC 5905, section 11.3), and
narrower with every round trip. A round trip that contradicts it means that the clock was set, or stood still,
as in a virtual machine that was paused.

Rules of this file:
- a correction is made only where the old offset is certainly wrong: one within the error would move figures
  to and fro.
"""

from dataclasses import dataclass, field

from engine.cluster.clock_offset import ClockOffset

MOST_DRIFT = 500e-6
"""Seconds a second."""


@dataclass(frozen=True, slots=True)
class ClockChange:
    """A worker's clock is no longer where its figures' times were taken from, until now."""

    now: ClockOffset
    by_ns: int
    """How much the offset differs from the one that was used."""
    since_ns: int
    """When the one that was used could still be right, on this machine's clock."""


@dataclass(slots=True)
class ClockTracker:
    """What is known of one worker's clock. Mutable."""

    now: ClockOffset = field(default_factory=ClockOffset)
    """What all round trips since the clock was last set leave possible, at the last one."""
    used: ClockOffset = field(default_factory=ClockOffset)
    """The offset that the times of the worker's figures are taken from."""
    _at_ns: int = 0
    _right_ns: int = 0
    """When `used` could last be right."""

    def take(self, measured: ClockOffset, at_ns: int) -> None:
        """Takes in one round trip that ended at this moment of this machine's clock."""
        wider_ns = self.now.error_ns + round((at_ns - self._at_ns) * MOST_DRIFT)
        known = ClockOffset(self.now.offset_ns, wider_ns)
        self.now = known.narrowed(measured) if known.agrees_with(measured) else measured
        self._at_ns = at_ns
        if self.now.agrees_with(self.used):
            self._right_ns = at_ns

    def use(self) -> ClockOffset:
        """Uses what is known now; returns it."""
        self.used, self._right_ns = self.now, self._at_ns
        return self.used

    def correct(self) -> ClockChange | None:
        """If what is used is wrong, uses what is known now, and says by how much it differs."""
        if self.now.agrees_with(self.used):
            return None
        by_ns, since_ns = self.now.offset_ns - self.used.offset_ns, self._right_ns
        return ClockChange(self.use(), by_ns, since_ns)
