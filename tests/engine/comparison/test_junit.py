"""A comparison as JUnit XML: each condition is a test case."""

from xml.etree import ElementTree as ET

import pytest

from engine.comparison.comparison import Side, compared
from engine.comparison.gate import parse_conditions
from engine.comparison.junit import junit
from targets.errors import UsageError
from tests.engine.comparison.conftest import MakeRun


def _suite(made_run: MakeRun, conditions: str) -> ET.Element:
    a = made_run(seconds=90)
    b = made_run(session_id="b", seed=2, slowness=(1.5,), seconds=90)
    judged = parse_conditions(conditions) if conditions else ()
    (suite,) = ET.fromstring(junit(compared(Side(a, a.subjects), Side(b, b.subjects), judged)))
    return suite


def test_conditions_pass_fail_or_are_skipped(made_run: MakeRun) -> None:
    suite = _suite(made_run, "p50 > +10 %, p95 > +400 %, goodput < +0.1 %")
    outcomes = {
        case.attrib["name"]: [(each.tag, each.attrib["message"]) for each in case]
        for case in suite.findall("testcase")
        if ", 50 users" in case.attrib["name"]
    }
    assert list(outcomes) == [
        "fastapi, 50 users: not p50 > +10 %",
        "fastapi, 50 users: not p95 > +400 %",
        "fastapi, 50 users: not goodput < +0.1 %",
    ]
    failed, passed, skipped = outcomes.values()
    assert failed[0][0] == "failure"
    assert "25 ms → 37 ms" in failed[0][1]
    assert passed == []
    assert skipped[0][0] == "skipped"
    for tag, attribute in (("testcase", "tests"), (".//failure", "failures"), (".//skipped", "skipped")):
        assert int(suite.attrib[attribute]) == len(suite.findall(tag)) > 0
    out = suite.findtext("system-out")
    assert out is not None
    assert "The gate: failed." in out


def test_without_conditions_there_is_nothing_to_test(made_run: MakeRun) -> None:
    with pytest.raises(UsageError, match="junit needs conditions"):
        _suite(made_run, "")
