"""Gives a fuzzer its inputs, one after another, and says what it found.

Rules: input number N of a seed is the same wherever it is made, so that two numbers reproduce a finding; an
input has a bound in time, and a call that hangs in C ends the process with all its stacks; memory is compared
with what was used once the fuzzer was warm.
"""

import atexit
import faulthandler
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import FrameType
from typing import Generic, Protocol, TypeVar

import psutil

from targets.errors import AbreastError
from targets.plain_text import visible

INPUT_WITHIN_S = 10.0
"""Wall time for one input; most take a thousandth of that, and the machine may be busy."""

HANG_S = 300.0
"""After so long in C, where no signal handler runs, the process ends."""

INPUTS_A_WATCH = 100
"""That clock is wound up anew for so many inputs: to do it costs a thread."""

MEMORY_GROWTH_BYTES = 48 * 1024 * 1024
"""More than that, from a quarter of the inputs to the end, is a leak: caches and arenas stay below it."""

FINDINGS_KEPT = 20
"""Different ones; the same error from the same place is one."""

Input = TypeVar("Input")


class TookTooLongError(BaseException):
    """An input was not done within its time. No `except Exception` in what is tested takes it."""


class Fuzzer(Protocol, Generic[Input]):
    """What makes inputs of one kind, and puts them in."""

    def make(self, random: Random) -> Input:
        """An input, from these numbers only."""
        ...

    def check(self, made: Input) -> None:
        """Puts it in. Raises for anything but the outcomes that an input may have."""
        ...


@dataclass
class Finding:
    """An input that had no permitted outcome."""

    seed: int
    number: int
    made: object
    error: BaseException
    times: int = 1

    def text(self, name: str) -> str:
        """What happened, and how to see it again."""
        lines = traceback.format_exception(self.error, limit=-6, chain=False)
        trace = "".join(line if len(line) < 2000 else f"{line[:2000]}...\n" for line in lines)
        again = f"python -m tests.fuzz {name} --seed {self.seed} --only {self.number}"
        return f"{trace}input ({self.times} times): {self.made!r:.2000}\nagain: {again}"


@dataclass
class Outcome:
    """How it went."""

    inputs: int = 0
    seconds: float = 0.0
    growth_bytes: int = 0
    """Of resident memory, from the time when a quarter of the inputs were in."""
    findings: dict[str, Finding] = field(default_factory=dict)

    @property
    def grew(self) -> bool:
        """Whether memory was not flat."""
        return self.growth_bytes > MEMORY_GROWTH_BYTES

    def line(self, name: str) -> str:
        """In one line."""
        rate = self.inputs / self.seconds if self.seconds else 0.0
        memory = f"memory {self.growth_bytes / 1e6:+.1f} MB" + (", which is not flat" if self.grew else "")
        return f"{name}: {self.inputs:,} inputs, {rate:,.0f}/s, {len(self.findings)} findings, {memory}"


def fuzz(
    fuzzer: Fuzzer[Input], *, seed: int, inputs: int, first: int = 0, within_s: float = float("inf")
) -> Outcome:
    """Puts in so many inputs, beginning with number `first`, or as many as there is time for."""
    outcome = Outcome()
    process = psutil.Process()
    began, memory_bytes = time.monotonic(), 0
    with _watchdog():
        for number in range(first, first + inputs):
            if not number % INPUTS_A_WATCH:
                faulthandler.dump_traceback_later(HANG_S, exit=True, file=sys.__stderr__ or sys.stderr)
            made = fuzzer.make(Random(f"{seed}/{number}"))
            _put_in(fuzzer, made, seed, number, outcome)
            outcome.inputs += 1
            outcome.seconds = time.monotonic() - began
            if not memory_bytes and (4 * outcome.inputs >= inputs or 4 * outcome.seconds >= within_s):
                memory_bytes = process.memory_info().rss
            if outcome.seconds >= within_s:
                break
    outcome.growth_bytes = process.memory_info().rss - memory_bytes
    return outcome


def _put_in(fuzzer: Fuzzer[Input], made: Input, seed: int, number: int, outcome: Outcome) -> None:
    signal.setitimer(signal.ITIMER_REAL, INPUT_WITHIN_S)
    try:
        fuzzer.check(made)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        signal.setitimer(signal.ITIMER_REAL, 0)
        known = outcome.findings.get(key := _place(error))
        if known:
            known.times += 1
        elif len(outcome.findings) < FINDINGS_KEPT:
            outcome.findings[key] = Finding(seed, number, made, error)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _place(error: BaseException) -> str:
    """What makes two findings the same."""
    frames = traceback.extract_tb(error.__traceback__)
    inner = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[-2:]]
    return " ".join([type(error).__name__, *inner])


@contextmanager
def _watchdog() -> Iterator[None]:
    def ring(_: int, __: FrameType | None) -> None:
        raise TookTooLongError(f"not done within {INPUT_WITHIN_S:g} s")

    before = signal.signal(signal.SIGALRM, ring)
    try:
        yield
    finally:
        signal.signal(signal.SIGALRM, before)
        faulthandler.cancel_dump_traceback_later()


@contextmanager
def reasons() -> Iterator[None]:
    """Within it an error may be raised that says what and why, in words that a terminal can take."""
    try:
        yield
    except AbreastError as error:
        if not error.what or not visible(str(error)).encode():
            raise AssertionError("an error without words") from error


def scratch_folder() -> Path:
    """A folder in memory where there is one, for as long as the process lasts."""
    memory = Path("/dev/shm")
    made = tempfile.TemporaryDirectory(prefix="abreast-fuzz-", dir=memory if memory.is_dir() else None)
    atexit.register(made.cleanup)
    return Path(made.name)
