"""A comparison as rows, for the screen and for headless output. Pure."""

from collections.abc import Iterable, Sequence
from textwrap import wrap

from engine.comparison.answer_sections import capacity_table, cause_sections, result_sections
from engine.comparison.comparability import Reason, Severity
from engine.comparison.comparison import Comparison, LevelComparison, TargetComparison, level_text
from engine.comparison.differences import Difference
from engine.comparison.gate import Outcome
from engine.comparison.wording import (
    FIGURE_HEADS,
    NO_COMMON_LEVEL,
    NOT_A_VERDICT,
    OUTCOMES,
    SIGNS,
    claim_text,
    figure_cells,
    gate_results,
    gate_text,
    only_texts,
    shown_differences,
    side_text,
)
from engine.export.tables import Section, Table
from tui.views.rows import Row, Span, fit, plain

LEAST_CLAIM_CELLS = 11
"""Cells for what follows from an interval, such as `undecided`."""

_STYLES: dict[Severity, str] = {"red": "bad", "amber": "warn", "note": "dim"}
_OUTCOME_STYLES: dict[Outcome, str] = {"failed": "bad", "undecided": "warn", "passed": "good"}


def comparison_lines(found: Comparison) -> list[str]:
    """All of a comparison as lines of text, warnings first."""
    rows = [
        *side_rows(found),
        *(_reason_row(reason) for reason in found.reasons),
        *_gate_rows(found),
        *section_rows(result_sections(found)),
    ]
    for target in found.targets:
        if target.levels or not target.is_search:
            levels = levels_rows(target.levels, found.load_unit)
            rows += [(), (Span(f" {plain(target.label)}", "bold"),), *levels]
    rows += [
        *section_rows(cause_sections(found)),
        (),
        *_only_rows(found),
        (Span(f" {NOT_A_VERDICT}", "dim"),),
    ]
    return ["".join(span.text for span in row).rstrip().removeprefix(" ") for row in rows]


def notice_rows(found: Comparison) -> list[Row]:
    """What must be read before the figures: what is not comparable, what a gate says, and the rest."""
    loud = [_reason_row(reason) for reason in found.reasons if reason.severity == "red"]
    others = [_reason_row(reason) for reason in found.reasons if reason.severity != "red"]
    return [*loud, *_gate_rows(found), *_only_rows(found), *others]


def answer_rows(found: Comparison, width: int) -> list[Row]:
    """What both answer, in so many cells: verdicts, capacity, profiles, hints."""
    return section_rows([*result_sections(found), *cause_sections(found)], width)[1:]


def section_rows(sections: Iterable[Section], width: int | None = None) -> list[Row]:
    """Titled tables one below the other, each after an empty row; in so many cells, if there is a width."""
    return [row for section in sections for row in ((), *_section_rows(section, width))]


def _section_rows(section: Section, width: int | None) -> list[Row]:
    """A section's title, table and note. Tables are cut at the width; hints and notes are wrapped."""
    title: Row = (Span(f" {plain(section.title)}", "bold"),)
    note = _wrapped("", plain(section.note), "dim", width) if section.note else []
    return [title, *_table_rows(section.table, width, wraps=section.name == "hints"), *note]


def _table_rows(table: Table, width: int | None, *, wraps: bool = False) -> list[Row]:
    """A table's heads and rows, aligned. `wraps`: its last column takes as many rows as it needs."""
    cells = [tuple(map(plain, line)) for line in (table.heads, *(row.cells for row in table.rows))]
    *widths, _ = (max(map(len, column)) for column in zip(*cells, strict=True))
    rows: list[Row] = []
    for at, line in enumerate(cells):
        beginning = "".join(f"{cell:{size}}  " for cell, size in zip(line, widths, strict=False))
        made = _wrapped(beginning, line[-1], "" if at else "dim", width if wraps else None)
        rows += made if width is None else [fit(row, width) for row in made]
    return rows


