"""Silence, partial seconds and the spread of latencies."""

from dataclasses import replace

import pytest

from engine.metrics.latency_bins import binned
from engine.metrics.signals import signals_of, spectrum_of
from engine.protocol.histogram import Histogram
from tests.support.recording import bucket, tally


def of_latencies(*values_us: int) -> Histogram:
    made = Histogram()
    for value_us in values_us:
        made.record(value_us)
    return made


def test_it_is_silent_once_it_is_quiet_for_longer_than_a_request_takes() -> None:
    quick = of_latencies(*[5_000] * 1000)
    slow = of_latencies(*[2_100_000] * 1000)
    assert signals_of(bucket(0), 0.8, quick).silent_s == 0.0
    assert signals_of(bucket(0), 2.0, quick).silent_s == 2.0
    assert signals_of(bucket(0), 3.0, slow).silent_s == 0.0
    assert signals_of(bucket(0), 4.0, slow).silent_s == 4.0
    assert signals_of(bucket(0), 2.0, Histogram()).silent_s == 0.0, "nothing is known of it yet"
    assert signals_of(bucket(0), 3.0, Histogram()).silent_s == 3.0


def test_a_second_without_load_in_all_of_it_is_partial() -> None:
    assert not signals_of(bucket(0), 0.0, Histogram()).is_partial
    assert signals_of(bucket(0, winding_down=True), 0.0, Histogram()).is_partial
    whole = bucket(0)
    assert signals_of(
        replace(whole, tick_stats=replace(whole.tick_stats, ticks=3)), 0.0, Histogram()
    ).is_partial
    assert signals_of(
        replace(whole, tick_stats=replace(whole.tick_stats, paused=True)), 0.0, Histogram()
    ).is_partial


def test_latencies_are_those_of_all_requests_of_the_second() -> None:
    stats = replace(bucket(0).tick_stats, requests={"a": tally([4_000]), "b": tally([9_000], reset=3)})
    made = signals_of(
        replace(bucket(0), tick_stats=replace(stats, health_probe_waiting_us=1_500_000)), 0.0, Histogram()
    )
    assert made.latencies == binned(of_latencies(4_000, 9_000))
    assert made.health_waiting_ms == 1500.0
    assert made.has_failures
    assert not signals_of(bucket(0), 0.0, Histogram()).has_failures


def test_a_spectrum_has_only_percentiles_with_enough_samples() -> None:
    assert spectrum_of(Histogram()) == ()
    few = spectrum_of(of_latencies(*range(1_000, 11_000, 100)))
    assert few[-1][0] == 0.95
    assert few[-1][1] == pytest.approx(10.4, rel=0.02)
    many = spectrum_of(of_latencies(*range(1_000, 41_000)))
    assert many[-1][0] == 0.9999
    assert [value for _, value in many] == sorted(value for _, value in many)
