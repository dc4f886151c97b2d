"""What a command is; how a table of commands becomes keys and a footer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual.binding import Binding, BindingType

from tui import availability
from tui.availability import Now, Phase, Refusal
from tui.views.rows import Row, Span, fit

Label = str | Callable[[Now], str]

Phases = frozenset[Phase]

ALWAYS: Phases = frozenset({"lobby", "starting", "running", "stopping", "ended"})
RUNNING: Phases = frozenset({"running"})
"""A session takes commands from the beginning of load to its end."""
LOOKING: Phases = frozenset({"starting", "running"})
"""Phases of commands that change only the view."""
RECORDED: Phases = frozenset({"running", "ended"})
"""There is something to export."""

KEPT = 100
"""The rank of keys that leave a screen or a part of it, and of help: even the narrowest footer has them."""

TARGETS, SCREEN, SESSION = "targets", "screen", "session"
"""Groups of the help page that several screens have."""


@dataclass(frozen=True, slots=True)
class KeyCommand:
    """One command: its keys, its name, and what it does."""

    id: str
    keys: tuple[str, ...]
    """By Textual's names."""
    shown: str
    """The key as the footer shows it."""
    label: Label
    """A word for the footer; empty: not in the footer."""
    help: Label
    """One sentence for the palette and the help page; empty: only in the footer."""
    group: str
    rank: int = 0
    """In a narrow footer the highest ranks are kept; `KEPT`: always."""
    phases: Phases = ALWAYS
    """The phases in which it works."""
    refusal: Refusal = availability.nothing
    """Why it does not work in the current state, in one of its phases."""

    def why_not(self, now: Now) -> str:
        """Why it does not work now, in a few words; empty if it does."""
        return self.refusal(now) if now.phase in self.phases else availability.REASONS[now.phase]

    def label_now(self, now: Now) -> str:
        """What the key does now, in a word."""
        return self.label if isinstance(self.label, str) else self.label(now)

    def help_now(self, now: Now) -> str:
        """The sentence of what it does now."""
        return self.help if isinstance(self.help, str) else self.help(now)


SUSPEND = KeyCommand(
    "suspend",
    ("ctrl+z",),
    "ctrl+z",
    "",
    "Suspend abreast, and go back to the shell; fg there brings it back.",
    SCREEN,
    refusal=availability.busy,
)
"""A command of every table; the app itself has its key, so that it works over dialogs too."""


def bindings(table: Sequence[KeyCommand], priority: frozenset[str] = frozenset()) -> list[BindingType]:
    """The table as Textual bindings of the action `command`; those in `priority` win over the focused
    widget."""
    return [
        Binding(key, f"command({command.id!r})", command.id, show=False, priority=command.id in priority)
        for command in table
        for key in command.keys
    ]


def footer(table: Sequence[KeyCommand], now: Now, width: int) -> tuple[Row, list[KeyCommand | None]]:
    """The footer's row, with the most important keys that fit, and the command of each column."""
    offered = [command for command in table if command.label_now(now) and not command.why_not(now)]
    left = width - 1
    kept: set[str] = set()
    for command in sorted(offered, key=lambda command: -command.rank):
        need = len(command.shown) + len(command.label_now(now)) + 3
        if need <= left:
            kept.add(command.id)
            left -= need
    spans: list[Span] = [Span(" ")]
    cells: list[KeyCommand | None] = [None]
    for command in offered:
        if command.id in kept:
            label = f" {command.label_now(now)}  "
            spans += [Span(command.shown, "accent bold"), Span(label, "dim")]
            cells += [command] * (len(command.shown) + len(label) - 1) + [None]
    return fit(tuple(spans), width), cells
