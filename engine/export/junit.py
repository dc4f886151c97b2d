"""A session as JUnit XML for CI: a test case for each objective of the SLO and for each gate of a run. Pure.

Gates are what a run's exit code tells: that the session was completed, each target ran to its end and
answered, the load generator kept up, and the journal is whole. The elements and attributes are those of the
schema that CI servers read (`testsuites`, `testsuite`, `testcase`, `failure`, `skipped`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.etree import ElementTree as ET

from engine.answers.result_sentence import facts, summary
from engine.export.loaded import LoadedSession
from engine.metrics import formatting, sentences
from engine.metrics.outcomes import outcome_text
from engine.metrics.session_result import TargetResult
from engine.metrics.snapshot import Threshold
from targets.plain_text import one_line, visible


@dataclass(frozen=True, slots=True)
class Case:
    """One test case."""

    kind: str
    """What its class name ends with: `slo`, `gate` or `compare`."""
    name: str
    failure: str = ""
    """Why it failed; empty if it did not."""
    skipped: str = ""
    """Why nothing was decided; empty if it passed or failed."""


@dataclass(frozen=True, slots=True)
class Suite:
    """All test cases, and what they are about."""

    name: str
    started_at: str
    """In ISO 8601."""
    length_s: float
    properties: Sequence[tuple[str, str]]
    cases: Sequence[Case]
    text: str
    """What came out, for readers."""


def junit(session: LoadedSession) -> Iterator[bytes]:
    """The XML document of a session."""
    result, header = session.result, session.header
    yield document(
        Suite(
            name=f"abreast {header.plan['preset'] or header.plan['title']}",
            started_at=header.started_at,
            length_s=result.length_s,
            properties=(
                ("session", header.id),
                ("title", result.title),
                ("outcome", session.outcome),
                *([("quick", result.quick)] if result.quick else []),
            ),
            cases=cases_of(session),
            text=f"{summary(result)}\n{facts(result)}",
        )
    )


def document(suite: Suite) -> bytes:
    """The XML document of a suite."""
    root = ET.Element("testsuites")
    element = ET.SubElement(
        root,
        "testsuite",
        id="0",
        package="abreast",
        name=_text(suite.name),
        timestamp=f"{datetime.fromisoformat(suite.started_at):%Y-%m-%dT%H:%M:%S}",
        hostname="localhost",
        tests=str(len(suite.cases)),
        failures=str(sum(bool(case.failure) for case in suite.cases)),
        errors="0",
        skipped=str(sum(bool(case.skipped) for case in suite.cases)),
        time=f"{suite.length_s:.3f}",
    )
    properties = ET.SubElement(element, "properties")
    for name, value in suite.properties:
        ET.SubElement(properties, "property", name=name, value=_text(value))
    for case in suite.cases:
        _add(case, element)
    ET.SubElement(element, "system-out").text = _text(suite.text)
    ET.SubElement(element, "system-err")
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _add(case: Case, suite: ET.Element) -> None:
    element = ET.SubElement(
        suite, "testcase", classname=f"abreast.{case.kind}", name=_text(case.name), time="0"
    )
    if case.failure:
        text = _text(case.failure)
        ET.SubElement(element, "failure", message=text, type=case.kind).text = text
    elif case.skipped:
        ET.SubElement(element, "skipped", message=_text(case.skipped))


def cases_of(session: LoadedSession) -> list[Case]:
    """All test cases: first those of the SLO, by target."""
    result = session.result
    labels = {target.name: target.label for target in result.targets}
    slo = [_objective(each, labels.get(each.target, each.target)) for each in result.thresholds]
    return [
        *slo,
        _completed(session),
        *(_ran(target) for target in result.targets),
        _generator(result.health.light, result.health.reasons),
        Case("gate", "the journal is complete", str(session.damage) if session.damage else ""),
    ]


def _objective(threshold: Threshold, label: str) -> Case:
    limit = formatting.share(threshold.limit)
    if threshold.latency_ms is None:
        name = f"{label}: at most {limit} of requests fail"
    else:
        latency = formatting.duration(threshold.latency_ms)
        name = f"{label}: at least {limit} of requests succeed within {latency}"
    text = sentences.threshold(threshold.measured, threshold.limit, threshold.latency_ms, threshold.stalled_s)
    return Case("slo", name, "" if threshold.passed else text)


def _completed(session: LoadedSession) -> Case:
    """Whether the session reached its end and measured something; a missed SLO has a case of its own."""
    is_good = session.outcome in {"completed", "threshold"}
    text = "" if is_good else f"it is not complete: {outcome_text(session.outcome)}"
    return Case("gate", "the session is completed", text)


def _ran(target: TargetResult) -> Case:
    failure = ""
    if target.trouble or target.state in {"failed", "died"}:
        failure = target.trouble or f"it has {target.state}"
    elif target.never_answered:
        failure = "not one request was answered"
    return Case("gate", f"{target.label}: the target ran to the end and answered", failure)


def _generator(light: str, reasons: Sequence[str]) -> Case:
    failure = "; ".join(reasons) or "the generator's light is red" if light == "red" else ""
    return Case("gate", "the load generator kept up", failure)


def _text(text: str) -> str:
    """A text that XML can hold: most control characters are not allowed in it, not even escaped."""
    return "\n".join(one_line(line) for line in visible(text).split("\n"))
