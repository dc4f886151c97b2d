"""The end card: what a session came to, small charts, and what to do next. Pure.

The sentence and the table come first and always fit; below them are the details, which scroll. Charts get the
rows that are left, and go first where there are none.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.answers.hints import Hint
from engine.metrics import formatting
from engine.metrics.outcomes import NO_LOAD, outcome_text
from engine.metrics.session_result import SessionResult
from tui.views.next_steps import by_hand_rows, next_commands
from tui.views.results import detail_rows, head_rows
from tui.views.rows import Row, Span, fit, plain, short, spread, width_of

ROOMY_ROWS = 32
"""From this height on, parts are set apart by empty rows and rules."""

LEAST_CHART_ROWS = 5
"""With their border; in fewer rows nothing can be seen."""
CHART_SHARE = 0.38
"""Of the rows between title and commands."""
MOST_CHART_ROWS = 18
MOST_SPARE_CHART_ROWS = 36
"""Of charts that take what the card does not need."""
MOST_BY_HAND_ROWS = 2


@dataclass(frozen=True, slots=True)
class CardHeights:
    """The rows of each part."""

    card: int
    charts: int
    """0: none are shown."""


def card_heights(rows: int, *, head: int, whole: int, has_charts: bool) -> CardHeights:
    """How `rows` are shared by the card, whose first `head` of `whole` rows must be seen, and the charts."""
    if not has_charts or rows - head < LEAST_CHART_ROWS:
        return CardHeights(rows, 0)
    wanted = min(max(round(rows * CHART_SHARE), LEAST_CHART_ROWS), MOST_CHART_ROWS)
    charts = min(wanted, rows - head)
    card = min(whole, rows - charts)
    return CardHeights(card, min(rows - card, MOST_SPARE_CHART_ROWS))


@dataclass(frozen=True, slots=True)
class Card:
    """All rows of a result: the same on the end card and of a recorded session; headless runs print them
    without wrapping."""

    rows: list[Row]
    head: int
    """How many rows must be seen: the sentence, the table, and one that says that there are more."""


def card_of(
    result: SessionResult, hints: Sequence[Hint], selected: str, width: int, *, is_roomy: bool
) -> Card:
    """The card of a result in so many cells; requests by name only of the selected target."""
    head = head_rows(result, selected, width, is_roomy=is_roomy)
    rows = [*head, *detail_rows(result, hints, selected, width)]
    return Card(rows, len(head) + (len(rows) > len(head)))


def rows_after(result: SessionResult, width: int) -> list[Row]:
    """What follows the card of a session that is watched: what people changed by hand, and how to repeat
    it."""
    rows = by_hand_rows(result, width)
    if result.repeat_command:
        rows.append((Span(f" {next_commands(result)[-1].text}", "dim"),))
    return rows


def visible_rows(rows: list[Row], offset: int, width: int, height: int) -> tuple[Row, ...]:
    """The rows of the card from `offset` on; if there are more, the last one says how many."""
    shown = rows[offset : offset + height]
    below = len(rows) - offset - height
    if below > 0 and shown:
        text = f" ↓ {below + 1} more rows"
        shown = [*shown[:-1], (Span(text, "dim"),)]
    return tuple(fit(row, width) for row in shown)


def last_offset(rows: int, height: int) -> int:
    """How far the card can be scrolled."""
    return max(rows - height, 0)


def title_rows(result: SessionResult, width: int) -> tuple[Row, ...]:
    """What ran, how it ended, and after how long."""
    is_left = result.outcome in ("interrupted", NO_LOAD)
    style = "good" if result.outcome == "completed" else "warn" if is_left else "bad"
    start: Row = (
        Span(" abreast", "accent bold"),
        Span(" ▏", "faint"),
        Span(plain(result.title), "bold"),
        Span(" ▏", "faint"),
        Span(formatting.clock(round(result.length_s)), "bold"),
        Span(" ▏", "faint"),
        Span(outcome_text(result.outcome), f"{style} bold"),
    )
    session: Row = (Span(f"{plain(result.session_id)} ", "dim"),)
    fits = width_of((*start, *session)) < width  # how it ended matters more; commands below name the session
    return (spread(start, session if fits else (), width),)


def next_rows(result: SessionResult, width: int, most: int) -> tuple[Row, ...]:
    """What people changed by hand, then the commands, each in one row; without the former, and with the first
    commands only, where they would need more than `most` rows."""
    changed = by_hand_rows(result, width)
    if len(changed) > MOST_BY_HAND_ROWS:
        *kept, last = changed[:MOST_BY_HAND_ROWS]
        changed = [*kept, (Span(short(last[0].text, width - 2) + " …", last[0].style),)]
    commands = next_commands(result)
    column = max(len(each.purpose) for each in commands)
    if column + max(len(each.command) for each in commands) + 4 > width:
        column = 0
    rows: list[Row] = [*changed]
    for each in commands:
        purpose = f" {each.purpose:<{column}}  " if column else f" {each.purpose}: "
        rows.append((Span(purpose, "dim"), Span(short(each.command, width - len(purpose) - 1), "bold")))
    kept = rows if len(rows) <= most else rows[len(changed) :][: max(most, 0)]
    return tuple(fit(row, width) for row in kept)
