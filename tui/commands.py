"""Every command a person can give, in one table a screen: it feeds keys, footer, palette and help.

A command's `id` is the name of the screen's action (`action_users_up`). Labels may depend on what runs, so
that the footer says what a key does *now*.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual.binding import Binding, BindingType

from engine.snapshot import TargetSnapshot
from tui.view import Row, Span, fit


@dataclass(frozen=True, slots=True)
class Now:
    """What labels depend on."""

    selected: TargetSnapshot | None = None
    linked: bool = True
    frozen: bool = False
    paused: bool = False
    """Whether what the keys steer is paused."""
    manual: bool = False
    """Whether a hand steers what the keys steer."""
    ended: bool = False
    window_s: float = 10.0
    """How long the live window is."""


Label = str | Callable[[Now], str]


def always(_: Now) -> bool:
    """A command that always makes sense."""
    return True


def running(now: Now) -> bool:
    """A command that makes sense while a session runs."""
    return not now.ended


@dataclass(frozen=True, slots=True)
class KeyCommand:
    """One command: its keys, what it is called, and what it does."""

    id: str
    keys: tuple[str, ...]
    """As Textual names them."""
    shown: str
    """The key as the footer writes it."""
    label: Label
    """A word for the footer; empty to stay out of it."""
    help: str
    """One sentence for the palette and the help page."""
    group: str
    rank: int = 0
    """In a narrow footer the highest ranks stay."""
    makes_sense: Callable[[Now], bool] = always

    def label_now(self, now: Now) -> str:
        """What the key does now, in a word."""
        return self.label if isinstance(self.label, str) else self.label(now)


def _restart(now: Now) -> str:
    stopped = now.selected is not None and now.selected.state in ("stopped", "failed", "died")
    return "start" if stopped else "restart"


_USERS, _LOAD, _TARGETS, _SCREEN, _SESSION = "users", "load", "targets", "screen", "session"

LIVE = (
    KeyCommand("steer", (), "+ - [ ]", "users", "", _USERS, 20, running),
    KeyCommand("users_up", ("+", "="), "+", "", "One virtual user more.", _USERS, 20, running),
    KeyCommand("users_down", ("-",), "-", "", "One virtual user fewer.", _USERS, 20, running),
    KeyCommand("users_up_10", ("]",), "]", "", "Ten virtual users more.", _USERS, 19, running),
    KeyCommand("users_down_10", ("[",), "[", "", "Ten virtual users fewer.", _USERS, 19, running),
    KeyCommand("set_users", ("u",), "u", "set", "Set the virtual users to a number.", _USERS, 18, running),
    KeyCommand(
        "hand_back",
        ("m",),
        "m",
        lambda now: "to plan" if now.manual else "",
        "Hand the users back to the plan's stages.",
        _USERS,
        17,
        running,
    ),
    KeyCommand(
        "link",
        ("l",),
        "l",
        lambda now: "unlink" if now.linked else "link",
        "Steer all targets, or the selected one alone.",
        _USERS,
        13,
        running,
    ),
    KeyCommand(
        "pause",
        ("space",),
        "space",
        lambda now: "resume" if now.paused else "pause",
        "Users finish their request and wait, or go on.",
        _LOAD,
        16,
        running,
    ),
    KeyCommand("think_time", ("t",), "t", "think", "Set the think time.", _LOAD, 9, running),
    KeyCommand(
        "delay",
        ("d",),
        "d",
        "",
        "Set how long the slow model takes, or the upstream, and its errors.",
        _LOAD,
        8,
        running,
    ),
    KeyCommand("workload", ("w",), "w", "workload", "Ask for another workload.", _LOAD, 11, running),
    KeyCommand("add_target", ("a",), "a", "add", "Add a target.", _TARGETS, 12, running),
    KeyCommand(
        "set_options",
        ("o",),
        "o",
        "options",
        "Set the selected target's options; only that target restarts.",
        _TARGETS,
        8,
        running,
    ),
    KeyCommand(
        "remove_target",
        ("x", "delete"),
        "x",
        "remove",
        "Stop and remove the selected target.",
        _TARGETS,
        6,
        running,
    ),
    KeyCommand("baseline", ("b",), "b", "baseline", "Take ratios against the selected target.", _TARGETS, 8),
    KeyCommand("restart", ("r",), "r", _restart, "Stop and start the selected target.", _TARGETS, 7, running),
    KeyCommand(
        "kill",
        ("k",),
        "k",
        "kill",
        "End the selected target at once, as a fault would; its users go on asking.",
        _TARGETS,
        4,
        running,
    ),
    KeyCommand(
        "fault",
        ("i",),
        "i",
        "fault",
        "Inject a fault, as pause, kill or a slow upstream, or undo it.",
        _TARGETS,
        10,
        running,
    ),
    KeyCommand("details", ("enter",), "⏎", "details", "All about the selected target.", _TARGETS, 5),
    KeyCommand("select_previous", ("left",), "←", "", "Select the target at the left.", _TARGETS),
    KeyCommand("select_next", ("right",), "→", "", "Select the target at the right.", _TARGETS),
    KeyCommand("select_number", (), "1…6", "", "Select a target by its place.", _TARGETS),
    KeyCommand(
        "freeze",
        ("f",),
        "f",
        lambda now: "unfreeze" if now.frozen else "freeze",
        "Hold the picture; the measurement goes on.",
        _SCREEN,
        15,
        running,
    ),
    KeyCommand(
        "next_chart", ("tab", "c"), "tab", "chart", "Show the next metric in the second chart.", _SCREEN, 14
    ),
    KeyCommand(
        "previous_chart", ("shift+tab",), "⇧tab", "", "Show the metric before in the second chart.", _SCREEN
    ),
    KeyCommand(
        "window",
        ("s",),
        "s",
        lambda now: f"last {now.window_s:g} s",
        "Take the live figures over the last 5, 10, 30 or 60 seconds.",
        _SCREEN,
        9,
        running,
    ),
    KeyCommand("note", ("n",), "n", "note", "Mark this moment with a text.", _SESSION, 3, running),
    KeyCommand("export", ("e",), "e", "export", "Write the session as JSON; it goes on.", _SESSION, 10),
    KeyCommand(
        "leave", ("escape",), "esc", "lobby", "Stop the session and go back to the lobby.", _SESSION, 2
    ),
    KeyCommand("help", ("?", "f1"), "?", "help", "Show all keys.", _SESSION, 90),
    KeyCommand("quit", ("q",), "q", "quit", "Stop the session and quit.", _SESSION, 91),
)
"""The live screen's commands. A command without keys is bound by the screen itself."""

