"""Pages that lie over a screen and only say something: all keys, or all about one target."""

from collections.abc import Sequence
from itertools import groupby
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.commands import KeyCommand
from tui.lifetime import EndsItsCalls
from tui.plain_text import one_line


class OverlayScreen(EndsItsCalls, ModalScreen[None]):
    """A titled page of text; any of the usual keys closes it."""

    BINDINGS: ClassVar = [Binding("escape,enter,q,question_mark,f1", "dismiss", "close")]

    def __init__(self, title: str, body: Content) -> None:
        super().__init__()
        self._title = title
        self._body = body

    def compose(self) -> ComposeResult:
        """The page, scrollable where the terminal is low."""
        with VerticalScroll(classes="dialog page") as dialog:
            dialog.border_title = Content(one_line(self._title))
            dialog.border_subtitle = "esc close"
            yield Static(self._body)


class HelpScreen(OverlayScreen):
    """All keys of a screen, from its command table, and what else it has to say."""

    def __init__(self, table: Sequence[KeyCommand], others: Sequence[str] = ()) -> None:
        super().__init__("keys", help_text(table, others))


def help_text(table: Sequence[KeyCommand], others: Sequence[str] = ()) -> Content:
    """A command table as a page: by group, the keys and what they do; then other lines."""
    parts: list[Content | tuple[str, str]] = []
    for group, commands in groupby((each for each in table if each.help), key=lambda command: command.group):
        parts.append((f"{group}\n", "bold $accent"))
        for command in commands:
            keys = " ".join(dict.fromkeys((command.shown, *(key for key in command.keys if len(key) == 1))))
            parts.append((f"  {keys:<8}", "bold"))
            parts.append((f"{command.help}\n", ""))
    parts.append(("  ctrl+p  ", "bold"))
    parts.append(("All commands and themes, searchable.", ""))
    if others:
        parts.append(("\n\n" + "\n".join(others), ""))
    return Content.assemble(*parts)
