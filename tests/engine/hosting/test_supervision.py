"""Helpers that end are restarted and reported; those that keep ending fail the session."""

import math
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import anyio
import psutil
import pytest

from engine.hosting.supervision import (
    NEEDED_WITHIN_S,
    RESTARTS,
    TRY_AGAIN_AFTER_S,
    Helper,
    NotAgainError,
    NotReplacedError,
    Outcome,
    outcome_of,
)
from targets.errors import LoadError
from tests.support.supervised import NAME, Endings, Supervised, supervised
from tests.support.waiting import WITHIN_S, eventually

pytestmark = pytest.mark.anyio


async def test_a_helper_that_ends_is_restarted_and_reported(tmp_path: Path) -> None:
    with Endings() as endings:
        async with supervised(tmp_path) as made:
            made.supervisor.watch(endings.helper())
            await endings.send.send("exit code 1")
            await eventually(lambda: f"{NAME} works again" in made.told)
        assert endings.restarts == 1
    assert f"{NAME} ended: exit code 1; it is being restarted" in made.told
    assert [(each.severity, each.title) for each in made.recorder.notices] == [("error", f"{NAME} ended")]
    assert made.failures == []


async def test_seconds_without_the_helper_do_not_count(tmp_path: Path) -> None:
    with Endings() as endings:
        restarting, may_go_on = anyio.Event(), anyio.Event()

        async def restart() -> None:
            restarting.set()
            await may_go_on.wait()

        async with supervised(tmp_path) as made:
            made.supervisor.watch(endings.helper(restart))
            await endings.send.send("exit code 1")
            with anyio.fail_after(WITHIN_S):
                await restarting.wait()
            assert made.recorder.outages.of(0) == made.recorder.outages.of(7) == (f"{NAME} ended",)
            may_go_on.set()
            await eventually(lambda: f"{NAME} works again" in made.told)
            assert made.recorder.outages.of(7) == ()


async def test_a_helper_that_keeps_ending_fails_the_session(tmp_path: Path) -> None:
    with Endings() as endings:
        async with supervised(tmp_path) as made:
            made.supervisor.watch(endings.helper())
            for number in range(RESTARTS + 1):
                assert made.failures == []
                await endings.send.send(f"exit code {number}")
            await eventually(lambda: made.failures)
        assert endings.restarts == RESTARTS
    (failure,) = made.failures
    assert (failure.what, failure.why) == (f"{NAME} keeps ending", f"exit code {RESTARTS}")


class Restarts:
    """Restarts that fail until the test says otherwise."""

    def __init__(self, error: Exception) -> None:
        self.error: Exception | None = error
        self.tries = 0
        self.at_once = 0
        self.may_end = anyio.Event()
        self.may_end.set()
        self.were_cancelled = 0

    def succeed(self) -> None:
        """The next ones do."""
        self.error = None

    async def restart(self) -> None:
        """One try."""
        self.tries += 1
        self.at_once += 1
        assert self.at_once == 1, "never two at once"
        try:
            await self.may_end.wait()
        except anyio.get_cancelled_exc_class():
            self.were_cancelled += 1
            raise
        finally:
            self.at_once -= 1
        if self.error is not None:
            raise self.error


@asynccontextmanager
async def lost(folder: Path, restarts: Restarts, how: str) -> AsyncIterator[Supervised]:
    """A helper has ended, and was tried once."""
    with Endings() as endings:
        async with supervised(folder) as made:
            made.supervisor.watch(endings.helper(restarts.restart))
            await endings.send.send(how)
            await eventually(lambda: restarts.tries)
            yield made


NOT_STARTED = LoadError("it did not start", why="it ended at once")
SPARED = NotReplacedError("load worker 1 is not replaced: the load is lower", why="no node is left")


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (NOT_STARTED, "it did not start: it ended at once"),
        (FileNotFoundError(2, "No such file or directory"), "No such file or directory"),
    ],
)
async def test_a_restart_that_fails_is_tried_again_and_fails_the_session_in_the_end(
    tmp_path: Path, error: Exception, why: str
) -> None:
    restarts = Restarts(error)
    async with lost(tmp_path, restarts, "exit code 9") as made:
        waited_s = 0.0
        for number, wait_s in enumerate(TRY_AGAIN_AFTER_S):
            assert (restarts.tries, made.is_out()) == (number + 1, True)
            if waited_s + wait_s >= NEEDED_WITHIN_S:
                break
            assert made.failures == []
            await made.pass_time(wait_s * 0.9)
            assert restarts.tries == number + 1, "it is not time yet"
            await made.pass_time(wait_s * 0.1)
            waited_s += wait_s
        (failure,) = made.failures
        assert failure.what == f"{NAME} ended and could not be started again"
        assert failure.why.startswith("exit code 9; then ")
        assert why.lower() in failure.why.lower()
        (told,) = [each for each in made.told if "tried again" in each]
        assert told.startswith(f"{NAME} did not start again: ")
        assert told.lower().endswith(f"{why}; it is tried again".lower())


