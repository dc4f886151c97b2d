"""Samples a target's processes with py-spy, a program of its own that runs beside the target.

Rules of this file:
- only the thread that holds a process's interpreter lock is a sample (`--gil`): it runs Python code. What the
  system calls runnable is no measure on a shared core, where threads that were just woken up wait for it;
- nothing in the target changes: py-spy reads its memory without stopping it (`--nonblocking`). If the stack
  changes while py-spy reads it, the look fails, and counts for nothing;
- py-spy carries the session's mark: the guard ends it if the front dies;
- it runs beside the load workers, whose seconds do not count meanwhile, and not on the targets' cores; like
  the front, at a lower priority than they;
- it ends with the block that started it, however that is left.
"""

import re
import shutil
import sysconfig
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, STDOUT
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
import psutil

from engine.hosting.tracing_rights import read_rights, why_not
from targets.errors import reason_of
from targets.runtime import Reading, not_profiled
from targets.runtime.affinity import pin_tree
from targets.runtime.child_env import child_environment

if TYPE_CHECKING:
    from anyio.abc import Process

MOST_HZ, LEAST_HZ = 100, 10
"""Looks per second."""
PROCESS_MS, THREAD_MS = 0.2, 0.01
"""What a look takes of a core: for each process, and for each of its threads, idle ones too (measured)."""
BUDGET_MS = 75.0
"""What all looks of a second may take of a core."""
LATE_BY_S = 10.0
"""On a busy machine py-spy needs longer than asked; after this additional time it is ended."""
ENDS_WITHIN_S = 5.0

KNOWN_TROUBLES = (
    "No python processes found",
    "Failed to find python version",
    "Failed to get process executable name",
    "Permission",
    "Operation not permitted",
    "requires root",
)
"""What py-spy says where it may not look into a process, or there is no Python to look at."""

_COUNTS = re.compile(r"Samples: \d+ Errors: (\d+)")


@dataclass(frozen=True, slots=True)
class Samples:
    """What py-spy found."""

    text: str
    """Its raw output: collapsed stacks with counts."""
    looks: int
    """How often it looked."""
    errors: int
    """How often it could not read a process's stacks."""


def rate_for(readings: Iterable[Reading]) -> int:
    """How often a second targets with these processes and threads are looked at, so that py-spy does not take
    too much of a core."""
    look_ms = sum(PROCESS_MS * (each.processes or 1) + THREAD_MS * (each.threads or 1) for each in readings)
    return MOST_HZ if look_ms <= 0 else min(max(round(BUDGET_MS / look_ms), LEAST_HZ), MOST_HZ)


def py_spy() -> str | None:
    """The path of py-spy: the one installed with this Python, or else the one in PATH."""
    here = Path(sysconfig.get_path("scripts")) / "py-spy"
    return str(here) if here.exists() else shutil.which("py-spy")


def check_installed() -> str:
    """The path of py-spy. Raises TargetError if it is not installed."""
    if (program := py_spy()) is None:
        raise not_profiled("targets", "py-spy is not installed", "pip install 'abreast[profile]'")
    return program


async def sample(
    name: str,
    pid: int,
    *,
    seconds: int,
    rate_hz: int = MOST_HZ,
    cores: Sequence[int] = (),
    folder: Path,
    session_id: str,
) -> Samples:
    """Samples a process and its descendants for `seconds`, `rate_hz` times a second. `name` is the target's;
    py-spy runs on `cores`, by default where this process does. Raises TargetError that says what to allow, or
    why it failed."""
    program = check_installed()
    raw, log = folder / f"profile-{pid}.txt", folder / f"profile-{pid}.log"
    try:
        has_children = await anyio.to_thread.run_sync(_has_children, pid)
        arguments = _arguments(program, pid, seconds, rate_hz, raw, with_children=has_children)
        began_s = time.monotonic()
        returncode = await _run(arguments, log, seconds + LATE_BY_S, cores, session_id)
        said = log.read_text(errors="replace")
        if returncode is None:
            raise not_profiled(
                name, "py-spy did not keep up: the machine is too busy", "sample fewer targets at once"
            )
        if returncode:
            raise not_profiled(name, *await anyio.to_thread.run_sync(_explained, said, pid, program))
        counts, lasted_s = _COUNTS.search(said), time.monotonic() - began_s
        return Samples(
            raw.read_text(errors="replace"),
            looks=looks_of(seconds, rate_hz, lasted_s),
            errors=int(counts[1]) if counts else 0,
        )
    except OSError as error:
        raise not_profiled(
            name, f"{error.filename or program}: {reason_of(error)}", "see the session's folder"
        ) from error
    finally:
        raw.unlink(missing_ok=True)
        log.unlink(missing_ok=True)


def looks_of(seconds: int, rate_hz: int, lasted_s: float) -> int:
    """How often py-spy looked in `lasted_s`: one time less than asked, or fewer if the target ended
    meanwhile."""
    return min(seconds * rate_hz - 1, round(lasted_s * rate_hz))


def _has_children(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).children())
    except psutil.Error:
        return False


def _arguments(
    program: str, pid: int, seconds: int, rate_hz: int, raw: Path, *, with_children: bool
) -> list[str]:
    """py-spy's command. With children, it searches the process table ten times a second, which takes more of
    a core than the looks themselves."""
    options = {"pid": pid, "duration": seconds, "rate": rate_hz, "format": "raw", "output": raw}
    return [
        program,
        "record",
        *(word for name, value in options.items() for word in (f"--{name}", str(value))),
        *(["--subprocesses"] if with_children else []),
        "--nonblocking",
        "--gil",
        "--nolineno",
        "--full-filenames",
    ]


async def _run(
    arguments: list[str], log: Path, within_s: float, cores: Sequence[int], session_id: str
) -> int | None:
    """Runs a program to its end; its exit code, or None if it was ended because it took too long. Raises
    OSError."""
    opened: list[Process] = []
    try:
        # Shielded: abreast could not end a process whose start was cancelled halfway.
        with log.open("wb") as output, anyio.CancelScope(shield=True):
            process = await anyio.open_process(
                arguments,
                stdin=DEVNULL,
                stdout=output,
                stderr=STDOUT,
                env=child_environment(session_id),
                start_new_session=True,
            )
            opened.append(process)
            pin_tree(process.pid, cores)
        with anyio.move_on_after(within_s):
            await opened[0].wait()
        return opened[0].returncode
    finally:
        if opened and opened[0].returncode is None:
            opened[0].kill()
            with anyio.CancelScope(shield=True), anyio.move_on_after(ENDS_WITHIN_S):
                await opened[0].wait()


def _explained(said: str, pid: int, program: str) -> tuple[str, str]:
    """Why py-spy failed, and what to do."""
    lines = (line.partition("Error: ")[2].strip() for line in said.splitlines() if "Error: " in line)
    first = next(filter(None, lines), "")
    if not first or any(text in said for text in KNOWN_TROUBLES):
        return why_not(read_rights(pid), program)
    return f"py-spy: {first}", "see docs/profiles.md"
