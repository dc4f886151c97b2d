"""A busy machine: `python -m tests.busy COMMAND …` runs a command while a loop spins on every core.

The loops end with the command, on Ctrl+C or SIGTERM, and by themselves if this process is killed. The exit
code is that of the command. Standard library only.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from types import FrameType
from typing import NoReturn

LOOP = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, map(int, sys.argv[1].split(",")))
print(flush=True)
parent = int(sys.argv[2])
while os.getppid() == parent:
    for _ in range(1_000_000):
        pass
"""
"""Spins on the cores it was given, one at a time, as long as its parent lives."""
ENDS_WITHIN_S = 60.0
ENDING = (signal.SIGTERM, signal.SIGHUP)


def cores() -> list[int]:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def busy() -> AbstractContextManager[list[int]]:
    """A loop spins on every core while the block runs; their process ids."""
    return spinning([[core] for core in cores()])


@contextmanager
def spinning(places: Iterable[Iterable[int]]) -> Iterator[list[int]]:
    """A loop spins for each of `places` while the block runs, wherever among these cores the system puts it;
    their process ids."""
    loops: list[subprocess.Popen[bytes]] = []
    try:
        for place in places:
            argv = [sys.executable, "-I", "-c", LOOP, ",".join(map(str, place)), str(os.getpid())]
            loops.append(subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE))
        for loop in loops:
            assert loop.stdout is not None
            loop.stdout.readline()  # now it spins
        yield [loop.pid for loop in loops]
    finally:
        for loop in loops:
            loop.kill()
        for loop in loops:
            loop.communicate()


def run(command: Sequence[str]) -> int:
    """Runs a command and returns its exit code as a shell would. An interrupt is passed on to the command,
    which gets time to end."""
    came: list[int] = []  # an exception while the command starts would leave it running
    held = (*ENDING, signal.SIGINT)
    before = [signal.signal(number, lambda number, _: came.append(number)) for number in held]
    process = subprocess.Popen(command)
    try:
        for number, handler in zip(held, before, strict=True):
            signal.signal(number, handler)
        for late in came:
            signal.raise_signal(late)
        return process.wait()
    except KeyboardInterrupt:  # the terminal sent it to the command, too
        process.wait(ENDS_WITHIN_S)
        return 128 + signal.SIGINT
    except SystemExit as signalled:
        process.terminate()
        process.wait(ENDS_WITHIN_S)
        return int(signalled.code or 0)
    finally:
        process.kill()
        process.wait()


def _leave(number: int, _: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


def main(command: Sequence[str]) -> int:
    """Runs the command on a busy machine, and prints how long it took."""
    if not command:
        print("usage: python -m tests.busy COMMAND …", file=sys.stderr)
        return 2
    for number in ENDING:
        signal.signal(number, _leave)
    with busy() as loops:
        began_s = time.monotonic()
        print(f"busy: {len(loops)} loops spin, one on each core", file=sys.stderr, flush=True)
        code = run(command)
        print(f"busy: exit code {code} after {time.monotonic() - began_s:.0f} s", file=sys.stderr)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
