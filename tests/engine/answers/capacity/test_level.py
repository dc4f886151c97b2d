"""When a load is decided: by the sum of its trials, early only where that is clear."""

import pytest

from engine.answers.capacity.level import Level, can_survive, design_effect, meets_criteria
from engine.metrics.trials import Trial
from tests.support.made_trials import P95, P99, a_trial


def level(*trials: Trial, load: int = 10) -> Level:
    return Level.of(load, trials, P95)


def test_one_clear_trial_is_enough_to_meet_but_not_to_fail() -> None:
    met, missed = level(a_trial(10)), level(a_trial(10, 0.2))
    assert (met.meets, met.is_firm) == (True, True)
    assert (missed.meets, missed.is_firm) == (False, False)
    assert not level(a_trial(10, 0.2), a_trial(10, 0.3)).is_firm
    thrice = level(a_trial(10, 0.2), a_trial(10, 0.3), a_trial(10, 0.2))
    assert (thrice.meets, thrice.is_firm, thrice.is_clear) == (False, True, True)


def test_close_to_the_limit_twenty_seconds_decide() -> None:
    close = [a_trial(10, 0.948), a_trial(10, 0.949)]
    assert not level(*close).is_firm
    decided = level(*close * 5)
    assert (decided.meets, decided.is_firm, decided.is_clear) == (False, True, False)


def test_trials_that_last_long_do_not_fail_a_load_on_their_own() -> None:
    long = a_trial(10, 0.2, seconds=24)
    assert not level(long).is_firm
    assert not level(long, long).is_firm
    assert (level(long, long, long).meets, level(long, long, long).is_firm) == (False, True)


def test_errors_fail_a_load_that_answers_in_time() -> None:
    failing = level(*[a_trial(10, 0.97, bad=30)] * 3)
    assert (failing.meets, failing.is_firm) == (False, True)
    assert failing.error_rate == pytest.approx(0.03)
    assert failing.attainment == pytest.approx(0.97)


def test_a_single_failure_among_five_is_set_aside_but_not_one_of_the_confirmation() -> None:
    trials = [a_trial(10, 0.1), *[a_trial(10)] * 3]
    assert not level(*trials).meets
    assert level(*trials, a_trial(10)).meets
    twice = level(*trials, a_trial(10), a_trial(10, 0.1))
    assert not twice.meets
    confirmed = level(*[a_trial(10)] * 5, a_trial(10, 0.9, kind="confirm", seconds=30))
    assert (confirmed.meets, confirmed.is_firm, confirmed.is_confirmed) == (False, True, False)


def test_what_says_nothing_does_not_count() -> None:
    found = level(a_trial(10, 0.1, tainted="late"), a_trial(10))
    assert (found.meets, found.tainted, len(found.trials)) == (True, 1, 1)


def test_silence_is_no_failure_until_it_lasted() -> None:
    silent = a_trial(10, 0, asked=0)
    assert meets_criteria([silent], P95)
    assert (level(silent).meets, level(silent).is_firm) == (True, False)
    assert (level(*[silent] * 10).meets, level(*[silent] * 10).is_firm) == (False, True)
    assert level(silent).attainment is None


def test_trials_that_differ_tell_less() -> None:
    assert design_effect([50, 50], [1000, 1000]) == 1.0
    assert design_effect([0, 0], [1000, 1000]) == 1.0
    assert design_effect([5], [1000]) == 1.0
    # p = 0.05, n = 2000, m = 2: 2 / 1 * (50² + 50²) / (2000 * 0.0475)
    assert design_effect([0, 100], [1000, 1000]) == pytest.approx(105.26, abs=0.01)
    uneven = level(a_trial(10, 1.0), a_trial(10, 0.85))
    assert (uneven.meets, uneven.is_firm) == (False, False)


def test_a_confirmation_ends_early_once_it_cannot_succeed() -> None:
    assert can_survive(a_trial(10, 0.99, seconds=5, asked=500), P99)
    assert can_survive(a_trial(10, 0.95, seconds=5, asked=500), P99), "25 misses of 30 allowed"
    assert not can_survive(a_trial(10, 0.90, seconds=5, asked=500), P99)
    assert not can_survive(a_trial(10, 1.0, seconds=5, asked=500, bad=40), P99)
    assert can_survive(a_trial(10, 0, asked=0), P99)
