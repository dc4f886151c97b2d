"""A search in words, whatever it came to."""

from engine.answers.capacity.wording import headline, hint_text, range_text, sentences, state_text, trial_text
from tests.support.made_searches import MadeSearch, made_capacity
from tests.support.made_trials import Server, a_trial

WEAK, STRONG = Server(0.5), Server(5000.0)


def test_the_result_in_one_sentence() -> None:
    assert headline(made_capacity()) == (
        "Most users within p95 < 500 ms, errors < 1 %: fastapi 308 to 323, django-wsgi 51 to 53."
    )


def test_an_slo_that_nothing_meets_and_one_that_everything_meets() -> None:
    none = made_capacity(MadeSearch({"fastapi": WEAK, "django-wsgi": WEAK}))
    assert headline(none) == "No target meets p95 < 500 ms, errors < 1 % even at 1 user."
    assert range_text(none.targets[0]) == "none"
    assert sentences(none, none.targets[0]) == [
        "fastapi does not meet p95 < 500 ms, errors < 1 % even at 1 user."
    ]
    most = made_capacity(MadeSearch({"fastapi": STRONG, "django-wsgi": STRONG}))
    assert headline(most) == (
        "Every target meets p95 < 500 ms, errors < 1 % at 1,000 users, the most that were tried: try more."
    )
    assert sentences(most, most.targets[0])[0].startswith(
        "fastapi serves at least 1,000 users, the most that were tried: at 1,000 it served 20.1 k ok/s, p95"
    )
    alone = made_capacity(MadeSearch({"fastapi": WEAK}))
    assert headline(alone).startswith("fastapi does not meet")


def test_one_target_of_each_kind() -> None:
    mixed = made_capacity(MadeSearch({"fastapi": WEAK, "django-wsgi": STRONG}))
    assert headline(mixed) == (
        "Most users within p95 < 500 ms, errors < 1 %: fastapi none, django-wsgi at least 1,000."
    )


def test_a_search_that_was_cut_short_says_so() -> None:
    short = made_capacity(MadeSearch(trials=6, outcome="interrupted"))
    fast = short.targets[0]
    assert range_text(fast) == "at least 64"
    assert "the search was stopped before more was known" in sentences(short, fast)[0]
    assert sentences(short, fast)[0].endswith("; not confirmed.")
    nothing = made_capacity(MadeSearch(trials=0, outcome="interrupted")).targets[0]
    assert range_text(nothing) == "not known"


def test_how_far_it_is() -> None:
    running = made_capacity(MadeSearch(trials=7, outcome="running"))
    assert [state_text(running, target) for target in running.targets] == ["next: 256", "tries 64"]
    whole = made_capacity()
    assert state_text(whole, whole.targets[0]) == "done"


def test_hints_and_sizing() -> None:
    sized = made_capacity(MadeSearch(capacity={"for_users": 5000, "price_per_core_hour": 0.05}))
    _, slow = sized.targets
    assert hint_text(sized, slow).startswith("Hint: throughput stopped growing at about 5")
    assert "Universal Scalability Law" in hint_text(sized, slow)
    assert sentences(sized, slow)[-1].startswith("5,000 users need 99 instances (99 processes), 88.2 cores")


def test_a_trial_in_a_line() -> None:
    of = made_capacity()
    assert trial_text(of, a_trial(48, 0.96)).strip() == "48 users,    500 ok/s, 96.0 % within 500 ms"
    failing = trial_text(of, a_trial(48, 0.9, bad=50, kind="confirm", seconds=30, tainted="late"))
    assert failing.endswith("errors 5.00 %, confirmation of 30 s (does not count: late)")
    assert trial_text(of, a_trial(1, asked=0)).endswith("no requests")


def test_one_user_is_no_users() -> None:
    all_met = made_capacity(MadeSearch({"fastapi": STRONG}, capacity={"most": 1}))
    assert headline(all_met) == (
        "fastapi meets p95 < 500 ms, errors < 1 % at 1 user, the most that were tried: try more."
    )
    assert sentences(all_met, all_met.targets[0])[0].startswith("fastapi serves at least 1 user, the most")
