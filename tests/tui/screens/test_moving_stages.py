"""The next stage is moved with keys and the mouse, and what is said where it cannot be."""

import math
from dataclasses import replace

import pytest
from textual import events
from textual.pilot import Pilot

from engine.metrics.snapshot import ShapePosition, Snapshot
from engine.plan import commands
from engine.protocol.load_shape import Stage, Steering
from engine.protocol.next_stage import next_stage
from tests.support.fakes import FakeSessionApi, ended, snapshot, with_target
from tests.support.live_screen import SMALL, WIDE, Live, settle
from tests.support.screen_text import text_of
from tui.availability import now_of
from tui.commands.live import LIVE
from tui.widgets.load_bar import LoadBar

pytestmark = pytest.mark.anyio

HOLDS = (Stage(20, 0.0), Stage(20, 100.0), Stage(300, 0.0), Stage(300, 100.0))
RAMP = (Stage(20, 100.0), Stage(20, 100.0))


def shaped(stages: tuple[Stage, ...] = HOLDS, at_s: float = 72.4, warm_up_s: float = 0.0) -> Snapshot:
    position = ShapePosition(stages, at_s, warm_up_s, next_stage(Steering(stages, 0.0), at_s))
    return replace(snapshot(), shape=position, length_s=200.0)


def paused(picture: Snapshot) -> Snapshot:
    targets = tuple(replace(each, load=replace(each.load, paused=True)) for each in picture.targets)
    return replace(picture, targets=targets)


def said(pilot: Pilot[None]) -> list[str]:
    return [toast.message for toast in pilot.app._notifications]


@pytest.mark.parametrize("presenting", [False, True])
async def test_each_key_sends_its_command(live: Live, presenting: bool) -> None:
    session_api = FakeSessionApi(after_start=shaped())
    async with live(session_api).run_test(size=WIDE) as pilot:
        await settle(pilot)
        if presenting:
            await pilot.press("p")
            await settle(pilot)
        await pilot.press("<", ">", ".", "{", "}")
        assert session_api.sent == [
            commands.MoveNextStage(-5.0),
            commands.MoveNextStage(5.0),
            commands.MoveNextStage(-math.inf),
            commands.ChangeNextUsers(-10),
            commands.ChangeNextUsers(10),
        ]


@pytest.mark.parametrize(
    ("picture", "why"),
    [
        (snapshot(), "the plan has no stages"),
        (shaped(at_s=150.0), "no stage follows"),
        (shaped(at_s=3.0, warm_up_s=5.0), "the warm-up is not over"),
        (
            with_target(
                replace(shaped(), shape=ShapePosition(HOLDS, 5.0, 0.0, None)),
                "fastapi",
                load={"manual": True},
            ),
            "the load is set by hand: m hands it back",
        ),
        (
            paused(replace(shaped(), shape=ShapePosition(HOLDS, 5.0, 0.0, None))),
            "load is paused: space resumes it",
        ),
        (replace(shaped(), schedule="turns"), "nothing may change between rounds"),
    ],
)
async def test_where_there_is_nothing_to_move_it_says_why(live: Live, picture: Snapshot, why: str) -> None:
    session_api = FakeSessionApi(after_start=picture)
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("<", "}")
        await pilot.pause()
        assert session_api.sent == []
        assert set(said(pilot)) == {why}


def test_after_its_end_no_stage_can_be_moved() -> None:
    now = now_of(ended(shaped()), "fastapi")
    whys = {command.why_not(now) for command in LIVE if command.id.startswith("stage")}
    assert whys == {"the session has ended"}


async def test_what_follows_a_ramp_cannot_come_later(live: Live) -> None:
    session_api = FakeSessionApi(after_start=shaped(RAMP))
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press(">")
        assert session_api.sent == []
        assert said(pilot) == ["a ramp cannot be made longer"]
        pilot.app.screen.query_one(LoadBar).post_message(LoadBar.NextStageMoved(7.0))
        await pilot.pause()
        assert session_api.sent == [], "nor with the mouse"
        await pilot.press("<")
        pilot.app.screen.query_one(LoadBar).post_message(LoadBar.NextStageMoved(-7.0))
        await pilot.pause()
        assert session_api.sent == [commands.MoveNextStage(-5.0), commands.MoveNextStage(-7.0)]


async def test_a_click_on_the_shape_and_the_wheel_over_it(live: Live) -> None:
    session_api = FakeSessionApi(after_start=shaped())
    async with live(session_api).run_test(size=WIDE) as pilot:
        await settle(pilot)
        await pilot.click("#load", offset=(110, 2))
        (moved,) = session_api.sent
        assert isinstance(moved, commands.MoveNextStage)
        assert moved.by_s > 0
        await pilot.click("#load", offset=(2, 0))
        await pilot.click("#load", offset=(159, 2))
        assert session_api.sent == [moved]
        session_api.sent.clear()
        for turned in (events.MouseScrollUp, events.MouseScrollDown):
            await pilot._post_mouse_events([turned], "#load", offset=(110, 2))
            await pilot.pause()
        assert session_api.sent == [commands.ChangeNextUsers(1), commands.ChangeNextUsers(-1)]


async def test_the_shape_and_what_comes_next_are_shown(live: Live) -> None:
    async with live(FakeSessionApi(after_start=shaped())).run_test(size=WIDE) as pilot:
        await settle(pilot)
        shown = text_of(pilot.app)
        assert "next: 300 users in 0:28" in shown
        assert "┃" in shown.splitlines()[2]
        await pilot.resize_terminal(*SMALL)
        await settle(pilot)
        assert "┃" in text_of(pilot.app).splitlines()[1]
