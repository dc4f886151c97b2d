"""The end card in a terminal: it follows `q` `q`, a key closes it, and its text stays in the scrollback."""

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from engine.recording import journal
from tests.support.fronts import marked
from tests.support.tmux import NEEDS_TMUX, SHELL_ENDS, pane

pytestmark = NEEDS_TMUX


def test_q_twice_shows_the_card_and_a_key_leaves_its_text_behind(tmp_path: Path) -> None:
    with pane(tmp_path, "run", "hello", "--users", "3") as terminal:
        terminal.until(partial(re.search, r"00:0[4-9]"), "load runs for a while")
        terminal.press("q")
        terminal.shows("stop the session and quit?")
        terminal.press("q")
        terminal.shows("run again")
        card = terminal.shows("repeat it")
        (session,) = (tmp_path / "home" / "sessions").iterdir()
        assert not marked(session.name), "load and targets have stopped"
        for part in ("abreast watch", "abreast compare", "abreast report", "repeat it", "goodput, ok/s"):
            assert part in card
        assert len(card.splitlines()) == 24
        terminal.press("q")
        terminal.shows(f"{SHELL_ENDS}0")
        kept = terminal.scrollback()
        for part in (
            "figures of the ",
            f"session {session.name}: completed",
            f"watch it: abreast watch {session.name}",
            "cpu",
        ):
            assert part in kept
        assert "Traceback" not in kept
    assert not marked(session.name)
    assert not journal.is_locked(session / journal.FILE_NAME)


def has_all(parts: Sequence[str], shown: str) -> bool:
    return all(part in shown for part in parts)


def test_the_card_follows_the_terminal(tmp_path: Path) -> None:
    with pane(tmp_path, "run", "hello", "--targets", "fastapi", "--users", "2") as terminal:
        terminal.until(partial(re.search, r"00:0[2-9]"), "load runs")
        terminal.press("C-c")
        terminal.shows("repeat it")
        for width, height in ((60, 16), (160, 45), (40, 10), (80, 24)):
            terminal.resize(width, height)
            parts = ("needs at least",) if width < 60 else ("q quit", "● fastapi")
            terminal.until(partial(has_all, parts), f"it is drawn at {width}×{height}")
        terminal.press("Escape")
        terminal.shows("presets")
        terminal.press("q")
        terminal.shows(f"{SHELL_ENDS}0")
