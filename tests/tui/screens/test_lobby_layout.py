"""The lobby fills its screen, at every size."""

from itertools import groupby

import pytest

import presets
from tests.support.fakes import FakeSessionApi
from tests.support.live_screen import SMALL, WIDE
from tests.support.planning_api import Planning
from tests.support.screen_text import text_of
from tui.app import AbreastApp
from tui.preset_info import preset_info
from tui.widgets.panel import Panel

pytestmark = pytest.mark.anyio


async def test_the_load_shape_fills_its_place_at_every_size(session_api: FakeSessionApi) -> None:
    async with AbreastApp(session_api).run_test(size=SMALL) as pilot:
        for size in ((120, 34), WIDE, SMALL):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            await pilot.pause()
            shape = pilot.app.screen.query_one("#shape", Panel)
            assert len(shape.rows) == shape.size.height
            assert {sum(len(span.text) for span in row) for row in shape.rows} == {shape.size.width}


@pytest.mark.parametrize("size", [(80, 24), (120, 35), (160, 45), (200, 60)])
async def test_no_third_of_the_screen_is_empty(size: tuple[int, int]) -> None:
    session_api = Planning(offered=tuple(preset_info(name) for name in presets.names()))
    app = AbreastApp(session_api)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.pause()
        lines = text_of(app).splitlines()
        empty = [not line.strip(" │┃") for line in lines]
        runs = [len(list(run)) for is_empty, run in groupby(empty) if is_empty]
        assert max(runs, default=0) < size[1] / 6, "\n".join(lines)
        plan = app.screen.query_one("#plan")
        last = max(panel.region.bottom for panel in plan.children if panel.display)
        assert last == plan.region.bottom


async def test_a_long_hint_goes_on_below_itself_at_any_width() -> None:
    session_api = FakeSessionApi(refuses="it needs six packages that are not installed on this machine yet")
    async with AbreastApp(session_api).run_test(size=(160, 45)) as pilot:
        await pilot.pause()
        await pilot.press("enter")
        await pilot.resize_terminal(60, 16)
        for _ in range(3):
            await pilot.pause()
        shown = text_of(pilot.app)
        assert " it needs six packages that are not installed on this\n   machine yet\n" in shown
        assert "   why:  the test wants it\n" in shown


async def test_why_nothing_starts_is_said_in_a_terminal_of_any_size(session_api: FakeSessionApi) -> None:
    async with AbreastApp(session_api).run_test(size=SMALL) as pilot:
        for key in ("slash", *"zzz", "enter"):
            await pilot.press(key)
            await pilot.pause()
        for size in ((2, 20), (1, 1), SMALL):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            await pilot.press("enter")
            await pilot.pause()
        assert "no preset matches the search" in text_of(pilot.app)
