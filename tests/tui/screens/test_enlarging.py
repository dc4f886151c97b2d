"""The presenter and zoomed parts: what they show, and that keys go on steering."""

from dataclasses import replace
from pathlib import Path

import pytest
from textual.widget import Widget

from engine.metrics.event_detail import EventDetail
from engine.metrics.snapshot import EventSnapshot, Recovery, Snapshot
from engine.plan import commands
from tests.support.fakes import FakeSessionApi, snapshot, with_target
from tests.support.live_screen import SMALL, WIDE, Live, settle
from tests.support.screen_text import text_of
from tests.support.waiting import eventually
from tests.tui.screens.test_watch import settled, watching
from tui.commands.live import LIVE
from tui.screens.live import LiveScreen
from tui.views.presenter import LARGE
from tui.widgets.chart import Chart
from tui.widgets.lane import Lane
from tui.widgets.panel import Panel

pytestmark = pytest.mark.anyio

PHASES: dict[str, Snapshot] = {
    "running": snapshot(),
    "paused": replace(
        snapshot(),
        stage_text="paused",
        targets=tuple(replace(each, load=replace(each.load, paused=True)) for each in snapshot().targets),
    ),
}
"""Once it has ended, a session that was live has its end card; see below for one that was recorded."""


def displayed(screen: LiveScreen) -> set[str]:
    """The parts that are on the screen."""
    parts = ("#presenter", "#left", "#right", "#lanes", "#table", "#bottom", "#steady")
    return {part for part in parts if is_shown(screen.query_one(part))}


def is_shown(widget: Widget) -> bool:
    return bool(widget.region) and all(each.display for each in [widget, *widget.ancestors[:-2]])


@pytest.mark.parametrize("size", [SMALL, WIDE, (60, 16), (200, 60)])
@pytest.mark.parametrize("picture", PHASES.values(), ids=PHASES)
async def test_the_presenter_fills_the_screen_and_goes_again(
    live: Live, picture: Snapshot, size: tuple[int, int]
) -> None:
    async with live(FakeSessionApi(after_start=picture)).run_test(size=size) as pilot:
        await settle(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, LiveScreen)
        before = displayed(screen)
        await pilot.press("p")
        await settle(pilot)
        assert displayed(screen) == {"#presenter"}
        shown = text_of(pilot.app)
        assert "fastapi" in shown
        assert "█" in shown or "▀" in shown
        rows = screen.query_one("#big-caption", Panel).rows
        caption = " ".join("".join(span.text for span in row) for row in rows)
        if size[0] < LARGE[0]:
            assert "what does the framework itself cost?" in " ".join(caption.split())
        else:
            assert "▀" in caption, "in big letters"
        await pilot.press("p")
        await settle(pilot)
        assert displayed(screen) == before


async def test_keys_steer_while_the_presenter_is_shown(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=WIDE) as pilot:
        await settle(pilot)
        await pilot.press("p")
        await settle(pilot)
        await pilot.press("plus", "space", "2")
        assert session_api.sent == [commands.ChangeUsers(None, 1), commands.Pause(None)]


async def test_leaving_hides_the_presenter(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=WIDE) as pilot:
        await settle(pilot)
        await pilot.press("p")
        await settle(pilot)
        pilot.app.screen.add_class("-leaving")
        await settle(pilot)
        assert not pilot.app.screen.query_one("#presenter").display
        assert pilot.app.screen.query_one("#starting").display


async def test_escape_shows_all_again_before_it_leaves(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=WIDE) as pilot:
        await settle(pilot)
        for key, name, label in (("p", "present", "lanes"), ("z", "zoom", "next part")):
            await pilot.press(key)
            await settle(pilot)
            assert isinstance(pilot.app.screen, LiveScreen)
            now = pilot.app.screen.now()
            labels = {each.id: each.label_now(now) for each in LIVE}
            assert (labels[name], labels["zoomed"]) == (label, "back")
            await pilot.press("escape")
            await settle(pilot)
            assert isinstance(pilot.app.screen, LiveScreen)
            assert "#lanes" in displayed(pilot.app.screen)
            assert pilot.app.screen.now().enlarged == ""


@pytest.mark.parametrize("picture", PHASES.values(), ids=PHASES)
async def test_zoom_goes_from_part_to_part_and_back(live: Live, picture: Snapshot) -> None:
    async with live(FakeSessionApi(after_start=picture)).run_test(size=WIDE) as pilot:
        await settle(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, LiveScreen)
        before, seen = displayed(screen), []
        for _ in range(5):
            await pilot.press("z")
            await settle(pilot)
            seen.append(displayed(screen))
        assert seen == [{"#right"}, {"#left"}, {"#presenter"}, {"#bottom"}, before]


async def test_a_zoomed_lane_is_the_selected_target_alone(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=WIDE) as pilot:
        await settle(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, LiveScreen)
        screen.enlarge("lane")
        await settle(pilot)
        await pilot.press("2")
        await settle(pilot)
        rows = ["".join(span.text for span in row) for row in screen.query_one("#big", Panel).rows]
        assert "django-wsgi" in rows[0]
        assert not any("fastapi" in row for row in rows)


