"""All commands, in one table for each screen: it feeds keys, footer, palette and help.

A command's `id` names the screen's action (`action_users_up`). The table lists the phases in which a command
works, and what else it needs (`tui.availability`); labels may depend on what runs: the footer shows what a
key does *now*.
"""

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
    help: str
    """One sentence for the palette and the help page."""
    group: str
    rank: int = 0
    """In a narrow footer the highest ranks are kept."""
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


def _restart(now: Now) -> str:
    stopped = now.selected is not None and now.selected.state in ("stopped", "failed", "died")
    return "start" if stopped else "restart"


_USERS, _LOAD, _TARGETS, _SCREEN, _SESSION = "users", "load", "targets", "screen", "session"

LIVE = (
    KeyCommand("steer", (), "+ - [ ]", "users", "", _USERS, 20, RUNNING, availability.no_load),
    KeyCommand(
        "users_up", ("+", "="), "+", "", "Add one virtual user.", _USERS, 20, RUNNING, availability.no_load
    ),
    KeyCommand(
        "users_down", ("-",), "-", "", "Remove one virtual user.", _USERS, 20, RUNNING, availability.no_load
    ),
    KeyCommand(
        "users_up_10", ("]",), "]", "", "Add ten virtual users.", _USERS, 19, RUNNING, availability.no_load
    ),
    KeyCommand(
        "users_down_10",
        ("[",),
        "[",
        "",
        "Remove ten virtual users.",
        _USERS,
        19,
        RUNNING,
        availability.no_load,
    ),
    KeyCommand(
        "set_users",
        ("u",),
        "u",
        "set",
        "Set the number of virtual users.",
        _USERS,
        18,
        RUNNING,
        availability.no_load,
    ),
    KeyCommand(
        "follow_plan",
        ("m",),
        "m",
        lambda now: "to plan" if now.manual else "",
        "Let the plan's stages control the users again.",
        _USERS,
        17,
        RUNNING,
        availability.no_load,
    ),
    KeyCommand(
        "link",
        ("l",),
        "l",
        lambda now: "unlink" if now.linked else "link",
        "Control all targets, or only the selected one.",
        _USERS,
        13,
        LOOKING,
    ),
    KeyCommand(
        "pause",
        ("space",),
        "space",
        lambda now: "resume" if now.paused else "pause",
        "Pause or resume the load: users finish their request, then wait.",
        _LOAD,
        16,
        RUNNING,
        availability.no_load,
    ),
    KeyCommand(
        "think_time", ("t",), "t", "think", "Set the think time.", _LOAD, 9, RUNNING, availability.no_load
    ),
    KeyCommand(
        "delay",
        ("d",),
        "d",
        "",
        "Set the model's time, or the upstream's delay and errors.",
        _LOAD,
        8,
        RUNNING,
        availability.not_delayed,
    ),
    KeyCommand(
        "workload",
        ("w",),
        "w",
        "workload",
        "Switch to another workload.",
        _LOAD,
        11,
        RUNNING,
        availability.no_other_workload,
    ),
    KeyCommand(
        "add_target", ("a",), "a", "add", "Add a target.", _TARGETS, 12, RUNNING, availability.no_room
    ),
    KeyCommand(
        "set_options",
        ("o",),
        "o",
        "options",
        "Set the selected target's options; it restarts, the others keep running.",
        _TARGETS,
        8,
        RUNNING,
        availability.no_options,
    ),
    KeyCommand(
        "remove_target",
        ("x", "delete"),
        "x",
        "remove",
        "Stop and remove the selected target.",
        _TARGETS,
        6,
        RUNNING,
        availability.no_target,
    ),
    KeyCommand(
        "baseline",
        ("b",),
        "b",
        "baseline",
        "Compare the other targets with the selected one.",
        _TARGETS,
        8,
        ALWAYS,
        availability.no_target,
    ),
    KeyCommand(
        "restart",
        ("r",),
        "r",
        _restart,
        "Restart the selected target.",
        _TARGETS,
        7,
        RUNNING,
        availability.not_ours,
    ),
    KeyCommand(
        "kill",
        ("k",),
        "k",
        "kill",
        "Kill the selected target; its users keep sending requests.",
        _TARGETS,
        4,
        RUNNING,
        availability.not_killed,
    ),
    KeyCommand(
        "fault",
        ("i",),
        "i",
        "fault",
        "Inject a fault, for example pause, kill or a slow upstream, or undo it.",
        _TARGETS,
        10,
        RUNNING,
        availability.no_fault,
    ),
    KeyCommand(
        "details",
        ("enter",),
        "⏎",
        "details",
        "Show all figures of the selected target.",
        _TARGETS,
        5,
        ALWAYS,
        availability.no_target,
    ),
    KeyCommand("select_previous", ("left",), "←", "", "Select the target to the left.", _TARGETS),
    KeyCommand("select_next", ("right",), "→", "", "Select the target to the right.", _TARGETS),
    KeyCommand("select_number", (), "1…6", "", "Select a target by its position.", _TARGETS),
    KeyCommand(
        "freeze",
        ("f",),
        "f",
        lambda now: "unfreeze" if now.frozen else "freeze",
        "Freeze the screen; the measurement continues.",
        _SCREEN,
        15,
        RUNNING,
    ),
    KeyCommand(
        "next_chart", ("tab", "c"), "tab", "chart", "Show the next metric in the second chart.", _SCREEN, 14
    ),
    KeyCommand(
        "previous_chart", ("shift+tab",), "⇧tab", "", "Show the previous metric in the second chart.", _SCREEN
    ),
    KeyCommand(
        "window",
        ("s",),
        "s",
        lambda now: f"last {now.window_s:g} s",
        "Change the length of the live window: 5, 10, 30 or 60 seconds.",
        _SCREEN,
        9,
        LOOKING,
    ),
    KeyCommand("note", ("n",), "n", "note", "Add a note to this moment.", _SESSION, 3, RUNNING),
    KeyCommand(
        "export",
        ("e",),
        "e",
        "export",
        "Export the session, even while it runs: as HTML, JSON, CSV, Markdown and more.",
        _SESSION,
        10,
        RECORDED,
    ),
    KeyCommand(
        "leave", ("escape",), "esc", "lobby", "Stop the session and return to the lobby.", _SESSION, 2
    ),
    KeyCommand("help", ("?", "f1"), "?", "help", "Show all keys.", _SESSION, 90),
    KeyCommand("quit", ("q",), "q", "quit", "Stop the session and quit.", _SESSION, 91),
)
"""The live screen's commands. The screen itself binds commands without keys."""

