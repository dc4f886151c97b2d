"""What a search tries next, and that it finds the truth: thousands of searches on simulated servers."""

import math
from itertools import pairwise
from random import Random

import pytest

from engine.answers.capacity.criteria import Criteria
from engine.answers.capacity.grid import grid, is_narrow
from engine.answers.capacity.search import Search, Step
from engine.metrics.trials import Trial
from tests.support.made_trials import P95, P99, Server, a_trial, searched, seconds_of

TRIAL, CONFIRM = P95.trial_s, 30.0
SEARCHES = 400
"""For each kind of server."""


def after(*trials: Trial, most: int = 1000, criteria: Criteria = P95, in_hurry: bool = False) -> Search:
    return Search(trials, criteria, most, in_hurry)


def test_it_goes_up_until_a_load_fails_and_then_into_the_middle() -> None:
    assert after().next == Step(4, "search", TRIAL)
    assert after(a_trial(4)).next == Step(8, "search", TRIAL)
    assert after(a_trial(4, p99_ms=10.0)).next == Step(16, "search", TRIAL), "far from the limit"
    search = after(a_trial(4), a_trial(8, 0.5))
    assert search.bracket == (4, 8)
    assert search.next == Step(6, "search", TRIAL)


def test_it_goes_down_if_the_first_load_fails() -> None:
    assert after(a_trial(4, 0.5)).next == Step(2, "search", TRIAL)
    search = after(a_trial(4, 0.5), a_trial(2, 0.5), a_trial(1, 0.5))
    assert search.next == Step(1, "search", TRIAL), "no load fails by one trial"
    search = after(*search.trials, a_trial(1, 0.5), a_trial(1, 0.5))
    assert (search.next, search.ended, search.bracket) == (None, "none", (None, 1))


def test_the_upper_end_must_fail_three_times_and_the_lower_end_survive_the_confirmation() -> None:
    search = after(a_trial(5), a_trial(6, 0.5))
    assert search.next == Step(6, "search", TRIAL)
    search = after(*search.trials, a_trial(6, 0.5), a_trial(6, 0.5))
    assert search.next == Step(5, "confirm", CONFIRM)
    confirmed = after(*search.trials, a_trial(5, kind="confirm", seconds=30))
    assert (confirmed.next, confirmed.ended, confirmed.bracket) == (None, "decided", (5, 6))
    failed = after(*search.trials, a_trial(5, 0.9, kind="confirm", seconds=30))
    assert failed.bracket == (None, 5)


def test_the_smaller_load_that_fails_is_believed() -> None:
    search = after(a_trial(16), a_trial(8, 0.5), a_trial(8, 0.5), a_trial(4))
    assert search.bracket == (4, 8)


def test_the_largest_load_allowed_is_confirmed_too() -> None:
    search = after(a_trial(4), a_trial(6), most=6)
    assert search.next == Step(6, "confirm", CONFIRM)
    search = after(*search.trials, a_trial(6, kind="confirm", seconds=30), most=6)
    assert (search.ended, search.bracket) == ("most", (6, None))


def test_a_generator_at_its_limit_ends_the_search_with_what_is_known() -> None:
    late = a_trial(32, 0.2, tainted="the load worker used 97 % of its core")
    search = after(a_trial(16), late)
    assert search.next == Step(32, "search", TRIAL), "once may be chance"
    search = after(*search.trials, late)
    assert search.next == Step(16, "confirm", CONFIRM)
    search = after(*search.trials, a_trial(16, kind="confirm", seconds=30))
    assert (search.ended, search.bracket, search.wall) == ("generator", (16, None), 32)


def test_a_generator_that_cannot_confirm_ends_it_unconfirmed() -> None:
    late = a_trial(6, kind="confirm", seconds=30, tainted="late")
    search = after(a_trial(6), late, late, most=6)
    assert (search.ended, search.bracket) == ("generator", (6, None))
    assert not search.levels[6].is_confirmed


def test_a_generator_that_cannot_send_anything_leaves_nothing_known() -> None:
    late = a_trial(4, tainted="late")
    search = after(late, late)
    assert (search.next, search.ended, search.bracket) == (None, "generator", (None, None))


