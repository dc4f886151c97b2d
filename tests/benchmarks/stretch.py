"""The stretch of a load worker's ticks for which its processor time is known."""

from collections.abc import Iterable
from dataclasses import dataclass

from engine.protocol.messages import Heartbeat


@dataclass(frozen=True)
class Stretch:
    """What was used from the end of one tick to the end of another."""

    from_tick: int
    to_tick: int
    cpu_s: float

    @classmethod
    def of(cls, heartbeats: Iterable[Heartbeat], from_tick: int, to_tick: int) -> "Stretch":
        """The longest within these ticks. A worker that was held up reports several ticks as one: then some
        have no heartbeat. Raises AssertionError if fewer than two have one."""
        cpu_s = {beat.tick: beat.cpu_s for beat in heartbeats if from_tick <= beat.tick <= to_tick}
        first, last = min(cpu_s, default=0), max(cpu_s, default=0)
        assert first < last, "the load worker was held up for all of the measurement: run it again"
        return cls(first, last, cpu_s[last] - cpu_s[first])

    def has(self, tick: int) -> bool:
        """Whether a report of this tick is of it."""
        return self.from_tick < tick <= self.to_tick
