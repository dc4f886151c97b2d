"""Pages of text over a screen: all keys, or all figures of a target."""

from collections.abc import Callable, Sequence
from textwrap import fill
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from targets.plain_text import one_line
from tui.availability import Now
from tui.commands.key_command import KeyCommand
from tui.screens.dialog import Dialog

KEYS_WIDTH = 10
TEXT_WIDTH, WIDE_TEXT_WIDTH = 62, 132
"""The most cells of a line of text, and of a table."""

BESIDE_TEXT = 6
"""Cells of a page's frame and scroll bar."""


class OverlayScreen(Dialog, ModalScreen[None]):
    """A titled page of text; escape, enter, q, ? and F1 close it."""

    BINDINGS: ClassVar = [Binding("escape,enter,q,question_mark,f1", "dismiss", "close")]

    def __init__(self, title: str, body: Callable[[int], Content], *, is_wide: bool = False) -> None:
        """`body` makes the text for so many cells, now and whenever the terminal gets another size. A wide
        page has room for tables."""
        super().__init__()
        self._title = title
        self._body = body
        self._is_wide = is_wide

    def _text(self, columns: int) -> Content:
        most = WIDE_TEXT_WIDTH if self._is_wide else TEXT_WIDTH
        return self._body(max(1, min(columns - BESIDE_TEXT, most)))

    def compose(self) -> ComposeResult:
        """The page, which scrolls on a low terminal."""
        with VerticalScroll(classes="dialog page wide" if self._is_wide else "dialog page") as dialog:
            dialog.border_title = Content(one_line(self._title))
            dialog.border_subtitle = self.keys_line(dismiss="esc close")
            yield Static(self._text(self.app.size.width))

    def on_resize(self, event: events.Resize) -> None:
        """Makes the text anew for the new width."""
        self.query_one(Static).update(self._text(event.size.width))


class HelpScreen(OverlayScreen):
    """All keys of a screen, from its command table, and the screen's own lines."""

    def __init__(self, table: Sequence[KeyCommand], now: Now, others: Sequence[str] = ()) -> None:
        super().__init__("keys", lambda width: help_text(table, now, others, width))


def help_text(
    table: Sequence[KeyCommand], now: Now, others: Sequence[str] = (), width: int = TEXT_WIDTH
) -> Content:
    """A command table as a page: the keys that work now, by group; then the others and why they do not work;
    then other lines."""
    parts: list[Content | tuple[str, str]] = []
    documented = [command for command in table if command.help]
    working = [command for command in documented if not command.why_not(now)]
    groups: dict[str, list[KeyCommand]] = {}
    for command in working:
        groups.setdefault(command.group, []).append(command)
    for group, grouped in groups.items():
        parts.append((f"{group}\n", "bold $accent"))
        parts += [part for command in grouped for part in _line(command, command.help_now(now), width)]
    parts.append(("  ctrl+p  ", "bold"))
    parts.append(("Search all commands and themes.", ""))
    idle: dict[str, list[KeyCommand]] = {}
    for command in documented:
        if why := command.why_not(now):
            idle.setdefault(why, []).append(command)
    for why, commands in idle.items():
        parts.append((f"\n{hung(f'not now: {why}', width)}", "bold $accent"))
        parts += [
            part
            for command in commands
            for part in (("\n", ""), *_line(command, command.help_now(now), width, end=""))
        ]
    if others:
        parts.append(("\n\n" + "\n".join(hung(line, width) for line in others), ""))
    return Content.assemble(*parts)


def hung(line: str, width: int) -> str:
    """A line in several if it is long; those after the first are indented below it."""
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    return fill(line, width, subsequent_indent=indent)


def _line(command: KeyCommand, text: str, width: int, end: str = "\n") -> list[tuple[str, str]]:
    keys = " ".join(dict.fromkeys((command.shown, *(key for key in command.keys if len(key) == 1))))
    column = f"  {keys:<8}"
    wrapped = fill(text, width, subsequent_indent=" " * KEYS_WIDTH, initial_indent=" " * len(column))
    return [(column, "bold"), (f"{wrapped[len(column) :]}{end}", "")]
