"""Why commands over the list of recorded sessions do not work. Pure."""

from tui.availability.now import Now
from tui.availability.search import in_search
from tui.views.rows import plain


def no_listed(now: Now) -> str:
    """It needs a session under the cursor."""
    return in_search(now) or ("" if now.listed else "no session is selected")


def not_readable(now: Now) -> str:
    """It reads the session under the cursor."""
    if why := no_listed(now):
        return why
    assert now.listed is not None
    if now.listed.recorded.is_readable:
        return ""
    return plain(now.listed.recorded.trouble) or "nothing was recorded"


def not_two(now: Now) -> str:
    """It compares two sessions: the marked ones, or the one under the cursor with the marked one."""
    if why := in_search(now):
        return why
    if not now.marked:
        return "mark a session first: space"
    is_other = now.listed is not None and now.listed.key not in now.marked
    return "" if len(now.marked) > 1 or is_other else "mark or select a second session"


def not_deletable(now: Now) -> str:
    """It deletes the session under the cursor."""
    if why := no_listed(now):
        return why
    return "it is running" if now.listed and now.listed.is_running else ""


def not_undoable(now: Now) -> str:
    """It brings back what was deleted from the list."""
    return in_search(now) or ("" if now.can_undo else "nothing was deleted here; see: abreast sessions undo")
