"""The commands over a recorded session."""

from tui.availability import Now
from tui.availability import watch as availability
from tui.availability.live import no_charts, no_other_target
from tui.commands.key_command import KEPT, SCREEN, SESSION, TARGETS, KeyCommand
from tui.commands.live import LIVE

_TIME = "time"


def _end_label(now: Now) -> str:
    if now.playback is None or now.playback.player.is_at_end:
        return ""
    return "results" if now.playback.is_over else "live"


def _pages_label(now: Now) -> str:
    is_result = now.playback is not None and now.playback.is_over and now.playback.player.is_at_end
    return "scroll" if is_result else ""


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
    KeyCommand(
        "far_back",
        ("shift+left", "pageup"),
        "⇧←",
        "",
        "Jump back by a minute; at the results, show their page before.",
        _TIME,
    ),
    KeyCommand(
        "far_forward",
        ("shift+right", "pagedown"),
        "⇧→",
        "",
        "Jump on by a minute; at the results, show their next page.",
        _TIME,
    ),
    KeyCommand("pages", (), "⇞ ⇟", _pages_label, "", _TIME, 24),
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
        refusal=availability.no_faster,
    ),
    KeyCommand("slower", ("-",), "-", "", "Play slower.", _TIME, refusal=availability.no_slower),
    *_shared("baseline", "focus_target"),
    KeyCommand(
        "select_previous",
        ("up",),
        "↑",
        "",
        "Select the target to the left.",
        TARGETS,
        refusal=no_other_target,
    ),
    KeyCommand(
        "select_next",
        ("down",),
        "↓",
        "",
        "Select the target to the right.",
        TARGETS,
        refusal=no_other_target,
    ),
    *_shared(
        "select_number", "freeze", "next_chart", "previous_chart", "span", "shapes", "log_scale", "ghost"
    ),
    *_shared("overlay_turns", "zoomed", "window", "profile", "light"),
    KeyCommand(
        "present",
        ("P",),
        "P",
        lambda now: "lanes" if now.enlarged == "presenter" else "present",
        "Show the presenter: figures that the last row of a room can read, or show the lanes again.",
        SCREEN,
        12,
        refusal=no_charts,
    ),
    *_shared("zoom", "suspend", "picture", "copy", "export"),
    KeyCommand(
        "leave",
        ("escape",),
        "esc",
        lambda now: "" if now.is_zoomed or now.enlarged else "leave",
        "Stop watching; the session is not touched.",
        SESSION,
        KEPT,
    ),
    KeyCommand("help", ("?", "f1"), "?", "help", "Show all keys.", SESSION, KEPT),
    KeyCommand("quit", ("q",), "q", "quit", "Quit; a session that runs goes on.", SESSION, KEPT),
)
"""The commands over a recorded session: time, and the picture. None of them steers."""
