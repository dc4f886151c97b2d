"""Recorded sessions as rows: the list, and what is known of one. Pure."""

from collections.abc import Collection, Sequence

from engine.metrics import formatting
from engine.metrics.outcomes import NO_LOAD, outcome_text
from engine.metrics.palette import marker, slot_style
from engine.recording.listing import ListedSession
from engine.recording.summary_file import TargetSummary
from tui.views.rows import Row, Span, elided, fit, plain, short, spread, wrapped

UNKNOWN = formatting.MISSING

OUTCOMES = {
    "completed": "good",
    "running": "accent",
    "threshold": "warn",
    "interrupted": "warn",
    NO_LOAD: "warn",
    "untrusted": "warn",
    "failed": "bad",
    "unreadable": "bad",
}
"""Outcome → style; others are `dim`."""

LEAST_NAME_CELLS = 13
"""Columns are left out where titles or targets would have fewer cells."""

LEFT_OUT = (4, 2)
"""Columns that are left out, the first one first: the size and the length, which the details have too."""

HEADS = ("started", "preset", "length", "outcome", "size")
WIDTHS = (16, 12, 11, 13, 7)
"""Cells of these columns; what is left shows the title or the targets."""

FIGURES = ("ok/s", "p50", "p95", "p99", "errors", "CPU", "memory")
FIGURE_CELLS = 8

RESULT_ROWS = 3
"""The most rows for the sentence of what came out."""
NOTE_ROWS = 6
ROOMY_ROWS = 12
"""From so many rows on, the note and the id have rows of their own."""


def cells_of(session: ListedSession) -> tuple[str, str, str, str, str]:
    """When it began (in the zone in which it was recorded), preset, length, outcome, size."""
    recorded, length_s = session.recorded, session.length_s
    return (
        recorded.started_at[: WIDTHS[0]].replace("T", " "),
        plain(recorded.preset) or UNKNOWN,
        UNKNOWN if length_s is None else formatting.stretch(length_s) or "0 s",
        outcome_of(session),
        formatting.size(session.size_bytes),
    )


def outcome_of(session: ListedSession) -> str:
    """Its outcome in a word or two, under the heading of its column; `!` if its journal is damaged."""
    word = outcome_text(session.recorded.outcome).removeprefix("ended ")
    return f"{word} !" if session.recorded.damage and not session.recorded.trouble else word


def name_of(session: ListedSession) -> str:
    """The title that a person gave it, else its targets, else why it has none."""
    recorded = session.recorded
    if recorded.is_renamed or not recorded.labels:
        return plain(recorded.title)
    return ", ".join(map(plain, recorded.labels))


# ---------------------------------------------------------------- the list


def title_row(sessions: Sequence[ListedSession], shown: int, order: str, width: int) -> Row:
    """How many sessions there are, what they take, and their order."""
    total = formatting.size(sum(each.size_bytes for each in sessions))
    count = f"{shown} of {len(sessions)}" if shown != len(sessions) else str(shown)
    return spread(
        (Span(" abreast", "accent bold"), Span(" ▏", "faint"), Span("recorded sessions", "bold")),
        (Span(f"{count} · {total} · by {order} ", "dim"),),
        width,
    )


def _columns(width: int) -> list[int]:
    """The columns that there is room for in a list of this width."""
    columns = list(range(len(WIDTHS)))
    for column in LEFT_OUT:
        if width - 2 - sum(WIDTHS[at] + 1 for at in columns) < LEAST_NAME_CELLS:
            columns.remove(column)
    return columns


def head_row(width: int) -> Row:
    """The names of the columns."""
    cells = " ".join(f"{HEADS[at]:<{WIDTHS[at]}}" for at in _columns(width))
    return fit((Span(f"  {cells} title/targets", "dim"),), width)


def session_row(session: ListedSession, width: int, *, is_selected: bool, is_marked: bool) -> Row:
    """One session in `width` cells."""
    texts, styles = cells_of(session), ("", "bold", "", OUTCOMES.get(session.recorded.outcome, "dim"), "dim")
    row: Row = (
        Span("▸" if is_selected else " ", "accent bold"),
        Span("✓" if is_marked else " ", "accent bold"),
        *(Span(f"{short(texts[at], WIDTHS[at]):<{WIDTHS[at]}} ", styles[at]) for at in _columns(width)),
    )
    style = "" if session.recorded.is_renamed else "dim"
    row = fit((*row, Span(name_of(session), style)), width)
    if not is_selected:
        return row
    return tuple(
        Span(span.text, "accent bold reverse" if "bold" in span.style else "accent reverse") for span in row
    )


