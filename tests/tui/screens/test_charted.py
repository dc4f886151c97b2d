"""The two charts of a session: keys, tabs, legend and mouse."""

from dataclasses import replace

import pytest
from textual import events
from textual.pilot import Pilot

from engine.machine import paths
from engine.metrics.snapshot import ChosenView
from tests.support.fakes import FakeSessionApi, ended, snapshot, with_target
from tests.support.live_screen import SMALL, WIDE, Live, settle
from tests.support.made_sessions import Shape, write
from tests.support.row_text import lines
from tests.support.screen_text import text_of
from tests.support.waiting import eventually
from tui import settings
from tui.app import AbreastApp
from tui.look import Look
from tui.screens.charted import ChartedScreen
from tui.screens.live import LiveScreen
from tui.session_api import Choice
from tui.views.chart_view import ChartView
from tui.views.plot_body import LABEL_WIDTH
from tui.widgets.chart import Chart

pytestmark = pytest.mark.anyio


def chart(pilot: Pilot[None], side: str = "right") -> Chart:
    return pilot.app.screen.query_one(f"#{side}", Chart)


def below(pilot: Pilot[None], side: str = "right") -> str:
    """The text on the chart's lower border."""
    region = chart(pilot, side).region
    return text_of(pilot.app).splitlines()[region.bottom - 1][region.x : region.right]


def view(pilot: Pilot[None]) -> ChartView:
    assert isinstance(pilot.app.screen, ChartedScreen)
    return pilot.app.screen.chart_view


async def test_a_plan_chooses_the_charts(session_api: FakeSessionApi, live: Live) -> None:
    chosen = ChosenView(("health", "goodput"), "health", {"health": "is it blocked?"}, is_log=True)
    session_api.after_start = replace(snapshot(), chosen_view=chosen)
    async with live(session_api).run_test(size=WIDE) as pilot:
        await settle(pilot)
        assert chart(pilot, "left").border_title == "/health answer time (log) · is it blocked?"
        assert chart(pilot).border_title == "goodput, ok/s"
        assert "goodput p50" in below(pilot)
        assert "/health" not in below(pilot), "it is at the left already"


