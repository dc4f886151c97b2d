"""SLOs as people write them, and what is refused."""

from typing import Any

import pytest

from engine.plan.plan import Plan, make_plan
from engine.plan.slo import Slo
from targets.errors import UsageError
from tests.support.recording import plan


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("p95 < 200 ms", Slo(latency=0.2, share=0.95)),
        ("p99.9<=1s", Slo(latency=1.0, share=0.999)),
        ("errors < 1 %", Slo(errors=0.01)),
        ("errors < 0.5%, p99 < 1 s", Slo(latency=1.0, share=0.99, errors=0.005)),
        ({"latency": "200 ms"}, Slo(latency=0.2, share=0.99)),
        ({"latency": 0.2, "share": "95 %", "errors": "1 %"}, Slo(latency=0.2, share=0.95, errors=0.01)),
        ({"latency": 0.2, "share": 0.95}, Slo(latency=0.2, share=0.95)),
    ],
)
def test_what_may_be_written(written: object, means: Slo) -> None:
    made = plan("fastapi", slo=written)
    assert made.slo is not None
    assert made.slo.model_dump() == pytest.approx(means.model_dump())
    assert Plan.model_validate(made.model_dump(mode="json") | {"targets": ["fastapi"]}).slo == made.slo


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ("p95", "'p95' is not an SLO; write \"p95 < 200 ms\""),
        ("", "'' is not an SLO"),
        ("p95 > 200 ms", "is not an SLO"),
        ("p95 < soon", "'soon' is not a duration"),
        ("p95 < 0 ms", "slo.latency: must be more than 0"),
        ("p95 < 200", 'slo: \'200\' has no unit; write "200 ms" or "200 s"'),
        ("errors < 1 %, p99<=0.5", "'0.5' has no unit"),
        ("p95 < 1 s, p99 < 2 s", "has a latency twice"),
        ("p0 < 1 s", "a p0 is always met"),
        ("errors < 1", "'1' is not a share; write one like"),
        ("errors < 101 %", "a share is between 0 and 1"),
        ({"share": 0.9}, "an SLO has a latency, an error rate, or both"),
        ({"latency": "-1 s"}, "a duration cannot be negative"),
        ({"latency": "1 s", "share": 99}, "a share is between 0 and 1"),
        ({"latnecy": "1 s"}, "unknown key 'slo.latnecy'"),
        (5, "slo: must be a table"),
    ],
)
def test_what_may_not(written: object, what: str) -> None:
    values: dict[str, Any] = {"title": "T", "targets": ["fastapi"], "stages": [{"users": 1, "hold": 1}]}
    with pytest.raises(UsageError) as caught:
        make_plan(values | {"slo": written}, where="my.toml")
    assert what in str(caught.value)
