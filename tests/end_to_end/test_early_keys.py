"""Keys that are typed before the first paint, in a real terminal: tmux."""

from pathlib import Path

import pytest

from tests.support.fronts import until
from tests.support.tmux import NEEDS_TMUX, SHELL_ENDS, pane

pytestmark = [NEEDS_TMUX, pytest.mark.timeout(180)]


def test_keys_before_the_first_paint_act_on_what_is_shown(tmp_path: Path) -> None:
    with pane(tmp_path, width=100, height=30) as terminal:
        terminal.press("r", "a", "m", "p", "Down", "u", "7", "Enter")
        shown = terminal.shows("7 users held")
        assert "/ search" in shown, "letters went nowhere"
        terminal.press("q")
        terminal.shows(f"{SHELL_ENDS}0")
        assert not list(tmp_path.glob("home/sessions/*")), "nothing was started"


def test_a_search_that_is_left_at_once_writes_no_command_into_it(tmp_path: Path) -> None:
    with pane(tmp_path, width=100, height=30) as terminal:
        terminal.shows("load shape")
        terminal.press("/", "b", "l", "o", "Escape", "q")
        assert "bloq" not in terminal.shows(f"{SHELL_ENDS}0")


def test_an_early_enter_starts_the_preset_that_is_shown(tmp_path: Path) -> None:
    with pane(tmp_path, width=100, height=30) as terminal:
        terminal.press("Down", "Enter")
        first = min(path.stem for path in (Path(__file__).parents[2] / "presets").glob("*.toml"))
        until(lambda: list(tmp_path.glob(f"home/sessions/*-{first}-*")), "that preset was started")
        terminal.press("C-c")
        assert "session " in terminal.shows(SHELL_ENDS)
