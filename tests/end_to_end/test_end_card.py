"""The end card in a terminal: it follows `q` `q`, a key closes it, and its text stays in the scrollback."""

import re
from pathlib import Path

from engine.recording import journal
from tests.support.fronts import marked, until
from tests.support.tmux import NEEDS_TMUX, SHELL_ENDS, pane

pytestmark = NEEDS_TMUX


def test_q_twice_shows_the_card_and_a_key_leaves_its_text_behind(tmp_path: Path) -> None:
    with pane(tmp_path, "run", "hello", "--users", "3") as terminal:
        until(lambda: re.search(r"00:0[4-9]", terminal.screen()), "load runs for a while")
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


def test_the_card_follows_the_terminal(tmp_path: Path) -> None:
    with pane(tmp_path, "run", "hello", "--targets", "fastapi", "--users", "2") as terminal:
        until(lambda: re.search(r"00:0[1-9]", terminal.screen()), "load runs")
        terminal.press("C-c")
        terminal.shows("run again")
        for width, height in ((60, 16), (160, 45), (40, 10), (80, 24)):
            terminal.resize(width, height)
            until(
                lambda: (
                    "needs at least" in terminal.screen()
                    if width < 60  # noqa: B023
                    else "q quit" in terminal.screen() and "fastapi" in terminal.screen()
                ),
                f"it is drawn at {width}×{height}",
            )
        terminal.press("Escape")
        terminal.shows("presets")
        terminal.press("q")
        terminal.shows(f"{SHELL_ENDS}0")
