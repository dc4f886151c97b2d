"""Working trees of revisions, in a folder of ours: added, and removed without a trace in the repository.

Rules of this file:
- a worktree is noted before git makes it, so that whoever cleans up after a kill finds it;
- only worktrees that are noted are removed. `git worktree prune` is never called: it would also forget those
  of others, such as one on a disk that is not mounted now.
"""

import json
import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import anyio

from engine.machine.git import GitError, command_of, git, reason_in
from targets.runtime.child_env import SESSION_MARK

NOTE = "worktrees.json"
"""The file in a session's folder that names its worktrees."""

ADD_WITHIN_S = 300.0
"""How long checking out one revision may take."""

REMOVE_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Repository:
    """A git repository around a folder."""

    top: Path
    """The folder that is checked out: its working tree."""
    common: Path
    """Where git keeps what all working trees share: `.git` of the first one."""


@dataclass(frozen=True, slots=True)
class Worktree:
    """One worktree."""

    common: str
    """`Repository.common`."""
    path: str


def repository_of(folder: Path) -> Repository:
    """The repository around a folder. Raises GitError. Blocks."""
    lines = git(folder, "rev-parse", "--path-format=absolute", "--show-toplevel", "--git-common-dir")
    top, common = lines.splitlines()
    return Repository(Path(top), Path(common))


def commit_of(repository: Repository, revision: str) -> str:
    """The full hash of the commit that a branch, tag or hash names. Raises GitError. Blocks."""
    return git(repository.top, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")


def has_path(repository: Repository, commit: str, path: str) -> bool:
    """Whether a commit has a file or folder, by its path from the top; an empty path is the top. Blocks."""
    try:
        git(repository.top, "cat-file", "-e", f"{commit}:{path}")
    except GitError:
        return False
    return True


def is_tracked(repository: Repository, path: str) -> bool:
    """Whether git keeps a file, or anything in a folder, of the working tree. Blocks."""
    try:
        return bool(git(repository.top, "ls-files", "--", f":(literal){path}"))
    except GitError:
        return False


async def add(repository: Repository, commit: str, path: Path, session_folder: Path) -> None:
    """Checks a commit out into a new folder, without a branch. Raises GitError. A cancelled call leaves a
    part of it, which `remove_noted` removes."""
    noted = (*_noted(session_folder), Worktree(str(repository.common), str(path)))
    _write_note(session_folder, noted)
    command, env = command_of(repository.top, "worktree", "add", "--quiet", "--detach", str(path), commit)
    env[SESSION_MARK] = session_folder.name  # the guard ends it if the front is killed meanwhile
    try:
        with anyio.fail_after(ADD_WITHIN_S):
            done = await anyio.run_process(command, env=env, check=False)
    except TimeoutError:
        raise GitError(f"checking it out took longer than {ADD_WITHIN_S:g} s") from None
    except OSError as error:
        raise GitError(str(error)) from error
    if done.returncode:
        raise GitError(reason_in(done.stderr))


def folder_in(session_folder: Path) -> Path:
    """The folder of a session's worktrees. Git records real paths, so this is one."""
    return session_folder.resolve() / "worktrees"


def has_note(session_folder: Path) -> bool:
    """Whether a session has worktrees, or had some that were not removed."""
    return (session_folder / NOTE).exists()


def remove_noted(session_folder: Path) -> tuple[int, str]:
    """Removes a session's worktrees; how many there were, and why some may be left (empty if none are).
    Never raises GitError. Blocks."""
    removed, left = 0, []
    for worktree in _noted(session_folder):
        was_there = Path(worktree.path).exists() or bool(_records_of(worktree))
        if trouble := _remove(worktree, session_folder):
            left.append((worktree, trouble))
        else:
            removed += was_there
    _write_note(session_folder, tuple(worktree for worktree, _ in left))
    with suppress(OSError):
        folder_in(session_folder).rmdir()
    return removed, left[0][1] if left else ""


def _remove(worktree: Worktree, session_folder: Path) -> str:
    """Removes a worktree and git's record of it; why it could not, or nothing. Never a folder elsewhere,
    whatever the note names."""
    path = Path(worktree.path)
    if folder_in(session_folder) not in path.parents:
        return f"{path} is not in {folder_in(session_folder)}"
    # Twice --force: git locks a worktree while it makes it, and a killed git leaves it locked.
    with suppress(GitError):
        words = ("worktree", "remove", "--force", "--force", worktree.path)
        git(Path(worktree.common), *words, within_s=REMOVE_WITHIN_S)
    for left in (path, *_records_of(worktree)):
        shutil.rmtree(left, ignore_errors=True)
        if left.exists():
            return f"{left} could not be removed"
    with suppress(OSError):  # git removes it too once it is empty
        Path(worktree.common, "worktrees").rmdir()
    return ""


def _records_of(worktree: Worktree) -> list[Path]:
    """The folders in which git records this worktree; there may be one although the worktree is gone."""
    found = []
    for record in Path(worktree.common, "worktrees").glob("*/gitdir"):
        with suppress(OSError, ValueError):
            if Path(record.read_text().strip()).parent == Path(worktree.path):
                found.append(record.parent)
    return found


def _noted(session_folder: Path) -> tuple[Worktree, ...]:
    try:
        plain = json.loads((session_folder / NOTE).read_text())
        return tuple(Worktree(**each) for each in plain)
    except (OSError, ValueError, TypeError):
        return ()


def _write_note(session_folder: Path, worktrees: tuple[Worktree, ...]) -> None:
    note = session_folder / NOTE
    if not worktrees:
        note.unlink(missing_ok=True)
        return
    written = note.with_suffix(".new")
    written.write_text(json.dumps([asdict(each) for each in worktrees]))
    written.replace(note)
