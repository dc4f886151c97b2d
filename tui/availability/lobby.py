"""Why commands of the lobby do not work. Pure."""

from tui.availability.now import Now
from tui.availability.search import in_search


def no_preset(now: Now) -> str:
    """It needs a preset that can be started."""
    return in_search(now) or ("" if now.is_usable else "choose a preset that can be started")


def no_users(now: Now) -> str:
    """It holds a number of users in place of the plan's stages."""
    if why := no_preset(now):
        return why
    return (
        "this plan's load is arrivals a second, not users: change its stages" if now.model == "open" else ""
    )


def no_offered_database(now: Now) -> str:
    """It uses the database server that the preset was published with."""
    if why := no_preset(now):
        return why
    if not now.offered_database:
        return "only for a preset whose source kept its rows on a database server"
    if now.docker_answers is None:
        return "looking for a Docker Engine"
    return "" if now.docker_answers else "no Docker Engine answers; a server of yours: --database URL"


def not_in_targets(now: Now) -> str:
    """It needs the focus on the targets."""
    return no_preset(now) or ("" if now.pane == "targets" else "press tab to go to the targets first")
