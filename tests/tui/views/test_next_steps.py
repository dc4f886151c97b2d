"""What follows the figures of a result."""

from dataclasses import replace

from engine.metrics.session_result import session_result
from engine.metrics.snapshot import EventSnapshot
from tests.support.fakes import ended, snapshot
from tests.support.row_text import lines
from tui.views.next_steps import by_hand_rows, next_commands

RESULT = session_result(replace(ended(snapshot()), session_id="of-today", repeat_command="abreast run hello"))


def test_the_commands_name_the_session() -> None:
    assert [each.command for each in next_commands(RESULT)] == [
        "abreast watch of-today",
        "abreast compare of-today last",
        "abreast report of-today --format html --out report.html",
        "abreast run hello",
    ]
    steered = next_commands(replace(RESULT, was_steered=True))
    assert steered[-1].text == "repeat it: abreast plan save again of-today && abreast run again.toml"


def test_changes_by_hand_are_told_with_their_time_and_target() -> None:
    (row,) = by_hand_rows(RESULT, None)
    assert "".join(span.text for span in row) == (
        " steered: 00:41 think time 100 ms → none · 01:04 django-wsgi users 10 → 20"
    )
    assert by_hand_rows(replace(RESULT, by_hand=()), None) == []


def test_a_long_list_of_changes_is_wrapped() -> None:
    changes = tuple(EventSnapshot(62.0 + at, "users", "fastapi", "users 1 → 2") for at in range(3))
    shown = lines(by_hand_rows(replace(RESULT, by_hand=changes), 50))
    assert shown[0].startswith(" steered: 01:02 fastapi users 1 → 2")
    assert len(shown) > 1
