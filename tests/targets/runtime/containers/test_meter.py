"""The newest reading of a container, from the engine's stream of stats."""

from pathlib import Path

import pytest

from targets.runtime.containers.meter import STALE_S, ContainerMeter

LINES = Path(__file__).with_name("stats_v1.jsonl").read_bytes().splitlines()
NOT_RUNNING = b'{"cpu_stats": {"cpu_usage": {"total_usage": 0}}, "memory_stats": {}}'


def cpu_pct(meter: ContainerMeter) -> float | None:
    assert meter.reading is not None
    return meter.reading.cpu_pct


def test_before_the_first_line_nothing_is_known() -> None:
    assert ContainerMeter(lambda: None).reading is None


def test_rates_are_between_a_line_and_the_one_before() -> None:
    meter = ContainerMeter(lambda: None)
    meter.take(LINES[0])
    assert cpu_pct(meter) is None
    meter.take(LINES[1])
    assert cpu_pct(meter) == pytest.approx(50, abs=4)


def test_after_an_interruption_a_line_is_not_compared_with_an_earlier_one() -> None:
    meter = ContainerMeter(lambda: None)
    meter.take(LINES[0])
    meter.reset()
    meter.take(LINES[1])
    assert cpu_pct(meter) is None


def test_after_a_stop_a_line_is_not_compared_with_an_earlier_one() -> None:
    meter = ContainerMeter(lambda: None)
    meter.take(LINES[0])
    meter.take(NOT_RUNNING)
    meter.take(LINES[1])
    assert cpu_pct(meter) is None


def test_limits_are_those_of_the_moment() -> None:
    limits = {"cpus": 0.5, "memory_bytes": 64}
    meter = ContainerMeter(lambda: limits)
    meter.take(LINES[0])
    limits["cpus"] = 2.0
    meter.take(LINES[1])
    assert meter.reading is not None
    assert (meter.reading.cpu_limit_pct, meter.reading.memory_limit_bytes) == (200.0, 64)


def test_an_old_reading_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now_s)
    meter = ContainerMeter(lambda: None)
    meter.take(LINES[0])
    now_s += STALE_S
    assert meter.reading is not None
    now_s += 0.1
    assert meter.reading is None
