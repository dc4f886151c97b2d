"""Whose trial is next, and for how long it may go on."""

from dataclasses import replace

from engine.answers.capacity.interleaving import Bounds, Searches
from engine.metrics.trials import Trial
from tests.support.made_trials import P95, a_trial

BOUNDS = Bounds(most=1000, within_s=600.0, trials=200)
FINISHED = (a_trial(5), *[a_trial(6, 0.5)] * 3, a_trial(5, kind="confirm", seconds=30))


def searches(*trials: Trial, now_s: float = 0.0, bounds: Bounds = BOUNDS) -> Searches:
    return Searches(trials, ("a", "b", "c"), P95, bounds, now_s)


def whose(of: Searches) -> str | None:
    return of.next[0] if of.next else None


def test_targets_take_turns() -> None:
    assert whose(searches()) == "a"
    assert whose(searches(a_trial(4))) == "b"
    assert whose(searches(a_trial(4, target="c"))) == "a"


def test_a_target_whose_search_is_over_is_passed_by() -> None:
    done = [replace(trial, target="b") for trial in FINISHED]
    assert whose(searches(*done, a_trial(4))) == "c"
    assert whose(searches(*done, a_trial(4, target="c"), a_trial(4))) == "c"
    everything = [replace(trial, target=name) for name in "abc" for trial in FINISHED]
    assert searches(*everything).next is None
    assert searches(*everything).about_s == 0.0


def test_it_ends_at_its_bounds() -> None:
    assert searches(now_s=600.0).next is None
    assert searches(a_trial(4), bounds=replace(BOUNDS, trials=1)).next is None


def test_when_time_gets_short_it_only_confirms() -> None:
    trials = [a_trial(16, target=name) for name in "abc"]
    early, late = searches(*trials), searches(*trials, now_s=500.0)
    assert early.next is not None
    assert late.next is not None
    assert (early.next[1].kind, late.next[1].kind) == ("search", "confirm")
    nothing_known = searches(now_s=590.0)
    assert nothing_known.next is not None
    assert nothing_known.next[1].kind == "search"


def test_without_time_for_a_confirmation_it_goes_on_trying() -> None:
    trials = [a_trial(16, target=name) for name in "abc"]

    def kinds(within_s: float) -> set[str]:
        found = searches(*trials, now_s=4.0, bounds=replace(BOUNDS, within_s=within_s)).by_target
        return {each.next.kind for each in found.values() if each.next}

    assert kinds(within_s=34.0) == {"search"}, "31 s after the last trial, and it needs 31.6 s"
    assert kinds(within_s=36.0) == {"confirm"}


def test_what_is_confirmed_when_time_is_short_is_enough() -> None:
    trials = [a_trial(16), a_trial(16, kind="confirm", seconds=30)]
    found = searches(*trials, now_s=57.0, bounds=replace(BOUNDS, within_s=60.0)).by_target["a"]
    assert found.in_hurry
    assert found.next is None


def test_what_is_left_shrinks_and_never_exceeds_the_time() -> None:
    start, later = searches(), searches(*[a_trial(load, target=n) for load in (4, 8, 16) for n in "abc"])
    assert 0 < later.about_s < start.about_s <= 600
    assert searches(now_s=595.0).about_s == 5.0


def test_a_search_that_is_over_stays_so_when_time_gets_short() -> None:
    trials = [*FINISHED, a_trial(16, target="b")]
    late = searches(*trials, now_s=560.0).by_target
    assert late["a"].ended == "decided"
    assert late["b"].in_hurry
