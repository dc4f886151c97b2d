"""Comparisons of whole runs: pairs, levels, differences, gate."""

from dataclasses import replace

import pytest

from engine.comparison.comparison import Comparison, Side, compared, level_text
from engine.comparison.gate import parse_conditions
from engine.comparison.subjects import Run
from targets.errors import UsageError
from tests.engine.comparison.conftest import MakeRun


def _compared(a: Run, b: Run, fail_if: str = "") -> Comparison:
    conditions = parse_conditions(fail_if) if fail_if else ()
    return compared(Side(a, a.subjects), Side(b, b.subjects), conditions)


def _only(run: Run, at: int) -> Side:
    return Side(run, (run.subjects[at],))


def test_levels_are_paired_by_their_load(made_run: MakeRun) -> None:
    a, b = made_run(), made_run(session_id="b", seed=2)
    [target] = _compared(a, b).targets
    assert [level.wanted for level in target.levels] == [10, 50, 100]
    assert [level.seconds for level in target.levels] == [(13.0, 13.0)] * 3
    fewer = replace(b, subjects=(replace(b.subjects[0], levels=b.subjects[0].levels[:2]),))
    [target] = _compared(a, fewer).targets
    assert ([level.wanted for level in target.levels], target.only_a, target.only_b) == ([10, 50], (100,), ())


def test_a_load_that_comes_twice_is_paired_in_order(made_run: MakeRun) -> None:
    run = made_run()
    again = replace(run.subjects[0].levels[0], visit=2)
    twice = replace(run, subjects=(replace(run.subjects[0], levels=(*run.subjects[0].levels, again)),))
    [target] = _compared(run, twice).targets
    assert (len(target.levels), target.only_b) == (3, (10,))


def test_targets_are_paired_by_label(made_run: MakeRun) -> None:
    a = made_run(targets=("fastapi", "django-wsgi"), labels=("fast", "slow"))
    b = made_run(targets=("django-wsgi", "fastapi"), labels=("slow", "other"))
    found = _compared(a, b)
    assert [(each.a.label, each.b.label) for each in found.targets] == [("fast", "other"), ("slow", "slow")]
    assert (found.only_a, found.only_b) == ((), ())


def test_targets_of_one_side_only_are_listed(made_run: MakeRun) -> None:
    found = _compared(made_run(targets=("fastapi", "django-wsgi")), made_run(session_id="b"))
    assert ([each.label for each in found.targets], found.only_a) == (["fastapi"], ("django-wsgi",))


def test_any_two_targets_can_be_compared(made_run: MakeRun) -> None:
    run = made_run(targets=("fastapi", "django-wsgi"))
    found = compared(_only(run, 0), _only(run, 1))
    assert found.targets[0].label == "fastapi → django-wsgi"
    assert (found.a.name, found.b.name) == (f"{run.id}:fastapi", f"{run.id}:django-wsgi")
    p95 = next(each for each in found.targets[0].levels[0].differences if each.metric == "p95")
    assert p95.change == pytest.approx(1.0, abs=0.2), "django-wsgi is made twice as slow"
    assert p95.claim == "higher"


def test_sides_without_a_common_target_say_what_they_have(made_run: MakeRun) -> None:
    a = made_run(targets=("fastapi", "django-wsgi"))
    with pytest.raises(UsageError, match="no target in common") as caught:
        _compared(a, made_run(targets=("django-asgi",)))
    assert caught.value.why == "A has fastapi, django-wsgi; B has django-asgi"


def test_the_same_run_makes_no_claim(made_run: MakeRun) -> None:
    found = _compared(made_run(), made_run())
    claims = {each.claim for level in found.targets[0].levels for each in level.differences}
    assert claims <= {"undecided", "alike"}
    assert "same session" in found.reasons[0].text


def test_the_gate_judges_each_level(made_run: MakeRun) -> None:
    slower = made_run(session_id="b", seed=2, slowness=(1.5,), seconds=90)
    found = _compared(made_run(seconds=90), slower, "p50 > +10 %, goodput < -5 %")
    assert [(each.level, each.outcome) for each in found.gate] == [
        ("10 users", "failed"),
        ("50 users", "failed"),
        ("100 users", "failed"),
        ("10 users", "passed"),
        ("50 users", "passed"),
        ("100 users", "passed"),
    ]
    assert found.has_failed


def test_a_red_generator_claims_nothing(made_run: MakeRun) -> None:
    slower = made_run(session_id="b", seed=2, slowness=(1.5,), light="red")
    found = _compared(made_run(), slower, "p50 > +10 %")
    assert {each.outcome for each in found.gate} == {"undecided"}
    assert {each.why for each in found.gate} == {"the generator was red"}


def test_a_level_of_one_side_is_undecided(made_run: MakeRun) -> None:
    run = made_run()
    fewer = replace(run, subjects=(replace(run.subjects[0], levels=run.subjects[0].levels[:2]),))
    found = _compared(run, fewer, "p95 > +10 %")
    assert [(each.level, each.why) for each in found.gate if each.difference is None] == [
        ("100 users", "only in A")
    ]


def test_a_gate_without_anything_to_judge_is_an_error(made_run: MakeRun) -> None:
    run = made_run()
    empty = replace(run, subjects=(replace(run.subjects[0], levels=()),))
    with pytest.raises(UsageError, match="nothing to judge"):
        _compared(run, empty, "p95 > +10 %")


def test_a_level_in_words() -> None:
    assert level_text(50, 1, "users") == "50 users"
    assert level_text(1, 1, "users") == "1 user"
    assert level_text(50, 2, "arrivals/s") == "50 arrivals/s, 2nd time"