LOBBY = (
    KeyCommand("start", ("enter",), "⏎", "start", "Start the chosen preset.", "start", 30),
    KeyCommand(
        "search", ("/",), "/", "search", "Search the presets.", "choose", 20, refusal=availability.in_search
    ),
    KeyCommand(
        "leave_search",
        ("escape",),
        "esc",
        "presets",
        "Return from the search to the presets.",
        "choose",
        21,
        refusal=availability.not_in_search,
    ),
    KeyCommand(
        "next_pane",
        ("tab",),
        "tab",
        lambda now: "presets" if now.pane == "targets" else "targets",
        "Switch between presets and targets.",
        "choose",
        20,
    ),
    KeyCommand(
        "check",
        ("space",),
        "space",
        "check",
        "Check or uncheck a target.",
        "choose",
        16,
        refusal=availability.not_in_targets,
    ),
    KeyCommand(
        "set_users",
        ("u",),
        "u",
        "users",
        "Hold a fixed number of users instead of the plan's stages.",
        "choose",
        15,
        refusal=availability.no_preset,
    ),
    KeyCommand(
        "set_seconds",
        ("d",),
        "d",
        "duration",
        "Set the duration.",
        "choose",
        15,
        refusal=availability.no_preset,
    ),
    KeyCommand(
        "set_runtime",
        ("c",),
        "c",
        "containers",
        "Run the targets in containers, or as local processes.",
        "choose",
        12,
        refusal=availability.no_preset,
    ),
    KeyCommand(
        "sessions",
        ("s",),
        "s",
        "sessions",
        "Show the recorded sessions.",
        "screen",
        19,
        refusal=availability.in_search,
    ),
    KeyCommand(
        "help", ("?", "f1"), "?", "help", "Show all keys.", "screen", 90, refusal=availability.in_search
    ),
    KeyCommand("quit", ("q",), "q", "quit", "Quit.", "screen", 91, refusal=availability.in_search),
)
"""The lobby's commands."""

