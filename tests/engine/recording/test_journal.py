"""What is written comes back; what was cut off is not there; who writes holds the lock."""

import io
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

from engine.metrics.duels import DuelBegan, DuelEnded
from engine.metrics.event_detail import EventDetail
from engine.metrics.profiles import ProfileBegan
from engine.metrics.records import (
    KINDS,
    SCHEMA,
    Began,
    ByHand,
    Damage,
    Ended,
    Event,
    FaultBegan,
    FaultEnded,
    LoadChanged,
    NodesChanged,
    Record,
    StageMoved,
    Steered,
    TargetChanged,
    WarmUpEnded,
)
from engine.metrics.rounds import Round, Turn
from engine.metrics.trials import Trial
from engine.recording import journal
from engine.recording.journal import JournalWriter
from engine.recording.journal_lines import encode_record
from targets.errors import AbreastError, UsageError
from tests.support.made_profiles import PROFILED
from tests.support.recording import ENDED_AT, STARTED_AT, added, bucket, generator_second, header, steering

ROOT = Path(__file__).parents[3]

EVERY_KIND: tuple[Record, ...] = (
    header("fastapi", "django-wsgi"),
    added("a"),
    TargetChanged(0.5, "a", "ready", address="127.0.0.1:18000"),
    Began(STARTED_AT),
    NodesChanged(3, ({"name": "box", "load_workers": 3, "clock_offset_ms": None},)),
    Steered(1.5, "a", steering().set_users(7, 1.5)),
    WarmUpEnded(1.8, "", 2.0, 33.0),
    StageMoved(1.9, -2.5),
    Event(2.1, "users", "a", "users 2 → 7 (manual)", ByHand("users", 2, 7)),
    Event(2.2, "pause", "", "paused", ByHand(), EventDetail("paused")),
    LoadChanged(2.0, "", "tasks", "1 s", 1.0),
    Event(2.5, "note", "", "schön: “ü” 🙂\nand a second line"),
    FaultBegan(2.6, 1, "a", "pause"),
    FaultEnded(2.9, 1, void=True),
    bucket(3, ok_us=[1, 250, 3_600_000_000]),
    generator_second(3, "amber", "timers came late"),
    Round(1, "duel", 2.0, 3.0, {"a": Turn(1.0, 90, 1, cpu_s=0.5)}, users=10, tainted="a fault was active"),
    Trial(1, "a", 8, "confirm", 3.0, 3.2, 4.0, asked=90, attained=89, bad=0, ok=90, p50_ms=2.5),
    DuelBegan(2.0, 1, 0, 10, ("a", "b"), in_race=True),
    DuelEnded(3.0, "decided"),
    ProfileBegan(3.0, 5.0, ("a",)),
    PROFILED,
    Ended(4.0, ENDED_AT, "completed"),
)


def written(path: Path, *records: Record) -> Path:
    with JournalWriter(path) as writer:
        for record in records:
            writer.write(record)
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / journal.FILE_NAME


def test_every_kind_of_record_comes_back_as_it_was(path: Path) -> None:
    assert {type(record).__name__ for record in EVERY_KIND} == set(KINDS)
    written(path, *EVERY_KIND)
    assert tuple(journal.read(path)) == EVERY_KIND
    assert len(path.read_bytes().splitlines()) == len(EVERY_KIND)


def test_a_record_is_on_its_way_as_soon_as_it_is_written(path: Path) -> None:
    with JournalWriter(path) as writer:
        writer.write(EVERY_KIND[0])
        assert list(journal.read(path)) == [EVERY_KIND[0]]


def test_a_journal_is_one_session_s(path: Path) -> None:
    written(path, EVERY_KIND[0])
    with pytest.raises(AbreastError, match="cannot write the session's journal"):
        written(path, EVERY_KIND[1])
    assert tuple(journal.read(path)) == EVERY_KIND[:1]


@pytest.mark.parametrize("lost", [1, 2, 40])
def test_a_line_that_was_cut_off_is_not_there(path: Path, lost: int) -> None:
    whole = written(path, *EVERY_KIND).read_bytes()
    path.write_bytes(whole[:-1][:-lost])
    assert tuple(journal.read(path)) == EVERY_KIND[:-1]
    assert journal.end_of(path) is None


def lines_of(*records: Record) -> list[bytes]:
    return [encode_record(record, number) for number, record in enumerate(records)]


def read_with_damage(path: Path) -> tuple[list[Record], Damage]:
    damage = Damage()
    records = list(journal.read(path, damage))
    assert journal.damage_of(path) == damage
    return records, damage


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\0\0\0",
        b"[1]",
        b"5",
        b'["Bucket",{}]',
        b'["Event",[1]]',
        b"\xff\xfe",
        b"[" * 100_000,
        b'["a"]' * 99,
    ],
)
def test_a_line_that_is_none_is_counted_and_costs_nothing_else(path: Path, line: bytes) -> None:
    lines = lines_of(*EVERY_KIND)
    path.write_bytes(b"".join([*lines[:2], line + b"\n", *lines[2:]]))
    records, damage = read_with_damage(path)
    assert tuple(records) == EVERY_KIND
    assert damage == Damage(records_lost=0, lines_unreadable=1, first_line=3)


