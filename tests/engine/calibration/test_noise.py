"""The noise floor is measured with two identical targets, in turns and in a duel."""

import math
import re

import anyio
import pytest

from engine.calibration import noise
from engine.machine import environment
from engine.machine.shared_core import why_no_duel
from engine.metrics.noise_floor import NoiseFloor
from targets.errors import TargetError

pytestmark = [pytest.mark.timeout(180), pytest.mark.races]


def measured() -> tuple[object, list[str]]:
    """The noise floor, or why there is none on so busy a machine; and what was said."""
    told: list[str] = []
    try:
        return anyio.run(noise.measure, told.append), told
    except TargetError as error:
        return error, told


def test_it_has_what_both_pairings_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(noise, "ROUNDS", 12)
    monkeypatch.setattr(noise, "DUEL_S", 3)
    found, told = measured()
    can_duel = not why_no_duel(environment.plan_cores(environment.available_cores()))
    assert told[0] == "turns of two identical targets (fastapi), 12 rounds…"
    assert re.match(r"\d+ of 12 rounds count", told[1])
    assert told[2].startswith("a duel of the same two" if can_duel else "no duel: ")
    if isinstance(found, NoiseFloor):
        assert all(math.isfinite(share) and share >= 0 for share in found.shares.values())
        assert found.measured_at
    else:
        assert isinstance(found, TargetError)
        assert found.why, "what disturbed the rounds is said"


def test_both_targets_are_the_same() -> None:
    plan = noise.plan(schedule="turns", rounds=4)
    assert [choice.use for choice in plan.targets] == ["fastapi", "fastapi"]
    assert plan.held is not None
    assert plan.held[0] == noise.USERS
