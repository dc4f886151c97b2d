"""Signals that end abreast: in an orderly way the first time, at once the second; and the one that would
suspend it under load."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from targets.exit_codes import ExitCode

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def ending_with(end: Callable[[], None]) -> Iterator[None]:
    """Has the event loop call `end` at the first SIGINT, SIGTERM or SIGHUP while the block lasts.

    A second SIGINT or SIGTERM exits at once, even if the loop hangs (for example on a terminal that takes no
    more output); the session's guard then ends what is left. A hang-up that the caller ignores (`nohup`)
    stays ignored.
    """
    loop = asyncio.get_running_loop()
    asked = False

    def take(number: int, _: object) -> None:
        nonlocal asked
        if asked and number != signal.SIGHUP:
            os._exit(ExitCode.INTERRUPTED)
        asked = True
        loop.call_soon_threadsafe(end)

    before = {number: signal.getsignal(number) for number in ENDING}
    taken = [number for number in ENDING if number != signal.SIGHUP or before[number] is not signal.SIG_IGN]
    for number in taken:
        signal.signal(number, take)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, before[number])


NOT_SUSPENDED = (
    "abreast: not suspended, since load and targets would go on without you; Ctrl+C ends the run "
    "(if the shell is back: fg, then Ctrl+C)"
)
"""A program that started abreast may be stopped all the same: then the shell has the terminal."""


@contextmanager
def never_suspended(tell: Callable[[str], None]) -> Iterator[None]:
    """Has the event loop say why it is not suspended at each SIGTSTP (Ctrl+Z) while the block lasts.

    Load workers and targets have process groups of their own: they would go on, and nothing would be
    recorded.
    """
    loop = asyncio.get_running_loop()
    before = signal.signal(signal.SIGTSTP, lambda *_: loop.call_soon_threadsafe(tell, NOT_SUSPENDED))
    try:
        yield
    finally:
        signal.signal(signal.SIGTSTP, before)
