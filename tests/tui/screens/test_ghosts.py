"""The last session of the same preset."""

import pytest

from engine.machine import paths
from engine.recording.journal import FILE_NAME
from targets.errors import UsageError
from tests.support.fakes import snapshot, with_target
from tests.support.made_sessions import Shape, write
from tui.screens.ghosts import earlier, ghost_of, last_ghost, read_ghost


def recorded(session_id: str, preset: str = "hello", seconds: int = 6) -> None:
    write(paths.sessions(), Shape(seconds=seconds, session_id=session_id, preset=preset))


def test_the_newest_one_before_this_one_is_found() -> None:
    for day in ("01", "02", "04"):
        recorded(f"202501{day}-120000-hello-0001")
    recorded("20250103-120000-tasks-0001", preset="tasks")
    found = last_ghost("hello", "20250104-120000-hello-0001")
    assert found is not None
    assert found.session_id == "20250102-120000-hello-0001"
    assert last_ghost("hello", "20250101-120000-hello-0001") is None
    assert last_ghost("ramp", "20250104-120000-hello-0001") is None


def test_one_that_was_left_before_load_flowed_is_passed_over() -> None:
    recorded("20250101-120000-hello-0001")
    recorded("20250102-120000-hello-0001")
    journal = paths.sessions() / "20250102-120000-hello-0001" / FILE_NAME
    with journal.open("rb") as lines:
        header = next(lines)
    journal.write_bytes(header)
    assert next(earlier("hello", "20250103-120000-hello-0001")).journal == journal
    found = last_ghost("hello", "20250103-120000-hello-0001")
    assert found is not None
    assert found.session_id == "20250101-120000-hello-0001"


def test_what_cannot_be_read_is_passed_over() -> None:
    recorded("20250101-120000-hello-0001")
    recorded("20250102-120000-hello-0001")
    (paths.sessions() / "20250102-120000-hello-0001" / FILE_NAME).write_text("nothing\n")
    found = last_ghost("hello", "20250103-120000-hello-0001")
    assert found is not None
    assert found.session_id == "20250101-120000-hello-0001"


def test_all_its_seconds_are_read() -> None:
    recorded("20250101-120000-hello-0001", seconds=9)
    ghost = last_ghost("hello", "20250103-120000-hello-0001")
    assert ghost is not None
    assert ghost.seconds == tuple(range(1, 10))
    assert set(ghost.series) == {"fastapi", "django-wsgi"}
    assert all(value for value in ghost.series["fastapi"].goodput)


def test_a_journal_that_is_damaged_meanwhile_is_an_error_in_words() -> None:
    recorded("20250101-120000-hello-0001")
    journal = paths.sessions() / "20250101-120000-hello-0001" / FILE_NAME
    journal.write_text("")
    with pytest.raises(UsageError):
        read_ghost(journal)


def test_of_a_long_session_the_steps_are_drawn_and_turns_keep_their_beginnings() -> None:
    picture = snapshot(72)
    whole = picture.targets[1].series
    picture = with_target(picture, "fastapi", whole_series=whole, turn_began_s=22.0)
    ghost = ghost_of(picture)
    assert (ghost.series["fastapi"], ghost.step_s, ghost.began_s) == (whole, 1, {"fastapi": 22.0})
