"""A comparison as JSON."""

import orjson
import pytest

from engine.comparison.comparison import Side, compared
from engine.comparison.document import SCHEMA, document
from engine.comparison.gate import parse_conditions
from tests.engine.comparison.conftest import MakeRun


def test_the_document_has_values_claims_and_the_gate(made_run: MakeRun) -> None:
    a, b = made_run(seconds=90), made_run(session_id="b", seed=2, slowness=(1.5,), seconds=90)
    found = compared(Side(a, a.subjects), Side(b, b.subjects), parse_conditions("p50 > +10 %"))
    plain = orjson.loads(orjson.dumps(document(found)))
    assert plain["schema"] == SCHEMA
    assert (plain["a"]["session"], plain["b"]["session"], plain["failed"]) == (a.id, "b", True)
    [target] = plain["targets"]
    assert [level["load"] for level in target["levels"]] == [10, 50, 100]
    p50 = target["levels"][0]["differences"]["p50_ms"]
    assert p50["change"] == pytest.approx(0.5, abs=0.1)
    assert p50["claim"] == "higher"
    assert p50["interval"][0] < p50["change"] < p50["interval"][1]
    assert set(target["levels"][0]["differences"]) == {
        "goodput_per_s",
        "requests_per_s",
        "p50_ms",
        "p95_ms",
        "p99_ms",
        "error_rate",
        "cpu_s_per_1000_ok",
        "memory_mean_mb",
    }
    assert [each["outcome"] for each in plain["gate"]] == ["failed"] * 3