async def test_a_restart_that_succeeds_later_is_as_good_as_the_first(tmp_path: Path) -> None:
    restarts = Restarts(NOT_STARTED)
    with Endings() as endings:
        async with supervised(tmp_path) as made:
            made.supervisor.watch(endings.helper(restarts.restart))
            await endings.send.send("exit code 9")
            await eventually(lambda: restarts.tries)
            await made.pass_time(TRY_AGAIN_AFTER_S[0])
            restarts.succeed()
            assert made.is_out()
            await made.pass_time(TRY_AGAIN_AFTER_S[1])
            assert f"{NAME} works again" in made.told
            assert not made.is_out()
            await endings.send.send("exit code 9")
            await eventually(lambda: restarts.tries == 4)
        assert made.failures == []


async def test_what_cannot_be_restarted_at_all_fails_the_session_at_once(tmp_path: Path) -> None:
    restarts = Restarts(NotAgainError("the connection is lost"))
    with Endings() as endings:
        async with supervised(tmp_path) as made:
            made.supervisor.watch(endings.helper(restarts.restart))
            await endings.send.send("exit code 9")
            await eventually(lambda: made.failures)
    assert restarts.tries == 1


async def test_a_restart_that_takes_long_is_not_tried_for_ever(tmp_path: Path) -> None:
    restarts = Restarts(NOT_STARTED)
    restarts.may_end = anyio.Event()
    async with lost(tmp_path, restarts, "exit code 9") as made:
        await made.pass_time(NEEDED_WITHIN_S)
        assert made.failures == []
        restarts.may_end.set()
        await eventually(lambda: made.failures)
        assert not [each for each in made.told if "tried again" in each]


@pytest.mark.parametrize("is_trying", [False, True])
async def test_what_is_released_is_not_tried_again(tmp_path: Path, is_trying: bool) -> None:
    restarts = Restarts(NOT_STARTED)
    async with lost(tmp_path, restarts, "exit code 9") as made:
        if is_trying:
            restarts.may_end = anyio.Event()
            await made.pass_time(TRY_AGAIN_AFTER_S[0])
            await made.pass_time(sum(TRY_AGAIN_AFTER_S))
        assert restarts.tries == 1 + is_trying
        made.supervisor.release(NAME)
        await made.pass_time(sum(TRY_AGAIN_AFTER_S))
        assert (restarts.tries, restarts.were_cancelled) == (1 + is_trying, is_trying)
        assert not made.is_out()
    assert made.failures == []


async def test_a_helper_that_was_released_may_end(tmp_path: Path) -> None:
    with Endings() as endings, Endings() as other:
        async with supervised(tmp_path) as made:
            made.supervisor.watch(endings.helper())
            await anyio.wait_all_tasks_blocked()
            made.supervisor.release(NAME)
            assert not made.supervisor.is_watching(NAME)
            endings.send.send_nowait("exit code 0")
            made.supervisor.watch(Helper("another", other.wait, other.restart))
            await other.send.send("exit code 1")
            await eventually(lambda: other.restarts)
        assert endings.restarts == 0
    assert not [text for text in made.told if NAME in text]


@contextmanager
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process that runs until it is killed."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("is_paused", [False, True])
async def test_a_frozen_process_is_out_until_it_continues_unless_it_is_paused_on_purpose(
    tmp_path: Path, is_paused: bool
) -> None:
    with sleeper() as process, Endings() as endings:
        async with supervised(tmp_path) as made:
            made.supervisor.watch(
                Helper(NAME, endings.wait, endings.restart, lambda: process.pid, lambda: is_paused)
            )
            os.kill(process.pid, signal.SIGSTOP)
            status = psutil.Process(process.pid).status
            await eventually(lambda: status() == psutil.STATUS_STOPPED)
            made.supervisor.look()
            assert made.recorder.outages.of(0) == (() if is_paused else (f"{NAME} is frozen",))
            os.kill(process.pid, signal.SIGCONT)
            await eventually(lambda: status() != psutil.STATUS_STOPPED)
            made.supervisor.look()
            assert made.recorder.outages.of(0) == ()
            assert (f"{NAME} continues" in made.told) is not is_paused


async def test_an_ended_process_is_out_before_anything_waits_for_it(tmp_path: Path) -> None:
    with sleeper() as process, Endings() as endings:
        async with supervised(tmp_path) as made:
            made.supervisor.watch(Helper(NAME, endings.wait, endings.restart, lambda: process.pid))
            made.supervisor.look()
            assert made.recorder.outages.of(0) == ()
            process.kill()
            status = psutil.Process(process.pid).status
            await eventually(lambda: status() == psutil.STATUS_ZOMBIE)
            made.supervisor.look()
            assert made.recorder.outages.of(0) == (f"{NAME} ended",)


