"""Deleting sessions, and bringing them back."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.machine import paths
from engine.recording import archive, journal, trash
from engine.recording.journal import JournalWriter
from targets.errors import UsageError
from targets.runtime.child_env import child_environment
from targets.runtime.containers.cleanup import NOTE
from tests.support.made_sessions import Shape, write
from tests.support.waiting import WITHIN_S


def made(*names: str) -> list[Path]:
    """The folders of sessions of these names."""
    return [write(paths.sessions(), Shape(seconds=3, session_id=name)).parent for name in names]


def ids() -> list[str]:
    return sorted(each.id for each in archive.recorded())


def test_what_was_deleted_together_comes_back_together() -> None:
    one, two, three = made("one", "two", "three")
    content = (one / journal.FILE_NAME).read_bytes()
    assert trash.delete([one, two]).done == ["one", "two"]
    assert ids() == ["three"]
    assert trash.delete([three]).done == ["three"]
    assert trash.undo().done == ["three"]
    assert trash.undo().done == ["one", "two"]
    assert ids() == ["one", "three", "two"]
    assert (one / journal.FILE_NAME).read_bytes() == content
    with pytest.raises(UsageError, match="there is nothing to bring back"):
        trash.undo()
    assert list(paths.trash().iterdir()) == []


def test_a_session_that_runs_is_not_deleted() -> None:
    folder = paths.session_folder("runs")
    with JournalWriter(folder / journal.FILE_NAME):
        result = trash.delete([folder, *made("other")])
    assert result.done == ["other"]
    assert result.refused == {"runs": trash.RUNS}
    assert ids() == ["runs"]


def test_a_session_that_may_be_about_to_begin_is_not_deleted() -> None:
    folder = paths.session_folder("begins")
    assert trash.delete([folder]).refused == {"begins": trash.RUNS}
    long_ago_s = time.time() - 60
    os.utime(folder, (long_ago_s, long_ago_s))
    assert trash.delete([folder]).done == ["begins"]


def test_a_session_whose_containers_or_processes_may_be_left_is_not_deleted() -> None:
    noted, process = made("noted", "process")
    (noted / NOTE).write_text("{}")
    left = subprocess.Popen(
        [sys.executable, "-c", "print(flush=True); input()"],
        env=child_environment("process", {}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert left.stdout is not None
        left.stdout.readline()
        result = trash.delete([noted, process])
        assert result.refused == dict.fromkeys(("noted", "process"), trash.LEFT_SOMETHING)
    finally:
        left.kill()
        left.communicate(timeout=WITHIN_S)
    assert trash.delete([process]).done == ["process"]


def test_of_two_processes_that_delete_one_session_one_is_told_that_it_is_gone() -> None:
    (one,) = made("one")
    assert trash.delete([one]).done == ["one"]
    assert trash.delete([one]).refused == {"one": trash.GONE}
    assert trash.undo().done == ["one"]


def test_nothing_replaces_a_session_of_the_same_name() -> None:
    (one,) = made("one")
    trash.delete([one])
    made("one")
    assert trash.undo().refused == {"one": "there is another session of this name"}
    assert trash.contents()[0] == 1


def test_the_trash_is_emptied_of_what_is_old() -> None:
    one, two = made("one", "two")
    trash.delete([one])
    (batch,) = paths.trash().iterdir()
    batch.rename(batch.with_name("20250101-120000-000000-abcd"))
    trash.delete([two])
    assert trash.contents()[0] == 2
    trash.empty_old()
    assert trash.contents()[0] == 1
    emptied = trash.empty()
    assert (emptied.sessions, emptied.trouble) == (1, "")
    assert emptied.size_bytes > 1000
    assert trash.contents() == (0, 0)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_folders_without_permission() -> None:
    (one,) = made("one")
    paths.sessions().chmod(0o500)
    try:
        assert "Permission denied" in trash.delete([one]).refused["one"]
    finally:
        paths.sessions().chmod(0o700)
    assert ids() == ["one"]
