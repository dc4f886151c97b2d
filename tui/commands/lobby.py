"""The commands of the lobby."""

from tui import availability
from tui.commands.key_command import KeyCommand

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
        "set_database",
        ("b",),
        "b",
        "database",
        "Keep rows in the kind of database server that the preset was published with, in a container.",
        "choose",
        13,
        refusal=availability.no_offered_database,
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