async def test_the_second_chart_goes_through_all_and_back(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        titles = []
        for key in ("tab", "c", "shift+tab", *["tab"] * 8):
            await pilot.press(key)
            await settle(pilot)
            titles.append(str(chart(pilot).border_title))
        assert titles[:3] == ["p99 latency", "errors, % of requests", "p99 latency"]
        assert "how latencies are spread: fastapi" in titles
        assert titles[-1] == "p95 against goodput"
        assert "knee" in text_of(pilot.app), "the tabs move along"


async def test_h_goes_through_the_shapes_and_back_to_what_was_there(
    session_api: FakeSessionApi, live: Live
) -> None:
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        await pilot.press("tab")
        titles = []
        for _ in range(4):
            await pilot.press("h")
            await settle(pilot)
            titles.append(str(chart(pilot).border_title))
        assert titles[0] == "latency by percentile"
        assert titles[2:] == ["p95 against goodput", "p99 latency"]


async def test_g_changes_the_span_of_both_charts(session_api: FakeSessionApi, live: Live) -> None:
    session_api.after_start = snapshot(250)
    async with live(session_api).run_test(size=WIDE) as pilot:
        await settle(pilot)
        spans = []
        for _ in range(4):
            await pilot.press("g")
            await settle(pilot)
            spans.append((view(pilot).span_text, lines(chart(pilot, "left").rows)[-1].split()[0]))
        assert [text for text, _ in spans] == ["10 min", "all", "30 s", "2 min"]
        assert [first for _, first in spans] == ["0:00", "0:00", "3:40", "2:15"]
        assert lines(chart(pilot).rows)[-1].split()[0] == "2:15"


async def test_a_span_is_remembered_for_the_next_session(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=WIDE) as pilot:
        await settle(pilot)
        await pilot.press("g", "g")
        await eventually(lambda: settings.load()[0].span_s == 0)
    look = Look(span_s=settings.load()[0].span_s)
    app = AbreastApp(session_api, Choice("hello", ()), look=look)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        assert view(pilot).span_text == "all"
        await pilot.press("g")
        await eventually(lambda: settings.load()[0].span_s == 30)


async def test_the_wheel_changes_the_span(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=WIDE) as pilot:
        await settle(pilot)
        spans = []
        for event in (events.MouseScrollDown, events.MouseScrollUp, events.MouseScrollUp):
            left = chart(pilot, "left")
            left.post_message(event(left, 20, 4, 0, 1, 0, False, False, False))
            await settle(pilot)
            spans.append(view(pilot).span_s)
        assert spans == [600, 120, 30]


async def test_l_makes_latencies_logarithmic(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=WIDE) as pilot:
        await settle(pilot)
        assert any(row.startswith("     0 ") for row in lines(chart(pilot).rows))
        await pilot.press("L")
        await settle(pilot)
        assert not any(row.startswith("     0 ") for row in lines(chart(pilot).rows))
        assert any(row.startswith("     0 ") for row in lines(chart(pilot, "left").rows)), "goodput is not"
        assert chart(pilot).border_title == "p95 latency (log)"
        await pilot.press("L")
        await settle(pilot)
        assert chart(pilot).border_title == "p95 latency"


async def drag(pilot: Pilot[None], selector: str, first: int, last: int) -> None:
    await pilot.mouse_down(selector, offset=(first, 4))
    await pilot.hover(selector, offset=((first + last) // 2, 4))
    await pilot.hover(selector, offset=(last, 5))
    await pilot.mouse_up(selector, offset=(last, 5))
    await settle(pilot)


async def test_a_drag_zooms_both_charts_and_escape_undoes_it(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=WIDE) as pilot:
        await settle(pilot)
        await drag(pilot, "#left", 1 + LABEL_WIDTH + 10, 1 + LABEL_WIDTH + 30)
        zoom = view(pilot).zoom
        assert zoom is not None
        assert 11 < zoom[0] < 13.5
        assert 35 < zoom[1] < 39
        assert "0:12–0:37" in str(chart(pilot).border_title)
        assert "esc unzoom" in text_of(pilot.app)
        await pilot.press("escape")
        await settle(pilot)
        assert view(pilot).zoom is None
        assert isinstance(pilot.app.screen, LiveScreen), "it left nothing"


async def test_a_drag_to_the_left_is_the_same_and_a_double_click_undoes_it(
    session_api: FakeSessionApi, live: Live
) -> None:
    async with live(session_api).run_test(size=WIDE) as pilot:
        await settle(pilot)
        await drag(pilot, "#right", 1 + LABEL_WIDTH + 30, 1 + LABEL_WIDTH + 10)
        zoom = view(pilot).zoom
        assert zoom is not None
        assert zoom[0] < zoom[1]
        await pilot.double_click("#right", offset=(20, 4))
        await settle(pilot)
        assert view(pilot).zoom is None


async def test_what_is_chosen_is_seen_while_it_is_chosen(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=WIDE) as pilot:
        await settle(pilot)
        await pilot.mouse_down("#left", offset=(20, 4))
        await pilot.hover("#left", offset=(40, 4))
        await pilot.pause()
        (row,) = chart(pilot, "left").rows[5:6]
        assert sum(len(span.text) for span in row if "reverse" in span.style) == 21
        await pilot.mouse_up("#left", offset=(40, 4))
        await settle(pilot)
        assert not any("reverse" in span.style for span in chart(pilot, "left").rows[5])


async def test_a_mark_says_what_happened_under_the_pointer(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        rows = lines(chart(pilot, "left").rows)
        column = max(at for at, sign in enumerate(rows[-2]) if sign == "┆")
        await pilot.hover("#left", offset=(1 + column, 3))
        await pilot.pause()
        assert lines(chart(pilot, "left").rows)[0].strip().startswith("01:04 ▲ users 10 → 20")
        await pilot.hover("#events")
        await pilot.pause()
        assert "01:04" not in lines(chart(pilot, "left").rows)[0]
        await pilot.click("#left", offset=(1 + column, 3))
        await pilot.pause()
        assert "01:04" in lines(chart(pilot, "left").rows)[0]


async def test_a_click_on_a_tab_shows_it(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=WIDE) as pilot:
        await settle(pilot)
        right = chart(pilot)
        column = below(pilot).index("cpu") + 1
        await pilot.click("#right", offset=(column, right.outer_size.height - 1))
        await settle(pilot)
        assert right.border_title == "CPU, % of one core"


async def test_a_click_in_the_legend_selects_the_target(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=WIDE) as pilot:
        await settle(pilot)
        left = chart(pilot, "left")
        text = below(pilot, "left")
        assert "● fastapi  ▲ django-wsgi  ■ django-asgi" in text
        await pilot.click("#left", offset=(text.index("wsgi"), left.outer_size.height - 1))
        await settle(pilot)
        assert isinstance(pilot.app.screen, LiveScreen)
        assert pilot.app.screen.selected == "django-wsgi"


async def test_the_last_session_of_the_preset_is_drawn_as_a_ghost(
    session_api: FakeSessionApi, live: Live
) -> None:
    session_id = "20240101-120000-hello-0001"
    write(paths.sessions(), Shape(seconds=60, session_id=session_id))
    async with live(session_api).run_test(size=WIDE) as pilot:
        await settle(pilot)
        await pilot.press("G")
        await eventually(lambda: view(pilot).ghost is not None)
        await settle(pilot)
        assert session_id in str(chart(pilot).border_title)
        await pilot.press("G")
        await settle(pilot)
        assert view(pilot).ghost is None
        assert session_id not in text_of(pilot.app)


async def test_without_an_earlier_session_it_says_so(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=WIDE) as pilot:
        await settle(pilot)
        await pilot.press("G")
        await eventually(lambda: len(pilot.app._notifications) > 0)
        (toast,) = pilot.app._notifications
        assert toast.message == "no earlier session of hello is recorded"
        assert view(pilot).ghost is None


async def test_turns_are_abreast_until_t_shows_them_in_order(session_api: FakeSessionApi, live: Live) -> None:
    picture = replace(snapshot(60), schedule="solo")
    for at, target in enumerate(picture.targets):
        picture = with_target(picture, target.name, turn_began_s=22.0 * at)
    session_api.after_start = picture
    async with live(session_api).run_test(size=WIDE) as pilot:
        await settle(pilot)
        assert "time within each turn" in str(chart(pilot).border_title)
        await pilot.press("T")
        await settle(pilot)
        assert "turn" not in str(chart(pilot).border_title)
        assert "1:00" in lines(chart(pilot).rows)[-1]


async def test_turns_are_refused_where_all_run_at_once(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=WIDE) as pilot:
        await settle(pilot)
        await pilot.press("T")
        await pilot.pause()
        assert [toast.message for toast in pilot.app._notifications] == ["the targets run at the same time"]
        assert view(pilot).overlays_turns


@pytest.mark.parametrize("key", ["g", "L", "h", "T", "G", "tab", "c", "escape"])
async def test_every_key_of_the_charts_works_at_the_end_and_before_the_beginning(
    key: str, live: Live
) -> None:
    session_api = FakeSessionApi(after_start=None)
    async with live(session_api).run_test(size=SMALL) as pilot:
        if key != "escape":
            await pilot.press(key)
        session_api.picture = ended(snapshot())
        await settle(pilot)
        await pilot.press(key)
        await settle(pilot)


async def test_the_same_snapshot_is_not_drawn_again(session_api: FakeSessionApi, live: Live) -> None:
    async with live(session_api).run_test(size=SMALL) as pilot:
        await settle(pilot)
        rows = chart(pilot).rows
        session_api.picture = replace(snapshot(), now_s=72.8)
        await settle(pilot)
        assert chart(pilot).rows is rows
