"""Which revision of its source a target was started from: the state of the git repository around a folder."""

import os
import subprocess
from pathlib import Path
from typing import Any

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
    # Without these, git would answer for the repository that they name, or take locks from its owner.
    variables = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-c", "core.fsmonitor=false", "-C", str(folder), *words]
    try:
        done = subprocess.run(
            command,
            env=variables | {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=WITHIN_S,
            check=True,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return done.stdout.decode(errors="replace").strip()
