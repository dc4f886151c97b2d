"""A target's history for the charts: one row per second, converted to columns. Pure."""

from dataclasses import dataclass, field, fields

from engine.metrics.figures import SecondFigures
from engine.metrics.records import Bucket
from engine.metrics.snapshot import Series

HISTORY_S = 600
"""Seconds of history that charts can draw."""

SeriesRow = tuple[float | None, ...]
"""One second of a `Series`, in the order of its fields."""

NO_ROW: SeriesRow = (None,) * len(fields(Series))


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
    _rows: dict[int, SeriesRow] = field(default_factory=dict)
    """By the second's end, oldest first."""
    _series: Series | None = None
    _axis: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def newest(self) -> tuple[int, SeriesRow]:
        """The end of the newest second, and its row."""
        return next(reversed(self._rows.items()))

    def add(self, end_s: int, row: SeriesRow) -> None:
        """Adds the row of the second that ends at `end_s`."""
        self._rows[end_s] = row
        if self.length_s is not None and len(self._rows) > self.length_s:
            del self._rows[next(iter(self._rows))]

    def series(self, axis: tuple[int, ...]) -> Series:
        """The columns, with a value for each second of the axis; rebuilt only for another axis object."""
        if self._series is None or self._axis is not axis:
            rows = [self._rows.get(end_s, NO_ROW) for end_s in axis]
            columns = zip(*rows, strict=True) if rows else ((),) * len(NO_ROW)
            self._series, self._axis = Series(*(tuple(column) for column in columns)), axis
        return self._series
