"""abreast in a terminal of tmux: what is on its screen, and what its scrollback keeps."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shlex import join

import pytest

from tests.support import waiting
from tests.support.fronts import ABREAST, WITHIN_S, Seen

NEEDS_TMUX = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")

SHELL_ENDS = "exit code: "
"""What the shell prints once abreast has ended, before the code."""


@dataclass(frozen=True)
class Pane:
    """A terminal with one window."""

    socket: Path

    def _tmux(self, *words: str) -> str:
        command = ["tmux", "-S", str(self.socket), *words]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout

    def press(self, *keys: str) -> None:
        """Types keys, by tmux's names."""
        self._tmux("send-keys", *keys)

    def resize(self, width: int, height: int) -> None:
        """Gives the terminal another size."""
        self._tmux("resize-window", "-x", str(width), "-y", str(height))

    def screen(self) -> str:
        """What it shows."""
        return self._tmux("capture-pane", "-p")

    def scrollback(self) -> str:
        """All that it has kept, long lines joined."""
        return self._tmux("capture-pane", "-p", "-J", "-S", "-")

    def shows(self, text: str) -> str:
        """Waits until this text is on the screen; the whole screen."""
        return self.until(lambda shown: shown if text in shown else "", f"it shows {text!r}")

    def until(self, look: Callable[[str], Seen], what: str) -> Seen:
        """Waits until `look` finds something on the screen. Fails with the screen where that takes too
        long."""
        return waiting.until(lambda: look(self.screen()), what, WITHIN_S, self.screen)


@contextmanager
def pane(folder: Path, *arguments: str, width: int = 80, height: int = 24) -> Iterator[Pane]:
    """abreast, running in `folder` within a shell that reports its exit code and stays open."""
    front = join([*ABREAST, *arguments])
    with _terminal(folder, f"{front}; echo '{SHELL_ENDS}'$?; exec sleep 600", width, height) as made:
        yield made


PROMPT = "ready> "


@contextmanager
def shell(folder: Path, width: int = 80, height: int = 24, program: str = "sh") -> Iterator[Pane]:
    """A shell that a person would type in: it stops programs, and lets them go on."""
    with _terminal(folder, f"PS1='{PROMPT}' exec {program} -i", width, height) as made:
        made.shows(PROMPT.strip())
        yield made


@contextmanager
def _terminal(folder: Path, shell: str, width: int, height: int) -> Iterator[Pane]:
    socket = folder / "tmux"
    environment = os.environ | {
        "ABREAST_HOME": str(folder / "home"),
        "PYTHONWARNINGS": "error",
        "SHELL": "/bin/sh",
        "LC_ALL": "C.UTF-8",
    }
    for name in ("TMUX", "COLUMNS", "LINES"):  # the last two would speak louder than the terminal itself
        environment.pop(name, None)
    made = Pane(socket)
    size = ("-x", str(width), "-y", str(height))
    command = ["tmux", "-u", "-f", "/dev/null", "-S", str(socket), "new-session", "-d", *size, shell]
    subprocess.run(command, check=True, cwd=folder, env=environment, timeout=30)
    try:
        yield made
    finally:
        subprocess.run(["tmux", "-S", str(socket), "kill-server"], check=False, timeout=30)
