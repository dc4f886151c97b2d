"""Which commands work in which phase and state, and what is said of those that do not."""

from dataclasses import replace
from typing import Any

import pytest

from engine.metrics.duels import DuelBegan
from engine.metrics.rounds import Round, Turn
from engine.metrics.snapshot import Snapshot
from tests.support.fakes import ended, snapshot, target, with_target
from tests.support.refusals import of_all, refusals
from tui.availability import ChartsShown, Now, now_of
from tui.commands.live import LIVE
from tui.commands.watch import WATCH

LOOKS = {
    "baseline",
    "focus_target",
    "light",
    "select_previous",
    "select_next",
    "select_number",
    "next_chart",
    "previous_chart",
    "present",
    "zoom",
    "span",
    "shapes",
    "log_scale",
    "ghost",
    "zoomed",
}
STAGES = {"stage", "stage_earlier", "stage_later", "stage_now", "stage_up", "stage_down"}
TAKEN_AWAY = {"export", "picture", "copy"}
GOES = {"leave", "interrupt", "help", "quit", "suspend"}


def working(now: Now) -> set[str]:
    return {command.id for command in LIVE if not command.why_not(now)}


def test_what_works_in_each_phase() -> None:
    assert working(now_of(None, "")) == GOES | {"zoomed"}
    assert working(now_of(replace(snapshot(), phase="starting"), "fastapi")) == LOOKS | GOES | {
        "link",
        "window",
    }
    assert working(now_of(replace(snapshot(), phase="stopping"), "fastapi")) == LOOKS | GOES
    assert working(now_of(ended(snapshot()), "fastapi")) == LOOKS | GOES | TAKEN_AWAY
    assert {command.id for command in LIVE} - working(now_of(snapshot(), "fastapi")) == {
        "delay",
        "follow_plan",
        "overlay_turns",
    } | STAGES


def test_of_a_target_that_abreast_did_not_start_is_said_why() -> None:
    why = "abreast did not start fastapi: do this where it was started"
    attached = with_target(snapshot(), "fastapi", runtime="attached")
    found = refusals(attached)
    assert {name for name, reason in found.items() if reason == why} == {
        "restart", "kill", "fault", "set_options",
    }  # fmt: skip
    assert "workload" in found
    assert "kill" not in refusals(attached, "django-wsgi")
    assert "fault" not in refusals(with_target(attached, "fastapi", faults=("pause",)))


def test_of_a_target_of_the_plans_own_options_and_workloads_are_not_known() -> None:
    own = replace(snapshot(targets=1), targets=(replace(target(0, 72), name="node", label="node"),))
    found = refusals(own, "node")
    assert found["set_options"] == "node is defined in the plan: change its command or env there"
    assert found["workload"] == "node: only catalogue targets serve other workloads"
    assert "kill" not in found


@pytest.mark.parametrize("state", ["down", "starting", "failed", "died"])
def test_of_a_target_that_is_not_ready_nothing_is_offered_that_needs_it(state: Any) -> None:
    found = refusals(with_target(snapshot(), "fastapi", state=state))
    assert found["kill"] == f"fastapi is {state}"
    assert found["fault"] == f"fastapi is {state}"
    assert ("restart" in found) == (state == "starting")
    assert "users_up" not in found, "the others take load"
    alone = refusals(replace(with_target(snapshot(), "fastapi", state=state), linked=False))
    assert ("users_up" in alone) == (state != "down")


def test_where_nobody_takes_load_no_users_are_offered() -> None:
    found = refusals(of_all(snapshot(), state="died"))
    for name in ("users_up", "set_users", "pause", "think_time", "follow_plan", "workload"):
        assert found[name] == "no target can take load now"


def test_between_the_turns_of_a_solo_schedule_no_users_are_offered() -> None:
    solo = replace(snapshot(), schedule="solo")
    assert refusals(of_all(solo, turn="waits"))["users_up"] == "it is no target's turn now"
    assert "users_up" not in refusals(with_target(of_all(solo, turn="done"), "fastapi", turn="on"))


def test_only_what_was_set_by_hand_is_handed_back() -> None:
    assert refusals(snapshot())["follow_plan"] == "no load is set by hand: the plan controls it"
    by_hand = with_target(snapshot(), "django-wsgi", load={"manual": True})
    assert "follow_plan" not in refusals(by_hand)


