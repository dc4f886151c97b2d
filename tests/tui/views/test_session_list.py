"""Rows of recorded sessions."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.recording.archive import Recorded
from engine.recording.listing import ListedSession
from engine.recording.summary_file import FORMAT, SessionSummary, TargetSummary
from tests.support.row_text import text
from tui.views.rows import width_of
from tui.views.session_list import detail_rows, figure_rows, head_row, list_rows, name_of, session_row

SUMMARY = SessionSummary(
    format=FORMAT,
    journal_bytes=1000,
    journal_changed_ns=0,
    other_bytes=500,
    id="s1",
    title="Waiting",
    preset="hello",
    started_at="2025-06-01T12:34:56.789+02:00",
    ended_at=None,
    outcome="interrupted",
    length_s=95.0,
    sentence="fastapi served 100 ok/s.",
    facts="interrupted after 95 s",
    light="amber",
    damage="1 record is lost, from line 7 on",
    planned=("fastapi",),
    targets=(
        TargetSummary("fastapi", "fastapi ×4", 100.0, 5.0, 9.0, None, 0.01, 88.0, 61.0, "ready"),
        TargetSummary("other", "other", 0.0, None, None, None, 0.0, None, None, "died"),
    ),
)
SESSION = ListedSession(
    Recorded(
        id="s1",
        title="Waiting",
        preset="hello",
        targets=("fastapi",),
        started_at=SUMMARY.started_at,
        ended_at=None,
        outcome="interrupted",
        journal=Path("s1/journal.jsonl"),
        labels=("fastapi ×4", "other"),
        summary=SUMMARY,
    ),
    1500,
)


def recorded(**changes: Any) -> ListedSession:
    return replace(SESSION, recorded=replace(SESSION.recorded, **changes))


def test_a_row_shows_what_a_list_needs() -> None:
    row = session_row(SESSION, 100, is_selected=False, is_marked=True)
    assert text(row).rstrip() == (
        " ✓2025-06-01 12:34 hello        95 s        interrupted ! 1.50 kB fastapi ×4, other"
    )
    left = session_row(recorded(outcome="no-load"), 100, is_selected=False, is_marked=False)
    assert " before load ! " in text(left)
    assert text(head_row(100)).split()[:5] == ["started", "preset", "length", "outcome", "size"]


@pytest.mark.parametrize(("width", "heads"), [(100, 5), (80, 5), (72, 4), (60, 3)])
def test_columns_are_left_out_before_names_are_cut(width: int, heads: int) -> None:
    assert text(head_row(width)).split()[:-1] == ["started", "preset", "length", "outcome", "size"][:2] + (
        ["length", "outcome", "size"][: heads - 2] if heads > 3 else ["outcome"]
    )
    row = text(session_row(SESSION, width, is_selected=False, is_marked=False))
    assert "fastapi ×4" in row


@pytest.mark.parametrize("width", [0, 10, 60, 80, 160])
def test_rows_have_the_width_of_their_place(width: int) -> None:
    for is_selected in (True, False):
        assert width_of(session_row(SESSION, width, is_selected=is_selected, is_marked=False)) == width
    assert {width_of(row) for row in detail_rows(SESSION, width, 20)} == {width}


def test_a_list_shows_what_fits_from_its_top_on() -> None:
    sessions = [recorded(labels=(f"target {number}",)) for number in range(9)]
    rows = list_rows(sessions, 5, 4, (100, 4), ())
    assert [text(row).split("kB ")[-1].strip() for row in rows[1:]] == ["target 4", "target 5", "target 6"]
    assert [text(row)[0] for row in rows[1:]] == [" ", "▸", " "]


def test_texts_of_others_are_one_plain_line() -> None:
    odd = recorded(title="[b]a\x1b[2J\nb", is_renamed=True, note="c\x07", outcome="x\ny")
    shown = [session_row(odd, 160, is_selected=False, is_marked=False), *detail_rows(odd, 160, 20)]
    assert all(text(row).isprintable() for row in shown)
    assert name_of(odd).startswith("[b]a")


def test_details_put_what_matters_first() -> None:
    rows = [text(row).strip() for row in detail_rows(recorded(note="a note"), 80, 20)]
    assert rows[:5] == ["Waiting", "s1", "fastapi served 100 ok/s.", f"damaged: {SUMMARY.damage}", "a note"]
    assert rows[-1] == "interrupted after 95 s · generator amber"
    assert [text(row).strip() for row in detail_rows(SESSION, 80, 4)][-1] == "fastapi ×4, other"
    assert text(detail_rows(recorded(summary=None), 80, 5)[1]).strip() == "reading its journal…"
    assert "follows it" in text(detail_rows(recorded(summary=None, outcome="running"), 80, 5)[1])
    unreadable = recorded(summary=None, trouble="is no journal", title="is no journal", labels=())
    assert text(detail_rows(unreadable, 80, 5)[1]).strip() == "is no journal"


def test_figures_show_as_many_columns_as_fit() -> None:
    head, first, second = figure_rows(SUMMARY.targets, 80)
    assert text(head).split() == ["ok/s", "p50", "p95", "p99", "errors", "CPU", "memory"]
    assert text(first).split("×4")[1].split() == [
        "100", "5.0", "ms", "9.0", "ms", "·", "1.00", "%", "88", "%", "61", "MB"
    ]  # fmt: skip
    assert text(second).split()[1:] == ["other", "0", "·", "·", "·", "0.00", "%", "·", "·"]
    assert text(figure_rows(SUMMARY.targets, 35)[0]).split() == ["ok/s", "p50"]
