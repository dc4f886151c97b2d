"""Rows of the charts: what they show of one second, or of a step of several. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any, NamedTuple

from engine.metrics.latency_bins import LatencyBins, added
from engine.metrics.target_snapshot import Series, Signals

SeriesRow = tuple[float | None, ...]
"""One second of a `Series`, in the order of its fields."""

NO_ROW: SeriesRow = (None,) * len(fields(Series))


class SignalsRow(NamedTuple):
    """One second of `Signals`, in the order of its fields."""

    silent_s: float = 0.0
    health_waiting_ms: float = 0.0
    is_partial: bool = False
    latencies: LatencyBins | None = None
    has_failures: bool = False


NO_SIGNALS = SignalsRow()

Rows = tuple[SeriesRow, SignalsRow]

PEAKS = frozenset({"p50_ms", "p95_ms", "p99_ms", "health_ms", "first_byte_ms"})
"""Of a step the highest value is shown, since percentiles must not be averaged; of the others the mean."""

_IS_PEAK = tuple(each.name in PEAKS for each in fields(Series))


def joined(rows: Sequence[Rows]) -> Rows:
    """The rows of a step as one."""
    if len(rows) == 1:
        return rows[0]
    columns = zip(*(row for row, _ in rows), strict=True)
    values = tuple(_value_of(column, is_peak) for column, is_peak in zip(columns, _IS_PEAK, strict=True))
    signals = [each for _, each in rows]
    return values, SignalsRow(
        max(each.silent_s for each in signals),
        max(each.health_waiting_ms for each in signals),
        signals[-1].is_partial,
        added(each.latencies for each in signals),
        any(each.has_failures for each in signals),
    )


def _value_of(column: Sequence[float | None], is_peak: bool) -> float | None:
    known: Sequence[float] = [value for value in column if value is not None]
    if not known:
        return None
    return max(known) if is_peak else sum(known) / len(known)


def extended(columns: Series | Signals, row: Sequence[Any], shift: int) -> Iterator[tuple[Any, ...]]:
    """Columns with one more row, without the oldest `shift`: much faster than to make them again."""
    for each, value in zip(fields(columns), row, strict=True):
        yield (*getattr(columns, each.name)[shift:], value)


def columns_of(rows: Sequence[Rows]) -> tuple[Series, Signals]:
    """Rows as columns."""
    if not rows:
        return Series(*((),) * len(NO_ROW)), Signals()
    series = zip(*(row for row, _ in rows), strict=True)
    signals: Any = zip(*(each for _, each in rows), strict=True)  # whose columns differ in their types
    return Series(*series), Signals(*signals)
