"""Why commands on the page of one target do not work. Pure."""

from tui.availability.now import Now
from tui.availability.search import in_search


def no_other_target(now: Now) -> str:
    """It shows another target."""
    return in_search(now) or ("" if len(now.targets) > 1 else "there is only one target")


def no_match(now: Now) -> str:
    """It goes from one found line of the log to another."""
    if why := in_search(now):
        return why
    return "" if now.found else "nothing in the log is found: / searches it"