@pytest.mark.parametrize("second", [2**53, -1])
def test_a_second_that_no_session_has_is_not_counted_to(path: Path, second: int) -> None:
    header, *rest = EVERY_KIND
    odd: list[Record] = [bucket(second), generator_second(second)]
    path.write_bytes(b"".join(lines_of(header, *odd, *rest)))
    damage = Damage()
    assert tuple(journal.read(path, damage)) == EVERY_KIND
    assert damage.lines_unreadable == 2


def test_each_byte_that_is_changed_is_noticed_and_costs_its_line_alone(path: Path) -> None:
    lines = lines_of(*EVERY_KIND)
    for at in range(1, len(lines) - 1):
        for place in range(len(lines[at]) - 1):
            changed = bytearray(lines[at])
            changed[place] ^= 1
            path.write_bytes(b"".join([*lines[:at], changed, *lines[at + 1 :]]))
            records, damage = read_with_damage(path)
            assert tuple(records) == (*EVERY_KIND[:at], *EVERY_KIND[at + 1 :]), (at, place)
            assert (damage.records_lost, damage.first_line) == (1, at + 1), (at, place)


def test_lost_lines_are_counted_where_they_are_missing(path: Path) -> None:
    lines = lines_of(*EVERY_KIND)
    path.write_bytes(b"".join([*lines[:3], *lines[5:]]))
    records, damage = read_with_damage(path)
    assert tuple(records) == (*EVERY_KIND[:3], *EVERY_KIND[5:])
    assert damage == Damage(records_lost=2, lines_unreadable=0, first_line=4)
    assert str(damage) == "2 records are lost, from line 4 on"


def test_a_line_that_comes_again_counts_once(path: Path) -> None:
    lines = lines_of(*EVERY_KIND)
    path.write_bytes(b"".join([*lines[:5], lines[3], *lines[5:]]))
    records, damage = read_with_damage(path)
    assert tuple(records) == EVERY_KIND
    assert damage == Damage(records_lost=0, lines_unreadable=1, first_line=6)


def test_broken_lines_at_the_end_are_lost_records(path: Path) -> None:
    lines = lines_of(*EVERY_KIND)
    path.write_bytes(b"".join([*lines[:-2], b"x\n", b"y\n"]))
    records, damage = read_with_damage(path)
    assert tuple(records) == EVERY_KIND[:-2]
    assert damage == Damage(records_lost=2, lines_unreadable=2, first_line=len(lines) - 1)
    assert str(damage) == f"2 records are lost, 2 lines cannot be read, from line {len(lines) - 1} on"
    assert journal.end_of(path) is None


def test_kinds_that_this_version_does_not_know_are_passed_over(path: Path) -> None:
    body = b'["Teleported",{"t_s":1.0},1'
    later = b'%s,"%08x"]\n' % (body, crc32(body))
    path.write_bytes(encode_record(EVERY_KIND[0], 0) + later + encode_record(EVERY_KIND[1], 2))
    assert read_with_damage(path) == ([*EVERY_KIND[:2]], Damage())


def test_a_journal_of_another_version_is_refused(path: Path) -> None:
    path.write_bytes(encode_record(replace(header(), schema="abreast/journal@99"), 0))
    with pytest.raises(UsageError, match="this version of abreast cannot read") as caught:
        list(journal.read(path))
    assert "abreast/journal@99" in caught.value.why
    assert SCHEMA in caught.value.why
    assert caught.value.hint == "read it with the version that recorded it"


@pytest.mark.parametrize("older", ["abreast/journal@1", "abreast/journal@3"])
def test_a_journal_of_an_older_version_says_so(path: Path, older: str) -> None:
    path.write_bytes(encode_record(replace(header(), schema=older), 0))
    with pytest.raises(UsageError, match="this version of abreast cannot read") as caught:
        list(journal.read(path))
    assert f"its format is '{older}', and this version reads {SCHEMA}" in caught.value.why
    assert "delete its folder" in caught.value.hint


@pytest.mark.parametrize(
    "changed",
    [
        {"plan": {}},
        {"plan": []},
        {"plan": header().plan | {"targets": [{}]}},
        {"plan": header().plan | {"title": 5}},
        {"started_at": "yesterday"},
        {"started_at": "2025-06-01T12:00:00"},
        {"id": None},
    ],
)
def test_a_header_that_lacks_what_it_needs_is_an_error(path: Path, changed: dict[str, Any]) -> None:
    path.write_bytes(encode_record(replace(header(), **changed), 0))
    with pytest.raises(UsageError, match="is damaged") as caught:
        list(journal.read(path))
    assert "its first line" in caught.value.why


def test_a_header_that_was_changed_is_an_error(path: Path) -> None:
    path.write_bytes(encode_record(header(), 0).replace(b'"Test"', b'"Tesu"'))
    with pytest.raises(UsageError, match="is damaged"):
        journal.header_of(path)


