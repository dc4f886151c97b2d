"""What a source published, as a plan states it."""

from typing import Any

import pytest
from pydantic import ValidationError

from engine.plan.plan import make_plan
from engine.plan.published import Reported
from targets.errors import UsageError

BASE: dict[str, Any] = {"title": "T", "targets": ["fastapi"], "stages": [{"users": 1, "hold": "1 m"}]}


def test_values_and_how_exactly_they_are_printed() -> None:
    found = Reported(target="fastapi", metric="p95", unit="s", values={10: 0.110, 100: 1.442}, average=0.7)
    assert found.factor == 1000
    assert found.half == pytest.approx(0.5)
    assert found.average_half == pytest.approx(50)
    assert found.covers == (10, 100)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, "reports no figures"),
        ({"average": 3.0}, "an average needs the levels"),
        ({"std": 3.0}, "an average needs the levels"),
        ({"std": -3.0, "levels": [10, 50]}, "0 or more"),
        ({"values": {10: 1.0}, "unit": "ms"}, "rps is not measured in 'ms'"),
        ({"values": {10: -1.0}}, "0 or more"),
        ({"values": {0: 1.0}}, "greater than or equal to 1"),
    ],
)
def test_what_no_report_can_be(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Reported.model_validate({"target": "fastapi", "metric": "rps"} | fields)


def test_a_claim_that_cannot_be_read_is_named_with_its_line_and_column() -> None:
    text = '[[claim]]\nid = "a"\ntext = "t"\nsays = "fastapi.gooput > 3 at 5 users"\n'
    claim = {"id": "a", "text": "t", "says": "fastapi.gooput > 3 at 5 users"}
    with pytest.raises(UsageError) as caught:
        make_plan(BASE | {"claim": [claim]}, where="mine.toml", text=text)
    assert caught.value.what == (
        "mine.toml, line 4: claim #1.says: column 9: 'gooput' is not a metric; did you mean 'goodput'?"
    )


def test_ids_are_unique() -> None:
    claim = {"id": "a", "text": "t", "says": "fastapi.rps > 3 at 5 users"}
    with pytest.raises(UsageError, match="two claims have the id 'a'"):
        make_plan(BASE | {"claim": [claim, claim]}, where="mine.toml")
