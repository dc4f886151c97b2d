"""Helpers that end are restarted and reported; those that keep ending fail the session."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import anyio
import psutil
import pytest

from engine.hosting.supervision import RESTARTS, Helper, NotReplacedError, Supervisor
from engine.recording.recorder import Recorder
from targets.errors import AbreastError, LoadError
from tests.support.recording import Recording
from tests.support.waiting import WITHIN_S, eventually

pytestmark = pytest.mark.anyio

NAME = "the delay proxy of fastapi"


@dataclass
class Supervised:
    """A supervisor over a real recorder, and the errors that it failed the session with."""

    supervisor: Supervisor
    recorder: Recorder
    failures: list[AbreastError] = field(default_factory=list)

    @property
    def told(self) -> list[str]:
        """The texts of all events."""
        return [each.text for each in self.recorder.timeline.events]


@asynccontextmanager
async def supervised(folder: Path) -> AsyncIterator[Supervised]:
    failures: list[AbreastError] = []
    with Recording(folder / "journal") as recording:
        async with anyio.create_task_group() as group:
            supervisor = Supervisor(group, recording.book, failures.append)
            yield Supervised(supervisor, recording.book, failures)
            supervisor.close()


class Endings:
    """A helper without a process: it ends when the test says so."""

    def __init__(self) -> None:
        self.send, self._receive = anyio.create_memory_object_stream[str](10)
        self.restarts = 0

    async def wait(self) -> str:
        """How it ended."""
        return await self._receive.receive()

    async def restart(self) -> None:
        """It works again."""
        self.restarts += 1

    def helper(self, restart: Callable[[], Awaitable[object]] | None = None) -> Helper:
        """To be watched."""
        return Helper(NAME, self.wait, restart or self.restart)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.send.close()
        self._receive.close()


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


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (LoadError("it did not start", why="it ended at once"), "it did not start: it ended at once"),
        (FileNotFoundError(2, "No such file or directory"), "No such file or directory"),
    ],
)
async def test_a_restart_that_fails_fails_the_session(tmp_path: Path, error: Exception, why: str) -> None:
    async def restart() -> None:
        raise error

    with Endings() as endings:
        async with supervised(tmp_path) as made:
            made.supervisor.watch(endings.helper(restart))
            await endings.send.send("exit code 9")
            await eventually(lambda: made.failures)
    (failure,) = made.failures
    assert failure.what == f"{NAME} ended and could not be started again"
    assert failure.why.startswith("exit code 9; then ")
    assert why.lower() in failure.why.lower()


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


async def test_the_session_goes_on_without_a_helper_that_it_can_spare(tmp_path: Path) -> None:
    with Endings() as endings:

        async def restart() -> None:
            raise NotReplacedError("load worker 1 is not replaced", why="no node is left")

        async with supervised(tmp_path) as made:
            made.supervisor.watch(endings.helper(restart))
            await endings.send.send("node far lost it")
            await eventually(lambda: "load worker 1 is not replaced: no node is left" in made.told)
            assert made.recorder.outages.of(7) == (), "the seconds after it count again"
        assert made.failures == []