@pytest.mark.parametrize("content", [b"hello\n", b"5\n", b'{"a": 1}\n', b'["Header", 5]\n', b"\xff\n"])
def test_a_file_that_is_no_journal_is_an_error(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(UsageError, match="is no journal") as caught:
        list(journal.read(path))
    assert SCHEMA in caught.value.why


def test_a_journal_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "nowhere", tmp_path, tmp_path / "pipe", Path("/dev/zero"), tmp_path / "a\0b"):
        for ask in (
            lambda path: list(journal.read(path)),
            journal.header_of,
            journal.end_of,
            journal.is_blank,
        ):
            with pytest.raises(UsageError, match="cannot read the journal") as caught:
                ask(path)
            assert caught.value.why
        assert not journal.is_locked(path)


def test_header_and_end(path: Path) -> None:
    path.touch()
    assert (journal.header_of(path), journal.end_of(path), journal.is_blank(path)) == (None, None, True)
    path.write_bytes(encode_record(EVERY_KIND[0], 0)[:50])
    assert (journal.header_of(path), journal.is_blank(path)) == (None, True)
    path.unlink()
    written(path, *EVERY_KIND)
    assert journal.header_of(path) == EVERY_KIND[0]
    assert journal.end_of(path) == EVERY_KIND[-1]
    assert not journal.is_blank(path)


def test_the_end_is_found_behind_lines_longer_than_the_tail_that_is_read(path: Path) -> None:
    long = bucket(5, ok_us=[2**n + m for n in range(8, 30) for m in range(0, 2**n, 2**n // 60)])
    assert len(encode_record(long, 1)) > journal.TAIL_BYTES
    with JournalWriter(path) as writer:
        for record in (EVERY_KIND[0], long):
            writer.write(record)
        assert journal.end_of(path) is None
        writer.write(EVERY_KIND[-1])
    assert journal.end_of(path) == EVERY_KIND[-1]


def test_who_writes_holds_the_lock(path: Path) -> None:
    assert not journal.is_locked(path)
    with JournalWriter(path):
        assert journal.is_locked(path)
        assert asked_from_outside(path) == "True"
    assert not journal.is_locked(path)
    assert asked_from_outside(path) == "False"


HOLDER = """
import pathlib, sys
from engine.recording.journal import JournalWriter
with JournalWriter(pathlib.Path(sys.argv[1])):
    print(flush=True)
    input()
"""


def test_the_lock_of_a_process_that_was_killed_is_gone(path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        assert journal.is_locked(path)
        holder.kill()
        holder.wait(60)
    assert not journal.is_locked(path)


def asked_from_outside(path: Path) -> str:
    code = "import sys, pathlib, engine.recording.journal as j; print(j.is_locked(pathlib.Path(sys.argv[1])))"
    return subprocess.run(
        [sys.executable, "-c", code, path],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.strip()


def test_a_journal_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    with (
        pytest.raises(AbreastError, match="cannot write the session's journal") as caught,
        JournalWriter(tmp_path),
    ):
        raise AssertionError("unreachable")
    assert caught.value.why
    assert "ABREAST_HOME" in caught.value.hint


FULL_DISK = """
import pathlib, resource, signal, sys
from engine.recording.journal import JournalWriter, read
from engine.metrics.records import Damage
from tests.support.recording import bucket, header
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (8000, resource.RLIM_INFINITY))
path = pathlib.Path(sys.argv[1])
records = [header("fastapi"), *(bucket(second, ok_us=[100, 200, 300]) for second in range(100))]
damage = Damage()
with JournalWriter(path) as writer:
    writer.write(records[0])
    assert not writer.trouble
    for record in records[1:-1]:
        writer.write(record)
    print(writer.trouble)
    written = list(read(path, damage))
    assert 2 < len(written) < len(records)
    assert path.stat().st_size <= 8000 and path.read_bytes().endswith(b"\\n")
    assert list(writer.records()) == records[:-1]
    path.unlink()  # what was written can be read for as long as it is written
    assert list(writer.records()) == records[:-1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    writer.write(records[-1])
    assert not writer.trouble and not writer.unwritten and not damage
    assert list(writer.records()) == records
"""


def test_what_a_full_disk_does_not_take_is_kept_and_written_once_there_is_room(path: Path) -> None:
    """A limit on the size of files stands for the full disk."""
    command = [sys.executable, "-c", FULL_DISK, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "the journal cannot be written: File too large"


def test_a_journal_is_its_owner_s_alone(path: Path) -> None:
    written(path, EVERY_KIND[0])
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_is_written_meanwhile_costs_no_record(path: Path) -> None:
    """An export reads in a thread while the session goes on."""
    before = [EVERY_KIND[0], *(bucket(second) for second in range(200))]
    with JournalWriter(path) as journal_writer:
        for record in before:
            journal_writer.write(record)
        records = journal_writer.records()
        read = [next(records)]
        assert path.stat().st_size > 3 * io.DEFAULT_BUFFER_SIZE, "it is not read at once"
        journal_writer.write(bucket(200))
        assert [*read, *records] == before
        assert len(list(journal_writer.records())) == len(before) + 1
