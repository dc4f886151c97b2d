"""A target's history for the charts."""

from dataclasses import astuple, replace

import pytest

from engine.metrics.chart_rows import SeriesRow, SignalsRow
from engine.metrics.figures import second_figures
from engine.metrics.overview import step_of, steps_until
from engine.metrics.series import History, row_of
from engine.metrics.target_snapshot import Series
from engine.protocol.histogram import Histogram
from tests.support.recording import bucket, latencies, tally


def row(*, is_idle: bool = False, streams: bool = False) -> dict[str, float | None]:
    """A second with 6 successes after 4 ms, 2 failures, 12 tokens and a health probe of 3 ms, by field."""
    one = bucket(0, users=3)
    requests = {"hello": replace(tally([4000] * 6, reset=2), tokens=12)}
    stats = replace(one.tick_stats, requests=requests, health_probe=latencies(1000, 3000), in_flight=2)
    made = replace(one, tick_stats=stats)
    values = row_of(made, second_figures(stats, list, Histogram), is_idle=is_idle, streams=streams)
    return dict(zip(Series.__dataclass_fields__, values, strict=True))


def test_a_row_has_the_figures_of_its_second_under_their_names() -> None:
    assert row() == {
        "goodput": 6.0,
        "p50_ms": 4.0,
        "p95_ms": None,
        "p99_ms": None,
        "error_pct": 25.0,
        "users": 3.0,
        "cpu_pct": 10.0,
        "memory_mb": 50.0,
        "health_ms": 3.0,
        "in_flight": 2.0,
        "tokens_per_s": None,
        "first_byte_ms": None,
    }


def test_tokens_are_shown_once_a_target_streams_and_an_idle_target_has_no_goodput() -> None:
    assert row(streams=True)["tokens_per_s"] == 12.0
    assert row(is_idle=True)["goodput"] is None


def numbered(number: int) -> SeriesRow:
    return (float(number),) * len(Series.__dataclass_fields__)


def test_seconds_without_a_row_have_no_value() -> None:
    history = History()
    history.add(1, numbered(10))
    history.add(3, numbered(30))
    made = history.series((1, 2, 3, 4))
    assert set(astuple(made)) == {(10.0, None, 30.0, None)}
    assert set(astuple(history.series(()))) == {()}


@pytest.mark.parametrize(("length_s", "kept"), [(2, (None, 2.0, 3.0)), (None, (1.0, 2.0, 3.0))])
def test_only_the_newest_rows_are_kept(length_s: int | None, kept: tuple[float | None, ...]) -> None:
    history = History(length_s)
    for end_s in (1, 2, 3):
        history.add(end_s, numbered(end_s))
    assert history.series((1, 2, 3)).users == kept
    assert len(history) == sum(value is not None for value in kept)


def test_columns_are_built_anew_only_for_another_axis() -> None:
    history = History()
    history.add(1, numbered(1))
    axis = (1,)
    first = history.series(axis)
    assert history.series(axis) is first
    history.add(2, numbered(2))
    assert history.series((1, 2)).users == (1.0, 2.0)


@pytest.mark.parametrize("length_s", [4, None])
def test_columns_that_grow_are_those_that_would_be_made_anew(length_s: int | None) -> None:
    """Seconds may be missing, and one may arrive after its axis."""
    grown = History(length_s)
    for end_s in range(1, 12):
        axis = tuple(range(max(1, end_s - 3), end_s + 1))
        if end_s == 7:
            grown.series(axis)
        if end_s != 5:
            grown.add(end_s, numbered(end_s), SignalsRow(silent_s=float(end_s)))
        axis = tuple(range(max(1, end_s - 3), end_s + 1))
        fresh = History(length_s)
        for each in range(max(1, end_s - 3), end_s + 1):
            if each != 5:
                fresh.add(each, numbered(each), SignalsRow(silent_s=float(each)))
        assert grown.series(axis) == fresh.series(axis)
        assert grown.signals(axis) == fresh.signals(axis)


def test_signals_have_the_same_axis() -> None:
    history = History()
    history.add(1, numbered(1), SignalsRow(silent_s=2.0))
    history.add(3, numbered(3))
    axis = (1, 2, 3)
    assert history.signals(axis).silent_s == (2.0, 0.0, 0.0)
    assert history.signals(axis) is history.signals(axis)
    assert history.newest == (3, numbered(3), SignalsRow())


def test_a_long_session_is_kept_in_steps_too() -> None:
    history = History()
    for end_s in range(1, 1301):
        history.add(end_s, numbered(end_s))
    series, signals = history.in_steps(steps_until(1300), step_of(1300))
    assert len(history) == 600
    assert series.users[:2] == (2.5, 6.5)
    assert len(signals.silent_s) == len(series.users) == 325
