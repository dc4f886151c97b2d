"""A journal is read while it grows, and whatever happens to its file."""

import io
from pathlib import Path

import pytest

from engine.metrics.records import Bucket, Damage, Ended, Event, Header, Record
from engine.playback.journal_follower import JournalFollower, is_being_written, trouble_of
from engine.recording import journal
from engine.recording.journal import JournalWriter
from engine.recording.journal_lines import encode_record
from targets.errors import UsageError
from tests.support.made_sessions import Shape, write
from tests.support.recording import ENDED_AT, bucket, header

PATH = Path("journal.jsonl")
RECORDS: list[Record] = [
    header("fastapi"),
    *(bucket(second) for second in range(4)),
    Ended(4.0, ENDED_AT, "x"),
]
LINES = [encode_record(record, number) for number, record in enumerate(RECORDS)]


def test_it_reads_what_a_reader_of_the_whole_file_reads(tmp_path: Path) -> None:
    path = write(tmp_path, Shape(seconds=30, rps=20))
    with path.open("rb") as file:
        follower = JournalFollower(file, path)
        assert list(follower.records()) == list(journal.read(path))
        assert follower.read_bytes == path.stat().st_size
        assert list(follower.records()) == []


def test_it_goes_on_where_it_was_when_lines_are_added_in_pieces() -> None:
    file = io.BytesIO()
    follower = JournalFollower(file, PATH)
    found: list[Record] = []
    data = b"".join(LINES)
    for at in range(0, len(data), 100):
        file.seek(0, io.SEEK_END)
        file.write(data[at : at + 100])
        found += follower.records()
        assert follower.read_bytes <= at + 100
    assert found == RECORDS
    assert not follower.damage


def test_stopping_in_between_loses_no_record() -> None:
    follower = JournalFollower(io.BytesIO(b"".join(LINES)), PATH)
    found = [next(follower.records()) for _ in range(3)]
    assert [*found, *follower.records()] == RECORDS


def test_damaged_and_lost_lines_are_counted_like_by_a_reader_of_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b"".join([*LINES[:2], b"nonsense\n", LINES[1], LINES[4], LINES[5], b'["cut o']))
    damage = Damage()
    kept = list(journal.read(path, damage))
    with path.open("rb") as file:
        follower = JournalFollower(file, path)
        assert list(follower.records()) == kept == [RECORDS[at] for at in (0, 1, 4, 5)]
        assert follower.damage == damage


def test_a_line_longer_than_a_chunk_is_read_once_it_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.playback.journal_follower.CHUNK_BYTES", 16)
    follower = JournalFollower(io.BytesIO(b"".join(LINES)), PATH)
    assert list(follower.records()) == RECORDS


def test_without_buckets_only_their_lines_are_checked() -> None:
    lines = [*LINES[:2], LINES[2].replace(b"fastapi", b"fastap1").replace(b'"a"', b'"b"'), *LINES[3:]]
    follower = JournalFollower(io.BytesIO(b"".join(lines)), PATH, without_buckets=True)
    found = list(follower.records())
    assert [type(record) for record in found] == [Header, Ended]
    assert follower.damage.first_line == 3


def test_a_file_that_is_no_journal_is_refused() -> None:
    with pytest.raises(UsageError, match="is no journal"):
        list(JournalFollower(io.BytesIO(b"hello\n"), PATH).records())


def test_what_happened_to_the_file_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with JournalWriter(path) as writer, path.open("rb") as file:
        writer.write(header("fastapi"))
        assert (is_being_written(file), trouble_of(file, 10)) == (True, "")
        path.unlink()
        assert (is_being_written(file), trouble_of(file, 10)) == (True, "the journal was deleted")
        writer.write(Event(0.0, "note", "", "still here"))
        assert len(list(JournalFollower(file, path).records())) == 2
        writer.__exit__(None, None, None)
        assert not is_being_written(file)
    path.write_bytes(b"x")
    with path.open("rb") as file:
        assert trouble_of(file, 10) == "the journal was shortened"
    assert (is_being_written(io.BytesIO()), trouble_of(io.BytesIO(), 10)) == (False, "")


def test_buckets_begin_as_the_scan_expects() -> None:
    from engine.playback.journal_follower import BUCKET

    assert isinstance(RECORDS[1], Bucket)
    assert LINES[1].startswith(BUCKET)
