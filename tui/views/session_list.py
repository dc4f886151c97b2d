"""Recorded sessions as rows: the list, and what is known of one. Pure."""

from engine.metrics import formatting
from engine.recording.listing import ListedSession
from tui.views.rows import plain

UNKNOWN = formatting.MISSING

OUTCOMES = {
    "completed": "good",
    "running": "accent",
    "threshold": "warn",
    "untrusted": "warn",
    "failed": "bad",
}
"""Outcome → style; others are `dim`."""

STARTED_CELLS, PRESET_CELLS, LENGTH_CELLS, OUTCOME_CELLS, SIZE_CELLS = 16, 13, 12, 11, 7


def cells_of(session: ListedSession) -> tuple[str, str, str, str, str]:
    """When it began (in the zone in which it was recorded), preset, length, outcome, size."""
    recorded = session.recorded
    length = session.length_s
    return (
        recorded.started_at[:STARTED_CELLS].replace("T", " "),
        plain(recorded.preset) or UNKNOWN,
        UNKNOWN if length is None else formatting.stretch(length) or "0 s",
        outcome_of(session),
        formatting.size(session.size_bytes),
    )


def outcome_of(session: ListedSession) -> str:
    """Its outcome in a word or two; damage is marked."""
    outcome = plain(session.recorded.outcome)
    word = "SLO missed" if outcome == "threshold" else outcome
    summary = session.recorded.summary
    return f"{word} !" if summary and summary.damage else word
