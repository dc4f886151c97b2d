"""A machine's noise floor is kept for that machine, and says how old it is."""

from datetime import datetime, timedelta

import orjson
import pytest

from engine.metrics.noise_floor import NoiseFloor
from engine.session import noise_floor_file

FLOOR = NoiseFloor(
    "2026-01-05T10:00:00.000+01:00",
    shares={"turns.goodput": 0.03},
    spreads={"turns.goodput": 0.1},
    rounds={"turns": 40},
    round_s={"turns": 1.6},
)
THEN = datetime.fromisoformat(FLOOR.measured_at)


def test_it_is_kept_with_its_age() -> None:
    assert noise_floor_file.load() is None
    noise_floor_file.save(FLOOR)
    found = noise_floor_file.load(THEN + timedelta(days=45))
    assert found is not None
    assert (found.shares, found.spreads, found.rounds) == (FLOOR.shares, FLOOR.spreads, FLOOR.rounds)
    assert found.age_days == 45
    assert found.is_old
    assert found.share("turns", "goodput") == 0.03
    younger = noise_floor_file.load(THEN - timedelta(days=1))
    assert younger is not None
    assert younger.age_days == 0, "a clock that was set back makes nothing younger than new"


@pytest.mark.parametrize("floor", [{}, {"measured_at": "yesterday"}, {"measured_at": 3}, {"other": 1}, 5])
def test_one_of_another_version_is_none(floor: object) -> None:
    path = noise_floor_file.save(FLOOR)
    path.write_bytes(orjson.dumps(orjson.loads(path.read_bytes()) | {"floor": floor}))
    assert noise_floor_file.load() is None
