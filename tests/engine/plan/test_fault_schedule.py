"""The faults of a plan: when, what, and which target."""

from typing import Any

import pytest

from engine.plan.fault_schedule import FaultSpec, by_name_of_target
from engine.plan.faults import Fault
from engine.plan.labels import labels_of
from engine.plan.plan import Plan, make_plan
from targets.errors import UsageError


def plan(*faults: dict[str, Any], **changes: Any) -> Plan:
    """A plan of 30 s with these faults."""
    values: dict[str, Any] = {
        "title": "Faults",
        "targets": ["fastapi:workers=2", "django-wsgi"],
        "stages": [{"users": 2, "hold": "30 s"}],
        "fault": faults,
    }
    return make_plan(values | changes, where="here")


def test_how_long_it_lasts_may_stand_in_a_key_of_its_own() -> None:
    spec = FaultSpec.model_validate({"at": "20 s", "fault": "cpus 0.5", "for": "5 s", "target": "fastapi"})
    assert (spec.at, spec.fault, spec.target) == (20.0, Fault("cpus", 0.5, 5.0), "fastapi")
    assert spec.model_dump(mode="json") == {"at": 20.0, "fault": "cpus 0.5 for 5 s", "target": "fastapi"}


def test_a_plan_keeps_its_faults_when_the_command_line_changes_it() -> None:
    made = plan({"at": 3, "fault": "pause", "for": "1 s"})
    changed = made.changed(users=5, seconds=10)
    assert changed.fault == made.fault
    assert changed.model_dump(mode="json")["fault"] == [{"at": 3.0, "fault": "pause for 1 s", "target": ""}]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"at": 40, "fault": "pause"}, "would never begin"),
        ({"at": 1, "fault": "pause", "target": "flask"}, "unknown target 'flask'"),
        ({"at": 1, "fault": "cpus 0.5"}, "its runtime is local"),
        ({"at": 1, "fault": "slow-upstream 2s"}, "does nothing with workload 'hello'"),
        ({"at": 1, "fault": "paws"}, "unknown fault 'paws'"),
        ({"at": 1, "fault": "pause", "for": "soon"}, "cannot be read"),
        ({"fault": "pause"}, "fault #1.at: is missing"),
        ({"at": 1, "fault": "pause", "whom": "x"}, "unknown key 'fault #1.whom'"),
    ],
)
def test_a_plan_whose_fault_cannot_be_is_refused(fault: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        plan(fault)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ({"at": 1, "fault": "pause for 5 s"}, {"at": 3, "fault": "pause for 1 s"}, True),
        ({"at": 1, "fault": "pause"}, {"at": 20, "fault": "pause for 1 s", "target": "fastapi"}, True),
        ({"at": 1, "fault": "pause for 1 s"}, {"at": 3, "fault": "pause for 1 s"}, False),
        (
            {"at": 1, "fault": "pause", "target": "django-wsgi"},
            {"at": 3, "fault": "pause", "target": "fastapi"},
            False,
        ),
        ({"at": 1, "fault": "restart"}, {"at": 20, "fault": "restart"}, False),
        ({"at": 1, "fault": "pause for 9 s"}, {"at": 3, "fault": "kill for 1 s"}, False),
    ],
)
def test_two_faults_of_a_kind_do_not_meet(one: dict[str, Any], other: dict[str, Any], meet: bool) -> None:
    if not meet:
        assert len(plan(one, other).fault) == 2
        return
    for faults in ((one, other), (other, one)):
        with pytest.raises(UsageError, match="is active"):
            plan(*faults)


def test_a_fault_of_a_plan_calls_its_target_by_label_or_name() -> None:
    pause = {"at": "5 s", "fault": "pause", "for": "5 s"}
    twins = {"targets": ["fastapi:workers=2", "fastapi:label=Old"]}
    for called, named in [("fastapi ×2", "fastapi"), ("fastapi", "fastapi"), ("Old", "fastapi#2")]:
        made = plan(pause | {"target": called}, **twins)
        (fault,) = by_name_of_target(made.fault, labels_of(made.targets))
        assert fault.target == named
    one, other = (
        {"at": "5 s", "fault": "pause", "for": "5 s", "target": each} for each in ("Old", "fastapi#2")
    )
    with pytest.raises(UsageError, match="is active"):
        plan(one, other, **twins)
    with pytest.raises(UsageError) as caught:
        plan({"at": "5 s", "fault": "pause", "target": "New"}, **twins)
    assert caught.value.why == "known: fastapi ×2, Old"
