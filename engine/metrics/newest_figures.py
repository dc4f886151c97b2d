"""Figures of one target's newest seconds: its live window, its newest second, and the charts' rows. Pure.

A percentile that has too few samples there is taken from a longer window of the same load (rule M4).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from engine.metrics.chart_rows import NO_ROW, NO_SIGNALS, Rows
from engine.metrics.figures import StatsOptions, second_figures, stats_of
from engine.metrics.levels import LevelTracker
from engine.metrics.recent_seconds import RecentSeconds
from engine.metrics.records import Bucket
from engine.metrics.series import row_of
from engine.metrics.signals import has_no_latency, signals_of, was_silent
from engine.metrics.silence import SILENT_S
from engine.metrics.wider_windows import ENOUGH, WiderWindow, wider_windows
from engine.metrics.window import Window
from engine.metrics.window_stats import WindowStats
from engine.protocol.load_shape import Steering
from engine.protocol.tick_stats import no_requests_of

LIVE_WINDOW_S = 10.0
WIDENED_TO_S = (20, 30, 60)
"""A percentile with too few samples looks back this far, then over all of the steady level."""
ROW_WIDENED_TO_S = (2, 5, 10, 20, 60)
"""The same for the charts, which show single seconds."""
BUCKETS_KEPT = max(WIDENED_TO_S)
"""How many closed seconds are kept in full: a histogram takes a hundred times the memory of a chart row."""

Whole = Callable[[], Window]
"""The run less warm-up and pauses; computed only if it is needed."""


@dataclass(slots=True)
class NewestFigures:
    """Mutable: it keeps what it has computed until `forget`. `recent` and `levels` are the target's own."""

    recent: RecentSeconds
    levels: LevelTracker
    options: StatsOptions
    _wider_windows: dict[tuple[int, ...], list[WiderWindow]] = field(default_factory=dict)
    """By their lengths: those that end with the newest closed second."""
    _second: tuple[Bucket, WindowStats] | None = None
    """The newest closed second and its figures."""

    def forget(self) -> None:
        """A second was closed, or the load has changed: longer windows are computed anew."""
        self._wider_windows = {}

    def live(
        self, now_s: float, newest_tick: int, window_s: float, steering: Steering | None, whole: Whole
    ) -> WindowStats:
        """The live window of this length at most, which ends with the session's newest tick."""
        window = self.recent.live_window(now_s, newest_tick, window_s, steering)
        enough = window.ok.count >= ENOUGH
        wider = [] if enough else [*self._wider(WIDENED_TO_S, whole), WiderWindow.of(self.levels.steady)]
        return stats_of(window, wider, self.options, whole().ok)

    def second(self, whole: Whole) -> WindowStats | None:
        """The newest closed second; None if there is none, or nothing is known of it."""
        bucket = self.recent.buckets[-1] if self.recent.buckets else None
        if bucket is None or bucket.is_missing:
            return None
        if self._second is None or self._second[0] is not bucket:
            window = Window.of([bucket.tick_stats] if bucket.tick_stats.counts else [])
            wider = [] if window.ok.count >= ENOUGH else self._wider(ROW_WIDENED_TO_S, whole)
            self._second = bucket, stats_of(window, wider, self.options, whole().ok)
        return self._second[1]

    def chart_rows(self, whole: Whole, *, streams: bool, silent_s: float, has_signals: bool) -> Rows:
        """The charts' rows of the newest closed second, which exists. `streams`: the target has streams;
        `silent_s`: for how long no request has succeeded; `has_signals`: signals are kept too."""
        bucket = self.recent.buckets[-1]
        if bucket.is_missing:
            return NO_ROW, NO_SIGNALS
        tick_stats = bucket.tick_stats
        shown = no_requests_of(tick_stats.target, tick_stats.tick) if tick_stats.spoiled else tick_stats
        figures = second_figures(shown, lambda: self._wider(ROW_WIDENED_TO_S, whole), lambda: whole().ok)
        is_silent = silent_s >= SILENT_S and was_silent(silent_s, whole().ok)
        if has_no_latency(tick_stats, is_silent=is_silent):
            figures = replace(figures, p50_ms=None, p95_ms=None, p99_ms=None)
        is_idle = self.options.solo and not tick_stats.users and not tick_stats.requests
        row = row_of(bucket, figures, is_idle=is_idle, streams=streams)
        return row, signals_of(bucket, silent_s, whole().ok) if has_signals else NO_SIGNALS

    def _wider(self, lengths_s: tuple[int, ...], whole: Whole) -> list[WiderWindow]:
        """Increasingly long windows of the same load that end with the newest closed second."""
        if lengths_s not in self._wider_windows:
            seconds = self.recent.of_load(self.levels.changed_second)
            self._wider_windows[lengths_s] = wider_windows(seconds, lengths_s, whole().total)
        return self._wider_windows[lengths_s]
