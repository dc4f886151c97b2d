"""Which revision of its source a target was started from: the state of the git repository around a folder."""

from pathlib import Path
from typing import Any

from engine.machine.git import GitError, git

WITHIN_S = 2.0
"""A repository that takes longer, such as a huge one on a slow disk, is left out."""


def git_state(folder: Path) -> dict[str, Any] | None:
    """The revision that is checked out around a folder, and whether files differ from it: `{"revision":
    "3f2a…", "dirty": True}`. None outside a repository, without git, or if git is too slow."""
    revision = _git(folder, "rev-parse", "--verify", "HEAD")
    if not revision:
        return None
    changes = _git(folder, "status", "--porcelain", "--untracked-files=normal", "--ignore-submodules", ".")
    return {"revision": revision, "dirty": None if changes is None else bool(changes)}


def _git(folder: Path, *words: str) -> str | None:
    """What a git command prints; None if it fails."""
    try:
        return git(folder, *words, within_s=WITHIN_S)
    except GitError:
        return None
