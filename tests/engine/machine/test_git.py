"""Git is run on the folder that is named, and its own reason is passed on."""

from pathlib import Path

import pytest

from engine.machine.git import GitError, git, reason_in
from tests.support.repositories import repository


def test_it_prints_what_git_prints(tmp_path: Path) -> None:
    folder = repository(tmp_path, {"a.txt": "a"})
    assert git(folder, "rev-parse", "--show-toplevel") == str(folder)


def test_a_failure_has_the_reason_of_git(tmp_path: Path) -> None:
    with pytest.raises(GitError, match=r"^not a git repository"):
        git(tmp_path, "rev-parse", "--show-toplevel")


def test_a_command_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    repository(tmp_path, {"a.txt": "a"})
    with pytest.raises(GitError, match=r"longer than 0\.2 s"):
        git(tmp_path, "-c", "alias.wait=!sleep 30", "wait", within_s=0.2)


def test_no_hook_of_the_repository_runs(tmp_path: Path) -> None:
    folder = repository(tmp_path / "source", {"a.txt": "a"})
    hook = folder / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch '{tmp_path}/ran'\n")
    hook.chmod(0o755)
    git(folder, "checkout", "--quiet", "-b", "other")
    assert not (tmp_path / "ran").exists()


def test_without_git_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitError, match="git is not installed"):
        git(tmp_path, "status")


@pytest.mark.parametrize(
    ("stderr", "reason"),
    [
        (b"", "git failed without a reason"),
        (b"Preparing worktree\nfatal: 'x' already exists\n", "'x' already exists"),
        (b"error: one\nhint: two\n", "one"),
        (b"just text\n", "just text"),
    ],
)
def test_the_reason_is_what_git_calls_an_error(stderr: bytes, reason: str) -> None:
    assert reason_in(stderr) == reason
