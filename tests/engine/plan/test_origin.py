"""What a plan of a published experiment was before the command line changed it."""

from typing import Any

import pytest

import presets
from engine.plan.origin import origin_of, origin_of_record, target_text
from engine.plan.plan import Plan, make_plan

CLAIM = {"id": "a", "text": "t", "says": "fastapi.rps > 3 at 5 users"}


def plan(**changes: Any) -> Plan:
    values = {
        "title": "T",
        "targets": ["fastapi:workers=2", "django-wsgi"],
        "levels": [5],
        "hold": "9 s",
        "claim": [CLAIM],
    }
    return make_plan(values | changes, where="here")


@pytest.mark.parametrize(
    ("use", "options", "text"),
    [
        ("fastapi", {"workers": 1, "server": "uvicorn"}, "fastapi"),
        ("fastapi", {"workers": 4, "database": "mysql", "runtime": "docker"}, "fastapi:workers=4"),
        ("fastapi", {"workers": 1, "env.A": "1"}, "fastapi:env.A=1"),
        ("fastapi", {"workers": 1, "env": {"A": "1"}, "threads": 8}, "fastapi:env.A=1"),
        ("mine", {}, "mine"),
    ],
)
def test_a_target_has_the_options_that_matter(use: str, options: dict[str, Any], text: str) -> None:
    assert target_text(use, options) == text


@pytest.mark.parametrize(
    "changes",
    [
        {"targets": ("fastapi",)},
        {"targets": ("fastapi:workers=4", "django-wsgi")},
        {"workload": "tasks"},
        {"schedule": "solo"},
        {"network_delay": "40 ms"},
        {"client": "httpx"},
    ],
)
def test_a_change_of_the_method_is_kept_in_mind(changes: dict[str, Any]) -> None:
    before = plan()
    made = before.changed(**changes)
    assert made.origin == origin_of(before)
    assert origin_of(made) != made.origin
    assert made.changed(users=7).origin == origin_of(before)
    assert origin_of_record(made.model_dump(mode="json")) == origin_of(before)


@pytest.mark.parametrize(
    "changes",
    [
        {"users": 7},
        {"quick": True},
        {"runtime": "docker"},
        {"database": "mysql"},
        {"targets": ("fastapi:workers=2:label=mine", "django-wsgi:database=mysql")},
        {"workload": "hello"},
    ],
)
def test_other_changes_are_no_departure(changes: dict[str, Any]) -> None:
    made = plan().changed(**changes)
    assert made.origin is None
    assert origin_of_record(made.model_dump(mode="json")) == origin_of(plan())


def test_a_plan_without_a_source_has_no_origin() -> None:
    assert plan(claim=[]).changed(workload="tasks").origin is None


@pytest.mark.parametrize("name", ["crud-concurrency", "io-intensive", "blocking-model"])
def test_a_recorded_preset_is_its_own_origin(name: str) -> None:
    found = presets.load(name)
    assert origin_of_record(found.model_dump(mode="json")) == origin_of(found)
