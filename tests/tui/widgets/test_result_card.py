"""The rows of a result, scrolled."""

import pytest
from textual import events
from textual.app import App, ComposeResult

from tests.support.screen_text import text_of
from tui.themes import themes_of
from tui.views.rows import Row, Span
from tui.widgets.result_card import ResultCard

pytestmark = pytest.mark.anyio

ROWS: list[Row] = [(Span(f"row {at}"),) for at in range(10)]


class CardApp(App[None]):
    """Only the card."""

    CSS = "ResultCard { height: 4; width: 30; }"

    def compose(self) -> ComposeResult:
        theme = next(themes_of("truecolor"))
        self.register_theme(theme)
        self.theme = theme.name
        yield ResultCard(id="card")


def shown(app: App[None]) -> list[str]:
    return [line.strip() for line in text_of(app).splitlines()[:4]]


async def test_it_scrolls_as_far_as_there_are_rows() -> None:
    app = CardApp()
    async with app.run_test(size=(30, 6)) as pilot:
        card = app.query_one(ResultCard)
        card.draw(ROWS, 30, 4)
        await pilot.pause()
        assert shown(app) == ["row 0", "row 1", "row 2", "↓ 7 more rows"]
        assert not card.move(-1)
        assert card.turn(1)
        await pilot.pause()
        assert shown(app)[0] == "row 2"
        assert card.turn(9)
        assert not card.turn(1)
        await pilot.pause()
        assert shown(app) == ["row 6", "row 7", "row 8", "row 9"]


async def test_a_shorter_result_is_not_scrolled_past_its_end() -> None:
    app = CardApp()
    async with app.run_test(size=(30, 6)) as pilot:
        card = app.query_one(ResultCard)
        card.draw(ROWS, 30, 4)
        card.turn(9)
        card.draw(ROWS[:3], 30, 4)
        await pilot.pause()
        assert shown(app) == ["row 0", "row 1", "row 2", ""]


async def test_the_wheel_scrolls_it() -> None:
    app = CardApp()
    async with app.run_test(size=(30, 6)) as pilot:
        card = app.query_one(ResultCard)
        card.draw(ROWS, 30, 4)
        for turned, first in ((events.MouseScrollDown, "row 1"), (events.MouseScrollUp, "row 0")):
            card.post_message(turned(card, 1, 1, 0, 1, 0, False, False, False))
            await pilot.pause()
            assert shown(app)[0] == first
