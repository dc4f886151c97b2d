"""Keys that are typed before the first paint, in a real terminal: tmux."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fronts import ABREAST, until

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")


class Tmux:
    """One terminal of 100×30, in which a shell runs."""

    def __init__(self, socket: Path, home: Path, folder: Path) -> None:
        self._socket = str(socket)
        self._run(
            "new-session",
            "-d",
            "-x",
            "100",
            "-y",
            "30",
            "-c",
            str(folder),
            f"env PS1='$ ' ABREAST_HOME={home} sh",
        )

    def _run(self, *words: str) -> str:
        done = subprocess.run(
            ["tmux", "-u", "-S", self._socket, *words], capture_output=True, text=True, check=True, timeout=60
        )
        return done.stdout

    def type(self, *keys: str) -> None:
        """Presses keys by tmux's names, without a pause."""
        self._run("send-keys", *keys)

    def screen(self) -> str:
        """What the terminal shows."""
        return self._run("capture-pane", "-p")

    def shows(self, text: str) -> str:
        """Waits until the terminal shows this; the whole screen."""
        until(lambda: text in self.screen(), f"the terminal shows {text!r}")
        return self.screen()

    def end(self) -> None:
        """Ends the terminal and what runs in it."""
        self._run("kill-server")


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    """A terminal, gone afterwards."""
    terminal = Tmux(tmp_path / "socket", tmp_path / "home", tmp_path)
    yield terminal
    terminal.end()


def test_keys_before_the_first_paint_act_on_what_is_shown(tmux: Tmux, tmp_path: Path) -> None:
    tmux.type(f"{ABREAST[0]}", "Enter")
    tmux.type("r", "a", "m", "p", "Down", "u", "7", "Enter")
    shown = tmux.shows("7 users held")
    assert "/ search" in shown, "letters went nowhere"
    tmux.type("q")
    until(lambda: "7 users held" not in tmux.screen(), "it has ended")
    assert not list(tmp_path.glob("home/sessions/*")), "nothing was started"


def test_a_search_that_is_left_at_once_writes_no_command_into_it(tmux: Tmux, tmp_path: Path) -> None:
    tmux.type(f"{ABREAST[0]}", "Enter")
    tmux.shows("load shape")
    tmux.type("/", "b", "l", "o", "Escape", "q")
    until(lambda: "load shape" not in tmux.screen(), "it has ended")
    assert "bloq" not in tmux.screen()


def test_an_early_enter_starts_the_preset_that_is_shown(tmux: Tmux, tmp_path: Path) -> None:
    tmux.type(f"{ABREAST[0]}", "Enter")
    tmux.type("Down", "Enter")
    first = min(path.stem for path in (Path(__file__).parents[2] / "presets").glob("*.toml"))
    until(lambda: list(tmp_path.glob(f"home/sessions/*-{first}-*")), "that preset was started")
    tmux.type("C-c")
    until(lambda: "session " in tmux.screen(), "it has ended")
