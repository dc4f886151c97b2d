"""What differs between two plans, as a person would say it: in every field that a plan has."""

import re
from typing import Any

import pytest

from engine.comparison.comparability import NOT_OF_THE_LOAD
from engine.comparison.plan_text import NAMES, plan_difference, value_text
from engine.plan.plan import Plan, make_plan
from tests.support.plan_kinds import KINDS


def difference(field: str, one: object, other: object) -> tuple[str, str, str] | None:
    return plan_difference(field, {field: one}, {field: other})


@pytest.mark.parametrize(
    ("field", "one", "other", "said"),
    [
        ("workload", "hello", "tasks", ("workload", "hello", "tasks")),
        ("think_time", "none", "1 s to 2 s", ("think time", "none", "1 s to 2 s")),
        ("timeout", 30.0, 0.25, ("timeout", "30 s", "250 ms")),
        ("gap", 0.0, 5.0, ("breaks between levels", "none", "5 s")),
        ("levels", [10, 50], [10, 50, 100], ("levels", "10, 50", "10, 50, 100")),
        ("levels", list(range(1, 30)), [], ("levels", "29 values", "not set")),
        ("cookies", None, False, ("cookies", "not set", "no")),
        ("cluster", "", "auto", ("cluster", "not set", "auto")),
        ("max_users", 1000, 50, ("limit of users", "1000", "50")),
        (
            "stages",
            [{"hold": 4.0, "users": 3}, {"hold": 2.0}],
            [{"ramp_to": 2, "over": 1.5}, {"rate": 9, "hold": 9.0}],
            (
                "stages",
                "hold 3 users for 4 s, then hold for 2 s",
                "ramp to 2 users over 1.5 s, then hold 9 arrivals/s for 9 s",
            ),
        ),
        ("stages", [{"rate_to": 5, "over": 3.0}], [], ("stages", "ramp to 5 arrivals/s over 3 s", "not set")),
        (
            "fault",
            [{"at": 5.0, "fault": "pause for 1 s", "target": "a"}],
            [],
            ("faults", "pause for 1 s at 5 s (a)", "none"),
        ),
        (
            "request",
            [{"name": "list", "method": "GET", "path": "/a", "weight": 9}, {"path": "/b", "method": "POST"}],
            [{"name": "list", "method": "GET", "path": "/a", "weight": 5}, {"path": "/b", "method": "POST"}],
            ("requests", "list: weight 9", "list: weight 5"),
        ),
        (
            "step",
            [{"method": "PUT", "path": "/a", "expect_status": [201]}],
            [{"method": "PUT", "path": "/b"}],
            ("steps", "PUT /a: path /a, expect status 201", "PUT /b: path /b, expect status not set"),
        ),
        ("request", [{"path": "/a"}], [{"path": "/a"}, {"path": "/b"}], ("requests", "1", "2")),
        (
            "request",
            [{"path": f"/{at}"} for at in range(9)],
            [{"path": f"/{at}x"} for at in range(9)],
            ("requests", "9 (9 differ)", "9 (9 differ)"),
        ),
        (
            "data",
            {"city": ["Bonn", "Rome"], "id": [1]},
            {"city": ["Bonn"], "id": [1]},
            ("values for requests", "city Bonn, Rome", "city Bonn"),
        ),
    ],
)
def test_a_difference_in_words(field: str, one: object, other: object, said: tuple[str, str, str]) -> None:
    assert difference(field, one, other) == said


def test_what_is_alike_or_only_older_is_no_difference() -> None:
    assert difference("stages", [{"users": 1, "hold": 2.0, "say": "A"}], [{"users": 1, "hold": 2.0}]) is None
    assert plan_difference("gap", {}, {"gap": 0.0}) is None
    assert plan_difference("gap", {}, {"gap": 1.0}) == ("breaks between levels", "none", "1 s")


@pytest.mark.parametrize("field", sorted(set(Plan.model_fields) - NOT_OF_THE_LOAD))
def test_no_field_of_a_plan_is_said_in_code_words(field: str) -> None:
    """Every plan of each kind beside each other one, as recorded."""
    plans: list[dict[str, Any]] = [
        make_plan(kind, where="a plan").model_dump(mode="json") for kind in KINDS.values()
    ]
    for one in plans:
        for other in plans:
            for text in plan_difference(field, one, other) or ():
                assert not re.search(r"\b[a-z]+_[a-z_]+\b|None|True|False", text), text


def test_every_name_is_that_of_a_field() -> None:
    assert set(NAMES) <= set(Plan.model_fields)
    assert value_text([]) == "not set"
