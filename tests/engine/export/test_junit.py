"""JUnit XML: a test case per objective and per gate, in the shape that CI servers read."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from engine.export.junit import cases_of, junit
from engine.export.loaded import LoadedSession, load
from engine.metrics.records import Damage
from tests.support.made_sessions import Shape, write

SLO = "p95 < 40 ms, errors < 1 %"

ATTRIBUTES = {
    "testsuites": set(),
    "testsuite": {
        "id", "package", "name", "timestamp", "hostname", "tests", "failures", "errors", "skipped", "time"
    },
    "properties": set(),
    "property": {"name", "value"},
    "testcase": {"classname", "name", "time"},
    "failure": {"message", "type"},
    "system-out": set(),
    "system-err": set(),
}  # fmt: skip
CHILDREN = ["properties", *["testcase"] * 99, "system-out", "system-err"]


def made(tmp_path: Path, **changes: Any) -> LoadedSession:
    return load(write(tmp_path, Shape(seconds=6, **changes)))


def read(session: LoadedSession) -> ET.Element:
    """The document, whose elements and attributes are those of the schema, in its order."""
    root = ET.fromstring(b"".join(junit(session)))
    for element in root.iter():
        assert set(element.attrib) == ATTRIBUTES[element.tag]
    (suite,) = root
    order = {tag: at for at, tag in enumerate(["properties", "testcase", "system-out", "system-err"])}
    places = [order[child.tag] for child in suite]
    assert places == sorted(places)
    cases = suite.findall("testcase")
    assert int(suite.attrib["tests"]) == len(cases)
    assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure"))
    assert float(suite.attrib["time"]) >= 0
    return suite


def test_every_objective_and_gate_is_a_case(tmp_path: Path) -> None:
    suite = read(made(tmp_path, slo=SLO, rps=400))
    cases = {case.attrib["name"]: case.find("failure") for case in suite.findall("testcase")}
    assert list(cases) == [
        "fastapi: at least 95 % of requests succeed within 40 ms",
        "fastapi: at most 1 % of requests fail",
        "django-wsgi: at least 95 % of requests succeed within 40 ms",
        "django-wsgi: at most 1 % of requests fail",
        "the session is completed",
        "fastapi: the target ran to the end and answered",
        "django-wsgi: the target ran to the end and answered",
        "the load generator kept up",
        "the journal is complete",
    ]
    failure = cases["django-wsgi: at least 95 % of requests succeed within 40 ms"]
    assert failure is not None
    assert failure.attrib["type"] == "slo"
    assert failure.attrib["message"].endswith("within 40 ms, at least 95 % required")
    assert cases["fastapi: at most 1 % of requests fail"] is None
    assert suite.attrib["timestamp"] == "2025-01-01T12:00:00"


def test_gates_fail_with_their_reason(tmp_path: Path) -> None:
    session = made(tmp_path, outcome="interrupted", light="red", reasons=("a core was busy",))
    damaged = LoadedSession(session.journal, session.timeline, damage=Damage(1, 2, 3))
    failed = {case.name: case.failure for case in cases_of(damaged) if case.failure}
    assert failed == {
        "the session is completed": "it is not complete: interrupted",
        "the load generator kept up": "red for 6 s of 6 s measured; a core was busy",
        "the journal is complete": "1 record is lost, 2 lines cannot be read, from line 3 on",
    }


def test_texts_of_a_plan_are_escaped(tmp_path: Path) -> None:
    suite = read(made(tmp_path, title="<a&b>\x07]]>", labels=('x"><failure/>', "b")))
    (title,) = (each for each in suite.iter("property") if each.attrib["name"] == "title")
    assert title.attrib["value"] == "<a&b>\N{REPLACEMENT CHARACTER}]]>"
    assert any(case.attrib["name"].startswith('x"><failure/>: ') for case in suite.findall("testcase"))


def test_a_quick_run_is_labelled(tmp_path: Path) -> None:
    suite = read(made(tmp_path, quick=True, source="a paper"))
    properties = {each.attrib["name"]: each.attrib["value"] for each in suite.iter("property")}
    assert properties["quick"] == "quick: not the published method"


def test_a_session_without_targets_has_its_gates(tmp_path: Path) -> None:
    assert len(read(made(tmp_path, targets=())).findall("testcase")) == 3
