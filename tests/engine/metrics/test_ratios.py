"""What ratios are taken against."""

from dataclasses import replace
from typing import Literal

from engine.metrics.ratios import compared_with, with_ratios
from engine.metrics.target_snapshot import TargetSnapshot
from tests.support.fakes import target

A, B, C = (target(slot, 72) for slot in range(3))


def down(of: TargetSnapshot) -> TargetSnapshot:
    return replace(of, state="down", state_s=6.0)


def ratios(base: str, *targets: TargetSnapshot) -> list[bool]:
    cleared = tuple(replace(each, ratio=None, steady_ratio=None) for each in targets)
    found = with_ratios(cleared, base)
    assert [each.ratio is None for each in found] == [each.steady_ratio is None for each in found]
    return [each.ratio is not None for each in found]


def test_the_baseline_is_what_others_are_compared_with() -> None:
    assert compared_with((A, B, C), B.name) == B.name
    assert ratios(B.name, A, B, C) == [True, False, True]
    assert compared_with((), "") == compared_with((A,), "gone") == ""


def test_for_a_baseline_that_does_not_answer_the_next_one_stands_in() -> None:
    assert compared_with((A, down(B), C), B.name) == C.name
    assert compared_with((A, down(B), down(C)), B.name) == A.name
    assert compared_with((down(A), down(B), down(C)), B.name) == ""
    assert compared_with((A, replace(B, state="failed"), C), B.name) == C.name
    assert ratios(C.name, A, down(B), C) == [True, False, False], "nor has it a ratio"


def test_one_that_restarts_or_has_stopped_stays_the_baseline() -> None:
    assert compared_with((A, replace(B, state="starting"), C), B.name) == B.name
    stopped = tuple(replace(each, state="stopped") for each in (A, B, C))
    assert compared_with(stopped, B.name) == B.name


def test_turns_are_compared_once_both_are_done() -> None:
    """The window of a turn that is done is all of it; that of one that is on, its newest seconds."""
    states: list[Literal["waits", "on", "done"]] = ["waits", "on", "done"]
    found = {}
    for own in states:
        for base in states:
            targets = (replace(A, turn=base), replace(B, turn=own, ratio=None))
            found[own, base] = with_ratios(targets, A.name)[1].ratio is not None
    assert [turns for turns, has_ratio in found.items() if has_ratio] == [("done", "done")]
