"""Rows of the charts, and steps of several."""

from dataclasses import fields

from engine.metrics.chart_rows import NO_ROW, NO_SIGNALS, SignalsRow, columns_of, joined
from engine.metrics.latency_bins import LatencyBins
from engine.metrics.target_snapshot import Series, Signals

NAMES = [each.name for each in fields(Series)]


def row(number: float | None) -> tuple[float | None, ...]:
    return (number,) * len(NAMES)


def test_a_step_has_the_mean_of_rates_and_the_peak_of_latencies() -> None:
    values, _ = joined([(row(10.0), NO_SIGNALS), (row(None), NO_SIGNALS), (row(20.0), NO_SIGNALS)])
    found = dict(zip(NAMES, values, strict=True))
    assert found["goodput"] == found["users"] == 15.0
    assert found["p95_ms"] == found["health_ms"] == 20.0


def test_a_step_without_any_value_has_none() -> None:
    assert joined([(NO_ROW, NO_SIGNALS)] * 3)[0] == NO_ROW


def test_a_step_has_the_worst_signal_and_all_latencies() -> None:
    first = SignalsRow(3.0, 0.0, True, LatencyBins(4, (1,)), has_failures=True)
    last = SignalsRow(0.0, 50.0, False, LatencyBins(5, (2,)))
    _, signals = joined([(NO_ROW, first), (NO_ROW, last)])
    assert signals == SignalsRow(3.0, 50.0, False, LatencyBins(4, (1, 2)), has_failures=True)


def test_columns_are_as_long_as_there_are_rows() -> None:
    series, signals = columns_of([(row(1.0), NO_SIGNALS), (row(2.0), SignalsRow(silent_s=4.0))])
    assert series.goodput == (1.0, 2.0)
    assert signals.silent_s == (0.0, 4.0)
    assert columns_of([]) == (Series(*((),) * len(NAMES)), Signals())


def test_a_row_of_signals_is_in_the_order_of_their_fields() -> None:
    assert SignalsRow._fields == tuple(each.name for each in fields(Signals))
