"""The lobby's list: presets, and the plans of the current folder, which can be searched.

Rules of this file:
- keys go to the search only after `/` or a click on it;
- what is chosen is what the list highlights, whatever messages are still under way.
"""

from textual import events, on
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from tui.screens.page import Page
from tui.session_api import PresetInfo, SessionApi
from tui.views.choices import matching_presets
from tui.views.rows import plain
from tui.widgets.choices import Choices
from tui.widgets.key_bar import KeyBar

LEAST_PRESET_ROWS, MOST_PRESET_ROWS = 2, 3
"""Rows of a preset in the list: its name, its title, its question."""

QUESTION_NEEDS_CELLS = 40
"""In a narrower list there is no room for questions."""


class PresetListScreen(Page):
    """The part of the lobby that chooses a preset. Subclasses show what is chosen."""

    def __init__(self, session_api: SessionApi) -> None:
        super().__init__()
        self.session_api = session_api
        self._presets: list[PresetInfo] = []
        self._offered: list[PresetInfo] = []
        """The presets that match the search, in order."""
        self._preset_rows = LEAST_PRESET_ROWS
        self.chosen: PresetInfo | None = None
        """None if no preset matches the search."""

    def choose(self, preset: PresetInfo | None) -> None:
        """Another preset is chosen."""
        self.chosen = preset

    # ------------------------------------------------------------ the list

    def list_presets(self) -> None:
        """Lists the presets, and chooses the first one; the keys go there."""
        self._presets = self.session_api.presets()
        presets = self.query_one("#presets", Choices)
        presets.border_title = "presets"
        self.query_one("#search").can_focus = False
        self._offer("")
        self.set_focus(presets)
        self.call_after_refresh(self.run_worker, self._look_for_plans, group="plans")

    async def _look_for_plans(self) -> None:
        """Adds the plans of the current folder; they are read after the first paint."""
        if found := await self.session_api.folder_plans():
            self._presets += found
            self.query_one("#presets").border_subtitle = f"{len(found)} plan{'s'[: len(found) - 1]} here ↓"
            self._offer(self.search, keeps=True)

    def _offer(self, search: str, *, keeps: bool = False) -> None:
        """Lists the presets that match the search, and chooses the best one, or keeps the chosen one."""
        self._offered = matching_presets(self._presets, search)
        names = [preset.name for preset in self._offered]
        kept = self.chosen.name if self.chosen and keeps else ""
        self._list(names.index(kept) if kept in names else 0)
        self.choose_highlighted()

    def _list(self, at: int) -> None:
        presets = self.query_one("#presets", Choices)
        presets.set_options(Option(_preset_line(preset, self._preset_rows)) for preset in self._offered)
        presets.highlighted = at if self._offered else None

    def draw_list(self) -> None:
        """Lists the presets in as many rows each as there is room for all."""
        width, height = self.query_one("#presets").size
        most = MOST_PRESET_ROWS if width >= QUESTION_NEEDS_CELLS else LEAST_PRESET_ROWS
        rows = min(max(height // max(len(self._presets), 1), LEAST_PRESET_ROWS), most)
        if rows != self._preset_rows:
            self._preset_rows = rows
            self._list(self.query_one("#presets", Choices).highlighted or 0)

    # ------------------------------------------------------------ the search

    @property
    def search(self) -> str:
        """What is searched for."""
        return self.query_one("#search", Input).value

    @on(events.DescendantFocus)
    def _other_pane(self) -> None:
        self.query_one(KeyBar).draw(self.now())

    @on(Input.Changed, "#search")
    def _searched(self) -> None:
        self._offer(self.search, keeps=not self.search)

    @on(OptionList.OptionHighlighted, "#presets")
    def choose_highlighted(self) -> None:
        """Chooses what is highlighted now: the list may have changed since the message was sent."""
        at = self.query_one("#presets", Choices).highlighted
        self.choose(None if at is None else self._offered[at])

    @on(events.Click, "#search")
    def action_search(self) -> None:
        """Focuses the search; keys never get there otherwise."""
        field = self.query_one("#search")
        field.can_focus = True
        self.set_focus(field)

    def leave_search(self) -> None:
        """Returns to the presets that match the search."""
        self.set_focus(self.query_one("#presets"))
        self.query_one("#search").can_focus = False

    def action_clear_search(self) -> None:
        """Lists all presets again, the chosen one stays chosen."""
        self.leave_search()
        self.query_one("#search", Input).value = ""

    def action_search_down(self) -> None:
        """Leaves the search for the preset below."""
        self.leave_search()
        self.query_one("#presets", Choices).action_cursor_down()

    def action_search_up(self) -> None:
        """Leaves the search for the preset above."""
        self.leave_search()
        self.query_one("#presets", Choices).action_cursor_up()


def _preset_line(preset: PresetInfo, rows: int) -> Content:
    """A preset in so many rows."""
    if preset.error:
        return Content.assemble(("✖ ", "$error"), plain(preset.name))
    more = (plain(preset.title), plain(preset.question))[: rows - 1]
    lines = [part for text in more for part in ("\n", (f"  {text}", "$abreast-dim"))]
    return Content.assemble((plain(preset.name), "bold"), *lines)