def test_other_states() -> None:
    assert refusals(snapshot(targets=7))["add_target"] == "a session has at most 7 targets: remove one first"
    assert "delay" not in refusals(replace(snapshot(), workload="slow-model"))
    struck = with_target(replace(snapshot(), workload="slow-model"), "fastapi", faults=("pause",))
    assert refusals(struck)["delay"] == refusals(struck)["workload"] == "pause is active: undo it first"
    nobody = refusals(replace(snapshot(), targets=()), "")
    assert nobody["focus_target"] == nobody["select_next"] == "no target is selected"
    assert nobody["span"] == "there is no target to show"
    assert refusals(snapshot(targets=1))["select_previous"] == "there is only one target"


def test_no_command_over_a_recorded_session_steers_it() -> None:
    steering = {command.id for command in LIVE} - LOOKS - GOES - TAKEN_AWAY
    steering -= {"freeze", "window", "profile", "overlay_turns"}
    assert not steering & {command.id for command in WATCH}


def test_why_a_race_cannot_become_a_duel() -> None:
    def why(picture: Snapshot) -> str:
        return refusals(picture).get("duel", "")

    picture = snapshot()
    assert why(picture) == ""
    assert why(replace(picture, schedule="solo")) == (
        "a race can become a duel, and this is a schedule of solo"
    )
    assert why(replace(picture, model="open")) == "a duel needs users who wait for answers, not arrivals"
    assert why(replace(picture, targets=picture.targets[:1])) == "a duel needs two targets that take load"
    assert why(replace(picture, why_no_duel="it has one core")) == "it has one core"
    attached = with_target(picture, "fastapi", runtime="attached")
    assert why(attached) == "abreast did not start fastapi, and cannot choose its cores"
    faulty = with_target(picture, "fastapi", faults=("pause",))
    assert why(faulty) == "pause is active: undo it first"


def test_a_duel_decides_the_load_until_it_is_ended() -> None:
    picture = replace(snapshot(), duel=DuelBegan(3.0, 1, 0, 10, ("fastapi",), in_race=True))
    now = now_of(picture, "fastapi")
    (duel,) = [command for command in LIVE if command.id == "duel"]
    assert (duel.why_not(now), duel.label_now(now)) == ("", "end duel")
    assert duel.label_now(now_of(snapshot(), "fastapi")) == "duel"
    held = {
        name for name, why in refusals(picture).items() if why == "a duel controls the load now: v ends it"
    }
    assert held >= {"users_up", "set_users", "pause", "think_time", "workload"}


def test_a_search_for_capacity_decides_the_load() -> None:
    found = refusals(replace(snapshot(), schedule="capacity"))
    held = {name for name, why in found.items() if why.startswith("nothing may change during the search")}
    assert held >= {"users_up", "set_users", "pause", "think_time", "workload", "add_target", "restart"}
    charts = {name for name, why in found.items() if why.startswith("a search for capacity has one chart")}
    assert charts == {
        *("next_chart", "previous_chart", "present", "zoom"),
        *("span", "shapes", "log_scale", "ghost", "overlay_turns"),
    }
    assert found["baseline"] == "a search for capacity shows no ratios"
    assert found["link"] == "a search for capacity sets the load of all targets itself"
    assert found["window"] == "a search for capacity judges whole trials, not a live window"
    others = {*charts, "link", "window"}
    assert not others & set(refusals(replace(snapshot(), schedule="solo")))


def test_a_key_that_came_as_a_duel_ended_by_itself_begins_no_other() -> None:
    rounds = (Round(20, "duel", 70.0, 71.0, {"fastapi": Turn(1.0, 10, 0)}, users=10, series=1),)
    just_over = replace(snapshot(), now_s=72.0, rounds=rounds)
    assert refusals(just_over)["duel"] == "the duel has just ended: press v again for another"
    assert "duel" not in refusals(replace(just_over, now_s=75.0))


def test_charts_without_room_have_no_keys() -> None:
    (next_chart,) = [command for command in LIVE if command.id == "next_chart"]
    now = now_of(snapshot(), "fastapi")
    assert next_chart.why_not(now) == ""
    why = "there is no room for charts: z fills the screen with one"
    assert next_chart.why_not(replace(now, charts=ChartsShown(is_any=False))) == why


def test_a_session_that_was_stopped_here_offers_what_leaves_it_or_opens_a_page() -> None:
    now = replace(now_of(snapshot(), "fastapi"), phase="stopping", was_stopped=True)
    assert working(now) == GOES - {"leave"} | {"focus_target", "light", "zoomed"}


def test_abreast_is_not_suspended_while_its_session_runs() -> None:
    (suspend,) = [command for command in LIVE if command.id == "suspend"]
    assert suspend.why_not(now_of(snapshot(), "fastapi")) == ""
    why = "load and targets would go on without you: end the session first"
    assert suspend.why_not(replace(now_of(snapshot(), "fastapi"), is_busy=True)) == why
