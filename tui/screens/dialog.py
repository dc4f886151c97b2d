"""What pages over a screen share: their keys can be clicked, and a click beside one cancels it."""

from textual import events
from textual.content import Content
from textual.screen import Screen
from textual.style import Style

from tui.lifetime import ClosesOnce
from tui.look import Look
from tui.signs import spelled


class Dialog(ClosesOnce):
    """A mixin; put it before the Textual class among the bases of a modal screen."""

    def keys_line(self, **keys: str) -> Content:
        """A page's keys, by the action that each does: `answer="⏎ ok", dismiss="esc cancel"`."""
        look: Look = getattr(self.app, "look", Look())
        parts: list[Content] = []
        for action, text in keys.items():
            parts += [Content(" · ")] if parts else []
            click = Style.from_meta({"@click": f"screen.{action}"})
            parts.append(Content(spelled(text, look.signs)).stylize(click))
        return Content.assemble(*parts)

    def on_click(self, event: events.Click) -> None:
        """A click beside the page cancels it."""
        if isinstance(self, Screen) and event.widget is self:
            self.dismiss(None)
