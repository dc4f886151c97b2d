"""The commands of a session that this process runs."""

from tui import availability
from tui.availability import Now
from tui.commands.key_command import ALWAYS, LOOKING, RECORDED, RUNNING, SCREEN, SESSION, TARGETS, KeyCommand


def _restart(now: Now) -> str:
    stopped = now.selected is not None and now.selected.state in ("stopped", "failed", "died")
    return "start" if stopped else "restart"


_USERS, _LOAD = "users", "load"

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
        "baseline",
        "Compare the other targets with the selected one.",
        TARGETS,
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
        "Kill the selected target; its users keep sending requests.",
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
        "details",
        ("enter",),
        "⏎",
        "details",
        "Show all figures of the selected target.",
        TARGETS,
        5,
        ALWAYS,
        availability.no_target,
    ),
    KeyCommand("select_previous", ("left",), "←", "", "Select the target to the left.", TARGETS),
    KeyCommand("select_next", ("right",), "→", "", "Select the target to the right.", TARGETS),
    KeyCommand("select_number", (), "1…6", "", "Select a target by its position.", TARGETS),
    KeyCommand(
        "freeze",
        ("f",),
        "f",
        lambda now: "unfreeze" if now.frozen else "freeze",
        "Freeze the screen; the measurement continues.",
        SCREEN,
        15,
        RUNNING,
    ),
    KeyCommand(
        "next_chart", ("tab", "c"), "tab", "chart", "Show the next metric in the second chart.", SCREEN, 14
    ),
    KeyCommand(
        "previous_chart", ("shift+tab",), "⇧tab", "", "Show the previous metric in the second chart.", SCREEN
    ),
    KeyCommand(
        "window",
        ("s",),
        "s",
        lambda now: f"last {now.window_s:g} s",
        "Change the length of the live window: 5, 10, 30 or 60 seconds.",
        SCREEN,
        9,
        LOOKING,
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
        availability.not_profiled,
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
    KeyCommand("leave", ("escape",), "esc", "lobby", "Stop the session and return to the lobby.", SESSION, 2),
    KeyCommand("help", ("?", "f1"), "?", "help", "Show all keys.", SESSION, 90),
    KeyCommand("quit", ("q",), "q", "quit", "Stop the session and quit.", SESSION, 91),
)
"""The live screen's commands. The screen itself binds commands without keys."""
