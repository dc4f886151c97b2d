"""Why commands do not work where a search has the focus. Pure."""

from tui.availability.now import Now


def in_search(now: Now) -> str:
    """It needs the focus outside the search, where a letter is text."""
    return "letters go to the search: esc leaves it" if now.pane == "search" else ""


def not_in_search(now: Now) -> str:
    """It needs the focus on the search."""
    return "" if now.pane == "search" else "the search is not active"


def not_searched(now: Now) -> str:
    """It clears or leaves the search."""
    return "" if now.search or now.pane == "search" else "there is no search to clear"
