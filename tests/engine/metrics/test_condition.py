"""What keeps a target from answering."""

from dataclasses import replace

import pytest

from engine.metrics.condition import Condition, condition_of
from engine.metrics.streak import Streak
from engine.metrics.target_snapshot import TargetSnapshot, TargetState
from tests.support.fakes import changed, target

WELL = target(0, 72)


def failing(kind: str = "status 404", *, failed: int = 500, ok: int = 0) -> TargetSnapshot:
    window = replace(WELL.window, ok=ok, failed=failed)
    return replace(WELL, window=window, streak=Streak(3.0, failed, kind))


def silent(seconds: float, *, unanswered: int = 4) -> TargetSnapshot:
    window = replace(WELL.window, unanswered=unanswered)
    load = replace(WELL.load, oldest_in_flight_ms=8100.0)
    return replace(WELL, window=window, load=load, streak=Streak(silent_s=seconds))


def sentence(of: TargetSnapshot) -> str:
    condition = condition_of(of)
    return condition.sentence if condition else ""


def test_a_target_that_answers_has_none() -> None:
    assert condition_of(WELL) is None


@pytest.mark.parametrize("state", ["down", "died"])
def test_one_that_does_not_run_is_down(state: TargetState) -> None:
    down = replace(WELL, state=state, state_s=6.4, trouble="exit code 1")
    assert condition_of(down) == Condition("down", 6.4, "exit code 1")
    assert sentence(down) == "down 6 s: exit code 1"
    assert sentence(replace(down, trouble="", faults=("kill",))) == "down 6 s: fault: kill"


@pytest.mark.parametrize("state", ["waiting", "starting", "stopping", "stopped", "failed"])
def test_one_that_is_not_expected_to_answer_has_none(state: TargetState) -> None:
    assert condition_of(replace(silent(9.0), state=state)) is None


def test_one_whose_answers_are_all_failures_says_which() -> None:
    assert sentence(failing()) == "100 % errors: status 404"
    assert sentence(failing("refused")) == "down 3 s: connections are refused"


def test_a_few_failures_are_none_while_others_succeeded() -> None:
    assert condition_of(failing(failed=9, ok=100)) is None
    assert condition_of(failing(failed=10, ok=100)) is not None
    assert condition_of(failing(failed=2, ok=0)) is not None
    assert condition_of(replace(failing(), streak=Streak(1.0, 500, "status 404"))) is None


def test_one_failure_is_none_however_long_nothing_is_asked_after_it() -> None:
    assert condition_of(failing(failed=1)) is None
    thinking = replace(failing(failed=1), window=replace(WELL.window, ok=0, failed=0))
    assert condition_of(replace(thinking, streak=Streak(25.0, 1, "status 500"))) is None
    assert condition_of(replace(thinking, streak=Streak(25.0, 12, "status 500"))) is None


def test_one_that_answers_nothing_is_silent() -> None:
    assert sentence(silent(8.2)) == "silent 8 s: no answer 4, longest wait 8.10 s"
    assert sentence(replace(silent(8.2), faults=("pause",))) == "silent 8 s: fault: pause"
    assert condition_of(silent(1.0)) is None
    assert condition_of(silent(9.0, unanswered=0)) is None, "its answers take that long"


def test_without_load_or_figures_nothing_is_known() -> None:
    for of in (failing(), silent(9.0)):
        assert condition_of(changed(of, load={"paused": True})) is None
        assert condition_of(replace(of, missing_s=3.0)) is None
        assert condition_of(replace(of, turn="waits")) is None
