"""What happens to a test that exceeds its time limit.

pytest-timeout knows the limits: `timeout` in pyproject.toml, and the marker for tests that take longer. What
it does at a limit does not work here: an exception raised out of a running event loop leaves the test, its
fixtures and its child processes waiting for each other. So a test is ended from within, and its `finally`
blocks end what it started:

1. the stacks of all threads and tasks go into the report;
2. if the event loop is waiting, the test's task is cancelled; otherwise an exception is raised;
3. a test that still does not end is asked once more, and then its process is killed with all its children;
   their stacks go straight to the terminal.

A test that fails keeps its limit, because what it started must still end. A debugger lifts the limit.
"""

import asyncio
import functools
import inspect
import os
import signal
import sys
import threading
import traceback
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType
from typing import Any, NoReturn

import psutil
import pytest
from anyio import pytest_plugin as anyio_plugin

GRACE = "timeout_grace"
"""In the configuration: seconds that a test may take to end after it was asked to."""
ASKED_AT_MOST = 2
HIDDEN = ("/_pytest/", "/pytest/", "/pluggy/", "/xdist/", "/execnet/", "<frozen ", "<string>")
"""Frames of these files are left out of stacks."""

TERMINAL = pytest.StashKey[int]()
"""Standard error as it was before pytest captured it."""
EXCEEDED = pytest.StashKey["Exceeded"]()


@dataclass
class Exceeded:
    """How often a test was asked to end, and its stacks at the first time, until they are reported."""

    times: int = 0
    stacks: str = ""
    is_test: bool = False
    """Whether code of the test or its fixtures runs now: pytest's own is not to be interrupted."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """One setting beside those of pytest-timeout."""
    parser.addini(GRACE, "seconds that a test may take to end after its limit", default="15")


def pytest_configure(config: pytest.Config) -> None:
    """Keeps standard error: nothing is captured yet."""
    config.stash[TERMINAL] = os.dup(2)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Closes that copy."""
    os.close(config.stash[TERMINAL])


@pytest.hookimpl(optionalhook=True)
def pytest_timeout_set_timer(item: pytest.Item, settings: Any) -> bool:
    """Starts a test's time."""

    def ask(_: int, frame: FrameType | None) -> None:
        _ask_to_end(item, settings.timeout, frame)

    item.stash[EXCEEDED] = Exceeded()
    signal.signal(signal.SIGALRM, ask)
    signal.setitimer(signal.ITIMER_REAL, settings.timeout, float(item.config.getini(GRACE)))
    return True


@pytest.hookimpl(optionalhook=True)
def pytest_timeout_cancel_timer(item: pytest.Item) -> bool:
    """Called when a test has ended, and also as soon as it fails: then the time stops for a debugger only."""
    if item.config.option.usepdb:
        _stop_time()
    return True


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Stops a test's time when its fixtures are down."""
    try:
        return (yield)
    finally:
        _stop_time()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    """Its fixtures come up: they may be interrupted, as the test and the end of its fixtures."""
    exceeded = item.stash.get(EXCEEDED, Exceeded())
    exceeded.is_test = True
    try:
        return (yield)
    finally:
        exceeded.is_test = False


pytest_runtest_call = pytest_runtest_teardown = pytest_runtest_setup


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """A coroutine that is cancelled at its limit fails there and then, so that its fixtures end normally."""
    test = pyfuncitem.obj
    if inspect.iscoroutinefunction(test) and not hasattr(test, "hypothesis"):

        @functools.wraps(test)
        async def limited(**arguments: Any) -> None:
            try:
                await test(**arguments)
            except asyncio.CancelledError as cancelled:
                if not pyfuncitem.stash.get(EXCEEDED, Exceeded()).times:
                    raise
                if task := asyncio.current_task():
                    task.uncancel()
                raise pytest.fail.Exception(str(cancelled)) from cancelled

        pyfuncitem.obj = limited
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that exceeded its limit has failed, however it ended, and shows its stacks."""
    report = yield
    exceeded = item.stash.get(EXCEEDED, Exceeded())
    if exceeded.stacks:
        report.sections.append(("stacks at the time limit", exceeded.stacks))
        exceeded.stacks = ""
        if report.outcome != "failed":
            report.outcome, report.longrepr = "failed", "exceeded its time limit"
    return report


def _stop_time() -> None:
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)


def _ask_to_end(item: pytest.Item, limit_s: float, frame: FrameType | None) -> None:
    __tracebackhide__ = True
    exceeded, loop = item.stash[EXCEEDED], asyncio._get_running_loop()
    if not exceeded.is_test:
        return  # asked again in a while
    exceeded.times += 1
    message = f"exceeded its time limit of {limit_s:g} s"
    if exceeded.times > ASKED_AT_MOST:
        said = f"\n{item.nodeid} {message} and does not end:\n{stacks_of_all(loop, frame)}"
        _kill_this_process(item.config.stash[TERMINAL], said)
    if exceeded.times == 1:
        exceeded.stacks = stacks_of_all(loop, frame)
    if loop is None or asyncio.current_task(loop) is not None:
        pytest.fail(message)
    loop.call_soon_threadsafe(_cancel, loop, message)  # a plain call_soon would not wake the loop


def _cancel(loop: asyncio.AbstractEventLoop, message: str) -> None:
    """Cancels the task that runs tests and fixtures; every task, if a test runs a loop of its own."""
    tasks = asyncio.all_tasks(loop)
    test = getattr(anyio_plugin._current_runner, "_runner_task", None)
    for task in [test] if test in tasks else tasks:
        task.cancel(message)


def _kill_this_process(terminal: int, said: str) -> NoReturn:
    with suppress(OSError):
        os.write(terminal, said.encode())
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            child.kill()
    os._exit(1)


def stacks_of_all(loop: asyncio.AbstractEventLoop | None, main: FrameType | None) -> str:
    """Where each thread is, and what each task of the loop awaits. `main` is the main thread's frame."""
    told = []
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    for ident, frame in sys._current_frames().items():
        is_main = ident == threading.main_thread().ident
        if stack := _shown(traceback.extract_stack(main if is_main else frame)):
            told += [f"thread {names.get(ident, ident)}:\n", *stack]
    for task in asyncio.all_tasks(loop) if loop else ():
        told += [f"{task.get_name()}:\n", *_awaited(task.get_coro())]
    return "".join(told)


def _shown(stack: traceback.StackSummary) -> list[str]:
    kept = [each for each in stack if not any(part in each.filename for part in HIDDEN)]
    return traceback.StackSummary.from_list(kept).format()


def _awaited(awaited: Any) -> Iterator[str]:
    """A coroutine, what it awaits, and so on."""
    while awaited is not None:
        frame = getattr(awaited, "cr_frame", None) or getattr(awaited, "ag_frame", None)
        if frame is None:
            yield f"  {awaited!r}\n"
        else:
            yield from _shown(traceback.extract_stack(frame, limit=1))
        awaited = getattr(awaited, "cr_await", None) or getattr(awaited, "ag_await", None)