async def test_a_helper_that_the_session_can_spare_is_tried_again_until_it_works(tmp_path: Path) -> None:
    restarts = Restarts(SPARED)
    with Endings() as endings:
        async with supervised(tmp_path) as made:
            made.supervisor.watch(endings.helper(restarts.restart))
            await endings.send.send("node far lost it")
            not_replaced = f"{SPARED.what}: {SPARED.why}; it is tried again"
            await eventually(lambda: not_replaced in made.told)
            assert not made.is_out(), "the seconds after it count again"
            told = len(made.told)
            for number, wait_s in enumerate(TRY_AGAIN_AFTER_S[:-1]):
                await made.pass_time(wait_s)
                assert restarts.tries == number + 2
                assert not made.is_out()
            assert len(made.told) == len(made.recorder.timeline.events) == told, "that is said once"
            restarts.succeed()
            await made.pass_time(TRY_AGAIN_AFTER_S[-1])
            assert made.told[told:] == [f"{NAME} works again"]
            restarts.error = NOT_STARTED
            await endings.send.send("node far lost it")
            await eventually(lambda: f"{NAME} did not start again" in made.told[-1])
            assert made.is_out(), "now the session needs it"
        assert made.failures == []


async def test_a_process_that_the_session_can_spare_is_not_out_once_that_is_said(tmp_path: Path) -> None:
    restarts = Restarts(SPARED)
    with sleeper() as process, Endings() as endings:
        async with supervised(tmp_path) as made:
            made.supervisor.watch(Helper(NAME, endings.wait, restarts.restart, lambda: process.pid))
            made.supervisor.look()
            process.kill()
            status = psutil.Process(process.pid).status
            await eventually(lambda: status() == psutil.STATUS_ZOMBIE)
            made.supervisor.look()
            assert made.is_out()
            await endings.send.send("killed by SIGKILL")
            await eventually(lambda: restarts.tries)
            await made.pass_time(TRY_AGAIN_AFTER_S[0])
            assert restarts.tries == 2
            assert not made.is_out()


async def test_a_helper_that_the_session_can_spare_is_given_up_in_the_end(tmp_path: Path) -> None:
    restarts = Restarts(SPARED)
    async with lost(tmp_path, restarts, "node far lost it") as made:
        for wait_s in (*TRY_AGAIN_AFTER_S, 1000.0):
            await made.pass_time(wait_s)
        assert restarts.tries == 1 + len(TRY_AGAIN_AFTER_S)
        assert made.told[-1] == f"{NAME} is not tried again: {SPARED.why}"
        assert not made.is_out()
        assert not made.supervisor.is_watching(NAME)
    assert made.failures == []


async def test_while_none_is_left_a_spared_helper_is_tried_again_too(tmp_path: Path) -> None:
    """Whether the session fails is up to the one that it could not spare."""
    restarts = Restarts(SPARED)
    async with lost(tmp_path, restarts, "node far lost it") as made:
        restarts.error = NOT_STARTED
        for wait_s in TRY_AGAIN_AFTER_S:
            await made.pass_time(wait_s)
        assert restarts.tries == 1 + len(TRY_AGAIN_AFTER_S)
    assert made.failures == []


async def test_a_helper_that_keeps_ending_may_be_spared(tmp_path: Path) -> None:
    with Endings() as endings:
        async with supervised(tmp_path) as made:
            keeps_ending: list[LoadError] = []

            def let_go(error: LoadError) -> NotReplacedError:
                keeps_ending.append(error)
                return SPARED

            made.supervisor.watch(Helper(NAME, endings.wait, endings.restart, let_go=let_go))
            for number in range(RESTARTS + 1):
                await endings.send.send(f"exit code {number}")
            await eventually(lambda: keeps_ending)
            assert (keeps_ending[0].what, keeps_ending[0].why) == (
                f"{NAME} keeps ending",
                f"exit code {RESTARTS}",
            )
            assert made.told[-1] == f"{SPARED.what}: {SPARED.why}"
            assert not made.is_out()
            assert not made.supervisor.is_watching(NAME)
        assert made.failures == []


@pytest.mark.parametrize(
    ("error", "is_spared", "again_s", "outcome"),
    [
        (NOT_STARTED, False, 9.0, Outcome.AGAIN),
        (OSError(), False, 9.0, Outcome.AGAIN),
        (NOT_STARTED, False, 10.0, Outcome.FAIL),
        (NOT_STARTED, False, math.inf, Outcome.FAIL),
        (NOT_STARTED, True, 10.0, Outcome.AGAIN),
        (NOT_STARTED, True, math.inf, Outcome.LEAVE),
        (SPARED, False, 10.0, Outcome.AGAIN),
        (SPARED, False, math.inf, Outcome.LEAVE),
        (NotAgainError("it is gone"), False, 9.0, Outcome.FAIL),
        (NotAgainError("it is gone"), True, 9.0, Outcome.FAIL),
    ],
)
def test_what_becomes_of_a_helper_that_did_not_start_again(
    error: LoadError | OSError, is_spared: bool, again_s: float, outcome: Outcome
) -> None:
    assert outcome_of(error, is_spared=is_spared, again_s=again_s, needed_by_s=10.0) is outcome
