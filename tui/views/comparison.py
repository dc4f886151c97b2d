"""A comparison as rows, for the screen and for headless output. Pure."""

from collections.abc import Sequence

from engine.comparison.comparability import Reason, Severity
from engine.comparison.comparison import Comparison, LevelComparison, level_text
from engine.comparison.differences import Difference
from engine.comparison.wording import (
    NAMES,
    NOT_A_VERDICT,
    SHOWN,
    SIGNS,
    change_text,
    claim_text,
    gate_text,
    interval_text,
    only_texts,
    side_text,
    value_text,
)
from tui.views.rows import Row, Span, plain

_STYLES: dict[Severity, str] = {"red": "bad", "amber": "warn", "note": "dim"}
_GATE_SIGNS = {"failed": ("✖", "bad"), "undecided": ("◌", "warn"), "passed": ("●", "good")}

_HEADS = ("", "A", "B", "difference", "95 % interval", "")


def comparison_lines(found: Comparison) -> list[str]:
    """All of a comparison as lines of text, warnings first."""
    rows = [
        *side_rows(found),
        *(_reason_row(reason) for reason in found.reasons),
        *_gate_rows(found),
    ]
    for target in found.targets:
        rows += [(), (Span(f" {plain(target.label)}", "bold"),), *levels_rows(target.levels, found.load_unit)]
    rows += [(), *_only_rows(found), (Span(f" {NOT_A_VERDICT}", "dim"),)]
    return ["".join(span.text for span in row).rstrip().removeprefix(" ") for row in rows]


def notice_rows(found: Comparison) -> list[Row]:
    """What must be read before the figures: what is not comparable, what a gate says, and the rest."""
    loud = [_reason_row(reason) for reason in found.reasons if reason.severity == "red"]
    others = [_reason_row(reason) for reason in found.reasons if reason.severity != "red"]
    return [*loud, *_gate_rows(found), *_only_rows(found), *others]


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
    order = list(_GATE_SIGNS)
    results = sorted(found.gate, key=lambda each: order.index(each.outcome))
    rows: list[Row] = []
    for each in results:
        sign, style = _GATE_SIGNS[each.outcome]
        rows.append((Span(f" {sign} {each.outcome}: {plain(gate_text(each))}", style),))
    return rows


def levels_rows(levels: Sequence[LevelComparison], unit: str) -> list[Row]:
    """The tables of levels, one below the other."""
    if not levels:
        return [(Span(" A and B settled at no common level of load", "warn"),)]
    rows = [row for level in levels for row in ((), *_level_rows(level, unit))]
    return rows[1:]


def _level_rows(level: LevelComparison, unit: str) -> list[Row]:
    """The table of one level."""
    shown = [each for each in level.differences if each.metric in SHOWN]
    cells = [
        (
            NAMES[each.metric],
            value_text(each.metric, each.a),
            value_text(each.metric, each.b),
            change_text(each),
            interval_text(each),
        )
        for each in shown
    ]
    widths = [max(len(row[at]) for row in (*cells, _HEADS)) for at in range(len(cells[0]))]
    seconds = f"A {level.seconds[0]:g} s, B {level.seconds[1]:g} s"
    title = f" {level_text(level.wanted, level.visit, unit)} · {seconds}"
    red = (Span(" · the generator was red", "bad"),) if level.light == "red" else ()
    return [
        (Span(title, "bold"), *red),
        (Span(f" {_aligned(_HEADS, widths)}", "dim"),),
        *(
            (Span(f" {_aligned(row, widths)}  "), Span(plain(claim_text(each)), _claim_style(each)))
            for row, each in zip(cells, shown, strict=True)
        ),
    ]


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    """The first cell to the left, the others to the right."""
    first, *others = (cell.rjust(width) for cell, width in zip(cells, widths, strict=False))
    return "  ".join([first.strip().ljust(widths[0]), *others])


_BETTER_WHEN_HIGHER = frozenset({"goodput", "rps"})


def _claim_style(found: Difference) -> str:
    if found.claim in ("higher", "lower"):
        return "good" if (found.claim == "higher") == (found.metric in _BETTER_WHEN_HIGHER) else "bad"
    return "dim"
