"""A list to choose from: a click goes to a row, a double click takes it."""

from textual import events
from textual.message import Message
from textual.widgets import OptionList

from tui.lifetime import DropsLateCalls


class Choices(DropsLateCalls, OptionList):
    """An option list that reports double clicks."""

    class DoubleClicked(Message):
        """A row was clicked twice in quick succession."""

        def __init__(self, choices: "Choices") -> None:
            super().__init__()
            self.choices = choices

        @property
        def control(self) -> "Choices":
            """The list; `on` selects by it."""
            return self.choices

    def action_page_up(self) -> None:
        """Goes up by a page, if there is room for a row: without one, Textual's list fails."""
        if self.size.area:
            super().action_page_up()  # type: ignore[no-untyped-call]  # Textual gives it no type

    def action_page_down(self) -> None:
        """Goes down by a page, as the other."""
        if self.size.area:
            super().action_page_down()  # type: ignore[no-untyped-call]  # Textual gives it no type

    def on_click(self, event: events.Click) -> None:
        """Reports the second click on a row."""
        if event.chain == 2 and event.style.meta.get("option") is not None:
            self.post_message(self.DoubleClicked(self))
