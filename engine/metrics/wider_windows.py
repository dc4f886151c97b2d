"""Longer windows of the same load, for percentiles that have too few samples. Pure.

One window is grown backwards from the newest second, and only as far as a percentile can need.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from engine.metrics.request_sums import RequestSums
from engine.metrics.window import Window
from engine.protocol.histogram import Histogram, samples_needed
from engine.protocol.messages import TICKS_A_BUCKET
from engine.protocol.tick_stats import TickStats

ENOUGH = samples_needed(0.99)
"""Samples for every percentile that is shown."""


@dataclass(slots=True)
class WiderWindow:
    """Those sums of a window that percentiles are taken from."""

    ok: Histogram = field(default_factory=Histogram)
    service: Histogram = field(default_factory=Histogram)
    first_byte: Histogram = field(default_factory=Histogram)
    ticks: int = 0

    @classmethod
    def of(cls, window: Window) -> "WiderWindow":
        """A window's sums, shared with it."""
        total = window.total
        return cls(total.ok, total.service, total.first_byte, window.ticks)

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.ticks / TICKS_A_BUCKET

    def add(self, tick_stats: TickStats) -> None:
        """Adds one more stretch."""
        self.ticks += tick_stats.ticks
        for stats in tick_stats.requests.values():
            self.ok.add(stats.ok)
            self.service.add(stats.service)
            self.first_byte.add(stats.first_byte)

    def copied(self) -> "WiderWindow":
        """The same sums, which do not grow any more."""
        return replace(
            self, ok=self.ok.copied(), service=self.service.copied(), first_byte=self.first_byte.copied()
        )

    def has_enough(self, run: RequestSums) -> bool:
        """Whether a longer window of the same run could add nothing: each kind of latency has enough samples
        here, or all of the run's."""
        kinds = (self.ok, run.ok), (self.service, run.service), (self.first_byte, run.first_byte)
        return all(own.count >= min(ENOUGH, all_of_run.count) for own, all_of_run in kinds)


def wider_windows(
    newest_first: Iterable[tuple[int, TickStats]], lengths_s: Sequence[int], run: RequestSums
) -> list[WiderWindow]:
    """Windows of these lengths, from the shortest, that end with the newest second. It leaves out those that
    follow one with enough samples.

    `newest_first` holds the seconds that count in them, each with its age in seconds, 0 for the newest.
    `run` are the results of the whole run, those seconds included.
    """
    windows: list[WiderWindow] = []
    grown = WiderWindow()
    remaining = iter(newest_first)
    following = next(remaining, None)
    for length_s in lengths_s:
        while following is not None and following[0] < length_s:
            grown.add(following[1])
            following = next(remaining, None)
        windows.append(grown.copied())
        if grown.has_enough(run):
            break
    return windows
