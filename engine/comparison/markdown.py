"""A comparison as Markdown, fit for a pull request: the gate, what warns, and a table per level."""

from collections.abc import Iterator

from engine.comparison.comparison import Comparison, TargetComparison, level_text
from engine.comparison.wording import (
    NAMES,
    NOT_A_VERDICT,
    SHOWN,
    change_text,
    claim_text,
    gate_outcome,
    gate_text,
    interval_text,
    only_texts,
    side_text,
    value_text,
)
from engine.export.markdown import escaped, table

_OUTCOMES = {"failed": "✖ failed", "undecided": "◌ undecided", "passed": "✔ passed"}


def markdown(found: Comparison) -> str:
    """The page."""
    sections = [
        ["# Comparison", "", f"- A: {escaped(side_text(found.a))}", f"- B: {escaped(side_text(found.b))}"],
        _warnings(found),
        _gate(found),
        *(section for target in found.targets for section in _target(target, found.load_unit)),
        [f"- {escaped(text)}" for text in only_texts(found)],
        _notes(found),
        [NOT_A_VERDICT],
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def _warnings(found: Comparison) -> list[str]:
    red = [reason.text for reason in found.reasons if reason.severity == "red"]
    amber = [reason.text for reason in found.reasons if reason.severity == "amber"]
    lines = ["> [!CAUTION]", "> **A and B are not comparable in this:**", ">"] if red else []
    lines += [f"> - {escaped(text)}" for text in red]
    if amber:
        lines += ["", "> [!WARNING]"] if red else ["> [!WARNING]"]
        lines += [f"> - {escaped(text)}" for text in amber]
    return lines


def _gate(found: Comparison) -> list[str]:
    if not found.gate:
        return []
    results = sorted(found.gate, key=lambda each: list(_OUTCOMES).index(each.outcome))
    rows = [[_OUTCOMES[each.outcome], escaped(gate_text(each))] for each in results]
    return [f"## Gate: {gate_outcome(found)}", "", *table(["", "Condition"], rows)]


def _target(target: TargetComparison, unit: str) -> Iterator[list[str]]:
    yield [f"## {escaped(target.label)}"]
    for level in target.levels:
        rows = [
            [
                NAMES[each.metric],
                value_text(each.metric, each.a),
                value_text(each.metric, each.b),
                change_text(each),
                interval_text(each),
                claim_text(each),
            ]
            for each in level.differences
            if each.metric in SHOWN
        ]
        seconds = f"A {level.seconds[0]:g} s, B {level.seconds[1]:g} s"
        heads = ["", "A", "B", "Difference", "95 % interval", ""]
        yield [f"### {level_text(level.wanted, level.visit, unit)} ({seconds})", "", *table(heads, rows)]


def _notes(found: Comparison) -> list[str]:
    notes = [reason.text for reason in found.reasons if reason.severity == "note"]
    return ["What is compared:", "", *(f"- {escaped(text)}" for text in notes)] if notes else []
