"""A comparison as JUnit XML for CI: a test case for each condition of the gate, target and level. Pure.

An undecided condition is a skipped test case: it fails nothing, and nothing was shown.
"""

from engine.comparison.comparison import Comparison
from engine.comparison.gate import GateResult
from engine.comparison.wording import figures_text, only_texts, side_text, summary
from engine.export.junit import Case, Suite, document
from targets.errors import UsageError


def junit(found: Comparison) -> bytes:
    """The XML document. Raises UsageError for a comparison without conditions."""
    if not found.gate:
        raise UsageError(
            "junit needs conditions",
            why="each is a test case",
            hint='for example --fail-if "p95 > +10 %"',
        )
    reasons = [f"{reason.severity}: {reason.text}" for reason in found.reasons]
    return document(
        Suite(
            name="abreast compare",
            started_at=found.b.run.started_at,
            length_s=0.0,
            properties=(("a", side_text(found.a)), ("b", side_text(found.b))),
            cases=[_case(each) for each in found.gate],
            text="\n".join([*reasons, *only_texts(found), summary(found)]),
        )
    )


def _case(result: GateResult) -> Case:
    text = figures_text(result)
    return Case(
        kind="compare",
        name=f"{result.target}, {result.level}: not {result.condition.text}",
        failure=text if result.outcome == "failed" else "",
        skipped=text if result.outcome == "undecided" else "",
    )
