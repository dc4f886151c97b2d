"""Real git repositories for tests."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

IDENTITY = ("-c", "user.name=Test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false")


def git(folder: Path, *words: str) -> str:
    """What a git command prints. Fails the test if it fails."""
    done = subprocess.run(
        ["git", "-C", str(folder), *IDENTITY, *words], check=True, capture_output=True, text=True, timeout=60
    )
    return done.stdout.strip()


def repository(folder: Path, files: Mapping[str, str]) -> Path:
    """A new repository whose branch `main` has one commit of these files; its real path."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder, files, "The first version")
    return folder.resolve()


def commit(folder: Path, files: Mapping[str, str], message: str) -> str:
    """Writes files and commits them; the commit's hash."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git(folder, "add", "--", *files)
    git(folder, "commit", "--quiet", "--message", message)
    return git(folder, "rev-parse", "HEAD")


def worktrees(folder: Path) -> list[str]:
    """The folders of all working trees that git knows, the main one first."""
    lines = git(folder, "worktree", "list", "--porcelain").splitlines()
    return [line.removeprefix("worktree ") for line in lines if line.startswith("worktree ")]
