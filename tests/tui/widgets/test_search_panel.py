"""A search on the screen: while it runs, once it is over, and recorded."""

import pytest
from textual.app import App, ComposeResult

from tests.support.made_searches import MadeSearch, made_capacity
from tui.themes import themes_of
from tui.widgets.search_panel import SearchPanel

pytestmark = pytest.mark.anyio


class PanelApp(App[None]):
    """Only the panel."""

    CSS = "SearchPanel { height: 100%; width: 100%; border: round white; }"

    def compose(self) -> ComposeResult:
        theme = next(themes_of("truecolor"))
        self.register_theme(theme)
        self.theme = theme.name
        yield SearchPanel(id="search-panel")


def drawn(panel: SearchPanel) -> str:
    return "\n".join("".join(span.text for span in row) for row in panel.rows)


async def test_it_shows_progress_table_and_chart_and_then_only_the_chart() -> None:
    app = PanelApp()
    async with app.run_test(size=(80, 20)) as pilot:
        panel = app.query_one(SearchPanel)
        panel.draw(made_capacity(MadeSearch(trials=7, outcome="running")), is_over=False)
        await pilot.pause()
        assert "▲ tries 64 users" in drawn(panel)
        assert "next: 256" in drawn(panel)
        assert len(panel.rows) == 18
        assert "p95 < 500 ms" in str(panel.border_title)
        panel.draw(made_capacity(), is_over=True)
        await pilot.pause()
        assert "tries" not in drawn(panel)
        assert "SLO 95 %" in drawn(panel)


async def test_it_says_what_its_chart_shows() -> None:
    app = PanelApp()
    async with app.run_test(size=(80, 20)) as pilot:
        panel = app.query_one(SearchPanel)
        panel.draw(made_capacity(MadeSearch(trials=7, outcome="running")), is_over=False)
        await pilot.pause()
        assert "requests within the limit, in %, by users · 7 trials" in str(panel.border_subtitle)
