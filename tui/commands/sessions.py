"""The commands over the list of recorded sessions."""

from tui.availability import Refusal
from tui.availability import sessions as availability
from tui.availability.search import in_search
from tui.commands.key_command import KEPT, SCREEN, SESSION, SUSPEND, KeyCommand, Label

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
    return KeyCommand(name, (key,), shown or key, label, about, SESSION, rank, refusal=refusal)


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
    KeyCommand("search", ("/",), "/", "search", "Search all texts.", _LIST, 24, refusal=in_search),
    KeyCommand(
        "next_order",
        ("o",),
        "o",
        lambda now: f"by {now.order}",
        "Sort by date, preset, length, size or outcome.",
        _LIST,
        23,
        refusal=in_search,
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
        SCREEN,
        KEPT,
    ),
    SUSPEND,
    KeyCommand("help", ("?", "f1"), "?", "help", "Show all keys.", SCREEN, KEPT, refusal=in_search),
    KeyCommand("quit", ("q",), "q", "quit", "Quit.", SCREEN, KEPT, refusal=in_search),
)
"""The commands over the list of recorded sessions."""