_LIST = "list"


def _listed(
    name: str,
    key: str,
    label: Label,
    about: str,
    rank: int,
    refusal: Refusal = availability.no_listed,
    shown: str = "",
) -> KeyCommand:
    return KeyCommand(name, (key,), shown or key, label, about, _SESSION, rank, refusal=refusal)


SESSIONS = (
    _listed(
        "watch", "enter", "watch", "Play the session, or follow it.", 30, availability.not_readable, shown="⏎"
    ),
    _listed("results", "r", "results", "Show the session's results.", 29, availability.not_readable),
    _listed(
        "mark",
        "space",
        lambda now: "unmark" if now.listed and now.listed.key in now.marked else "mark",
        "Mark the session, to compare it with another one.",
        20,
        availability.not_readable,
    ),
    _listed(
        "compare",
        "c",
        "compare",
        "Compare two marked sessions, or a marked one with the selected one.",
        25,
        availability.not_two,
    ),
    KeyCommand(
        "search", ("/",), "/", "search", "Search all texts.", _LIST, 24, refusal=availability.in_search
    ),
    KeyCommand(
        "next_order",
        ("o",),
        "o",
        lambda now: f"by {now.order}",
        "Sort by date, preset, length, size or outcome.",
        _LIST,
        23,
        refusal=availability.in_search,
    ),
    _listed("rename", "R", "rename", "Give the session a title.", 12),
    _listed("note", "n", "note", "Write a note about the session.", 13),
    _listed("export", "e", "export", "Export the session.", 21, availability.not_readable),
    _listed("delete", "d", "delete", "Delete the session.", 22, availability.not_deletable),
    _listed("undo", "u", "undo", "Bring back what was deleted last.", 28, availability.not_undoable),
    KeyCommand("up", ("up",), "↑", "", "Select the session above.", _LIST),
    KeyCommand("down", ("down",), "↓", "", "Select the session below.", _LIST),
    KeyCommand("page_up", ("pageup",), "pgup", "", "Go up by a page.", _LIST),
    KeyCommand("page_down", ("pagedown",), "pgdn", "", "Go down by a page.", _LIST),
    KeyCommand("to_start", ("home",), "home", "", "Select the first session.", _LIST),
    KeyCommand("to_end", ("end",), "end", "", "Select the last session.", _LIST),
    KeyCommand(
        "leave",
        ("escape",),
        "esc",
        lambda now: "list" if now.pane == "search" else "lobby",
        "Leave the search, or return to the lobby.",
        _SCREEN,
        27,
    ),
    KeyCommand(
        "help", ("?", "f1"), "?", "help", "Show all keys.", _SCREEN, 90, refusal=availability.in_search
    ),
    KeyCommand("quit", ("q",), "q", "quit", "Quit.", _SCREEN, 91, refusal=availability.in_search),
)
"""The commands over the list of recorded sessions."""


_TIME = "time"


def _end_label(now: Now) -> str:
    if now.playback is None or now.playback.player.is_at_end:
        return ""
    return "results" if now.playback.is_over else "live"


def _play_label(now: Now) -> str:
    if now.playback is None:
        return ""
    player = now.playback.player
    if now.playback.is_over and player.is_at_end:
        return "again"
    return "play" if player.paused else "pause"


def _shared(*ids: str) -> tuple[KeyCommand, ...]:
    """Commands of the live screen that change nothing but the picture, or only read the session."""
    return tuple(command for command in LIVE if command.id in ids)


