"""The command tables, and the footer made from them."""

from dataclasses import replace

import pytest

from engine.playback.player import Player
from engine.playback.recorded_session import State
from tests.support.fakes import ended, open_snapshot, snapshot, with_target
from tests.support.row_text import text
from tui.availability import now_of
from tui.commands.compare import COMPARE
from tui.commands.end import END
from tui.commands.focus import FOCUS, FOCUS_LIVE
from tui.commands.key_command import KEPT, KeyCommand, footer
from tui.commands.live import LIVE
from tui.commands.live_targets import changes_of
from tui.commands.lobby import LOBBY
from tui.commands.profile import PROFILE
from tui.commands.sessions import SESSIONS
from tui.commands.watch import WATCH
from tui.screens.compare import CompareScreen
from tui.screens.end import EndScreen
from tui.screens.focus import FocusScreen, SteeringFocusScreen
from tui.screens.live import LiveScreen
from tui.screens.lobby import LobbyScreen
from tui.screens.profile import ProfileScreen
from tui.screens.sessions import SessionsScreen
from tui.screens.watch import WatchScreen
from tui.session_api import Playback
from tui.views import rows

TABLES = (LIVE, END, LOBBY, WATCH, COMPARE, SESSIONS, PROFILE, FOCUS, FOCUS_LIVE)


def test_every_command_has_an_action_a_help_or_a_label() -> None:
    for screen, table in (
        (LiveScreen, LIVE),
        (EndScreen, END),
        (LobbyScreen, LOBBY),
        (WatchScreen, WATCH),
        (CompareScreen, COMPARE),
        (SessionsScreen, SESSIONS),
        (ProfileScreen, PROFILE),
        (FocusScreen, FOCUS),
        (SteeringFocusScreen, FOCUS_LIVE),
    ):
        for command in table:
            assert not command.keys or hasattr(screen, f"action_{command.id}"), command.id
            assert command.help or command.label, command.id


def test_only_a_running_session_may_change_its_targets() -> None:
    both = frozenset({"restart", "remove_target"})
    assert changes_of(LIVE, now_of(snapshot(), "fastapi")) == both
    assert changes_of(FOCUS_LIVE, now_of(snapshot(), "fastapi")) == {"restart"}
    for table in (WATCH, FOCUS, END):
        assert changes_of(table, now_of(snapshot(), "fastapi")) == frozenset()
    for schedule in ("capacity", "turns", "duel"):
        assert changes_of(LIVE, now_of(replace(snapshot(), schedule=schedule), "fastapi")) == frozenset()
    assert changes_of(LIVE, now_of(ended(snapshot()), "fastapi")) == frozenset()


def test_no_key_means_two_things() -> None:
    for table in TABLES:
        keys = [key for command in table for key in command.keys]
        assert len(keys) == len(set(keys))


@pytest.mark.parametrize("table", [LIVE, WATCH])
@pytest.mark.parametrize("part", ["presenter", "left"])
def test_the_way_back_from_a_part_that_fills_the_screen_is_in_the_shortest_footer(
    table: tuple[KeyCommand, ...], part: str
) -> None:
    playback = Playback(Player(newest=60), State(newest=60, outcome="completed")) if table is WATCH else None
    now = now_of(snapshot(), "fastapi", playback=playback)
    enlarged = text(footer(table, replace(now, enlarged=part), 60)[0])
    assert enlarged.count("esc back") == 1
    assert "esc back" not in text(footer(table, now, 200)[0])


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize(
    "table",
    TABLES,
    ids=["live", "end", "lobby", "watch", "compare", "sessions", "profile", "focus", "focus live"],
)
def test_keys_that_leave_are_in_every_footer(table: tuple[KeyCommand, ...], width: int) -> None:
    leaving = [each for each in table if "escape" in each.keys or each.shown == "esc" or "q" in each.keys]
    assert len(leaving) >= 2
    assert {each.rank for each in leaving} == {KEPT}
    playback = Playback(Player(newest=60), State(newest=60, outcome="completed")) if table is WATCH else None
    now = now_of(snapshot(), "fastapi", playback=playback)
    for state in (
        now,
        now_of(ended(snapshot()), "fastapi", playback=playback),
        replace(now, phase="starting"),
        replace(now, pane="search"),
        replace(now, enlarged="left"),
        replace(now, is_zoomed=True),
    ):
        shown = {command for command in footer(table, state, width)[1] if command}
        works = {each for each in leaving if each.label_now(state) and not each.why_not(state)}
        assert works <= shown, [each.id for each in works - shown]


def test_a_recorded_session_has_no_load_that_continues() -> None:
    freeze = next(command for command in LIVE if command.id == "freeze")
    playback = Playback(Player(newest=60), State(newest=60, outcome="completed"))
    assert freeze.help_now(now_of(snapshot(), "fastapi")) == "Freeze the screen (load continues)."
    watched = now_of(snapshot(), "fastapi", playback=playback)
    assert freeze.help_now(watched) == "Freeze the screen."


def test_the_footer_says_what_a_key_does_now() -> None:
    before, _ = footer(LIVE, now_of(snapshot(), "fastapi"), 160)
    steered = replace(with_target(snapshot(), "fastapi", load={"paused": True, "manual": True}), linked=False)
    after, _ = footer(LIVE, now_of(steered, "fastapi", frozen=True), 160)
    assert all(word in text(before) for word in ("pause", "freeze screen", "apply to one"))
    assert all(word in text(after) for word in ("resume", "unfreeze", "apply to all", "to plan"))
    assert "users" not in text(footer(LIVE, now_of(ended(snapshot()), "fastapi"), 160)[0])


@pytest.mark.parametrize("width", [60, 80, 160])
def test_the_footer_fits_and_always_offers_help_and_quit(width: int) -> None:
    row, cells = footer(LIVE, now_of(snapshot(), "fastapi"), width)
    assert rows.width_of(row) == width
    assert "? help" in text(row)
    assert "q quit" in text(row)
    at = text(row).index("q quit")
    command = cells[at]
    assert command is not None
    assert command.id == "quit"


def test_of_the_open_model_keys_say_arrivals() -> None:
    now = now_of(open_snapshot(), "fastapi")
    assert "arrivals" in text(footer(LIVE, now, 200)[0])
    told = [command.help_now(now) for command in LIVE]
    assert "Add ten arrivals a second." in told
    assert not any("virtual user" in text for text in told)
    assert "Add one virtual user." in [command.help_now(now_of(snapshot(), "")) for command in LIVE]
