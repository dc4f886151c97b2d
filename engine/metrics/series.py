"""A target's history for the charts: one row per second, converted to columns. Pure."""

from dataclasses import dataclass, field

from engine.metrics.chart_rows import NO_ROW, NO_SIGNALS, Rows, SeriesRow, SignalsRow, columns_of, extended
from engine.metrics.figures import SecondFigures
from engine.metrics.overview import Overview
from engine.metrics.records import Bucket
from engine.metrics.target_snapshot import Series, Signals

HISTORY_S = 600
"""Seconds of history that charts can draw one by one."""


def row_of(bucket: Bucket, figures: SecondFigures, *, is_idle: bool, streams: bool) -> SeriesRow:
    """What the charts show for one second. `figures` are its own, with percentiles from a longer window if it
    has too few samples. An idle target has no goodput; tokens are shown once a target streams."""
    tick_stats = bucket.tick_stats
    return (
        None if is_idle else figures.goodput,
        figures.p50_ms,
        figures.p95_ms,
        figures.p99_ms,
        None if figures.error_rate is None else 100 * figures.error_rate,
        float(tick_stats.users),
        bucket.resources.cpu_pct,
        bucket.resources.memory_mb,
        tick_stats.health_probe.max_us / 1000 if tick_stats.health_probe.counts else None,
        float(tick_stats.in_flight),
        figures.tokens_per_s if streams else None,
        figures.first_byte_p50_ms,
    )


@dataclass(slots=True)
class History:
    """One target's rows. Mutable."""

    length_s: int | None = HISTORY_S
    """Seconds that are kept; None keeps all."""
    _rows: dict[int, Rows] = field(default_factory=dict)
    """By the second's end, oldest first."""
    _overview: Overview = field(default_factory=Overview)
    """All of the session in steps, unless all seconds are kept anyway."""
    _series: Series | None = None
    _signals: Signals | None = None
    _axis: tuple[int, ...] = ()
    _is_complete: bool = False
    """The columns have the last second of their axis."""

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def newest(self) -> tuple[int, SeriesRow, SignalsRow]:
        """The end of the newest second, and its rows."""
        end_s, rows = next(reversed(self._rows.items()))
        return end_s, *rows

    def add(self, end_s: int, row: SeriesRow, signals: SignalsRow = NO_SIGNALS) -> None:
        """Adds the rows of the second that ends at `end_s`."""
        self._rows[end_s] = row, signals
        if self.length_s is None:
            return
        self._overview.add(end_s, row, signals)
        if len(self._rows) > self.length_s:
            del self._rows[next(iter(self._rows))]

    def series(self, axis: tuple[int, ...]) -> Series:
        """The columns, with a value for each second of the axis; rebuilt only for another axis object."""
        if self._series is None or self._axis is not axis:
            self._build(axis)
        assert self._series is not None
        return self._series

    def signals(self, axis: tuple[int, ...]) -> Signals:
        """The same of the signals."""
        if self._signals is None or self._axis is not axis:
            self._build(axis)
        assert self._signals is not None
        return self._signals

    def in_steps(self, steps: tuple[int, ...], step_s: int) -> tuple[Series, Signals]:
        """The whole session in steps of so many seconds, with a value for each step's end."""
        return self._overview.columns(steps, step_s)

    def _build(self, axis: tuple[int, ...]) -> None:
        before, signals_before = self._series, self._signals
        if before is not None and signals_before is not None and self._goes_on(axis):
            shift = axis[0] - self._axis[0]
            row, signals = self._rows.get(axis[-1], (NO_ROW, NO_SIGNALS))
            self._series = Series(*extended(before, row, shift))
            self._signals = Signals(*extended(signals_before, signals, shift))
        else:
            found = [self._rows.get(end_s, (NO_ROW, NO_SIGNALS)) for end_s in axis]
            self._series, self._signals = columns_of(found)
        self._axis, self._is_complete = axis, bool(axis) and axis[-1] in self._rows

    def _goes_on(self, axis: tuple[int, ...]) -> bool:
        """Whether an axis is the one that the columns have, a second later, and they lack nothing else."""
        old = self._axis
        if not (old and axis and self._is_complete):
            return False
        return axis[-1] == old[-1] + 1 and axis[0] - old[0] in (0, 1)
