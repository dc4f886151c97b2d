"""The commands of a session that this process runs."""

from tui.availability import Now
from tui.availability import live as availability
from tui.availability.profile import not_profiled
from tui.commands.key_command import (
    ALWAYS,
    KEPT,
    LOOKING,
    RECORDED,
    RUNNING,
    SCREEN,
    SESSION,
    SUSPEND,
    KeyCommand,
)
from tui.commands.live_load import LOAD_COMMANDS
from tui.commands.live_targets import TARGET_COMMANDS


def _back(now: Now) -> str:
    """What `esc` ends before it leaves the session; even a short footer says it."""
    if now.was_stopped:
        return ""
    if now.is_zoomed:
        return "unzoom"
    return "back" if now.enlarged else ""


def _leave(now: Now) -> str:
    if _back(now):
        return ""
    return "lobby" if now.phase == "starting" else "end"


def _freeze(now: Now) -> str:
    if now.frozen:
        return "Draw again."
    return "Freeze the screen." if now.playback else "Freeze the screen (load continues)."


LIVE = (
    *LOAD_COMMANDS,
    *TARGET_COMMANDS,
    KeyCommand(
        "freeze",
        ("f",),
        "f",
        lambda now: "unfreeze" if now.frozen else "freeze screen",
        _freeze,
        SCREEN,
        15,
        RUNNING,
    ),
    KeyCommand(
        "next_chart",
        ("tab", "c"),
        "tab",
        "chart",
        "Show the next metric in the second chart.",
        SCREEN,
        14,
        refusal=availability.no_changing_chart,
    ),
    KeyCommand(
        "previous_chart",
        ("shift+tab",),
        "⇧tab",
        "",
        "Show the previous metric in the second chart.",
        SCREEN,
        refusal=availability.no_changing_chart,
    ),
    KeyCommand(
        "span",
        ("g",),
        "g",
        lambda now: f"charts: {now.chart_span}",
        "Change how much time the charts show: 30 s, 2 min, 10 min or all.",
        SCREEN,
        8,
        refusal=availability.no_time_axis,
    ),
    KeyCommand(
        "shapes",
        ("h",),
        "h",
        "shapes",
        "Show latencies by percentile, as a heat map over time, or against goodput.",
        SCREEN,
        7,
        refusal=availability.no_changing_chart,
    ),
    KeyCommand(
        "log_scale",
        ("L",),
        "L",
        lambda now: "linear" if now.is_log else "log",
        "Give latencies a logarithmic axis, or a linear one again.",
        SCREEN,
        6,
        refusal=availability.no_latency_axis,
    ),
    KeyCommand(
        "ghost",
        ("G",),
        "G",
        lambda now: "no ghost" if now.has_ghost else "ghost",
        "Draw the last session of the same preset behind this one, as dotted lines.",
        SCREEN,
        4,
        refusal=availability.no_lines,
    ),
    KeyCommand(
        "overlay_turns",
        ("T",),
        "T",
        "",
        "Where targets run one after another: let all turns begin at the left, or show them in order.",
        SCREEN,
        refusal=availability.no_turns,
    ),
    KeyCommand("zoomed", (), "esc", _back, "", SCREEN, KEPT),
    KeyCommand(
        "window",
        ("s",),
        "s",
        lambda now: f"last {now.window_s:g} s",
        "Change the length of the live window: 5, 10, 30 or 60 seconds.",
        SCREEN,
        9,
        LOOKING,
        availability.no_window,
    ),
    KeyCommand(
        "profile",
        ("y",),
        "y",
        "profile",
        "Sample what the targets' Python code does, and show where their time goes.",
        SCREEN,
        11,
        RECORDED,
        not_profiled,
    ),
    KeyCommand(
        "light",
        ("!",),
        "!",
        "light",
        "Say why the generator's light is as it is.",
        SCREEN,
        1,
        ALWAYS,
        availability.no_light,
    ),
    KeyCommand(
        "present",
        ("p", "P"),
        "p",
        lambda now: "lanes" if now.enlarged == "presenter" else "present",
        "Show the presenter: figures that the last row of a room can read, or show the lanes again.",
        SCREEN,
        12,
        refusal=availability.no_charts,
    ),
    KeyCommand(
        "zoom",
        ("z",),
        "z",
        lambda now: "next part" if now.enlarged not in ("", "presenter") else "zoom",
        "Fill the screen with one part after another: a chart, the other, a lane, the events; then show all.",
        SCREEN,
        9,
        refusal=availability.no_charts,
    ),
    SUSPEND,
    KeyCommand("picture", ("S",), "S", "", "Write the screen as a picture (SVG).", SESSION, 4, RECORDED),
    KeyCommand(
        "copy",
        ("C",),
        "C",
        "",
        "Copy the summary to the clipboard, and write it to a file.",
        SESSION,
        4,
        RECORDED,
    ),
    KeyCommand("note", ("n",), "n", "note", "Add a note to this moment.", SESSION, 3, RUNNING),
    KeyCommand(
        "export",
        ("e",),
        "e",
        "export",
        "Export the session, even while it runs: as HTML, JSON, CSV, Markdown and more.",
        SESSION,
        10,
        RECORDED,
    ),
    KeyCommand(
        "leave",
        ("escape",),
        "esc",
        _leave,
        "Stop the session and show its result.",
        SESSION,
        KEPT,
        refusal=availability.no_picture,
    ),
    KeyCommand(
        "interrupt",
        ("ctrl+c",),
        "ctrl+c",
        lambda now: "quit now" if now.was_stopped else "",
        lambda now: (
            "Quit at once; load and targets still stop."
            if now.was_stopped
            else "Stop the session without a question, and show its result; once more: quit at once."
        ),
        SESSION,
        KEPT,
    ),
    KeyCommand("help", ("?", "f1"), "?", "help", "Show all keys.", SESSION, KEPT),
    KeyCommand(
        "quit",
        ("q",),
        "q",
        lambda now: "" if now.was_stopped else "quit",
        "Stop the session, show its result, and quit.",
        SESSION,
        KEPT,
    ),
)
"""The live screen's commands. The screen itself binds commands without keys."""
