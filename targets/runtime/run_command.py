"""Runs a program for a session and waits until it ends."""

from pathlib import Path
from subprocess import DEVNULL, PIPE, STDOUT

import anyio

from targets.errors import TargetError
from targets.launch import Command
from targets.runtime.child_env import child_environment

LINES_SHOWN = 5
"""How many of the last output lines of a failed program the error shows."""


async def run_command(command: Command, what: str, session_id: str, folder: Path | None = None) -> None:
    """Runs the program and returns once it has ended, even if the caller is cancelled. Raises TargetError if
    it fails; `what` names the thing that could not be prepared."""
    with anyio.CancelScope(shield=True):
        done = await anyio.run_process(
            command.argv,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            check=False,
            cwd=folder,
            env=child_environment(session_id, command.env),
        )
    if done.returncode:
        lines = done.stdout.decode(errors="replace").strip().splitlines()[-LINES_SHOWN:]
        raise TargetError(
            f"{what} could not be prepared",
            why="\n".join(lines),
            hint=f"run it yourself: {' '.join(['python', *command.argv[1:]])}",
        )
