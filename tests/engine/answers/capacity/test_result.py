"""What a search came to, from the trials of a session."""

from dataclasses import replace

import pytest

from engine.answers.capacity.result import capacity_of
from tests.support.made_searches import MadeSearch, made_capacity, search_result
from tests.support.made_trials import Server


def test_every_target_gets_its_bracket_and_the_figures_at_its_lower_end() -> None:
    fast, slow = made_capacity().targets
    assert fast.lower is not None
    assert fast.upper is not None
    assert fast.lower <= 310 <= fast.upper
    assert (slow.lower, slow.upper) == (51, 53)
    assert (fast.ended, slow.ended) == ("decided", "decided")
    assert fast.is_confirmed
    assert fast.at_lower is not None
    assert (fast.at_lower.kind, fast.at_lower.load) == ("confirm", fast.lower)
    assert fast.next is None


def test_goodput_stops_growing_where_the_server_does() -> None:
    _, slow = made_capacity().targets
    assert slow.knee == pytest.approx(52.5, rel=0.15)
    assert slow.curve is not None


def test_a_search_that_goes_on_says_what_is_next_and_how_far_it_is() -> None:
    running = made_capacity(MadeSearch(trials=7, outcome="running"))
    assert running.next is not None
    assert running.next[0] == "django-wsgi"
    assert 0 < running.progress < 1
    assert not any(target.is_over for target in running.targets)
    assert made_capacity().progress == 1.0


def test_why_a_search_is_over() -> None:
    def ended(of: MadeSearch) -> list[str]:
        return [target.ended for target in made_capacity(of).targets]

    weak, strong = Server(0.5), Server(5000.0)
    assert ended(MadeSearch({"fastapi": weak, "django-wsgi": strong})) == ["none", "most"]
    assert ended(MadeSearch(capacity={"trials": 6})) == ["trials", "trials"]
    assert ended(MadeSearch(capacity={"within": 60.0}))[0] in {"time", "decided"}
    assert ended(MadeSearch(trials=6, outcome="interrupted")) == ["stopped", "stopped"]


def test_sizing_is_for_the_users_asked_for() -> None:
    for_users = made_capacity(MadeSearch(capacity={"for_users": 5000, "price_per_core_hour": 0.05}))
    first = for_users.targets[0]
    assert first.sizing is not None
    assert first.lower is not None
    assert first.sizing.load == 5000
    assert first.sizing.instances == -(-5000 // first.lower)
    assert first.sizing.price_per_hour is not None
    priced = made_capacity(MadeSearch(capacity={"price_per_core_hour": 0.05})).targets[0]
    assert priced.sizing is not None
    assert priced.sizing.load == 1000
    assert made_capacity().targets[0].sizing is None


def test_a_session_of_another_schedule_has_none() -> None:
    result = search_result()
    assert capacity_of(result) is not None
    assert capacity_of(replace(result, plan=dict(result.plan) | {"schedule": "race"})) is None
