"""Durations of an exported plan have names that say their unit."""

from engine.export.plan_units import plan_with_units
from engine.plan.plan import make_plan


def test_every_duration_has_its_unit() -> None:
    plan = make_plan(
        {
            "title": "T",
            "targets": ["fastapi"],
            "stages": [{"ramp_to": 5, "over": "2 s"}, {"hold": "1 m"}],
            "warm_up": "3 s",
            "timeout": "500 ms",
            "request": [{"path": "/", "timeout": "2 s"}, {"path": "/b"}],
            "network_delay": "20 ms",
            "slo": "p95 < 200 ms, errors < 1 %",
            "fault": [{"at": "2 s", "fault": "pause for 1 s"}],
        },
        where="test",
    )
    made = plan_with_units(plan.model_dump(mode="json"))
    assert [(each["over_s"], each["hold_s"]) for each in made["stages"]] == [(2, None), (None, 60)]
    assert (made["warm_up_s"], made["timeout_s"], made["network_delay_s"]) == (3, 0.5, 0.02)
    assert [each["timeout_s"] for each in made["request"]] == [2, None]
    assert made["slo"] == {"latency_ms": 200, "share": 0.95, "errors": 0.01}
    assert [each["at_s"] for each in made["fault"]] == [2]
    assert not {"timeout", "warm_up", "network_delay", "ready_within"} & set(made)


def test_a_plan_without_an_slo_stays_without() -> None:
    assert plan_with_units({"title": "T", "slo": None}) == {"title": "T", "slo": None}
    assert (
        plan_with_units({"slo": {"latency": None, "share": 0.99, "errors": 0.1}})["slo"]["latency_ms"] is None
    )
