"""The sessions of a home: listed, found by name, and cleaned up after."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from engine.hosting import cleanup
from engine.machine import paths
from engine.metrics.records import Ended, Record
from engine.recording import archive, journal
from engine.recording.journal import JournalWriter
from engine.recording.journal_lines import encode_record
from targets.errors import UsageError
from targets.runtime.child_env import child_environment
from targets.runtime.containers.cleanup import has_note, leave_note
from targets.runtime.containers.engine_address import selected_engine
from tests.support import docker
from tests.support.docker import MuteEngine
from tests.support.recording import ENDED_AT, header
from tests.support.waiting import WITHIN_S

Keep = Callable[..., Path]


@pytest.fixture
def keep() -> Iterator[Keep]:
    """Records a session; one that runs holds its journal until the test is over."""
    with ExitStack() as running:

        def keep(session_id: str, started_at: str, outcome: str = "completed", *, runs: bool = False) -> Path:
            path = paths.session_folder(session_id) / journal.FILE_NAME
            first = replace(header("fastapi", session_id=session_id), started_at=started_at)
            records: list[Record] = [first, *([Ended(9.0, ENDED_AT, outcome)] if outcome else [])]
            writer = running.enter_context(JournalWriter(path))
            for record in records:
                writer.write(record)
            if not runs:
                writer.__exit__(None, None, None)
            return path

        yield keep


def test_no_session_yet() -> None:
    assert archive.recorded() == []
    with pytest.raises(UsageError, match="no session was recorded yet"):
        archive.find("last")


def test_sessions_are_listed_the_newest_last_whatever_their_zone(keep: Keep) -> None:
    keep("late", "2025-06-01T12:00:00.000+02:00")
    keep("later", "2025-06-01T11:00:00.000+00:00")
    keep("early", "2025-06-01T13:00:00.000+05:00")
    assert [each.id for each in archive.recorded()] == ["early", "late", "later"]


def test_what_a_list_shows(keep: Keep) -> None:
    path = keep("one", "2025-06-01T12:00:00.000+02:00", "failed")
    (one,) = archive.recorded()
    assert one == archive.Recorded(
        id="one",
        title="Test",
        preset="",
        targets=("fastapi",),
        started_at="2025-06-01T12:00:00.000+02:00",
        ended_at=ENDED_AT,
        outcome="failed",
        journal=path,
        labels=("fastapi",),
    )


def test_a_session_without_an_end_runs_or_was_cut_off(keep: Keep) -> None:
    keep("runs", "2025-06-01T12:00:00.000+00:00", "", runs=True)
    keep("cut-off", "2025-06-01T13:00:00.000+00:00", "")
    keep("just-ended", "2025-06-01T14:00:00.000+00:00", "completed", runs=True)
    assert [(each.outcome, each.ended_at) for each in archive.recorded()] == [
        ("running", None),
        ("interrupted", None),
        ("completed", ENDED_AT),
    ]


def test_one_session_s_fault_is_that_session_s(keep: Keep) -> None:
    good = keep("good", "2025-06-01T12:00:00.000+00:00")
    paths.session_folder("empty")
    (paths.session_folder("broken") / journal.FILE_NAME).write_text("hello\n")
    (paths.session_folder("odd") / journal.FILE_NAME).write_text(
        '["Header",{"schema":"abreast/journal@4"}]\n'
    )
    (paths.session_folder("folder") / journal.FILE_NAME).mkdir()
    os.mkfifo(paths.session_folder("pipe") / journal.FILE_NAME)
    newer = paths.session_folder("newer") / journal.FILE_NAME
    newer.write_bytes(encode_record(replace(header(), schema="abreast/journal@99"), 0))
    (paths.sessions() / "a file").write_text("")
    sessions = {each.id: each for each in archive.recorded()}
    assert sessions.pop("good").damage == ""
    assert set(sessions) == {"broken", "odd", "folder", "pipe", "newer"}
    assert {each.outcome for each in sessions.values()} == {archive.UNREADABLE}
    assert all(each.trouble and each.damage == each.title for each in sessions.values())
    assert "abreast/journal@99" in sessions["newer"].title
    assert archive.find("last") == good
    assert archive.find("newer") == newer
    assert cleanup.drop_databases("") == []
    assert cleanup.clean() == {}


def test_no_name_is_not_the_beginning_of_the_only_session() -> None:
    with pytest.raises(UsageError, match="no session is named"):
        archive.find("")


def test_no_session_that_can_be_read() -> None:
    (paths.session_folder("broken") / journal.FILE_NAME).write_text("hello\n")
    with pytest.raises(UsageError, match="no session can be read") as caught:
        archive.find("last")
    assert "is no journal" in caught.value.why


def test_a_session_that_was_cut_off_before_it_began_is_listed_and_cleaned(keep: Keep) -> None:
    blank = paths.session_folder("blank") / journal.FILE_NAME
    blank.touch()
    with JournalWriter(paths.session_folder("held") / journal.FILE_NAME):
        paths.session_folder("bare")
        listed = {each.id: (each.outcome, each.title, each.damage) for each in archive.recorded()}
        assert listed == {
            "blank": ("interrupted", archive.NOTHING_RECORDED, ""),
            "held": ("running", archive.NOTHING_RECORDED, ""),
        }
        assert cleanup.clean() == {}, "they may be about to begin"
        long_ago_s = time.time() - 60
        for path in (blank, *paths.sessions().iterdir(), paths.sessions() / "held" / journal.FILE_NAME):
            os.utime(path, (long_ago_s, long_ago_s))
        assert cleanup.clean() == {name: cleanup.Cleaned(folder=True) for name in ("bare", "blank")}
        assert [each.name for each in paths.sessions().iterdir()] == ["held"]


def test_a_session_is_found_by_its_name_or_the_beginning_of_it(keep: Keep) -> None:
    first = keep("20250601-hello-ab12", "2025-06-01T12:00:00.000+00:00")
    second = keep("20250602-ramp-cd34", "2025-06-02T12:00:00.000+00:00")
    assert archive.find("20250601-hello-ab12") == archive.find("20250601") == first
    assert archive.find("last") == second
    assert archive.find(str(first)) == archive.find(str(first.parent)) == first


def test_a_whole_name_is_no_beginning_and_a_copied_folder_has_its_own_name(keep: Keep) -> None:
    short = keep("20250601-hello", "2025-06-01T12:00:00.000+00:00")
    keep("20250601-hello-2", "2025-06-01T12:00:00.000+00:00")
    assert archive.find("20250601-hello") == short
    copy = paths.sessions() / "copy"
    shutil.copytree(short.parent, copy)
    assert archive.find("cop") == copy / journal.FILE_NAME
    assert archive.folder_of("copy") == copy


def test_a_name_that_fits_several_sessions_or_none(keep: Keep) -> None:
    keep("20250601-hello-ab12", "2025-06-01T12:00:00.000+00:00")
    keep("20250602-ramp-cd34", "2025-06-02T12:00:00.000+00:00")
    with pytest.raises(UsageError, match="'2025' is the beginning of 2 sessions") as caught:
        archive.find("2025")
    assert caught.value.why == "20250601-hello-ab12, 20250602-ramp-cd34"
    with pytest.raises(UsageError, match="unknown session '20250602-ramp-cd35'") as caught:
        archive.find("20250602-ramp-cd35")
    assert "did you mean '20250602-ramp-cd34'" in caught.value.hint


def left_behind(session_id: str) -> subprocess.Popen[bytes]:
    """A process that carries a session's mark, as its targets do."""
    code = "print(flush=True); input()"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env=child_environment(session_id, {}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


def test_only_what_interrupted_sessions_of_this_home_left_behind_is_ended(keep: Keep) -> None:
    keep("test-archive-cut-off", "2025-06-01T12:00:00.000+00:00", "")
    keep("test-archive-runs", "2025-06-01T12:00:00.000+00:00", "", runs=True)
    names = ("test-archive-cut-off", "test-archive-runs", "test-archive-of-another-home")
    processes = [left_behind(name) for name in names]
    try:
        assert cleanup.clean() == {"test-archive-cut-off": cleanup.Cleaned(processes=1)}
        processes[0].wait(10)
        assert [process.poll() is None for process in processes] == [False, True, True]
    finally:
        for process in processes:
            process.kill()
            process.communicate(timeout=WITHIN_S)


@pytest.fixture
def mute_engine(tmp_path: Path) -> Iterator[MuteEngine]:
    engine = MuteEngine(tmp_path / "mute.sock")
    yield engine
    engine.close()


def test_an_engine_that_keeps_silent_is_asked_once(keep: Keep, mute_engine: MuteEngine) -> None:
    names = ["test-archive-one", "test-archive-two"]
    for name in names:
        leave_note(keep(name, "2025-06-01T12:00:00.000+00:00", "").parent, mute_engine.where)
    ended = cleanup.clean(at_start=True)
    assert list(ended) == names
    (line,) = cleanup.in_lines(ended)
    assert line.startswith("test-archive-one, test-archive-two: containers may be left: ")
    assert mute_engine.where.address in line
    assert mute_engine.requests == 1


@pytest.mark.anyio
async def test_nobody_has_to_wait_for_an_engine_at_the_start(keep: Keep, mute_engine: MuteEngine) -> None:
    leave_note(keep("test-archive-one", "2025-06-01T12:00:00.000+00:00", "").parent, mute_engine.where)
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as group:
            group.start_soon(cleanup.clean_at_start)
            assert await anyio.to_thread.run_sync(mute_engine.is_asked.wait, WITHIN_S)
            scope.cancel()
    assert scope.cancelled_caught


def test_a_start_leaves_the_note_of_a_session_that_was_cut_off_a_moment_ago(keep: Keep) -> None:
    path = keep("test-archive-fresh", "2025-06-01T12:00:00.000+00:00", "")
    with docker.client():
        leave_note(path.parent, selected_engine())
        assert cleanup.clean(at_start=True) == {}
        assert has_note(path.parent), "what comes late is for the next start"
        os.utime(path, (0, 0))
        assert cleanup.clean(at_start=True) == {}
        assert not has_note(path.parent)
