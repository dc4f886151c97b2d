"""The targets that a session takes: as they are named, with options, and apart from each other."""

from typing import Any

import pytest

from engine.plan.plan import Plan, make_plan
from engine.plan.targets import TargetChoice, name_apart
from targets.errors import UsageError
from targets.launch import Command, Launch
from targets.variables import Variables

NODE = {
    "name": "node",
    "command": "node server.js --port {port}",
    "env": {"LISTEN": ":{port}", "KEY": "${KEY}"},
}
VARIABLES = Variables({"KEY": "v4lue", "OTHER": "never used"})


def plan_with(*own: dict[str, Any], **changes: Any) -> Plan:
    values = {"title": "Test", "target": list(own), "stages": [{"users": 2, "hold": "5 s"}]} | changes
    return make_plan(values | {"variables": VARIABLES}, where="test.toml")


def test_an_own_target_takes_no_options() -> None:
    with pytest.raises(UsageError, match="takes no options"):
        plan_with(NODE, targets=["node:workers=2"])


def test_names_are_apart_and_the_plainest_keeps_its_own() -> None:
    texts = ("fastapi:workers=4", "fastapi", "django-wsgi", "fastapi")
    choices = name_apart([TargetChoice.parse(text) for text in texts], taken=["django-wsgi"])
    assert [each.name for each in choices] == ["fastapi#2", "fastapi", "django-wsgi#2", "fastapi#3"]


def test_values_of_variables_are_in_the_environment_that_the_plan_gives_it() -> None:
    (node,) = plan_with(NODE).targets
    env = {"LISTEN": ":1", "KEY": "${KEY}", "OTHERS": "${KEY}"}
    filled = node.filled(
        Launch(("node",), env, prepare=(Command(("a",), env),), sidecars=(Command(("b",), {"A": "${KEY}"}),))
    )
    assert filled.env == {"LISTEN": ":1", "KEY": "v4lue", "OTHERS": "${KEY}"}
    assert filled.prepare[0].env == filled.env
    assert filled.sidecars[0].env == {"A": "${KEY}"}


def test_options_keep_their_variables_when_they_change() -> None:
    plan = plan_with(NODE, targets=["fastapi:env.KEY=${KEY}"])
    changed = plan.targets[0].with_options("env.KEY=${KEY}:workers=2")
    assert "env.KEY=${KEY}" in changed.text
    assert changed.filled(Launch((), {"KEY": "${KEY}"})).env == {"KEY": "v4lue"}
    with pytest.raises(UsageError, match="NONE is not set"):
        plan.parse_target("fastapi:env.KEY=${NONE}")
