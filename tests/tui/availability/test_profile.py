"""Why no profile is made or shown."""

from dataclasses import replace
from typing import Any

from engine.metrics.profiles import ProfileBegan
from engine.playback.player import Player
from engine.playback.recorded_session import State
from tests.support.fakes import ended, snapshot
from tests.support.made_profiles import PROFILED
from tests.support.refusals import of_all, refusals
from tui.availability import now_of
from tui.availability.profile import not_profiled
from tui.commands.profile import PROFILE
from tui.session_api import Playback


def test_profiles_are_made_while_it_runs_and_shown_afterwards() -> None:
    assert "profile" not in refusals(snapshot())
    assert refusals(of_all(snapshot(), state="down"))["profile"] == "no target is ready"
    nothing = "no target was profiled: y while it runs, or --profile 5s"
    assert refusals(ended(snapshot()))["profile"] == nothing
    assert "profile" not in refusals(replace(ended(snapshot()), profiles=(PROFILED,)))
    recorded = now_of(snapshot(), "fastapi", playback=Playback(Player(newest=60), State(newest=60)))
    assert not_profiled(recorded) == nothing


def test_one_profile_at_a_time_is_made_and_none_of_a_recorded_session() -> None:
    def why_not(*, seconds: int = 5, **changes: Any) -> dict[str, str]:
        now = now_of(replace(snapshot(), **changes), "fastapi")
        now = now.with_profile(seconds=seconds, sampled=1, pane="layers")
        return {command.id: why for command in PROFILE if command.keys and (why := command.why_not(now))}

    assert why_not(sampling=ProfileBegan(70.0, 5.0, ("fastapi",)))["sample"] == "targets are being sampled"
    assert why_not()["next_view"] == "there is no profile yet"
    assert why_not(profiles=(PROFILED,)) == dict.fromkeys(
        ("previous_target", "next_target"), "only one target was profiled"
    ) | dict.fromkeys(("older", "newer"), "there is only one profile")
    assert why_not(seconds=0, profiles=(PROFILED,))["sample"] == "a recorded session is only shown"
