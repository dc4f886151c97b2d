"""Ctrl+Z in a real terminal: tmux, with a shell that stops programs and lets them go on."""

import json
import re
import sys
from pathlib import Path
from shlex import join

import pytest

from engine.metrics.records import Bucket, Ended
from tests.support.fronts import ABREAST, records
from tests.support.local_targets import LITTLE_SERVER
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


def is_back(terminal: Pane, as_before: str) -> None:
    """Waits until this is on the screen, without a message on the way."""
    seen: list[str] = []

    def look(shown: str) -> bool:
        seen.append(shown)
        return shown == as_before or "not suspended" in shown

    terminal.until(look, "the whole screen is drawn again")
    assert "not suspended" not in seen[-1]


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
        is_back(terminal, first)
        terminal.press("C-z")
        gives_back(terminal)
        types(terminal, "fg")
        is_back(terminal, first)
        terminal.press("q")
        assert "Traceback" not in gives_back(terminal)


@pytest.mark.parametrize(
    ("program", "kill"), [("sh", "kill %1; kill -CONT %1"), ("bash --norc", "kill %1")], ids=["sh", "bash"]
)
def test_a_job_that_is_suspended_can_be_ended(tmp_path: Path, program: str, kill: str) -> None:
    with shell(tmp_path, program=program) as terminal:
        types(terminal, join(ABREAST))
        terminal.until(lambda shown: shown.count("/ search") == 2, "all is drawn")
        terminal.press("C-z")
        gives_back(terminal)
        types(terminal, f"clear; {kill}; while kill -0 %1; do sleep 0.1; done; echo g''one")
        assert "Traceback" not in terminal.shows("gone")
    assert not [*tmp_path.glob("home/sessions/*")]


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


def test_nor_once_the_screen_is_closed_and_the_session_stops(tmp_path: Path) -> None:
    command = json.dumps([sys.executable, str(LITTLE_SERVER), "{port}", "--stubborn"])
    target = f'[[target]]\nname = "stubborn"\ncommand = {command}\n'
    (tmp_path / "mine.toml").write_text(f'levels = [2]\nhold = "60 s"\ntargets = ["stubborn"]\n{target}')
    with shell(tmp_path, width=120, height=35) as terminal:
        types(terminal, f"{join(ABREAST)} run mine.toml")
        terminal.until(lambda shown: re.search(r"[1-9] ok/s", shown), "load runs")
        terminal.press("C-c")
        terminal.shows("stopping load and targets")
        terminal.press("C-c")
        terminal.shows("abreast: stopping load and targets…")
        terminal.press("C-z")
        terminal.shows("abreast: not suspended, since load and targets would go on without you")
        gives_back(terminal)
    (session,) = (tmp_path / "home" / "sessions").iterdir()
    assert [each.outcome for each in records(session, Ended)] == ["completed"]


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