async def test_a_double_click_enlarges_a_lane_or_a_chart(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=WIDE) as pilot:
        await settle(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, LiveScreen)
        await pilot.click("#left", times=2)
        await settle(pilot)
        assert displayed(screen) == {"#left"}
        await pilot.click("#left", times=2)
        await settle(pilot)
        assert "#lanes" in displayed(screen)
        await pilot.click(screen.query(Lane).last())
        await settle(pilot)
        assert (screen.selected, screen.enlarged) == ("django-asgi", "")
        await pilot.click(screen.query(Lane).first(), times=2)
        await settle(pilot)
        assert displayed(screen) == {"#presenter"}
        assert screen.selected == "fastapi"


async def test_what_happens_is_the_caption_for_a_while(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        happened = EventSnapshot(
            72.5, "fault", "django-wsgi", "kill-worker", EventDetail("injected", "kill-worker")
        )
        session_api.picture = replace(snapshot(73), now_s=73.4, events=(*snapshot().events, happened))
        await settle(pilot)
        assert "a worker was killed: watch ▲ django-wsgi" in text_of(pilot.app)
        await pilot.press("p")
        await settle(pilot)
        assert "a worker was killed: watch ▲ django-wsgi" in text_of(pilot.app)
        session_api.picture = replace(session_api.picture, now_s=75.0)
        await settle(pilot)
        session_api.picture = replace(session_api.picture, now_s=77.9)
        await settle(pilot)
        session_api.picture = replace(session_api.picture, now_s=80.8)
        await settle(pilot)
        session_api.picture = replace(session_api.picture, now_s=82.0)
        await settle(pilot)
        assert "a worker was killed" not in text_of(pilot.app)
        assert "what does the framework itself cost?" in " ".join(text_of(pilot.app).split())


async def test_a_podium_takes_the_place_of_the_chart(live: Live) -> None:
    first = Recovery(1, "fastapi", "pause", 60.0, 63.0, 70.0, 0.0, 5.0, 0.0, 5.1, 0, load_changed=False)
    second = replace(first, number=2, target="django-wsgi", recovered_s=66.0)
    picture = with_target(replace(snapshot(), recoveries=(first, second)), "fastapi")
    async with live(FakeSessionApi(after_start=picture)).run_test(size=WIDE) as pilot:
        await settle(pilot)
        await pilot.press("p")
        await settle(pilot)
        shown = text_of(pilot.app)
        assert "recovered from “pause”" in shown
        assert "6 s" in shown
        assert not pilot.app.screen.query_one("#big-chart").display


async def test_a_recorded_session_has_the_presenter_and_can_be_taken_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with watching(at=30, size=WIDE) as (host, pilot):
        screen = pilot.app.screen
        await pilot.press("P")
        await settled(host, pilot)
        assert is_shown(screen.query_one("#presenter"))
        assert "ok/s" in text_of(pilot.app)
        await pilot.press(".")
        await settled(host, pilot)
        assert host.playback().player.second == 31, "time moves in it too"
        await pilot.press("escape")
        await settled(host, pilot)
        assert is_shown(screen.query_one("#lanes"))
        await pilot.press("end")
        await settled(host, pilot)
        for key, part in (("P", "#presenter"), ("P", "#card"), ("z", "#right"), ("escape", "#card")):
            await pilot.press(key)
            await settled(host, pilot)
            assert is_shown(screen.query_one(part)), (key, part)
        await pilot.press("S", "C")
        await eventually(lambda: len(list(tmp_path.glob("abreast-three-ways-to-wait-*.*"))) == 2)


async def test_the_presenters_chart_changes_and_leaves_the_others_as_they_are(live: Live) -> None:
    async with live(FakeSessionApi(after_start=snapshot())).run_test(size=WIDE) as pilot:
        await settle(pilot)
        await pilot.press("p")
        await settle(pilot)
        assert pilot.app.screen.query_one("#right", Chart).border_title == "p95 latency", (
            "for when it is back"
        )
        large = pilot.app.screen.query_one("#big-chart", Chart)
        assert large.border_title == "goodput, ok/s"
        await pilot.press("tab")
        await settle(pilot)
        assert large.border_title == "p50 latency"
        await pilot.press("h")
        await settle(pilot)
        assert "percentile" in str(large.border_title)
        await pilot.press("p")
        await settle(pilot)
        shown = [str(pilot.app.screen.query_one(each).border_title) for each in ("#left", "#right")]
        assert shown == ["goodput, ok/s", "p95 latency"]


async def test_the_second_chart_alone_says_whose_lines_they_are(live: Live) -> None:
    async with live(FakeSessionApi(after_start=snapshot())).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("z")
        await settle(pilot)
        title = "p95 latency   ● fastapi  ▲ django-wsgi  ■ django-asgi"
        assert title in text_of(pilot.app)
        await pilot.press("escape")
        await settle(pilot)
        assert title not in text_of(pilot.app)
