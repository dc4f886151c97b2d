"""What an interactive shell does with a program that is suspended.

`python -m tests.support.little_shell STOPS PIPE`, whose standard streams are a terminal, has its child
suspended so often and lets it go on, and writes what it told each time, as lists in JSON. The child is an app
of one page with idle threads.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

from textual.app import App

from tui.commands.key_command import SUSPEND
from tui.driver import TerminalDriver
from tui.screens.page import Page
from tui.suspension import SuspendingApp

IDLE_THREADS = 8


class LittlePage(Page):
    """A page with one command."""

    TABLE: ClassVar = (SUSPEND,)


class LittleApp(SuspendingApp):
    """Writes a line to a pipe once it is there, and whenever it is back: what it told since it began."""

    def __init__(self, pipe: int) -> None:
        super().__init__(driver_class=TerminalDriver)
        self._pipe = pipe

    def on_ready(self) -> None:
        """Is ready to be suspended."""
        self.app_resume_signal.subscribe(self, self._tell)
        self._tell(self)

    def get_default_screen(self) -> Page:
        """The page."""
        return LittlePage()

    def _tell(self, _: App[None]) -> None:
        self.call_later(self._write)

    def _write(self) -> None:
        os.write(self._pipe, (json.dumps([each.title for each in self._notifications]) + "\n").encode())


def run_app(pipe: int) -> None:
    """The child."""
    gate = threading.Barrier(IDLE_THREADS)
    with ThreadPoolExecutor(IDLE_THREADS) as pool:
        list(pool.map(lambda _: gate.wait(), range(IDLE_THREADS)))
        LittleApp(pipe).run()


def run_shell(stops: int) -> list[str]:
    """The parent. What its child told."""
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    reads, writes = os.pipe()
    command = [sys.executable, "-m", __spec__.name, "child", str(writes)]
    child = subprocess.Popen(command, pass_fds=(writes,), process_group=0)
    os.tcsetpgrp(0, child.pid)
    os.close(writes)
    with os.fdopen(reads) as told:
        lines = [told.readline()]
        for _ in range(stops):
            os.kill(child.pid, signal.SIGTSTP)
            _, status = os.waitpid(child.pid, os.WUNTRACED)
            assert os.WIFSTOPPED(status), status
            os.tcsetpgrp(0, os.getpgrp())
            os.tcsetpgrp(0, child.pid)
            os.killpg(child.pid, signal.SIGCONT)
            lines.append(told.readline())
    child.terminate()
    child.wait()
    return lines


if __name__ == "__main__":
    if sys.argv[1] == "child":
        run_app(int(sys.argv[2]))
    else:
        lines = run_shell(int(sys.argv[1]))
        os.write(int(sys.argv[2]), "".join(lines).encode())
