"""A comparison as Markdown, fit for a pull request: the gate, what warns, and a table per level. Pure."""

from collections.abc import Iterator

from engine.comparison.answer_sections import cause_sections, result_sections
from engine.comparison.comparison import Comparison, TargetComparison, level_text
from engine.comparison.wording import (
    FIGURE_HEADS,
    NOT_A_VERDICT,
    OUTCOMES,
    claim_text,
    figure_cells,
    gate_outcome,
    gate_results,
    gate_text,
    only_texts,
    shown_differences,
    side_text,
)
from engine.export.markdown import escaped, section, table


def markdown(found: Comparison) -> str:
    """The page."""
    sections = [
        ["# Comparison", "", f"- A: {escaped(side_text(found.a))}", f"- B: {escaped(side_text(found.b))}"],
        _warnings(found),
        _gate(found),
        *map(section, result_sections(found)),
        *(section for target in found.targets for section in _target(target, found.load_unit)),
        *map(section, cause_sections(found)),
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
    rows = [[OUTCOMES[each.outcome], escaped(gate_text(each))] for each in gate_results(found)]
    return [f"## Gate: {gate_outcome(found)}", "", *table(["", "Condition"], rows)]


def _target(target: TargetComparison, unit: str) -> Iterator[list[str]]:
    if target.levels:
        yield [f"## {escaped(target.label)}"]
    for level in target.levels:
        rows = [(*figure_cells(each), claim_text(each)) for each in shown_differences(level)]
        seconds = f"A {level.seconds[0]:g} s, B {level.seconds[1]:g} s"
        heads = (*(head.capitalize() for head in FIGURE_HEADS), "")
        yield [f"### {level_text(level.wanted, level.visit, unit)} ({seconds})", "", *table(heads, rows)]


def _notes(found: Comparison) -> list[str]:
    notes = [reason.text for reason in found.reasons if reason.severity == "note"]
    return ["What is compared:", "", *(f"- {escaped(text)}" for text in notes)] if notes else []
