"""A machine's noise floor is kept for that machine, and says how old it is."""

from datetime import datetime, timedelta
from pathlib import Path

import orjson
import pytest

from engine.machine import paths
from engine.metrics.noise_floor import NoiseFloor
from engine.session import noise_floor_file
from targets.errors import UsageError

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


def test_another_machines_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    noise_floor_file.save(FLOOR)
    monkeypatch.setattr(noise_floor_file, "fingerprint", lambda: "another machine")
    assert noise_floor_file.load() is None


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"fingerprint": 1}'])
def test_a_broken_file_is_no_noise_floor(text: str) -> None:
    noise_floor_file.save(FLOOR).write_text(text)
    assert noise_floor_file.load() is None


@pytest.mark.parametrize("floor", [{}, {"measured_at": "yesterday"}, {"measured_at": 3}, {"other": 1}, 5])
def test_nor_is_one_of_another_version(floor: object) -> None:
    path = noise_floor_file.save(FLOOR)
    path.write_bytes(orjson.dumps(orjson.loads(path.read_bytes()) | {"floor": floor}))
    assert noise_floor_file.load() is None


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "cache", lambda: tmp_path / "gone")
    with pytest.raises(UsageError, match="the noise floor cannot be stored"):
        noise_floor_file.save(FLOOR)
