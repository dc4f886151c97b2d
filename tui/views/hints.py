"""Hints as rows, for the live screen's log, results and details. Pure; no clock."""

from collections.abc import Mapping, Sequence
from textwrap import wrap

from engine.answers.hints import Hint, hints_of
from engine.answers.moments import Moment
from engine.metrics.palette import marker, slot_style
from engine.metrics.snapshot import Snapshot
from tui.views.rows import Row, Span, event_row, event_rows, fit, plain

_HEAD = " hint "
_LEAST_TEXT_CELLS = 20

FRESH_S = 5.0
"""How long a new event has the only line of a low screen to itself."""

EACH_S = 5.0
"""How long that line then shows each hint."""

LEAST_EVENTS = 2
"""Events that stay below the hints of a high screen."""

MOST_LINES = 3
"""Of one hint in the log."""


def hint_rows(hints: Sequence[Hint], slots: Mapping[str, int], width: int | None) -> list[Row]:
    """A row for each hint; wrapped where there is a width. `slots` has each target's slot."""
    return [row for hint in hints for row in _rows(hint, slots, width)]


def log_rows(snapshot: Snapshot, hints: Sequence[Hint], width: int, height: int) -> tuple[Row, ...]:
    """The hints, then the newest events. On one line: an event while it is new, else the hints in turn."""
    slots = {target.name: target.slot for target in snapshot.targets}
    if not hints or height < 1:
        return event_rows(snapshot, width, height)
    if height == 1:
        newest = snapshot.events[-1] if snapshot.events else None
        is_over = snapshot.phase == "ended"
        if newest is not None and snapshot.now_s - newest.t_s < FRESH_S and not is_over:
            return (event_row(newest, snapshot, width),)
        hint = hints[0 if is_over else int(snapshot.now_s / EACH_S) % len(hints)]
        return (fit(_rows(hint, slots, None)[0], width),)
    rows: list[Row] = []
    for hint in hints:
        more = _rows(hint, slots, width)[:MOST_LINES]
        if len(rows) + len(more) <= height - LEAST_EVENTS:
            rows += more
    return (*(fit(row, width) for row in rows), *event_rows(snapshot, width, height - len(rows)))


def moment_row(moment: Moment, width: int) -> Row:
    """What just happened, in one row."""
    return fit((Span(" » ", "warn bold"), Span(plain(moment.text), "bold")), width)


def _rows(hint: Hint, slots: Mapping[str, int], width: int | None) -> list[Row]:
    slot = slots.get(hint.target)
    sign = "" if slot is None else f"{marker(slot)} "
    head = (Span(_HEAD, "focus bold"), Span(sign, "" if slot is None else slot_style(slot)))
    text = plain(hint.text)
    if width is None:
        return [(*head, Span(text))]
    indent = len(_HEAD) + len(sign)
    first, *others = wrap(text, max(width - indent, _LEAST_TEXT_CELLS)) or [""]
    return [(*head, Span(first)), *((Span(" " * indent + line),) for line in others)]


def hint_lines(snapshot: Snapshot, target: str, width: int) -> list[str]:
    """The hints on one target and on all, as lines of text."""
    hints = [each for each in hints_of(snapshot) if each.target in ("", target)]
    rows = hint_rows(hints, {}, width)
    return ["".join(span.text for span in row).removeprefix(" ") for row in rows]
