"""The load bar: which lines it has at which height."""

from dataclasses import replace

import pytest

from engine.metrics.snapshot import Snapshot
from tests.support.fakes import FakeSessionApi, snapshot
from tests.support.live_screen import SMALL, WIDE, Live, settle
from tests.support.screen_text import text_of
from tests.tui.screens.test_moving_stages import shaped
from tui.screens.help import OverlayScreen
from tui.views.rows import width_of
from tui.widgets.load_bar import LoadBar

pytestmark = pytest.mark.anyio

STORY = "Twenty users. Remember the response times."


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("height", [16, 24, 35, 60])
@pytest.mark.parametrize("picture", [snapshot(), shaped(), replace(shaped(), caption=STORY)])
async def test_lines_are_as_wide_as_the_bar_and_none_is_cut_off(
    live: Live, picture: Snapshot, width: int, height: int
) -> None:
    async with live(FakeSessionApi(after_start=picture)).run_test(size=(width, height)) as pilot:
        await settle(pilot)
        bar = pilot.app.screen.query_one(LoadBar)
        assert 2 <= len(bar.rows) <= bar.size.height
        assert {width_of(row) for row in bar.rows} == {bar.size.width}
        if picture.caption:
            text = " ".join("".join(span.text for span in row) for row in bar.rows)
            assert STORY in " ".join(text.split())


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_who_watches_in_a_browser_is_counted_beside_the_clock(
    live: Live, size: tuple[int, int]
) -> None:
    async with live(FakeSessionApi(in_browsers=3)).run_test(size=size) as pilot:
        await settle(pilot)
        assert "01:12 / 03:30 · 3 watch ▏" in text_of(pilot.app)


async def test_the_shape_has_a_line_where_there_is_room(live: Live) -> None:
    for size, rows in ((SMALL, 2), (WIDE, 4)):
        async with live(FakeSessionApi(after_start=shaped())).run_test(size=size) as pilot:
            await settle(pilot)
            bar = pilot.app.screen.query_one(LoadBar)
            lines = ["".join(span.text for span in row) for row in bar.rows]
            assert len(lines) == rows
            assert [at for at, line in enumerate(lines) if "┃" in line] == [rows // 2]


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_a_click_on_the_light_says_why(
    session_api: FakeSessionApi, live: Live, size: tuple[int, int]
) -> None:
    async with live(session_api).run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.click("#load", offset=(2, 0))
        await pilot.pause()
        assert not isinstance(pilot.app.screen, OverlayScreen), "nothing is said beside the light"
        at = text_of(pilot.app).splitlines()[0].index("generator")
        await pilot.click("#load", offset=(at, 0))
        await pilot.pause()
        assert isinstance(pilot.app.screen, OverlayScreen)
        assert "generator green" in text_of(pilot.app)
