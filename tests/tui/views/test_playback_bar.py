"""The playback bar: where it is, how it moves, what is to say."""

import math
from dataclasses import replace

import pytest

from engine.playback.player import Player
from engine.playback.recorded_session import State
from tests.support.row_text import text
from tui.session_api import Playback
from tui.views.playback_bar import playback_row, second_at
from tui.views.rows import width_of

OVER = State(newest=61, length_s=60.2, marks=(0, 30, 61), outcome="completed")
RUNNING = State(newest=60, length_s=60.0, is_running=True)


def bar_of(player: Player, state: State = OVER, seeking: float | None = None, width: int = 60) -> str:
    return text(playback_row(Playback(player, state, seeking is None, seeking), width))


def test_it_shows_how_it_moves() -> None:
    player = Player(position_s=30.5, newest=61)
    assert bar_of(player).startswith(" ▶ 1×     00:30 ")
    assert bar_of(replace(player, speed=20.0)).startswith(" ▶ 20×    00:30 ")
    assert bar_of(replace(player, speed=math.inf)).startswith(" ▶ max    00:30 ")
    assert bar_of(replace(player, paused=True)).startswith(" ‖ paused 00:30 ")
    assert bar_of(player.jump_to(61)).startswith(" ■ end    01:00 ")
    live = Player(position_s=60.0, newest=60, follows=True)
    assert bar_of(live, RUNNING).startswith(" ● live   01:00 ")
    assert bar_of(live.jump_by(-5), RUNNING).startswith(" ▶ 1×     00:55 ")


def test_it_is_as_far_as_the_title_says_while_load_stops() -> None:
    """Seconds after the end of load have the time of that end, here as in the title."""
    state = State(newest=64, length_s=62.3, outcome="completed")
    assert bar_of(Player(position_s=61.0, newest=64, paused=True), state).startswith(" ‖ paused 01:01 ")
    assert bar_of(Player(position_s=63.0, newest=64, paused=True), state).startswith(" ‖ paused 01:02 ")
    assert bar_of(Player(newest=64).jump_to(64), state).startswith(" ■ end    01:02 ")


def test_it_marks_events_before_and_after() -> None:
    bar = bar_of(Player(position_s=15.0, newest=61))
    assert bar.count("┿") == 1
    assert bar.count("┼") == 2
    assert bar.count("◆") == 1
    assert bar.endswith(" 01:00 ")


def test_it_says_that_load_never_began() -> None:
    assert "ended before load" in bar_of(Player(newest=0), State(newest=0, outcome="no-load"))


@pytest.mark.parametrize("width", [60, 80, 160])
def test_it_says_what_is_wrong_as_far_as_there_is_room(width: int) -> None:
    state = State(newest=61, outcome="interrupted", trouble="3 records are lost, from line 11 on", loaded=0.5)
    bar = bar_of(Player(newest=61), state, width=width)
    assert len(bar) == width
    assert "interrupted 3 record" in bar
    assert ("from line 11 on" in bar) == ("finding events 50 %" in bar) == (width > 80)
    assert sum(bar.count(sign) for sign in "◆─┼┿━") >= 12


def test_a_long_read_shows_how_far_it_is() -> None:
    assert "reading 43 %" in bar_of(Player(newest=61), seeking=0.43)


def test_a_column_is_a_second() -> None:
    playback = Playback(Player(newest=61), OVER)
    bar = text(playback_row(playback, 80))
    first, last = bar.index("◆"), bar.rindex("┼")
    assert [second_at(playback, column, 80) for column in (first - 1, first, last, last + 1)] == [
        None,
        0,
        61,
        None,
    ]


@pytest.mark.parametrize("width", [1, 20, 40, 60])
def test_it_always_fits(width: int) -> None:
    state = State(newest=1, trouble="x" * 200)
    assert width_of(playback_row(Playback(Player(newest=1), state), width)) == width