def capacity_rows(target: TargetComparison, width: int) -> list[Row]:
    """How much a target of two searches serves, in place of its levels."""
    table = capacity_table(target)
    return _table_rows(table, width) if table else []


def _wrapped(beginning: str, text: str, style: str, width: int | None) -> list[Row]:
    """A text after its beginning, in as many rows as it needs."""
    room = len(text) + 1 if width is None else max(width - len(beginning) - 1, 20)
    first, *others = wrap(text, room) or [""]
    indent = " " * len(beginning)
    return [
        (Span(f" {beginning}{first}".rstrip(), style),),
        *((Span(f" {indent}{line}", style),) for line in others),
    ]


def side_rows(found: Comparison, signs: tuple[str, str] = ("", "")) -> list[Row]:
    """What A and B are, each with its sign in the chart."""
    return [
        (Span(f" {f'{sign} {name}'.strip()}", f"slot{slot} bold"), Span(f" {plain(side_text(side))}", "dim"))
        for slot, (sign, name, side) in enumerate(zip(signs, "AB", (found.a, found.b), strict=True))
    ]


def _only_rows(found: Comparison) -> list[Row]:
    return [(Span(f" {plain(text)}"),) for text in only_texts(found)]


def _reason_row(reason: Reason) -> Row:
    """A reason with its sign: what makes the two not comparable says so."""
    loud = "not comparable: " if reason.severity == "red" else ""
    style = _STYLES[reason.severity]
    return (Span(f" {SIGNS[reason.severity]} {loud}{plain(reason.text)}", style),)


def _gate_rows(found: Comparison) -> list[Row]:
    """What became of each condition, failures first."""
    return [
        (Span(f" {OUTCOMES[each.outcome]}: {plain(gate_text(each))}", _OUTCOME_STYLES[each.outcome]),)
        for each in gate_results(found)
    ]


def levels_rows(levels: Sequence[LevelComparison], unit: str, width: int | None = None) -> list[Row]:
    """The tables of levels, one below the other; in so many cells, if there is a width."""
    if not levels:
        return [(Span(f" {NO_COMMON_LEVEL}", "warn"),)]
    rows = [row for level in levels for row in ((), *_level_rows(level, unit, width))]
    return rows[1:]


def _level_rows(level: LevelComparison, unit: str, width: int | None) -> list[Row]:
    """The table of one level. Where it is wider than `width`, the intervals are left out: what follows from
    them comes after them."""
    shown = shown_differences(level)
    heads: tuple[str, ...] = FIGURE_HEADS
    cells = [figure_cells(each) for each in shown]
    widths = [max(map(len, column)) for column in zip(*cells, heads, strict=True)]
    if width is not None and sum(widths) + 2 * len(widths) + LEAST_CLAIM_CELLS > width:
        heads, widths, cells = heads[:-1], widths[:-1], [row[:-1] for row in cells]
    seconds = f"A {level.seconds[0]:g} s, B {level.seconds[1]:g} s"
    title = f" {level_text(level.wanted, level.visit, unit)} · {seconds}"
    red = (Span(" · the generator was red", "bad"),) if level.light == "red" else ()
    return [
        (Span(title, "bold"), *red),
        (Span(f" {_aligned(heads, widths)}", "dim"),),
        *(
            (Span(f" {_aligned(row, widths)}  "), Span(plain(claim_text(each)), _claim_style(each)))
            for row, each in zip(cells, shown, strict=True)
        ),
    ]


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    """The first cell to the left, the others to the right."""
    first, *others = (cell.rjust(width) for cell, width in zip(cells, widths, strict=True))
    return "  ".join([first.strip().ljust(widths[0]), *others])


_BETTER_WHEN_HIGHER = frozenset({"goodput", "rps"})


def _claim_style(found: Difference) -> str:
    if found.claim in ("higher", "lower"):
        return "good" if (found.claim == "higher") == (found.metric in _BETTER_WHEN_HIGHER) else "bad"
    return "dim"
