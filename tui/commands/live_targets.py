"""The commands of a session that concern its targets."""

from collections.abc import Sequence

from engine.metrics.palette import MARKERS
from tui.availability import Now
from tui.availability import live as availability
from tui.commands.key_command import ALWAYS, RUNNING, TARGETS, KeyCommand


def _restart(now: Now) -> str:
    stopped = now.selected is not None and now.selected.state in ("stopped", "failed", "died")
    return "start" if stopped else "restart"


TARGET_COMMANDS = (
    KeyCommand("add_target", ("a",), "a", "add", "Add a target.", TARGETS, 12, RUNNING, availability.no_room),
    KeyCommand(
        "set_options",
        ("o",),
        "o",
        "options",
        "Set the selected target's options; it restarts, the others keep running.",
        TARGETS,
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
        TARGETS,
        6,
        RUNNING,
        availability.not_removable,
    ),
    KeyCommand(
        "baseline",
        ("b",),
        "b",
        "make baseline",
        "Make the selected target the baseline: all ratios are taken against it.",
        TARGETS,
        8,
        ALWAYS,
        availability.no_baseline,
    ),
    KeyCommand(
        "restart",
        ("r",),
        "r",
        _restart,
        "Restart the selected target.",
        TARGETS,
        7,
        RUNNING,
        availability.not_ours,
    ),
    KeyCommand(
        "kill",
        ("k",),
        "k",
        "kill",
        "Kill the selected target at once; its users keep sending requests.",
        TARGETS,
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
        TARGETS,
        10,
        RUNNING,
        availability.no_fault,
    ),
    KeyCommand(
        "focus_target",
        ("enter",),
        "⏎",
        "focus",
        "Show only the selected target: its requests, how it is run, and its log.",
        TARGETS,
        5,
        ALWAYS,
        availability.no_target,
    ),
    KeyCommand(
        "select_previous",
        ("left",),
        "←",
        "",
        "Select the target to the left.",
        TARGETS,
        refusal=availability.no_other_target,
    ),
    KeyCommand(
        "select_next",
        ("right",),
        "→",
        "",
        "Select the target to the right.",
        TARGETS,
        refusal=availability.no_other_target,
    ),
    KeyCommand(
        "select_number",
        (),
        f"1…{len(MARKERS)}",
        "",
        "Select a target by its position.",
        TARGETS,
        refusal=availability.no_selection,
    ),
)
"""What targets there are, what is done to the selected one, and which one that is."""

CHANGES = ("restart", "remove_target")
"""The commands that help where a target does not run."""


def changes_of(table: Sequence[KeyCommand], now: Now) -> frozenset[str]:
    """Which commands of a table may change targets now, whichever target is selected; a lane names their
    keys where it has no figures."""
    if availability.no_changes(now):
        return frozenset()
    return frozenset(each.id for each in table if each.id in CHANGES and now.phase in each.phases)
