"""The keys of the live screen, and the commands that they send."""

from dataclasses import replace

import pytest
from textual.widgets import Input

from engine.export.formats import DEFAULT_FORMATS, FORMATS
from engine.plan import commands
from engine.plan.commands import Command
from engine.plan.faults import Fault
from tests.support.fakes import FakeSessionApi, snapshot, with_target
from tests.support.live_screen import SMALL, WIDE, Live, settle
from tests.support.screen_text import text_of
from tui.screens.live import LiveScreen

pytestmark = pytest.mark.anyio

DEFAULT = tuple(name for name in FORMATS if name in DEFAULT_FORMATS)
KEYS: tuple[tuple[str, Command], ...] = (
    ("plus", commands.ChangeUsers(None, 1)),
    ("equals_sign", commands.ChangeUsers(None, 1)),
    ("minus", commands.ChangeUsers(None, -1)),
    ("right_square_bracket", commands.ChangeUsers(None, 10)),
    ("left_square_bracket", commands.ChangeUsers(None, -10)),
    ("m", commands.HandBack(None)),
    ("l", commands.SetLinked(False)),
    ("space", commands.Pause(None)),
    ("1 b", commands.SetBaseline("fastapi")),
    ("2 right r", commands.RestartTarget("django-asgi")),
    ("o b a c k l o g = 9 enter", commands.SetOptions("django-asgi", "backlog=9")),
    ("left k y", commands.InjectFault("django-wsgi", Fault("kill"))),
    ("3 x y", commands.RemoveTarget("django-asgi")),
    ("e enter", commands.Export(DEFAULT)),
    ("u 4 2 enter", commands.SetUsers(None, 42)),
    ("t 1 s enter", commands.SetThinkTime(None, "1s")),
    ("w up enter", commands.SetWorkload("health")),
    ("a down down enter", commands.AddTarget("django-wsgi")),
    ("n h i enter", commands.Note("hi")),
    ("s", commands.SetWindow(30.0)),
)
"""Keys, and the command that they give while all targets are linked."""


async def test_each_key_sends_its_command(live: Live) -> None:
    by_hand = with_target(snapshot(), "fastapi", load={"manual": True})
    session_api = FakeSessionApi(after_start=by_hand)
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        for keys, command in KEYS:
            session_api.sent.clear()
            await pilot.press(*keys.split())
            await pilot.pause()
            assert (keys, session_api.sent) == (keys, [command])


@pytest.mark.parametrize(
    ("workload", "keys", "command"),
    [
        ("slow-model", "d 3 space s enter", commands.SetModelTime(None, 3.0)),
        ("upstream", "d 0 . 2 enter", commands.SetUpstream(0.2, None)),
        ("upstream", "d 5 0 m s comma 1 0 % enter", commands.SetUpstream(0.05, 0.1)),
        ("upstream", "d comma 2 5 enter", commands.SetUpstream(None, 0.25)),
        ("hello", "d", None),
    ],
)
async def test_what_the_workload_waits_for_can_be_delayed(
    live: Live, workload: str, keys: str, command: Command | None
) -> None:
    session_api = FakeSessionApi(after_start=replace(snapshot(), workload=workload))
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        session_api.sent.clear()
        await pilot.press(*(key if key != "%" else "percent_sign" for key in keys.split()))
        await pilot.pause()
        assert session_api.sent == ([command] if command else [])


async def test_unlinked_keys_steer_the_selected_target_alone(live: Live) -> None:
    by_hand = with_target(snapshot(), "django-wsgi", load={"manual": True})
    session_api = FakeSessionApi(after_start=replace(by_hand, linked=False))
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("2", "plus", "space", "m")
        name = "django-wsgi"
        assert session_api.sent == [
            commands.ChangeUsers(name, 1),
            commands.Pause(name),
            commands.HandBack(name),
        ]


async def test_space_resumes_only_when_all_that_is_steered_is_paused(live: Live) -> None:
    session_api = FakeSessionApi(
        after_start=with_target(snapshot(targets=2), "fastapi", load={"paused": True})
    )
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("space")
        session_api.picture = with_target(
            session_api.picture or snapshot(), "django-wsgi", load={"paused": True}
        )
        await settle(pilot)
        assert "space resume" in text_of(pilot.app)
        await pilot.press("space")
        assert session_api.sent == [commands.Pause(None), commands.Resume(None)]


async def test_options_begin_with_what_is_set(live: Live) -> None:
    set_now = {"workers": 4, "threads": 8, "env.TOKEN": "(hidden)"}
    session_api = FakeSessionApi(after_start=with_target(snapshot(targets=2), "django-wsgi", options=set_now))
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("2", "o", "down")
        await pilot.pause()
        assert pilot.app.screen.query_one(Input).value == "4"
        await pilot.press("5", "enter")
        await pilot.pause()
        text = "workers=5:env.TOKEN=(hidden)"
        assert session_api.sent == [commands.SetOptions("django-wsgi", text)]


async def test_a_target_of_the_plans_own_has_no_options(live: Live) -> None:
    first, *others = snapshot().targets
    session_api = FakeSessionApi(
        after_start=replace(snapshot(), targets=(replace(first, name="node"), *others))
    )
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("1", "o")
        await pilot.pause()
        assert [each.title for each in pilot.app._notifications] == ["o does not work now"]
        assert isinstance(pilot.app.screen, LiveScreen)
        assert session_api.sent == []


async def test_a_target_that_failed_is_removed_without_a_question(live: Live) -> None:
    session_api = FakeSessionApi(
        after_start=with_target(snapshot(), "fastapi", state="failed", trouble="port taken")
    )
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("x")
        assert session_api.sent == [commands.RemoveTarget("fastapi")]


async def test_a_fault_is_chosen_or_written_and_undone_in_the_same_place(
    session_api: FakeSessionApi, live: Live
) -> None:
    async with live(session_api).run_test(size=WIDE) as pilot:
        await settle(pilot)
        await pilot.press("i")
        await settle(pilot)
        shown = text_of(pilot.app)
        assert "inject a fault into fastapi" in shown
        assert "kill-worker    Kills one worker process." in shown
        assert "cpus" not in shown, "it is no container"
        await pilot.press("down", "enter", "i", *"cpus", "enter")
        await settle(pilot)
        assert "cpus needs a value" in text_of(pilot.app), "what is wrong is said, and nothing is lost"
        assert pilot.app.screen.query_one(Input).value == "cpus"
        await pilot.press("escape")
        assert session_api.sent == [commands.InjectFault("fastapi", Fault("kill", lasts_s=5.0))]
        session_api.picture = with_target(snapshot(74), "fastapi", faults=("pause",))
        await settle(pilot)
        assert "✖ pause" in text_of(pilot.app)
        await pilot.press("i", "enter")
        assert session_api.sent[1:] == [commands.UndoFaults("fastapi")]


@pytest.mark.parametrize(
    ("now_s", "then_s"), [(5.0, 10.0), (10.0, 30.0), (30.0, 60.0), (60.0, 5.0), (7.0, 10.0)]
)
async def test_the_window_key_goes_round_and_says_how_long_it_is(
    live: Live, now_s: float, then_s: float
) -> None:
    session_api = FakeSessionApi(after_start=replace(snapshot(), window_asked_s=now_s))
    async with live(session_api).run_test(size=(220, 45)) as pilot:
        await settle(pilot)
        assert f"last {now_s:g} s · keys apply to: all" in text_of(pilot.app)
        assert f"s last {now_s:g} s" in text_of(pilot.app).splitlines()[-1]
        await pilot.press("s")
        assert session_api.sent == [commands.SetWindow(then_s)]