def test_in_a_hurry_it_only_confirms() -> None:
    search = after(a_trial(16), a_trial(64, 0.1), in_hurry=True)
    assert search.next == Step(16, "confirm", CONFIRM)
    assert search.ended == "", "it was cut short"


def width(search: Search) -> float:
    low, high = search.bracket
    assert low is not None
    assert high is not None
    return (high - low) / low


@pytest.mark.parametrize(
    "server",
    [
        Server(1.0),
        Server(1.0, drift=0.02),
        Server(1.0, slope=10, rate=10),
        Server(1.0, slope=10, rate=10, drift=0.03),
        Server(1.0, slope=30, rate=1, drift=0.02),
        Server(1.0, slope=5, rate=5),
        Server(1.0, share=0.99, slope=15, rate=5),
    ],
    ids=["steep", "steep, drifting", "medium", "medium, drifting", "few requests", "soft", "p99"],
)
def test_the_truth_is_in_the_bracket_in_95_percent(server: Server) -> None:
    criteria = P95 if server.share == 0.95 else P99
    scale = server.truth()
    found, waited_s = 0, []
    for seed in range(SEARCHES):
        knee = math.exp(Random(f"knee {seed}").uniform(math.log(40), math.log(700)))
        here = Server(knee, server.share, server.slope, server.rate, server.drift)
        search = searched(here.trial, criteria, seed=seed)
        low, high = search.bracket
        assert search.ended == "decided"
        assert low is not None
        assert high is not None
        assert is_narrow(low, high)
        found += low <= knee * scale <= high
        waited_s.append(seconds_of(search.trials))
    assert found >= 0.95 * SEARCHES
    assert sorted(waited_s)[SEARCHES // 2] <= 120


def test_small_servers_are_found_to_the_user() -> None:
    for knee in range(1, 11):
        search = searched(Server(knee + 0.5).trial, seed=knee)
        assert search.bracket == (knee, knee + 1)


def test_one_inverted_result_does_not_mislead_it() -> None:
    """One trial of each search, at random, is disturbed: two of five requests miss the limit."""
    found = 0
    for seed in range(SEARCHES):
        knee = math.exp(Random(f"knee {seed}").uniform(math.log(40), math.log(700)))
        server, disturbed = Server(knee), Random(f"when {seed}").randint(1, 8)

        def measure(
            step: Step, rng: Random, number: int, server: Server = server, disturbed: int = disturbed
        ) -> Trial:
            trial = server.trial(step, rng, number)
            return a_trial(step.load, 0.6, asked=trial.asked, number=number) if number == disturbed else trial

        low, high = searched(measure, seed=seed).bracket
        assert low is not None
        assert high is not None
        found += low <= knee <= high
    assert found >= 0.95 * SEARCHES


def test_a_load_that_always_fails_is_the_end_even_below_others_that_do_not() -> None:
    for seed in range(100):
        knee = math.exp(Random(f"knee {seed}").uniform(math.log(80), math.log(700)))
        server = Server(knee)

        def measure(step: Step, rng: Random, number: int, server: Server = server) -> Trial:
            trial = server.trial(step, rng, number)
            return a_trial(step.load, 0.3, asked=trial.asked) if 15 <= step.load <= 17 else trial

        search = searched(measure, seed=seed)
        assert search.bracket[1] is not None
        assert search.bracket[1] <= 17


def test_every_search_ends_whatever_it_measures() -> None:
    for seed in range(200):

        def measure(step: Step, rng: Random, number: int) -> Trial:
            return a_trial(
                step.load,
                rng.choice((0.5, 0.94, 0.95, 0.96, 1.0)),
                asked=rng.choice((0, 1, 20, 1000)),
                kind=step.kind,
                seconds=step.seconds,
                number=number,
                tainted=rng.choice(("", "", "", "late")),
            )

        search = searched(measure, most=300, seed=seed, trials=1000)
        assert search.next is None
        assert search.ended


def test_a_grid_has_steps_of_about_five_percent() -> None:
    loads = grid(1000)
    assert loads[:12] == tuple(range(1, 13))
    assert loads[-1] == 1000
    assert all(high <= 1.05 * low for low, high in pairwise(loads) if low >= 200)
    assert grid(1) == (1,)
    assert grid(7)[-1] == 7
