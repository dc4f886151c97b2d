"""Runs git on a folder, without being led elsewhere by the variables and hooks of the shell or repository."""

import os
import subprocess
from pathlib import Path

WITHIN_S = 10.0
"""How long a command may take that only reads."""


class GitError(Exception):
    """A git command failed; the text says why, as git does."""


def git(folder: Path, *words: str, within_s: float = WITHIN_S) -> str:
    """What a git command prints, without line ends. Raises GitError, also without git. Blocks."""
    command, env = command_of(folder, *words)
    try:
        done = subprocess.run(
            command,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=within_s,
            check=False,
        )
    except FileNotFoundError:
        raise GitError("git is not installed") from None
    except subprocess.TimeoutExpired:
        raise GitError(f"git took longer than {within_s:g} s") from None
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise GitError(str(error)) from error
    if done.returncode:
        raise GitError(reason_in(done.stderr))
    return done.stdout.decode(errors="replace").strip("\n")


def command_of(folder: Path, *words: str) -> tuple[list[str], dict[str, str]]:
    """A git command for a folder, and its environment. No hook of the repository runs: it could start
    anything, and slow the measurement down."""
    # Without these, git would answer for the repository that they name, or take locks from its owner.
    variables = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    settings = ["-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}"]
    return (
        ["git", *settings, "-C", str(folder), *words],
        variables | {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"},
    )


def reason_in(stderr: bytes) -> str:
    """Why git failed: the last line that it calls an error, else its last line."""
    lines = [line.strip() for line in stderr.decode(errors="replace").splitlines() if line.strip()]
    said = [line for line in lines if line.startswith(("fatal:", "error:"))] or lines
    return said[-1].removeprefix("fatal: ").removeprefix("error: ") if said else "git failed without a reason"
