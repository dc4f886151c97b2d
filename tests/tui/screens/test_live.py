"""The live screen over a fake desk: keys send commands, the picture follows the snapshot."""

from dataclasses import replace

import pytest
from textual.screen import Screen

from engine.metrics.event_detail import EventDetail
from engine.metrics.snapshot import EventSnapshot, Recovery, Snapshot
from engine.plan import commands
from engine.plan.commands import Notice
from engine.plan.faults import Fault
from tests.support.fakes import FakeSessionApi, SlowToStop, ended, open_snapshot, snapshot, with_target
from tests.support.live_screen import SMALL, WIDE, Live, settle
from tests.support.screen_text import assert_same_screen, text_of
from tests.support.waiting import eventually
from tui.app import AbreastApp
from tui.screens.end import EndScreen
from tui.screens.live import LiveScreen, QuitQuestion
from tui.screens.lobby import LobbyScreen
from tui.screens.page import Page
from tui.screens.prompts import ConfirmScreen
from tui.widgets.lane import Lane

pytestmark = pytest.mark.anyio


async def test_frozen_holds_the_picture_and_the_keys_go_on(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("f")
        session_api.picture = snapshot(90)
        await settle(pilot)
        frozen = text_of(pilot.app)
        assert "FROZEN" in frozen
        assert "f unfreeze" in frozen
        assert "01:12 / 03:30" in frozen
        await pilot.press("plus")
        assert session_api.sent == [commands.ChangeUsers(None, 1)]
        await pilot.press("f")
        await settle(pilot)
        assert "01:30 / 03:30" in text_of(pilot.app)
        assert "FROZEN" not in text_of(pilot.app)


async def test_nothing_is_drawn_for_the_same_snapshot(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        lane = pilot.app.screen.query(Lane).first()
        rows = lane.rows
        await settle(pilot)
        assert lane.rows is rows


async def test_a_died_target_says_so_while_the_others_go_on(live: Live) -> None:
    picture = with_target(snapshot(), "django-asgi", state="died", trouble="exit 1: [b]no[/b]")
    async with live(FakeSessionApi(after_start=picture)).run_test(size=SMALL) as pilot:
        await settle(pilot)
        shown = text_of(pilot.app)
        assert "✖ DOWN" in shown
        assert "[b]no[/b]" in shown
        assert "r restart · x remove" in shown
        assert "4.22 k ok/s" in shown


async def test_targets_come_and_go(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=WIDE) as pilot:
        await settle(pilot)
        await pilot.press("3")
        session_api.picture = snapshot(73, targets=2)
        await settle(pilot)
        assert len(pilot.app.screen.query(Lane)) == 2
        session_api.picture = snapshot(74, targets=4)
        await settle(pilot)
        assert len(pilot.app.screen.query(Lane)) == 4
        assert "fastapi ×4" in text_of(pilot.app)
        await pilot.press("k", "y")
        assert session_api.sent == [commands.InjectFault("fastapi", Fault("kill"))]


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_a_target_that_is_down_fills_its_lane_with_that(live: Live, size: tuple[int, int]) -> None:
    picture = with_target(snapshot(74), "django-wsgi", state="down", state_s=6.2, faults=("kill",))
    picture = replace(picture, compared_with="django-asgi")
    async with live(FakeSessionApi(after_start=picture)).run_test(size=size) as pilot:
        await settle(pilot)
        shown = text_of(pilot.app)
        assert "✖ DOWN 6 s" in shown
        assert "fault: kill" in shown
        assert "base now" in shown or "baseline now" in shown


async def test_results_say_who_recovered_from_what(live: Live) -> None:
    struck = Recovery(1, "fastapi", "pause", 20.0, 23.0, 24.0, 0.0, 10.0, 0.0, 10.2, 0, load_changed=False)
    lost = replace(struck, number=2, target="django-wsgi", recovered_s=None, after_p95_ms=None, failed=7)
    picture = replace(ended(snapshot()), recoveries=(struck, lost))
    async with live(FakeSessionApi(after_start=picture)).run_test(size=WIDE) as pilot:
        await settle(pilot)
        shown = text_of(pilot.app)
        assert "pause: recovered within 4 s, 1 s after its end (p95 10.2 ms, before 10 ms)" in shown
        assert "pause: not recovered (7 failed)" in shown


@pytest.mark.parametrize("targets", [0, 1, 2, 7])
async def test_any_number_of_targets_fits_any_terminal(live: Live, targets: int) -> None:
    labels = [target.label for target in snapshot(targets=targets).targets]
    async with live(FakeSessionApi(after_start=snapshot(targets=targets))).run_test(size=WIDE) as pilot:
        for size in (WIDE, SMALL, (60, 16), (100, 30)):
            await pilot.resize_terminal(*size)
            await settle(pilot)
            shown = text_of(pilot.app)
            assert all(label in shown for label in labels), size
            assert "q quit" in shown, size
            assert max(map(len, shown.splitlines())) <= size[0]


async def test_before_the_first_snapshot_it_says_that_it_starts(live: Live) -> None:
    session_api = FakeSessionApi(after_start=None)
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        assert "starting the session…" in text_of(pilot.app)
        session_api.picture = snapshot(1)
        await settle(pilot)
        assert "starting the session…" not in text_of(pilot.app)


async def test_notices_are_shown_as_they_are_written(session_api: FakeSessionApi, live: Live) -> None:
    session_api.waiting_notices = [Notice("error", "export", "cannot write [/tmp/x.json]")]
    async with live(session_api).run_test(size=WIDE) as pilot:
        await settle(pilot)
        shown = [
            (toast.severity, toast.title, toast.message, toast.markup) for toast in pilot.app._notifications
        ]
        assert shown == [("error", "export", "cannot write [/tmp/x.json]", False)]


async def test_escape_before_load_stops_the_session_and_goes_to_the_lobby(live: Live) -> None:
    session_api = FakeSessionApi(after_start=replace(snapshot(), phase="starting", now_s=0.0))
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("escape", "y")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert session_api.stopped == 1
        assert isinstance(pilot.app.screen, LobbyScreen)


PAGES = ("enter", "y", "question_mark", "exclamation_mark")
"""Keys that open a page over the live screen."""

STARTING = replace(snapshot(), phase="starting", now_s=0.0)


@pytest.mark.parametrize(
    ("page", "picture", "then"),
    [
        *((page, snapshot(), EndScreen) for page in (*PAGES, "ctrl+p") if page != "y"),
        ("question_mark", STARTING, LobbyScreen),
    ],
)
async def test_a_page_that_is_opened_while_load_stops_delays_only_what_follows(
    live: Live, page: str, picture: Snapshot, then: type[Screen[None]]
) -> None:
    session_api = SlowToStop(after_start=picture)
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("escape", "y")
        await pilot.press(page)
        await pilot.pause()
        assert not isinstance(pilot.app.screen, LiveScreen)
        session_api.may_stop.set()
        await eventually(lambda: session_api.stopped == 1)
        await settle(pilot)
        await pilot.press("escape")
        await eventually(lambda: isinstance(pilot.app.screen, then))


async def test_keys_typed_while_load_stops_wait_for_the_card(live: Live) -> None:
    session_api = SlowToStop()
    app = live(session_api)
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("q", "q", "q", "enter", "q")
        assert isinstance(app.screen, LiveScreen)
        assert app.is_running
        assert [each.title for each in app._notifications] == ["q waits for the result"]
        session_api.may_stop.set()
        await eventually(lambda: isinstance(app.screen, EndScreen))


async def test_q_waits_for_the_card_after_the_end_of_a_plan_too(
    session_api: FakeSessionApi, live: Live
) -> None:
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        session_api.picture = replace(snapshot(), phase="stopping")
        await settle(pilot)
        await pilot.press("q")
        await pilot.pause()
        assert pilot.app.is_running
        session_api.picture = ended(snapshot())
        await eventually(lambda: isinstance(pilot.app.screen, EndScreen))


async def test_a_second_ctrl_c_ends_at_once(live: Live) -> None:
    app = live(SlowToStop())
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("ctrl+c", "ctrl+c")
        await pilot.pause()
        assert not app.is_running


@pytest.mark.parametrize("key", ["escape", "q"])
async def test_enter_stops_no_session(session_api: FakeSessionApi, live: Live, key: str) -> None:
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press(key, "enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, ConfirmScreen)
        assert session_api.stopped == 0


@pytest.mark.parametrize("page", PAGES)
async def test_q_on_a_page_asks_before_it_stops_a_session(
    session_api: FakeSessionApi, live: Live, page: str
) -> None:
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press(page)
        await settle(pilot)
        opened = pilot.app.screen
        assert not isinstance(opened, LiveScreen)
        await pilot.press("q")
        await settle(pilot)
        assert pilot.app.is_running
        if isinstance(opened, Page):
            assert isinstance(pilot.app.screen, QuitQuestion)
            await pilot.press("n")
        assert isinstance(pilot.app.screen, LiveScreen)
        assert session_api.stopped == 0
        await pilot.press("q", "q")
        await eventually(lambda: isinstance(pilot.app.screen, EndScreen))


@pytest.mark.parametrize("size", [SMALL, WIDE])
@pytest.mark.parametrize("targets", [3, 6])
async def test_the_screen_looks_as_it_did(live: Live, size: tuple[int, int], targets: int) -> None:
    async with live(FakeSessionApi(after_start=snapshot(targets=targets))).run_test(size=size) as pilot:
        await settle(pilot)
        assert_same_screen(pilot.app, f"live-{targets}-{size[0]}x{size[1]}")


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_the_open_model_looks_as_it_did(live: Live, size: tuple[int, int]) -> None:
    async with live(FakeSessionApi(after_start=open_snapshot())).run_test(size=size) as pilot:
        await settle(pilot)
        assert_same_screen(pilot.app, f"open-{size[0]}x{size[1]}")


@pytest.mark.parametrize("mode", ["block", "ascii"])
async def test_other_charts_look_as_they_did(session_api: FakeSessionApi, mode: str) -> None:
    session_api.start(commands.Choice("hello", ()))
    app = AbreastApp(
        session_api, commands.Choice("hello", ()), charts="block" if mode == "block" else "ascii"
    )
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        assert_same_screen(app, f"live-{mode}-80x24")


async def test_without_colours_signs_stand_on_the_lines(
    session_api: FakeSessionApi, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        assert_same_screen(pilot.app, "live-no-color-80x24")


async def test_streams_have_tabs_once_there_are_any(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=WIDE) as pilot:
        await settle(pilot)
        chart = pilot.app.screen.query_one("#right")
        await pilot.press(*["tab"] * 6)
        await settle(pilot)
        assert chart.border_title == "/health answer time"
        picture = with_target(snapshot(73), "fastapi", streams=True)
        values = tuple(100.0 for _ in picture.seconds)
        series = replace(picture.targets[0].series, tokens_per_s=values, first_byte_ms=values)
        session_api.picture = with_target(picture, "fastapi", series=series)
        await settle(pilot)
        assert chart.border_title == "/health answer time", "the picture stays as it is"
        await pilot.press("tab")
        await settle(pilot)
        assert chart.border_title == "tokens/s"
        await pilot.press("tab")
        await settle(pilot)
        assert chart.border_title == "time to the first byte, median"
        session_api.picture = snapshot(74)
        await settle(pilot)
        assert chart.border_title == "p95 latency", "one that there is"


async def test_a_caption_is_whole_on_a_small_screen_and_gives_way_to_the_question(
    session_api: FakeSessionApi, live: Live
) -> None:
    caption = (
        "Look at the first lane: four workers, each held for 2 s. The fifth user waits for a whole call: its "
        "p95 shows it."
    )
    told = replace(snapshot(), caption=caption, stage_text="level 2/3: 50 users", left_s=250.0)
    async with live(session_api).run_test(size=SMALL) as pilot:
        session_api.picture = told
        await settle(pilot)
        session_api.picture = replace(told, now_s=73.0)
        await settle(pilot)
        shown = " ".join(text_of(pilot.app).split())
        assert caption in shown
        assert "04:10 left" in shown
        session_api.picture = replace(snapshot(73), caption="")
        await settle(pilot)
        await settle(pilot)
        assert "Look at" not in text_of(pilot.app)
        assert pilot.app.screen.query_one("#load").size.height == 2


async def test_what_just_happened_is_said_once(session_api: FakeSessionApi, live: Live) -> None:
    fault = EventSnapshot(72.5, "fault", "django-wsgi", "kill-worker", EventDetail("injected", "kill-worker"))
    async with live(session_api).run_test(size=SMALL) as pilot:
        session_api.picture = replace(snapshot(), caption="Look at the first lane.")
        await settle(pilot)
        session_api.picture = replace(
            snapshot(73), now_s=73.4, caption="Look.", events=(*snapshot().events, fault)
        )
        await settle(pilot)
        await settle(pilot)
        assert text_of(pilot.app).count("a worker was killed") == 1
        assert "▲ django-wsgi kill-worker" in text_of(pilot.app), "the newest event is below"


async def test_a_session_that_was_stopped_here_offers_no_keys_that_steer(live: Live) -> None:
    session_api = SlowToStop(after_start=snapshot())
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("escape", "y")
        await settle(pilot)
        keys = text_of(pilot.app).splitlines()[-1]
        assert "ctrl+c quit now" in keys
        assert not any(
            word in keys for word in ("users", "pause", "freeze", "chart", "present", "zoom", "esc", "q quit")
        )
        await pilot.press("plus", "space")
        assert session_api.sent == []
        session_api.may_stop.set()
