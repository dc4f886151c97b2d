"""The noise floor is measured with two identical targets, in turns and in a duel."""

import re
from collections.abc import Awaitable, Callable, Sequence

import anyio
import pytest

from engine.calibration import noise
from engine.machine import environment
from engine.machine.shared_core import why_no_duel
from engine.metrics.noise_floor import NoiseFloor
from engine.metrics.rounds import Round
from targets.errors import TargetError
from tests.support.made_rounds import MadeTarget, duels, tainted, turns

pytestmark = [pytest.mark.timeout(180), pytest.mark.races]


def measured() -> tuple[object, list[str]]:
    """The noise floor, or why there is none on so busy a machine; and what was said."""
    told: list[str] = []
    try:
        return anyio.run(noise.measure, told.append), told
    except TargetError as error:
        return error, told


ALIKE = {"fastapi": MadeTarget(), "fastapi#2": MadeTarget()}


def given(rounds: Sequence[Round]) -> Callable[[], Awaitable[Sequence[Round]]]:
    """In place of a session that has these rounds."""

    async def found() -> Sequence[Round]:
        return rounds

    return found


def test_it_has_what_both_pairings_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(noise, "turns", given(turns(ALIKE, noise.ROUNDS)))
    monkeypatch.setattr(noise, "duel", given(duels(ALIKE, noise.DUEL_S)))
    monkeypatch.setattr(noise, "why_no_duel", lambda _: "")
    found, told = measured()
    assert isinstance(found, NoiseFloor)
    assert {"turns.goodput", "turns.p95", "turns.cpu", "duel.cpu"} <= found.shares.keys()
    assert all(0 <= share < 0.2 for share in found.shares.values())
    assert told[1] == f"{noise.ROUNDS} of {noise.ROUNDS} rounds count"


def test_where_no_round_counts_it_says_what_disturbed_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(noise, "turns", given(tainted(turns(ALIKE, 12), "the generator was red")))
    monkeypatch.setattr(noise, "why_no_duel", lambda _: "there is one core only")
    found, told = measured()
    assert isinstance(found, TargetError)
    assert found.why == "the generator was red"
    assert told[1:] == [
        "0 of 12 rounds count; most others do not: the generator was red",
        "no duel: there is one core only",
    ]


def test_real_sessions_give_rounds_of_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(noise, "ROUNDS", 12)
    monkeypatch.setattr(noise, "DUEL_S", 3)
    found, told = measured()
    can_duel = not why_no_duel(environment.plan_cores(environment.available_cores()))
    assert told[0] == "turns of two identical targets (fastapi), 12 rounds…"
    counted = re.match(r"(\d+) of 12 rounds count", told[1])
    assert counted
    assert told[2].startswith("a duel of the same two" if can_duel else "no duel: ")
    if can_duel:
        assert re.match(r"\d of 3 rounds count", told[3])
    if int(counted[1]) == 12:  # fewer leave too few pairs
        assert isinstance(found, NoiseFloor)
        assert "turns.cpu" in found.shares


def test_both_targets_are_the_same() -> None:
    plan = noise.plan(schedule="turns", rounds=4)
    assert [choice.use for choice in plan.targets] == ["fastapi", "fastapi"]
    assert plan.held is not None
    assert plan.held[0] == noise.USERS
