"""Pages of text over a screen: all keys, or all figures of a target."""

from collections.abc import Sequence
from itertools import groupby
from textwrap import fill
from typing import ClassVar

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
TEXT_WIDTH = 62
"""What fits beside the scroll bar on a terminal of 80 columns."""


class OverlayScreen(Dialog, ModalScreen[None]):
    """A titled page of text; escape, enter, q, ? and F1 close it."""

    BINDINGS: ClassVar = [Binding("escape,enter,q,question_mark,f1", "dismiss", "close")]

    def __init__(self, title: str, body: Content, *, is_wide: bool = False) -> None:
        """A wide page has room for tables."""
        super().__init__()
        self._title = title
        self._body = body
        self._is_wide = is_wide

    def compose(self) -> ComposeResult:
        """The page, which scrolls on a low terminal."""
        with VerticalScroll(classes="dialog page wide" if self._is_wide else "dialog page") as dialog:
            dialog.border_title = Content(one_line(self._title))
            dialog.border_subtitle = self.keys_line(dismiss="esc close")
            yield Static(self._body)


class HelpScreen(OverlayScreen):
    """All keys of a screen, from its command table, and the screen's own lines."""

    def __init__(self, table: Sequence[KeyCommand], now: Now, others: Sequence[str] = ()) -> None:
        super().__init__("keys", help_text(table, now, others))


def help_text(table: Sequence[KeyCommand], now: Now, others: Sequence[str] = ()) -> Content:
    """A command table as a page: the keys that work now, by group; then the others and why they do not work;
    then other lines."""
    parts: list[Content | tuple[str, str]] = []
    documented = [command for command in table if command.help]
    working = [command for command in documented if not command.why_not(now)]
    for group, grouped in groupby(working, key=lambda command: command.group):
        parts.append((f"{group}\n", "bold $accent"))
        parts += [part for command in grouped for part in _line(command, command.help_now(now))]
    parts.append(("  ctrl+p  ", "bold"))
    parts.append(("Search all commands and themes.", ""))
    idle: dict[str, list[KeyCommand]] = {}
    for command in documented:
        if why := command.why_not(now):
            idle.setdefault(why, []).append(command)
    for why, commands in idle.items():
        parts.append((f"\n{hung(f'not now: {why}')}", "bold $accent"))
        parts += [
            part
            for command in commands
            for part in (("\n", ""), *_line(command, command.help_now(now), end=""))
        ]
    if others:
        parts.append(("\n\n" + "\n".join(map(hung, others)), ""))
    return Content.assemble(*parts)


def hung(line: str) -> str:
    """A line in several if it is long; those after the first are indented below it."""
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    return fill(line, TEXT_WIDTH, subsequent_indent=indent)


def _line(command: KeyCommand, text: str, end: str = "\n") -> list[tuple[str, str]]:
    keys = " ".join(dict.fromkeys((command.shown, *(key for key in command.keys if len(key) == 1))))
    column = f"  {keys:<8}"
    wrapped = fill(text, TEXT_WIDTH, subsequent_indent=" " * KEYS_WIDTH, initial_indent=" " * len(column))
    return [(column, "bold"), (f"{wrapped[len(column) :]}{end}", "")]
