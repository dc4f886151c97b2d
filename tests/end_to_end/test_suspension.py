"""Ctrl+Z in a real terminal: tmux, with a shell that stops programs and lets them go on."""

import re
from pathlib import Path
from shlex import join

import pytest

from engine.metrics.records import Bucket, Ended
from tests.support.fronts import ABREAST, records
from tests.support.tmux import NEEDS_TMUX, PROMPT, SHELL_ENDS, Pane, pane, shell

pytestmark = [NEEDS_TMUX, pytest.mark.timeout(180)]


def types(terminal: Pane, line: str) -> None:
    """Types a line into the shell."""
    terminal.press("-l", line)
    terminal.press("Enter")


def gives_back(terminal: Pane) -> str:
    """Waits until the shell asks for a line again; the screen."""
    return terminal.until(
        lambda shown: shown if shown.rstrip().endswith(PROMPT.rstrip()) else "", "the shell is back"
    )


@pytest.mark.parametrize("command", ["{}", "sh -c '{}; true'"], ids=["alone", "started by another program"])
def test_in_the_lobby_the_shell_is_back_and_fg_goes_on(tmp_path: Path, command: str) -> None:
    with shell(tmp_path) as terminal:
        types(terminal, command.format(join(ABREAST)))
        first = terminal.until(lambda shown: shown if shown.count("/ search") == 2 else "", "all is drawn")
        terminal.press("C-z")
        assert "/ search" not in gives_back(terminal)
        types(terminal, "stty -a | grep -o ' icanon'")
        terminal.shows(" icanon\n")
        types(terminal, "bg")
        types(terminal, "fg")
        terminal.until(lambda shown: shown == first, "the whole screen is drawn again")
        terminal.press("q")
        assert "Traceback" not in gives_back(terminal)


def test_over_a_recorded_session_and_a_dialog_too(tmp_path: Path) -> None:
    with shell(tmp_path) as terminal:
        types(terminal, f"{join(ABREAST)} watch demo")
        terminal.shows("▶ 1×")
        terminal.press("?")
        terminal.shows("esc close")
        terminal.press("C-z")
        gives_back(terminal)
        types(terminal, "fg")
        terminal.shows("esc close")
        terminal.press("Escape", "q")
        assert "Traceback" not in gives_back(terminal)


def test_no_load_runs_on_with_nobody_at_it(tmp_path: Path) -> None:
    with shell(tmp_path, width=120, height=35) as terminal:
        types(terminal, f"{join(ABREAST)} run hello --targets fastapi --users 2")
        terminal.until(lambda shown: re.search(r"[1-9] ok/s", shown), "load runs")
        terminal.press("C-z")
        shown = terminal.shows("ctrl+z does not work now")
        assert "load and targets would go on without you" in " ".join(shown.split())
        terminal.press("q", "q")
        terminal.shows("run again")
        terminal.until(lambda shown: "does not work now" not in shown, "it was told")
        terminal.press("C-z")
        gives_back(terminal)
        types(terminal, "fg")
        terminal.shows("run again")
        terminal.press("q")
        gives_back(terminal)
    (session,) = (tmp_path / "home" / "sessions").iterdir()
    seconds = [each.second for each in records(session, Bucket)]
    assert sorted(set(seconds)) == list(range(max(seconds) + 1)), "no second is missing"


def test_without_a_screen_it_is_said_and_the_run_goes_on(tmp_path: Path) -> None:
    with shell(tmp_path, width=120, height=35) as terminal:
        types(terminal, f"{join(ABREAST)} run hello --targets fastapi --users 2 --headless --seconds 4")
        terminal.shows("   1 s │")
        terminal.press("C-z")
        terminal.shows("abreast: not suspended, since load and targets would go on without you")
        terminal.shows("watch it: abreast watch")
        gives_back(terminal)
    (session,) = (tmp_path / "home" / "sessions").iterdir()
    assert [each.outcome for each in records(session, Ended)] == ["completed"]


def test_without_a_shell_that_could_bring_it_back_it_stays(tmp_path: Path) -> None:
    with pane(tmp_path, width=100, height=30) as terminal:
        terminal.shows("/ search")
        terminal.press("C-z")
        terminal.shows("not suspended")
        terminal.press("q")
        terminal.shows(f"{SHELL_ENDS}0")
