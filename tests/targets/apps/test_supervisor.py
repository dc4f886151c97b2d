"""Several programs as one: what ends one ends all."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil
import pytest

from targets.apps.supervisor import APART, commands

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.races

WAITS = ("sh", "-c", "echo begun; exec sleep 600")
STUBBORN = ("sh", "-c", "trap '' TERM; echo begun; exec sleep 600")


@contextmanager
def together(*programs: tuple[str, ...]) -> "Iterator[subprocess.Popen[str]]":
    """The programs, started as a container would."""
    words = [word for program in programs for word in (APART, *program)][1:]
    process = subprocess.Popen(
        [sys.executable, "-P", "-S", "-m", "targets.apps.supervisor", *words],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        for each in psutil.Process(process.pid).children(recursive=True) if process.poll() is None else ():
            each.kill()
        process.kill()
        process.wait(30)
        assert process.stdout is not None
        process.stdout.close()


def begun(process: "subprocess.Popen[str]", count: int) -> list[psutil.Process]:
    """The programs, once each has said that it began."""
    assert process.stdout is not None
    assert [process.stdout.readline() for _ in range(count)] == ["begun\n"] * count
    return psutil.Process(process.pid).children()


def test_words_are_commands() -> None:
    assert commands(["a", "b", APART, "c"]) == [["a", "b"], ["c"]]


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 143), (signal.SIGKILL, 137)])
def test_where_one_ends_the_others_end_too(sent: signal.Signals, code: int) -> None:
    with together(WAITS, WAITS, WAITS) as process:
        programs = begun(process, 3)
        programs[1].send_signal(sent)
        assert process.wait(30) == code
        assert not any(each.is_running() for each in programs)


def test_the_exit_code_is_that_of_the_first() -> None:
    with together(WAITS, ("sh", "-c", "exit 7")) as process:
        assert process.wait(30) == 7


def test_a_signal_reaches_all() -> None:
    with together(WAITS, WAITS) as process:
        programs = begun(process, 2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 143
        assert not any(each.is_running() for each in programs)


def test_who_does_not_listen_is_ended() -> None:
    with together(STUBBORN, WAITS) as process:
        programs = begun(process, 2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 143
        assert not any(each.is_running() for each in programs)


def test_a_program_that_is_missing_ends_all() -> None:
    with together(WAITS, ("no-such-program",)) as process:
        assert process.wait(30) == 127
        assert process.stdout is not None
        assert "no-such-program: No such file or directory" in process.stdout.read()
