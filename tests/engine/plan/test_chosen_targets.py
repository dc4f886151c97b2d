"""The targets of a plan: named, by default the custom ones, and with the variants of a sweep."""

from typing import Any

import pytest

from engine.plan.plan import Plan, make_plan
from targets.errors import UsageError

NODE = {"name": "node", "command": "node app.js {port}"}


def plan_with(*own: dict[str, Any], **values: Any) -> Plan:
    load = {"title": "T", "stages": [{"users": 1, "hold": 1}], "target": list(own)}
    return make_plan(load | values, where="plan.toml")


def test_by_default_a_plan_takes_its_custom_targets() -> None:
    plan = plan_with(NODE, NODE | {"name": "other"})
    assert [each.name for each in plan.targets] == ["node", "other"]


def test_a_sweep_makes_variants_of_named_targets() -> None:
    plan = plan_with(NODE, targets=["fastapi", "node"], sweep={"workers": [1, 4]})
    assert [each.name for each in plan.targets] == ["fastapi", "fastapi#2", "node"]
    assert [each.options.workers for each in plan.targets[:2]] == [1, 4]


def test_two_of_one_name_are_refused() -> None:
    with pytest.raises(UsageError, match="two targets have the name 'node'"):
        plan_with(NODE, NODE)


def test_only_the_wrong_custom_target_is_reported() -> None:
    with pytest.raises(UsageError) as raised:
        plan_with({"name": "A b", "command": "serve {port}"}, targets=["A b"])
    assert "pattern" in str(raised.value)
    assert "cannot be checked" not in str(raised.value)
