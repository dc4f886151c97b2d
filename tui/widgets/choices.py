"""A list to choose from: a click goes to a row, a double click takes it."""

from textual import events
from textual.message import Message
from textual.widgets import OptionList

from tui.lifetime import DropsLateCalls


class SteadyRows(DropsLateCalls):
    """A mixin; put it before the list among the bases. The list then does not fail where there is no room, or
    where its rows change between a click and its handling, as they do while a person types."""

    def on_click(self, event: events.Click) -> None:
        """Drops a click on a row that is no longer there."""
        assert isinstance(self, OptionList)
        row = event.style.meta.get("option")
        if row is not None and row >= self.option_count:
            event.prevent_default()

    def action_page_up(self) -> None:
        """Goes up by a page, if there is room for a row."""
        self._turn(-1)

    def action_page_down(self) -> None:
        """Goes down by a page, as the other."""
        self._turn(1)

    def _turn(self, pages: int) -> None:
        assert isinstance(self, OptionList)
        if self.size.area:
            turn = OptionList.action_page_down if pages > 0 else OptionList.action_page_up
            turn(self)  # type: ignore[no-untyped-call]  # Textual gives it no type


class Choices(SteadyRows, OptionList):
    """A list that reports double clicks."""

    class DoubleClicked(Message):
        """A row was clicked twice in quick succession."""

        def __init__(self, choices: "Choices") -> None:
            super().__init__()
            self.choices = choices

        @property
        def control(self) -> "Choices":
            """The list; `on` selects by it."""
            return self.choices

    def on_click(self, event: events.Click) -> None:
        """Reports the second click on a row."""
        super().on_click(event)
        is_there = event.style.meta.get("option", self.option_count) < self.option_count
        if event.chain == 2 and is_there:
            self.post_message(self.DoubleClicked(self))
