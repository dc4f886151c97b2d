"""What is written comes back; what was cut off is not there; who writes holds the lock."""

import subprocess
import sys
from pathlib import Path

import pytest

from engine import journal
from engine.journal import JournalWriter, encode_record
from engine.records import (
    KINDS,
    Began,
    Ended,
    Event,
    FaultBegan,
    FaultEnded,
    LoadChanged,
    Record,
    Steered,
    TargetChanged,
    WarmUpEnded,
)
from targets.errors import AbreastError, UsageError
from tests.engine.recording import ENDED_AT, STARTED_AT, added, bucket, generator_second, header, steering

ROOT = Path(__file__).parents[2]

EVERY_KIND: tuple[Record, ...] = (
    header("fastapi", "django-wsgi"),
    added("a"),
    TargetChanged(0.5, "a", "ready", address="127.0.0.1:18000"),
    Began(STARTED_AT),
    Steered(1.5, "a", steering().steer(7, 1.5)),
    WarmUpEnded(1.8, "", 2.0, 33.0),
    LoadChanged(2.0, "", "tasks", "1 s", 1.0),
    Event(2.5, "note", "", "schön: “ü” 🙂\nand a second line"),
    FaultBegan(2.6, 1, "a", "pause"),
    FaultEnded(2.9, 1, void=True),
    bucket(3, ok_us=[1, 250, 3_600_000_000]),
    generator_second(3, "amber", "timers came late"),
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


def test_writing_goes_on_where_the_file_ends(path: Path) -> None:
    written(path, EVERY_KIND[0])
    written(path, EVERY_KIND[1])
    assert tuple(journal.read(path)) == EVERY_KIND[:2]


@pytest.mark.parametrize("lost", [1, 2, 40])
def test_a_line_that_was_cut_off_is_not_there(path: Path, lost: int) -> None:
    whole = written(path, *EVERY_KIND).read_bytes()
    path.write_bytes(whole[:-1][:-lost])
    assert tuple(journal.read(path)) == EVERY_KIND[:-1]
    assert journal.end_of(path) is None


@pytest.mark.parametrize(
    "line", [b"", b"\0\0\0", b"[1]", b"5", b'["Bucket",{}]', b'["Event",[1]]', b"\xff\xfe"]
)
def test_what_follows_a_broken_line_is_not_read(path: Path, line: bytes) -> None:
    written(path, EVERY_KIND[0])
    path.write_bytes(path.read_bytes() + line + b"\n" + encode_record(EVERY_KIND[1]))
    assert tuple(journal.read(path)) == EVERY_KIND[:1]


def test_kinds_that_this_version_does_not_know_are_passed_over(path: Path) -> None:
    later = b'["Teleported",{"t_s":1.0}]\n'
    path.write_bytes(encode_record(EVERY_KIND[0]) + later + encode_record(EVERY_KIND[1]))
    assert tuple(journal.read(path)) == EVERY_KIND[:2]


def test_fields_that_this_version_does_not_know_are_passed_over(path: Path) -> None:
    path.write_bytes(encode_record(EVERY_KIND[3]).replace(b"}", b',"mood":"good"}'))
    assert list(journal.read(path)) == [EVERY_KIND[3]]


@pytest.mark.parametrize("content", [b"hello\n", b"5\n", b'{"a": 1}\n', b'["Header", 5]\n', b"\xff\n"])
def test_a_file_that_is_no_journal_is_an_error(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(UsageError, match="is no journal") as caught:
        list(journal.read(path))
    assert "abreast/journal@1" in caught.value.why
    assert journal.header_of(path) is None


def test_a_journal_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(UsageError, match="cannot read the journal") as caught:
            list(journal.read(path))
        assert caught.value.why
        assert journal.header_of(path) is None


def test_header_and_end(path: Path) -> None:
    path.touch()
    assert (journal.header_of(path), journal.end_of(path)) == (None, None)
    written(path, *EVERY_KIND[1:2])
    assert journal.header_of(path) is None
    path.unlink()
    written(path, *EVERY_KIND)
    assert journal.header_of(path) == EVERY_KIND[0]
    assert journal.end_of(path) == EVERY_KIND[-1]


def test_the_end_is_found_behind_lines_longer_than_the_tail_that_is_read(path: Path) -> None:
    long = bucket(5, ok_us=[2**n + m for n in range(8, 30) for m in range(0, 2**n, 2**n // 40)])
    written(path, EVERY_KIND[0], long)
    assert len(encode_record(long)) > journal.TAIL_BYTES
    assert journal.end_of(path) is None
    written(path, EVERY_KIND[-1])
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
from engine.journal import JournalWriter
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
        holder.wait()
    assert not journal.is_locked(path)


def asked_from_outside(path: Path) -> str:
    code = "import sys, pathlib, engine.journal as j; print(j.is_locked(pathlib.Path(sys.argv[1])))"
    return subprocess.run(
        [sys.executable, "-c", code, path], capture_output=True, text=True, check=True
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
import pathlib, resource, sys
from engine.journal import JournalWriter, read
from tests.engine.recording import bucket, header
resource.setrlimit(resource.RLIMIT_FSIZE, (4000, resource.RLIM_INFINITY))
path = pathlib.Path(sys.argv[1])
with JournalWriter(path) as writer:
    writer.write(header("fastapi"))
    assert not writer.trouble
    for second in range(100):
        writer.write(bucket(second, ok_us=[100, 200, 300]))
    trouble = writer.trouble
kept = list(read(path))
print(len(kept), trouble)
"""


def test_a_full_disk_ends_the_journal_and_not_the_session(path: Path) -> None:
    """A limit on the size of files stands for the full disk."""
    command = [sys.executable, "-c", FULL_DISK, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    kept, trouble = done.stdout.strip().split(" ", 1)
    assert int(kept) > 2
    assert trouble == "the journal is no longer written: File too large"
