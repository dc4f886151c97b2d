"""Curves with known parameters are found again; hints stay silent where nothing was seen."""

from random import Random

import pytest

from engine.answers.capacity.scalability import Scalability, fitted, knee

LOADS = (1, 2, 4, 8, 16, 32, 48, 64)


def test_an_exact_curve_is_found_again() -> None:
    curve = Scalability(100.0, 0.05, 0.001)
    found = fitted([(load, curve.goodput(load)) for load in LOADS])
    assert found is not None
    assert found.rate == pytest.approx(100)
    assert found.contention == pytest.approx(0.05)
    assert found.coherency == pytest.approx(0.001)
    assert found.peak == pytest.approx((0.95 / 0.001) ** 0.5)


def test_a_noisy_curve_is_found_closely() -> None:
    rng, curve = Random(1), Scalability(100.0, 0.05, 0.001)
    found = fitted([(load, curve.goodput(load) * rng.gauss(1, 0.03)) for load in LOADS * 3])
    assert found is not None
    assert found.peak == pytest.approx(30.8, rel=0.15)


def test_terms_that_would_be_negative_are_left_out() -> None:
    found = fitted([(load, 50.0 * load) for load in LOADS])
    assert found is not None
    assert found.contention == pytest.approx(0, abs=1e-9)
    assert found.coherency == 0
    assert found.rate == pytest.approx(50)
    assert found.peak is None


def test_few_loads_make_no_curve() -> None:
    points = [(1, 10.0), (2, 20.0), (4, 40.0), (4, 41.0)]
    assert fitted(points) is None
    assert knee(points) is None
    assert fitted([]) is None


def test_growth_stops_where_the_workers_are_all_busy() -> None:
    pool = [(load, 20.0 * min(load, 12)) for load in LOADS]
    assert knee(pool) == pytest.approx(12)
    assert knee(pool[:5]) is None, "16 users do not show yet that 12 were enough"
    assert knee([(load, 20.0 * load) for load in LOADS]) is None
