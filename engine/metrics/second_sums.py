"""What the seconds of a level show one by one: its busiest second, and whether `/health` was answered. Pure.

`/health` is asked once a second (`engine.worker.health_probe`). A second has no answer if the probe failed in
it, or had been waiting for `LATE_AFTER_S` or longer at its end.
"""

from dataclasses import dataclass

from engine.metrics.window_stats import SecondFigures
from engine.protocol.messages import TICKS_A_BUCKET
from engine.protocol.tick_stats import TickStats

LATE_AFTER_S = 1.0


@dataclass(slots=True)
class SecondSums:
    """Sums over closed seconds of one target. Mutable."""

    seconds: int = 0
    probed: bool = False
    """Whether `/health` was asked at all."""
    unanswered: int = 0
    """Seconds in which `/health` had no answer."""
    longest_us: int = 0
    """How long `/health` took or was waited for at most."""
    most_requests: int = 0
    """That ended within one second."""

    def add(self, tick_stats: TickStats) -> None:
        """Adds a second; ignores one that is not whole."""
        if tick_stats.ticks != TICKS_A_BUCKET:
            return
        waiting_us = tick_stats.health_probe_waiting_us
        answered = tick_stats.health_probe
        self.seconds += 1
        self.probed = self.probed or bool(answered.counts or waiting_us or tick_stats.health_probe_errors)
        self.unanswered += bool(tick_stats.health_probe_errors) or waiting_us >= LATE_AFTER_S * 1e6
        self.longest_us = max(self.longest_us, waiting_us, answered.max_us if answered.counts else 0)
        self.most_requests = max(self.most_requests, sum(each.ended for each in tick_stats.requests.values()))

    def figures(self) -> SecondFigures:
        """The figures; None where nothing is known."""
        if not self.seconds:
            return SecondFigures()
        return SecondFigures(
            peak_rps=float(self.most_requests),
            probed_s=self.seconds if self.probed else 0,
            health_unanswered_s=self.unanswered if self.probed else 0,
            health_max_ms=self.longest_us / 1000 if self.probed else None,
        )
