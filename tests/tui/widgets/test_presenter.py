"""The presenter's parts at several sizes."""

import pytest

from tests.support.fakes import FakeSessionApi, snapshot
from tests.support.live_screen import Live, settle
from tests.support.screen_states import STATES, Terminal
from tui.widgets.panel import Panel
from tui.widgets.presenter import Presenter

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("targets", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("size", [(80, 24), (120, 35), (160, 45), (200, 60)])
async def test_figures_chart_and_caption_fill_it(live: Live, targets: int, size: tuple[int, int]) -> None:
    async with live(FakeSessionApi(after_start=snapshot(targets=targets))).run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.press("p")
        await settle(pilot)
        await settle(pilot)
        presenter = pilot.app.screen.query_one(Presenter)
        big, chart = presenter.query_one("#big", Panel), presenter.query_one("#big-chart", Panel)
        caption = presenter.query_one("#big-caption", Panel)
        assert len(big.rows) == big.size.height > min(targets, 6), "in letters of several rows"
        assert caption.region.bottom == presenter.content_region.bottom
        assert big.region.bottom <= caption.region.y
        if chart.display:
            assert chart.region.height >= 5
            assert chart.region.bottom <= caption.region.y


async def test_below_figures_in_normal_letters_there_is_a_chart() -> None:
    async with STATES["presenter, broken targets"].open(Terminal(), (60, 16)) as pilot:
        presenter = pilot.app.screen.query_one(Presenter)
        chart = presenter.query_one("#big-chart", Panel)
        assert len(presenter.query_one("#big", Panel).rows) == 3
        assert chart.display
        assert chart.region.height >= 5


async def test_large_figures_that_leave_room_have_a_chart_below(live: Live) -> None:
    async with live(FakeSessionApi(after_start=snapshot(targets=1))).run_test(size=(60, 16)) as pilot:
        await settle(pilot)
        await pilot.press("p")
        await settle(pilot)
        await settle(pilot)
        chart = pilot.app.screen.query_one("#big-chart", Panel)
        assert chart.display
        assert chart.region.height >= 5
        await pilot.press("tab")
        await settle(pilot)
        assert chart.border_title == "p50 latency"
