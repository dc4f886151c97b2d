"""Figures of the newest seconds: when a percentile is shown, and how far it looks back for samples (M4)."""

import pickle
from dataclasses import replace

import pytest

from engine.metrics.window_stats import Figure
from engine.protocol.histogram import samples_needed
from tests.engine.metrics.made_lines import line, shown, with_failures
from tests.support.recording import bucket, tally


@pytest.mark.parametrize("share", [0.5, 0.95, 0.99])
def test_a_percentile_is_a_dot_until_there_are_enough_samples(share: float) -> None:
    def figure(samples: int) -> Figure:
        stats = shown(line(bucket(0, ok_us=[4000] * samples))).window
        return {0.5: stats.p50, 0.95: stats.p95, 0.99: stats.p99}[share]

    needed = samples_needed(share)
    assert figure(needed - 1) == Figure(None, 1.0, widened=False)
    assert figure(needed) == Figure(4.0, 1.0, widened=False, low_ms=4.0, high_ms=4.0)


def test_a_percentile_that_lacks_samples_looks_further_back_and_says_so() -> None:
    made = line(*(bucket(second, ok_us=[4000] * 5) for second in range(30)))
    window = shown(made).window
    assert window.p50 == Figure(4.0, 10.0, widened=False, low_ms=4.0, high_ms=4.0)
    assert window.p95 == Figure(4.0, 20.0, widened=True, low_ms=4.0, high_ms=4.0)
    assert window.p99 == Figure(None, 10.0, widened=False)


def test_it_never_looks_back_beyond_a_change_of_load() -> None:
    made = line(
        *(bucket(second, ok_us=[4000] * 5) for second in range(30)),
        *(bucket(second, ok_us=[9000], users=3) for second in range(30, 45)),
    )
    window = shown(made).window
    assert window.p50.value_ms == 9.0
    assert window.p95 == Figure(None, 10.0, widened=False)


def test_at_last_it_looks_over_all_of_the_steady_level() -> None:
    made = line(*(bucket(second, ok_us=[4000]) for second in range(80)))
    assert shown(made).window.p95 == Figure(4.0, 78.0 - 1, widened=True, low_ms=4.0, high_ms=4.0)


def test_the_charts_have_a_value_a_second_and_none_where_nothing_was_measured() -> None:
    made = line(bucket(0, ok_us=[4000] * 6), bucket(1), with_failures(bucket(2), refused=3))
    series = shown(made).series
    assert series.goodput == (6.0, 0.0, 1.0)
    assert series.p50_ms == (4.0, None, None)
    assert series.p95_ms == (None, None, None)
    assert series.error_pct == (0.0, None, 75.0)
    assert series.health_ms == (None, None, None)


def test_a_percentile_on_the_charts_looks_back_within_its_level() -> None:
    made = line(*(bucket(second, ok_us=[4000] * 3) for second in range(3)))
    assert shown(made).series.p50_ms == (None, None, 4.0)


def test_what_goes_into_a_checkpoint_has_no_second_in_full() -> None:
    made = line(*(bucket(second, ok_us=[800, 1200] * 200) for second in range(10)))
    before = len(pickle.dumps(made.bare()))
    assert shown(made).second is not None
    assert len(pickle.dumps(made.bare())) < before + 100, "no bucket and no figures"


def test_charts_have_no_percentile_of_a_second_that_was_silent_idle_or_only_failed() -> None:
    """It would go on flat, as if requests still took as long as before."""
    busy = [bucket(second, ok_us=[4000] * 400) for second in range(4)]
    silent = [
        replace(each, tick_stats=replace(each.tick_stats, in_flight=5)) for each in map(bucket, range(4, 8))
    ]
    back = bucket(8, ok_us=[5000] * 400)
    down = replace(
        back, second=9, tick_stats=replace(bucket(9).tick_stats, requests={"a": tally([], refused=3)})
    )
    idle = bucket(10, users=0)
    series = shown(line(*busy, *silent, back, down, idle)).series
    assert series.p95_ms == (4.0,) * 5 + (None,) * 3 + (5.0, None, None)
