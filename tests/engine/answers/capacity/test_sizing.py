"""What a number of users needs."""

import pytest

from engine.answers.capacity.sizing import Sizing, sizing, sizing_text


def of(load: int, cpu_pct: float | None = 180.0, price: float | None = 0.04) -> Sizing:
    return sizing(load, served=300, processes=2, cpu_pct=cpu_pct, memory_mb=120.0, price_per_core_hour=price)


def test_whole_instances_and_the_cores_that_the_load_keeps_busy() -> None:
    found = of(1000)
    assert (found.instances, found.processes, found.memory_mb) == (4, 8, 480.0)
    assert found.cores == pytest.approx(6.0)
    assert found.price_per_hour == pytest.approx(0.24)
    assert found.price_per_month == pytest.approx(175.2)
    assert of(300).instances == 1
    assert of(301).instances == 2


def test_in_words() -> None:
    assert sizing_text(of(1000), "users") == (
        "1,000 users need 4 instances (8 processes), 6.0 cores and 480 MB: 0.24 an hour, 175 a month"
    )
    one = sizing(1, served=300, processes=1, cpu_pct=1.0, memory_mb=None, price_per_core_hour=None)
    assert sizing_text(one, "arrivals/s").startswith("1 arrivals/s needs 1 instance")
    assert sizing_text(one, "users") == "1 user needs 1 instance (1 process) and less than 0.1 cores"


def test_without_a_reading_there_is_no_price() -> None:
    found = of(1000, cpu_pct=None)
    assert (found.cores, found.price_per_hour) == (None, None)
    assert sizing_text(found, "users") == "1,000 users need 4 instances (8 processes) and 480 MB"