WATCH = (
    KeyCommand("play", ("space",), "space", _play_label, "Pause or play.", _TIME, 30),
    KeyCommand("steps", (), ", .", "step", "", _TIME, 22),
    KeyCommand("step_back", ("comma",), ",", "", "Step back by a second, and pause.", _TIME),
    KeyCommand("step_forward", ("full_stop",), ".", "", "Step on by a second, and pause.", _TIME),
    KeyCommand("scrub", (), "← →", "5 s", "", _TIME, 21),
    KeyCommand("back", ("left",), "←", "", "Jump back by 5 seconds.", _TIME),
    KeyCommand("forward", ("right",), "→", "", "Jump on by 5 seconds.", _TIME),
    KeyCommand("far_back", ("shift+left", "pageup"), "⇧←", "", "Jump back by a minute.", _TIME),
    KeyCommand("far_forward", ("shift+right", "pagedown"), "⇧→", "", "Jump on by a minute.", _TIME),
    KeyCommand("to_start", ("home",), "home", "", "Jump to the moment at which load begins.", _TIME),
    KeyCommand(
        "to_end",
        ("end",),
        "end",
        _end_label,
        "Jump to the results; while the session runs, follow it live.",
        _TIME,
        16,
    ),
    KeyCommand("events", (), "n p", "event", "", _TIME, 20, refusal=availability.no_event),
    KeyCommand(
        "next_event", ("n",), "n", "", "Jump to the next event.", _TIME, refusal=availability.no_event
    ),
    KeyCommand(
        "previous_event",
        ("p",),
        "p",
        "",
        "Jump to the event before.",
        _TIME,
        refusal=availability.no_event,
    ),
    KeyCommand("speeds", (), "+ -", "speed", "", _TIME, 19, refusal=availability.no_speed),
    KeyCommand(
        "faster",
        ("+", "="),
        "+",
        "",
        "Play faster: 1×, 2×, 5×, 20×, or as fast as it draws.",
        _TIME,
        refusal=availability.no_speed,
    ),
    KeyCommand("slower", ("-",), "-", "", "Play slower.", _TIME, refusal=availability.no_speed),
    *_shared("baseline", "details"),
    KeyCommand("select_previous", ("up",), "↑", "", "Select the target to the left.", _TARGETS),
    KeyCommand("select_next", ("down",), "↓", "", "Select the target to the right.", _TARGETS),
    *_shared("select_number", "freeze", "next_chart", "previous_chart", "window", "export"),
    KeyCommand(
        "leave", ("escape",), "esc", "leave", "Stop watching; the session is not touched.", _SESSION, 11
    ),
    KeyCommand("help", ("?", "f1"), "?", "help", "Show all keys.", _SESSION, 90),
    KeyCommand("quit", ("q",), "q", "quit", "Quit; a session that runs goes on.", _SESSION, 91),
)
"""The commands over a recorded session: time, and the picture. None of them steers."""


_SHOWN = "shown"

COMPARE = (
    KeyCommand("levels", (), "↑ ↓", "level", "", _SHOWN, 25, refusal=availability.no_other_level),
    KeyCommand(
        "previous_level",
        ("up",),
        "↑",
        "",
        "Show the level before.",
        _SHOWN,
        refusal=availability.no_other_level,
    ),
    KeyCommand(
        "next_level", ("down",), "↓", "", "Show the next level.", _SHOWN, refusal=availability.no_other_level
    ),
    KeyCommand("pairs", (), "← →", "target", "", _SHOWN, 24, refusal=availability.no_other_pair),
    KeyCommand(
        "previous_pair",
        ("left",),
        "←",
        "",
        "Show the target before.",
        _SHOWN,
        refusal=availability.no_other_pair,
    ),
    KeyCommand(
        "next_pair", ("right",), "→", "", "Show the next target.", _SHOWN, refusal=availability.no_other_pair
    ),
    KeyCommand("next_chart", ("tab", "c"), "tab", "chart", "Show the next metric in the chart.", _SHOWN, 20),
    KeyCommand(
        "previous_chart", ("shift+tab",), "⇧tab", "", "Show the previous metric in the chart.", _SHOWN
    ),
    KeyCommand(
        "reasons",
        ("w",),
        "w",
        "warnings",
        "Show everything that makes the two not comparable, and the gate.",
        _SHOWN,
        23,
    ),
    KeyCommand("leave", ("escape",), "esc", "leave", "Leave the comparison.", _SCREEN, 2),
    KeyCommand("help", ("?", "f1"), "?", "help", "Show all keys.", _SCREEN, 90),
    KeyCommand("quit", ("q",), "q", "quit", "Quit.", _SCREEN, 91),
)
"""The commands over a comparison: which part of it is shown."""


def bindings(table: Sequence[KeyCommand], priority: frozenset[str] = frozenset()) -> list[BindingType]:
    """The table as Textual bindings of the action `command`; those in `priority` win over the focused
    widget."""
    return [
        Binding(key, f"command({command.id!r})", command.help, show=False, priority=command.id in priority)
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
