"""A recorded session as it is watched: complete, running, cut off, damaged, deleted."""

import io
from pathlib import Path

import pytest

from engine.metrics.records import Ended, Event
from engine.metrics.timeline import View
from engine.playback import demo
from engine.playback.recorded_session import RecordedSession, State, snapshot_at
from engine.recording.journal_lines import encode_record
from targets.errors import UsageError
from tests.support.made_sessions import Shape, records, write
from tests.support.recording import ENDED_AT, Recording, sample

VIEW = View(baseline="a")


def test_a_complete_session_knows_its_length_before_it_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, Shape(seconds=200, rps=10))
    with path.open("rb") as file:
        session = RecordedSession(file, path)
        assert (session.state.newest, session.state.outcome, session.state.loaded) == (201, "completed", 0.0)
        assert not session.look(lambda: True)
        while not session.look(lambda: True):
            assert 0.0 < session.state.loaded <= 1.0
        assert session.state == State(201, 200.0, (61, 121, 181), is_running=False, outcome="completed")
        last = session.snapshot_at(201, VIEW)
        assert last is not None
        assert (last.phase, last.now_s) == ("ended", 200.0)


def test_a_running_session_grows_and_ends(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Recording(path, "a", warm_up_s=0) as recording, path.open("rb") as file:
        session = RecordedSession(file, path)
        assert session.look()
        assert session.state == State(0, is_running=True)
        for tick in range(10):
            recording.tick(tick, sample(tick, ok_us=[1000]))
            assert session.look()
            assert session.state.newest == (tick + 1) // 5
        live = recording.book.timeline.snapshot(2.0, VIEW)
        assert session.snapshot_at(2, VIEW) == live
        recording.book.record(Event(2.1, "note", "", "look"))
        recording.end(at_s=2.2)
        session.look()
        assert session.state == State(3, 2.2, (3,), is_running=False, outcome="completed")
        assert session.snapshot_at(3, VIEW) == recording.book.timeline.snapshot(2.2, VIEW)


def test_a_front_that_was_killed_leaves_an_interrupted_session(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Recording(path, "a", warm_up_s=0) as recording, path.open("rb") as file:
        session = RecordedSession(file, path)
        for tick in range(10):
            recording.tick(tick, sample(tick, ok_us=[1000]))
        recording.writer.__exit__(None, None, None)
        session.look()
        assert (session.state.newest, session.state.outcome) == (3, "interrupted")
        last = session.snapshot_at(3, VIEW)
        assert last is not None
        assert (last.phase, last.outcome, last.now_s) == ("ended", "interrupted", 2.0)


def test_a_journal_that_is_deleted_while_it_is_watched_is_followed_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Recording(path, "a", warm_up_s=0) as recording, path.open("rb") as file:
        session = RecordedSession(file, path)
        for tick in range(10):
            recording.tick(tick, sample(tick, ok_us=[1000]))
        path.unlink()
        session.look()
        assert session.state == State(2, 2.0, is_running=True, trouble="the journal was deleted")
        recording.end(at_s=2.2)
        session.look()
        assert session.state.outcome == "completed"


def test_a_journal_that_is_shortened_keeps_what_was_read(tmp_path: Path) -> None:
    path = write(tmp_path, Shape(seconds=20, rps=10))
    with path.open("r+b") as file:
        session = RecordedSession(file, path)
        session.look()
        file.truncate(3000)
        session.look()
        assert (session.state.newest, session.state.trouble) == (21, "the journal was shortened")
        assert session.snapshot_at(21, VIEW) is not None


def test_a_last_line_that_was_cut_off_leaves_the_session_interrupted_and_read(tmp_path: Path) -> None:
    path = write(tmp_path, Shape(seconds=20, rps=10))
    path.write_bytes(path.read_bytes()[:-10])
    with path.open("rb") as file:
        session = RecordedSession(file, path)
        assert session.look()
        assert (session.state.outcome, session.state.loaded, session.state.trouble) == (
            "interrupted",
            1.0,
            "",
        )


def test_damage_is_reported(tmp_path: Path) -> None:
    path = write(tmp_path, Shape(seconds=20, rps=10))
    lines = path.read_bytes().splitlines(keepends=True)
    del lines[10:13]
    path.write_bytes(b"".join(lines))
    with path.open("rb") as file:
        session = RecordedSession(file, path)
        session.look()
        assert session.state.trouble == "3 records are lost, from line 11 on"


def test_a_session_that_never_began_shows_its_results(tmp_path: Path) -> None:
    header, *_ = records(Shape())
    data = encode_record(header, 0) + encode_record(Ended(0.0, ENDED_AT, "failed"), 1)
    session = RecordedSession(io.BytesIO(data), Path("journal.jsonl"))
    assert session.state.newest == 1
    shown = session.snapshot_at(1, VIEW)
    assert shown is not None
    assert (shown.phase, shown.outcome) == ("ended", "failed")


def test_one_snapshot_of_a_journal(tmp_path: Path) -> None:
    path = write(tmp_path, Shape(seconds=20, rps=10))
    assert snapshot_at(path, 12).now_s == 12.0
    assert snapshot_at(path, 12, View(window_s=30.0)).window_asked_s == 30.0
    assert snapshot_at(path, 99).phase == "ended"
    path.write_bytes(b"")
    with pytest.raises(UsageError, match="is empty"):
        snapshot_at(path, 1)


def test_its_length_is_that_of_its_load_as_the_title_says() -> None:
    """In the demo targets stop for about a second after load has."""
    with demo.opened() as file:
        session = RecordedSession(file, demo.PATH)
        length_s = session.state.length_s
        assert session.look()
        assert session.state.length_s == length_s, "the last lines of the journal say it"
        last = session.snapshot_at(session.state.newest, VIEW)
    assert last is not None
    assert last.now_s == length_s
