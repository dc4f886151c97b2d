"""Hints on the live screen, in details and in results."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.answers.hints import Hint
from engine.metrics.session_result import session_result
from engine.metrics.snapshot import Snapshot
from tests.support import fakes
from tui.views.hints import EACH_S, FRESH_S, hint_rows, log_rows
from tui.views.results import result_lines

if TYPE_CHECKING:
    from tui.views.rows import Row

LONG = Hint("queue", "django-wsgi", "django-wsgi has 8 threads and 20 users: " + 6 * "12 wait for one ", ())
SHORT = Hint("shared-cores", "", "2 targets share 1 core", ())


def texts(rows: Sequence["Row"]) -> list[str]:
    return ["".join(span.text for span in row) for row in rows]


def snapshot(now_s: float = 60.0) -> Snapshot:
    return replace(fakes.snapshot(60), now_s=now_s)


def test_without_hints_the_log_has_events_only() -> None:
    rows = texts(log_rows(snapshot(), (), 60, 4))
    assert len(rows) <= 4
    assert not any("hint" in row for row in rows)


def test_hints_come_first_and_leave_room_for_events() -> None:
    rows = texts(log_rows(snapshot(), (LONG, SHORT), 60, 7))
    assert rows[0].startswith(" hint ▲ django-wsgi has 8 threads")
    assert rows[1].startswith(" " * 8)
    assert any(row.startswith(" hint 2 targets share") for row in rows)
    assert len(rows) <= 7
    assert all(len(row) <= 60 for row in rows)
    assert [row for row in rows[-2:] if "hint" in row] == []


def test_a_hint_that_does_not_fit_is_left_to_a_higher_screen() -> None:
    rows = texts(log_rows(snapshot(), (LONG, SHORT), 60, 4))
    assert [row for row in rows if "hint" in row] == [" hint 2 targets share 1 core".ljust(len(rows[0]))]


def test_one_line_shows_a_new_event_and_then_the_hints_in_turn() -> None:
    last_s = fakes.snapshot(60).events[-1].t_s
    (fresh,) = texts(log_rows(snapshot(last_s + 1), (LONG, SHORT), 80, 1))
    assert "hint" not in fresh
    start_s = 20 * EACH_S
    assert last_s < start_s - FRESH_S
    first, second = (
        texts(log_rows(snapshot(at_s), (LONG, SHORT), 80, 1))[0] for at_s in (start_s, start_s + EACH_S)
    )
    assert first.startswith(" hint ▲ django-wsgi has 8 threads and 20 users: 12 wait")
    assert second.startswith(" hint 2 targets share 1 core")
    assert len(first) == len(second) == 80


def test_results_have_them_in_full() -> None:
    lines = result_lines(session_result(fakes.snapshot(60)), 100, (LONG, SHORT))
    assert f"hint ▲ {LONG.text}".strip() in lines
    assert "hint 2 targets share 1 core" in lines


def test_a_foreign_text_cannot_break_the_row() -> None:
    (row,) = hint_rows([Hint("request", "", "“a\nb\x1b[31m” takes 82 %", ())], {}, None)
    assert "\n" not in texts([row])[0]
    assert "\x1b" not in texts([row])[0]
