"""The commands of the end card: only what works once a session has ended."""

from tui.commands.key_command import KEPT, SCREEN, SESSION, KeyCommand
from tui.commands.live import LIVE


def _shared(*ids: str) -> tuple[KeyCommand, ...]:
    """Commands of the live screen that work on a session that has ended."""
    return tuple(command for command in LIVE if command.id in ids)


END = (
    KeyCommand("scroll", (), "↑ ↓", "scroll", "", SCREEN, 12),
    KeyCommand("scroll_up", ("up",), "↑", "", "Scroll the result up.", SCREEN),
    KeyCommand("scroll_down", ("down",), "↓", "", "Scroll the result down.", SCREEN),
    KeyCommand("page_up", ("pageup",), "⇞", "", "Scroll the result up by a page.", SCREEN),
    KeyCommand("page_down", ("pagedown", "space"), "⇟", "", "Scroll the result down by a page.", SCREEN),
    *_shared("select_previous", "select_next", "select_number", "baseline", "zoomed"),
    *_shared("next_chart", "previous_chart", "span", "shapes", "log_scale", "ghost", "overlay_turns"),
    *_shared("profile", "suspend"),
    KeyCommand("run_again", ("R",), "R", "run again", "Run the same again, as it was started.", SESSION, 30),
    *_shared("export", "picture", "copy"),
    KeyCommand("leave", ("escape",), "esc", "lobby", "Go to the lobby.", SESSION, KEPT),
    *_shared("help"),
    KeyCommand("quit", ("q", "enter"), "q", "quit", "Quit, and print the result.", SESSION, KEPT),
)
"""In the order of the footer."""
