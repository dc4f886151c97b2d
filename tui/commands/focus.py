"""The commands on the page of one target."""

from dataclasses import replace

from tui.availability import Now
from tui.availability import focus as availability
from tui.availability.search import in_search
from tui.commands.key_command import KEPT, SCREEN, SUSPEND, TARGETS, KeyCommand
from tui.commands.live import LIVE

_LOG, _SHOWN = "log", "shown"

SECTIONS = ("figures", "how it runs", "log")
"""The parts of the page, in the order of its key."""


def next_section(section: str) -> str:
    """The part after this one."""
    at = SECTIONS.index(section) if section in SECTIONS else -1
    return SECTIONS[(at + 1) % len(SECTIONS)]


def _leave_label(now: Now) -> str:
    return "log" if now.pane == "search" else "back"


_THE_TARGET = (
    KeyCommand("targets", (), "← →", "target", "", TARGETS, 25, refusal=availability.no_other_target),
    KeyCommand(
        "previous_target",
        ("left",),
        "←",
        "",
        "Show the target to the left.",
        TARGETS,
        refusal=availability.no_other_target,
    ),
    KeyCommand(
        "next_target",
        ("right",),
        "→",
        "",
        "Show the target to the right.",
        TARGETS,
        refusal=availability.no_other_target,
    ),
    KeyCommand(
        "next_section",
        ("tab", "c"),
        "tab",
        lambda now: next_section(now.pane),
        "Go from the figures to how it runs, and to its log.",
        _SHOWN,
        24,
        refusal=in_search,
    ),
    KeyCommand("scroll", (), "↑ ↓", "scroll", "", _SHOWN, 15, refusal=in_search),
    KeyCommand("up", ("up",), "↑", "", "Scroll up.", _SHOWN, refusal=in_search),
    KeyCommand("down", ("down",), "↓", "", "Scroll down.", _SHOWN, refusal=in_search),
    KeyCommand("page_up", ("pageup",), "pgup", "", "Scroll up by a page.", _SHOWN, refusal=in_search),
    KeyCommand("page_down", ("pagedown",), "pgdn", "", "Scroll down by a page.", _SHOWN, refusal=in_search),
    KeyCommand("to_start", ("home",), "home", "", "Go to the beginning.", _SHOWN, refusal=in_search),
    KeyCommand(
        "to_end", ("end",), "end", "", "Go to the end; the log then follows.", _SHOWN, refusal=in_search
    ),
    KeyCommand("search", ("/",), "/", "search the log", "Search the log.", _LOG, 23, refusal=in_search),
    KeyCommand("matches", (), "n N", "found", "", _LOG, 22, refusal=availability.no_match),
    KeyCommand(
        "next_match",
        ("n",),
        "n",
        "",
        "Go to the next line that was found.",
        _LOG,
        refusal=availability.no_match,
    ),
    KeyCommand(
        "previous_match",
        ("N",),
        "N",
        "",
        "Go to the line that was found before.",
        _LOG,
        refusal=availability.no_match,
    ),
)
_THE_PAGE = (
    KeyCommand(
        "leave",
        ("escape", "enter"),
        "esc",
        _leave_label,
        "Leave the search, or go back to the session.",
        SCREEN,
        KEPT,
    ),
    SUSPEND,
    KeyCommand("help", ("?", "f1"), "?", "help", "Show all keys.", SCREEN, KEPT, refusal=in_search),
    KeyCommand("quit", ("q",), "q", "quit", "Quit.", SCREEN, KEPT, refusal=in_search),
)

FOCUS = (*_THE_TARGET, *_THE_PAGE)
"""The commands on the page of one target of any session."""

STEERING = ("set_options", "restart", "kill", "fault")
"""Those of the live screen that concern one target only."""


def _outside_search(command: KeyCommand) -> KeyCommand:
    return replace(command, refusal=lambda now: in_search(now) or command.refusal(now))


FOCUS_LIVE = (
    *_THE_TARGET,
    *(_outside_search(command) for command in LIVE if command.id in STEERING),
    *_THE_PAGE,
)
"""Those, and what steers the target of a session that this process runs."""
