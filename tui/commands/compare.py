"""The commands over a comparison."""

from tui.availability import compare as availability
from tui.commands.key_command import KEPT, SCREEN, SUSPEND, KeyCommand

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
    KeyCommand(
        "next_chart",
        ("tab", "c"),
        "tab",
        "chart",
        "Show the next metric in the chart.",
        _SHOWN,
        20,
        refusal=availability.no_chart,
    ),
    KeyCommand(
        "previous_chart",
        ("shift+tab",),
        "⇧tab",
        "",
        "Show the previous metric in the chart.",
        _SHOWN,
        refusal=availability.no_chart,
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
    KeyCommand(
        "answers",
        ("a",),
        "a",
        "answers",
        "Show the verdicts, capacity, profiles and hints of both.",
        _SHOWN,
        22,
        refusal=availability.no_answers,
    ),
    KeyCommand("leave", ("escape",), "esc", "leave", "Leave the comparison.", SCREEN, KEPT),
    SUSPEND,
    KeyCommand("help", ("?", "f1"), "?", "help", "Show all keys.", SCREEN, KEPT),
    KeyCommand("quit", ("q",), "q", "quit", "Quit.", SCREEN, KEPT),
)
"""The commands over a comparison: which part of it is shown."""
