"""One to seven targets at every size: names are whole, nothing is shown twice, charts keep their room."""

import pytest

from tests.support.fakes import FakeSessionApi, snapshot
from tests.support.live_screen import Live, settle
from tests.support.screen_text import text_of
from tui.widgets.lane import Lane

pytestmark = pytest.mark.anyio

SIZES = ((80, 24), (120, 35), (160, 45), (200, 60))
WIDEST_LANE = 80


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("targets", [1, 2, 3, 4, 6, 7])
async def test_every_target_has_its_place(live: Live, targets: int, size: tuple[int, int]) -> None:
    picture = snapshot(targets=targets)
    async with live(FakeSessionApi(after_start=picture)).run_test(size=size) as pilot:
        await settle(pilot)
        await settle(pilot)
        screen, shown = pilot.app.screen, text_of(pilot.app)
        for target in picture.targets:
            assert target.label in shown
        assert "fasta…" not in shown
        assert "djan…" not in shown
        table, lanes = screen.query_one("#table"), screen.query_one("#lanes")
        assert table.display != lanes.display, "lanes, or a table in their place"
        assert not (table.display and screen.query_one("#steady").display), "one table is enough"
        if lanes.display:
            assert all(lane.region.width <= WIDEST_LANE for lane in screen.query(Lane))
            assert len({lane.region for lane in screen.query(Lane)}) == targets
        for name in ("#left", "#right"):
            chart = screen.query_one(name).region
            assert chart.height >= size[1] // 4, name
            assert chart.width >= 38, name


async def test_lanes_beside_charts_keep_their_events(live: Live) -> None:
    async with live(FakeSessionApi(after_start=snapshot(targets=2))).run_test(size=(160, 45)) as pilot:
        await settle(pilot)
        await settle(pilot)
        screen = pilot.app.screen
        lanes, events, left, right = (
            screen.query_one(name).region for name in ("#lanes", "#events", "#left", "#right")
        )
        assert lanes.right <= left.x
        assert lanes.bottom <= events.y
        assert events.right <= left.x
        assert left.bottom <= right.y
        assert left.height > 10
        assert events.height > 10