def list_rows(
    sessions: Sequence[ListedSession], selected: int, top: int, size: tuple[int, int], marked: Collection[str]
) -> tuple[Row, ...]:
    """The head, and the sessions from `top` on, in `size` columns and rows."""
    width, height = size
    shown = list(enumerate(sessions))[top : top + max(height - 1, 0)]
    rows = (
        session_row(session, width, is_selected=at == selected, is_marked=session.key in marked)
        for at, session in shown
    )
    return (head_row(width), *rows)


# ---------------------------------------------------------------- one session


def detail_rows(session: ListedSession, width: int, height: int) -> tuple[Row, ...]:
    """What is known of a session, most important first, in at most `height` rows."""
    recorded, summary = session.recorded, session.recorded.summary
    title, key = Span(f" {plain(recorded.title)}", "bold"), Span(f" {session.key}", "dim")
    rows: list[Row] = [(title, Span(" "), key)] if height < ROOMY_ROWS else [(title,), (key,)]
    if recorded.trouble:
        rows += _text(recorded.trouble, width, RESULT_ROWS, "bad")
    elif summary:
        rows += _text(session.sentence, width, RESULT_ROWS, "")
    elif session.needs_summary:
        rows += _text("reading its journal…", width, 1, "dim")
    elif session.is_running:
        rows += _text("it is running: ⏎ follows it", width, 1, "accent")
    if summary and summary.damage:
        rows += _text(f"damaged: {summary.damage}", width, 1, "warn")
    if recorded.note:
        rows += _text(recorded.note, width, 1 if height < ROOMY_ROWS else NOTE_ROWS, "accent")
    names = ", ".join(map(plain, recorded.labels))
    table: list[Row] = [(Span(f" {names}", "dim"),)] if names else []
    if summary and summary.targets and height - len(rows) > len(summary.targets) + 2:
        light = "" if summary.light == "green" else f" · generator {summary.light}"
        facts = _text(f"{summary.facts}{light}", width, 2, "dim")
        table = [(), *figure_rows(summary.targets, width), (), *facts]
    return tuple(fit(row, width) for row in [*rows, *table][:height])


def figure_rows(targets: Sequence[TargetSummary], width: int) -> list[Row]:
    """A table of the targets' figures: as many columns as fit."""
    label_cells = min(max(len(plain(each.label)) for each in targets) + 4, max(width // 2, 12))
    count = max(min((width - label_cells) // FIGURE_CELLS, len(FIGURES)), 0)
    head = "".join(f"{name:>{FIGURE_CELLS}}" for name in FIGURES[:count])
    return [
        (Span(" " * label_cells), Span(head, "dim")),
        *(_figures(slot, each, label_cells, count) for slot, each in enumerate(targets)),
    ]


def _figures(slot: int, target: TargetSummary, label_cells: int, count: int) -> Row:
    label = elided(plain(target.label), label_cells - 4)
    figures = (
        formatting.rate(target.goodput),
        formatting.duration(target.p50_ms),
        formatting.duration(target.p95_ms),
        formatting.duration(target.p99_ms),
        formatting.percent(100 * target.error_rate),
        formatting.whole_percent(target.cpu_pct),
        formatting.memory(target.memory_mb),
    )
    return (
        Span(f" {marker(slot)} {label:<{label_cells - 3}}", slot_style(slot)),
        Span("".join(f"{text:>{FIGURE_CELLS}}" for text in figures[:count])),
    )


def _text(text: str, width: int, rows: int, style: str) -> list[Row]:
    return [(Span(f" {line}", style),) for line in wrapped(text, width - 2, rows)]


def notice_rows(text: str, width: int) -> tuple[Row, ...]:
    """What is shown in place of a list."""
    return ((), *(fit(row, width) for line in text.splitlines() for row in _text(line, width, 4, "dim")))
