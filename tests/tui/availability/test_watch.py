"""Why time does not move over a recorded session."""

import math
from dataclasses import replace

from engine.playback.player import Player
from engine.playback.recorded_session import State
from tests.support.fakes import snapshot
from tests.support.made_profiles import PROFILED
from tui.availability import now_of
from tui.commands.watch import WATCH
from tui.session_api import Playback


def watch_refusals(playback: Playback) -> dict[str, str]:
    now = now_of(replace(snapshot(), profiles=(PROFILED,)), "fastapi", playback=playback)
    return {command.id: why for command in WATCH if command.keys and (why := command.why_not(now))}


def test_over_a_recorded_session_time_moves_as_far_as_there_is_any() -> None:
    over = State(newest=60, marks=(3,), outcome="completed")
    race = {"overlay_turns": "the targets run at the same time", "slower": "there is no lower speed"}
    assert watch_refusals(Playback(Player(newest=60), over)) == race
    fastest = watch_refusals(Playback(Player(newest=60, speed=math.inf), over))
    assert fastest.get("faster") == "there is no higher speed"
    assert "slower" not in fastest
    silent = dict.fromkeys(("next_event", "previous_event"), "nothing happened in this session")
    assert watch_refusals(Playback(Player(newest=60), replace(over, marks=()))) == silent | race
    loading = replace(over, marks=(), loaded=0.5)
    waiting = set(watch_refusals(Playback(Player(newest=60), loading)).values())
    assert waiting == {"no event was found yet", *race.values()}
    live = Playback(Player(60.0, newest=60, follows=True), replace(over, is_running=True, outcome=""))
    followed = dict.fromkeys(("faster", "slower"), "it is followed live: jump back first")
    assert watch_refusals(live) == race | followed
