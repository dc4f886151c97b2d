"""The commands over profiles."""

from tui.availability import Now
from tui.availability import profile as availability
from tui.commands.key_command import ALWAYS, KEPT, RUNNING, SCREEN, SUSPEND, KeyCommand

_SHOWN = "shown"


VIEWS = ("layers", "functions", "call tree")
"""What the screen can show, in the order of its key."""


def next_view(view: str) -> str:
    """The view after this one."""
    return VIEWS[(VIEWS.index(view) + 1) % len(VIEWS)]


def _view_label(now: Now) -> str:
    return next_view(now.pane) if now.pane in VIEWS else ""


PROFILE = (
    KeyCommand(
        "sample",
        ("y",),
        "y",
        lambda now: f"sample {now.profile_s} s",
        "Sample the targets under their present load with py-spy; no summary includes these seconds.",
        "sampling",
        30,
        RUNNING,
        availability.cannot_sample,
    ),
    KeyCommand(
        "length",
        ("s",),
        "s",
        "length",
        "Change how long targets are sampled: 2, 5, 10 or 30 seconds.",
        "sampling",
        21,
        RUNNING,
        availability.cannot_sample,
    ),
    KeyCommand("targets", (), "← →", "target", "", _SHOWN, 25, ALWAYS, availability.no_other_profiled),
    KeyCommand(
        "previous_target",
        ("left",),
        "←",
        "",
        "Begin with the target to the left.",
        _SHOWN,
        0,
        ALWAYS,
        availability.no_other_profiled,
    ),
    KeyCommand(
        "next_target",
        ("right",),
        "→",
        "",
        "Begin with the target to the right.",
        _SHOWN,
        0,
        ALWAYS,
        availability.no_other_profiled,
    ),
    KeyCommand(
        "next_view",
        ("tab", "c"),
        "tab",
        _view_label,
        "Show layers of all targets, their functions, or the call tree of one.",
        _SHOWN,
        24,
        ALWAYS,
        availability.no_profile,
    ),
    KeyCommand("profiles", (), "[ ]", "profile", "", _SHOWN, 22, ALWAYS, availability.no_other_profile),
    KeyCommand(
        "older",
        ("[",),
        "[",
        "",
        "Show the profile before.",
        _SHOWN,
        0,
        ALWAYS,
        availability.no_other_profile,
    ),
    KeyCommand(
        "newer", ("]",), "]", "", "Show the next profile.", _SHOWN, 0, ALWAYS, availability.no_other_profile
    ),
    KeyCommand("leave", ("escape",), "esc", "back", "Go back to the session.", SCREEN, KEPT),
    SUSPEND,
    KeyCommand("help", ("?", "f1"), "?", "help", "Show all keys.", SCREEN, KEPT),
    KeyCommand("quit", ("q",), "q", "quit", "Quit.", SCREEN, KEPT),
)
"""The commands over the profiles of a session."""
