"""What is said of interrupted sessions that were cleaned up, and which folders go."""

import os
import time
from pathlib import Path

import pytest

from engine.hosting.cleanup import FOLDER_SETTLED_AFTER_S, Cleaned, clean, in_lines
from engine.machine import git_worktrees, paths, ray_folder
from engine.machine.git_worktrees import repository_of
from engine.recording import journal
from engine.recording.journal import JournalWriter
from tests.support.made_sessions import Shape, write
from tests.support.repositories import repository, worktrees


@pytest.mark.parametrize(
    ("cleaned", "text"),
    [
        (Cleaned(), ""),
        (Cleaned(processes=1), "ended 1 process"),
        (
            Cleaned(processes=2, things=3),
            "ended 2 processes, removed 3 of its containers, networks and volumes",
        ),
        (Cleaned(1, ray=True), "ended 1 process, removed Ray's folder"),
        (Cleaned(folder=True), "removed its folder: nothing was recorded"),
        (Cleaned(trouble="it is slow"), "containers may be left: it is slow"),
        (Cleaned(1, worktrees=1), "ended 1 process, removed 1 worktree"),
        (Cleaned(worktrees=2), "removed 2 worktrees"),
        (Cleaned(worktree_trouble="no right"), "worktrees may be left: no right"),
    ],
)
def test_what_was_removed_is_said(cleaned: Cleaned, text: str) -> None:
    assert str(cleaned) == text


def test_sessions_with_the_same_result_share_a_line() -> None:
    ended = {"a": Cleaned(1), "b": Cleaned(2), "c": Cleaned(1)}
    assert in_lines(ended) == ["a, c: ended 1 process", "b: ended 2 processes"]


def test_a_folder_in_which_nothing_was_recorded_goes_once_it_is_old() -> None:
    old_s = time.time() - FOLDER_SETTLED_AFTER_S - 60
    for name in ("empty", "young", "kept"):
        (paths.sessions() / name).mkdir()
    (paths.sessions() / "kept" / "notes.txt").write_text("of a person")
    for name in ("empty", "kept"):
        os.utime(paths.sessions() / name, (old_s, old_s))
    assert clean() == {"empty": Cleaned(folder=True)}
    assert sorted(each.name for each in paths.sessions().iterdir()) == ["kept", "young"]


def test_the_folder_of_a_session_whose_cluster_was_not_connected_goes_but_not_while_it_is() -> None:
    old_s = time.time() - FOLDER_SETTLED_AFTER_S - 60
    folder = paths.sessions() / "connects"
    folder.mkdir()
    with JournalWriter(folder / journal.FILE_NAME) as writer:
        (folder / "cluster.log").write_text("Ray did not answer")
        for path in (writer.path, folder):
            os.utime(path, (old_s, old_s))
        assert clean() == {}
    assert clean() == {"connects": Cleaned(folder=True)}
    assert not folder.exists()


@pytest.mark.anyio
async def test_worktrees_of_a_session_that_was_cut_off_go_and_those_of_a_running_one_stay(
    tmp_path: Path,
) -> None:
    source = repository_of(repository(tmp_path / "source", {"server.py": "one"}))
    runs, was_cut_off = (paths.sessions() / name for name in ("runs", "cut-off"))
    write(paths.sessions(), Shape(seconds=3, session_id=was_cut_off.name))
    runs.mkdir()
    with JournalWriter(runs / journal.FILE_NAME):
        for folder in (runs, was_cut_off):
            await git_worktrees.add(source, "main", git_worktrees.folder_in(folder) / "mine", folder)
        assert clean() == {"cut-off": Cleaned(worktrees=1)}
        assert worktrees(source.top) == [str(source.top), str(git_worktrees.folder_in(runs) / "mine")]
    assert clean() == {"runs": Cleaned(worktrees=1)}


def test_the_folder_of_a_ray_goes_with_a_session_that_was_cut_off_and_stays_with_one_that_runs() -> None:
    runs, was_cut_off = (paths.sessions() / name for name in ("runs-on-ray", "cut-off-on-ray"))
    write(paths.sessions(), Shape(seconds=3, session_id=was_cut_off.name))
    runs.mkdir()
    with JournalWriter(runs / journal.FILE_NAME):
        folders = [ray_folder.make(folder) for folder in (runs, was_cut_off)]
        assert clean() == {"cut-off-on-ray": Cleaned(ray=True)}
        assert [folder.exists() for folder in folders] == [True, False]
    assert clean() == {"runs-on-ray": Cleaned(ray=True)}
    assert not folders[0].exists()
