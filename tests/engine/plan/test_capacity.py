"""Plans that search for capacity."""

from typing import Any

import pytest

from engine.plan.capacity import CapacitySpec
from engine.plan.plan import Plan, make_plan
from targets.errors import UsageError

BASE: dict[str, Any] = {
    "title": "T",
    "targets": ["fastapi", "django-wsgi"],
    "schedule": "capacity",
    "slo": "p95 < 500 ms",
}


def plan(**changes: Any) -> Plan:
    return make_plan(BASE | changes, where="test")


def test_a_search_needs_no_load_of_its_own() -> None:
    found = plan()
    assert found.capacity == CapacitySpec()
    assert (found.most_users, found.length_s, found.warm_up_s) == (1000, 600.0, 0.0)
    assert found.steering_of(0, open_ended=False).users(5.0) == 0
    with_levels = plan(levels=[10, 20], hold="60 s", repetitions=2, warm_up="auto", capacity={"most": 50})
    assert (with_levels.levels, with_levels.repetitions, with_levels.most_users) == ((), 1, 50)


def test_in_the_open_model_it_counts_arrivals() -> None:
    found = plan(model="open", capacity={"most": 20_000}, max_users=300)
    assert found.most_users == 300


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"slo": None}, 'add slo = "p95 < 500 ms, errors < 1 %"'),
        ({"capacity": {"most": 20_000}}, "a target takes at most 10000 users, not 20000"),
        ({"capacity": {"within": "5 s"}}, "30"),
        ({"capacity": {"mots": 20}}, "mots"),
        (
            {"schedule": "race", "capacity": {}, "stages": [{"users": 1, "hold": "1 m"}]},
            'add schedule = "capacity"',
        ),
        (
            {"fault": [{"at": "0 s", "target": "fastapi", "fault": "kill"}]},
            "a search for capacity has no faults",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(UsageError) as caught:
        plan(**changes)
    assert why in str(caught.value)
