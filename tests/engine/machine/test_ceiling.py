"""The generator's ceiling: interpolated, and kept for the machine that it was measured on."""

import pytest

from engine.machine import ceiling
from engine.machine.ceiling import Ceiling


@pytest.mark.parametrize(
    ("connections", "rps"), [(1, 100.0), (10, 100.0), (30, 150.0), (50, 200.0), (275, 150.0), (900, 100.0)]
)
def test_between_measured_points_it_is_interpolated(connections: int, rps: float) -> None:
    assert Ceiling({10: 100.0, 50: 200.0, 500: 100.0}).at(connections) == rps


def test_it_is_kept() -> None:
    assert ceiling.load() is None
    ceiling.save(Ceiling({10: 1.5, 50: 2.5}))
    assert ceiling.load() == Ceiling({10: 1.5, 50: 2.5})


def test_a_share_counts_every_worker() -> None:
    known = Ceiling({10: 1000.0, 50: 2000.0})
    assert known.share(1000.0, connections=10, workers=1) == 1.0
    assert known.share(1000.0, connections=100, workers=2) == 0.25
    assert known.most(2) == 4000.0