LOBBY = (
    KeyCommand("start", ("enter",), "⏎", "start", "Start the chosen preset.", "start", 30),
    KeyCommand("search", ("/",), "/", "search", "Search the presets.", "choose", 20),
    KeyCommand("next_pane", ("tab",), "tab", "targets", "Go to the targets, and back.", "choose", 20),
    KeyCommand("check", ("space",), "space", "check", "Check or uncheck a target.", "choose", 10),
    KeyCommand(
        "set_users", ("u",), "u", "users", "Hold a number of users in place of the plan.", "choose", 15
    ),
    KeyCommand("set_seconds", ("d",), "d", "duration", "Set how long it lasts.", "choose", 15),
    KeyCommand(
        "set_runtime", ("c",), "c", "containers", "Targets in containers, or as processes here.", "choose", 12
    ),
    KeyCommand("help", ("?", "f1"), "?", "help", "Show all keys.", "screen", 90),
    KeyCommand("quit", ("q",), "q", "quit", "Quit.", "screen", 91),
)
"""The lobby's commands."""


def bindings(table: Sequence[KeyCommand], priority: frozenset[str] = frozenset()) -> list[BindingType]:
    """The table as Textual bindings; commands in `priority` win over the focused widget."""
    return [
        Binding(key, command.id, command.help, show=False, priority=command.id in priority)
        for command in table
        for key in command.keys
    ]


def footer(table: Sequence[KeyCommand], now: Now, width: int) -> tuple[Row, list[KeyCommand | None]]:
    """The footer's row, the most important keys that fit, and whose cell each of its columns is."""
    offered = [command for command in table if command.makes_sense(now) and command.label_now(now)]
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
