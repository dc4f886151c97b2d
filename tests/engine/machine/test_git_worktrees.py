"""Worktrees of real repositories are added and leave no trace, whatever happened meanwhile."""

import json
import shutil
from pathlib import Path

import pytest

from engine.machine import git_worktrees
from engine.machine.git import GitError
from engine.machine.git_worktrees import NOTE, Repository, add, folder_in, remove_noted, repository_of
from tests.support.repositories import commit, git, repository, worktrees


@pytest.fixture
def source(tmp_path: Path) -> Repository:
    folder = repository(tmp_path / "source", {"server.py": "one", "app/view.py": "one"})
    return repository_of(folder / "app")


@pytest.fixture
def session(tmp_path: Path) -> Path:
    folder = tmp_path / "session"
    folder.mkdir()
    return folder


def names(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


@pytest.mark.anyio
async def test_a_revision_is_checked_out_and_removed(source: Repository, session: Path) -> None:
    first = git_worktrees.commit_of(source, "main")
    commit(source.top, {"server.py": "two"}, "The second version")
    path = folder_in(session) / "server"
    await add(source, first, path, session)
    assert (path / "server.py").read_text() == "one"
    assert git(path, "rev-parse", "HEAD") == first
    (path / "server.py").write_text("changed by the target")
    (path / "made.txt").write_text("by the target")
    assert remove_noted(session) == (1, "")
    assert worktrees(source.top) == [str(source.top)]
    assert names(session) == []
    assert not (source.common / "worktrees").exists()


@pytest.mark.anyio
async def test_the_record_goes_too_if_the_folder_is_gone(source: Repository, session: Path) -> None:
    path = folder_in(session) / "server"
    await add(source, "main", path, session)
    shutil.rmtree(path)
    assert remove_noted(session) == (1, "")
    assert worktrees(source.top) == [str(source.top)]


@pytest.mark.anyio
async def test_the_folder_goes_if_the_repository_is_gone(source: Repository, session: Path) -> None:
    path = folder_in(session) / "server"
    await add(source, "main", path, session)
    shutil.rmtree(source.top)
    assert remove_noted(session) == (1, "")
    assert not path.exists()


@pytest.mark.anyio
async def test_one_that_git_had_not_finished_is_removed(source: Repository, session: Path) -> None:
    path = folder_in(session) / "server"
    await add(source, "main", path, session)
    (source.common / "worktrees" / "server" / "locked").write_text("initializing\n")
    (path / "server.py").unlink()
    assert remove_noted(session) == (1, "")
    assert worktrees(source.top) == [str(source.top)]


@pytest.mark.anyio
async def test_worktrees_of_others_stay_even_if_their_folder_is_missing(
    source: Repository, session: Path, tmp_path: Path
) -> None:
    theirs = tmp_path / "unplugged" / "server"
    git(source.top, "worktree", "add", "--quiet", "--detach", str(theirs))
    shutil.rmtree(theirs.parent)
    await add(source, "main", folder_in(session) / "server", session)
    assert remove_noted(session) == (1, "")
    assert worktrees(source.top) == [str(source.top), str(theirs)]


@pytest.mark.anyio
async def test_a_commit_that_does_not_exist_has_the_reason_of_git(source: Repository, session: Path) -> None:
    with pytest.raises(GitError, match="invalid reference"):
        await add(source, "0" * 40, folder_in(session) / "server", session)
    assert remove_noted(session)[1] == ""
    assert names(session) == []


@pytest.mark.parametrize("note", ["", "{", "[1]", '[{"path": "x"}]', '{"a": 1}'])
def test_a_broken_note_names_nothing(session: Path, note: str) -> None:
    (session / NOTE).write_text(note)
    assert remove_noted(session) == (0, "")


def test_a_note_cannot_have_a_folder_elsewhere_removed(session: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (session / NOTE).write_text(json.dumps([{"common": str(tmp_path), "path": str(other)}]))
    removed, trouble = remove_noted(session)
    assert (removed, other.exists()) == (0, True)
    assert "is not in" in trouble


def test_what_a_repository_has(source: Repository) -> None:
    (source.top / "new.py").write_text("not kept")
    (source.top / ":(top)odd.py").write_text("not kept")
    first = git_worktrees.commit_of(source, "main")
    assert [git_worktrees.has_path(source, first, path) for path in ("", "app", "app/view.py", "new.py")] == [
        True,
        True,
        True,
        False,
    ]
    assert [git_worktrees.is_tracked(source, path) for path in ("app", "new.py", ":(top)odd.py")] == [
        True,
        False,
        False,
    ]
    with pytest.raises(GitError):
        git_worktrees.commit_of(source, "no-such-branch")


def test_a_tag_is_the_commit_that_it_names(source: Repository) -> None:
    git(source.top, "tag", "--annotate", "v1", "--message", "The first")
    assert git_worktrees.commit_of(source, "v1") == git(source.top, "rev-parse", "HEAD")
