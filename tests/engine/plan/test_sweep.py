"""Variants of targets."""

from typing import Any

import pytest

from engine.plan.labels import labels_of
from engine.plan.plan import Plan, make_plan
from targets.errors import UsageError


def plan_of(**values: Any) -> Plan:
    base = {"title": "T", "targets": ["fastapi", "django-wsgi"], "levels": [1], "hold": "3 s"}
    return make_plan(base | values, where="plan")


def texts(plan: Plan) -> list[str]:
    return [choice.text for choice in plan.targets]


def test_every_target_that_takes_the_option_gets_a_variant_for_each_value() -> None:
    made = plan_of(sweep={"workers": [1, 4]})
    assert list(labels_of(made.targets).values()) == [
        "fastapi",
        "fastapi ×4",
        "django-wsgi",
        "django-wsgi ×4",
    ]


def test_options_are_combined() -> None:
    made = plan_of(targets=["fastapi"], sweep={"workers": [1, 2], "pool": [10, 100]})
    assert texts(made) == ["fastapi", "fastapi:pool=100", "fastapi:workers=2", "fastapi:workers=2:pool=100"]


def test_one_target_only() -> None:
    assert texts(plan_of(sweep={"fastapi": {"workers": [1, 4]}})) == [
        "fastapi",
        "fastapi:workers=4",
        "django-wsgi",
    ]


def test_a_target_that_names_the_option_stays() -> None:
    made = plan_of(targets=["fastapi:workers=2", "django-wsgi"], sweep={"workers": [1, 4]})
    assert texts(made) == ["fastapi:workers=2", "django-wsgi", "django-wsgi:workers=4"]


def test_an_option_that_some_targets_do_not_take() -> None:
    assert texts(plan_of(sweep={"threads": [4, 16]})) == [
        "fastapi",
        "django-wsgi:threads=4",
        "django-wsgi:threads=16",
    ]


def test_a_custom_target_has_no_variants() -> None:
    node = {"name": "node", "command": "node {port}"}
    assert texts(plan_of(targets=["node", "fastapi"], target=[node], sweep={"workers": [1, 4]})) == [
        "node",
        "fastapi",
        "fastapi:workers=4",
    ]


def test_targets_of_the_command_line_are_not_swept() -> None:
    made = plan_of(sweep={"workers": [1, 4]})
    assert texts(made.changed(targets=("fastapi",))) == ["fastapi"]
    assert texts(made.changed(workload="tasks")) == texts(made)


@pytest.mark.parametrize(
    ("sweep", "says"),
    [
        ({"workers": [1, 2, 3, 4]}, "targets: has at most 7 entries, not 8"),
        ({"wrkers": [1]}, "no target takes 'wrkers'"),
        ({"flask": {"workers": [1]}}, "no target takes 'flask'"),
        ({"fastapi": {"wrkers": [1]}}, "unknown option of fastapi 'wrkers'"),
        ({"workers": ["many"]}, "workers cannot be 'many'"),
        ({"workers": 4}, "workers must be a list of 1 to 6 different values"),
        ({"workers": []}, "workers must be a list"),
        ({"workers": [4, 4]}, "workers must be a list"),
        ({"workers": [True]}, "workers must be a list"),
        ({"fastapi": {"workers": 4}}, "fastapi.workers must be a list"),
        ([], "sweep: must be a table"),
    ],
)
def test_what_a_sweep_cannot_be(sweep: Any, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        plan_of(sweep=sweep)
    assert says in str(caught.value)
