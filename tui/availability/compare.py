"""Why commands over a comparison do not work. Pure."""

from tui.availability.now import Now


def no_other_pair(now: Now) -> str:
    """It selects another pair of targets."""
    return "" if now.compared[0] > 1 else "only one pair of targets is compared"


def no_answers(now: Now) -> str:
    """It shows what the sessions answer besides their figures."""
    return "" if now.has_answers else "neither session has verdicts, a capacity, a profile or hints"


def no_other_level(now: Now) -> str:
    """It selects another level."""
    return "" if now.compared[1] > 1 else "there is only one level to compare"


def no_chart(now: Now) -> str:
    """It shows another metric in the chart."""
    return "" if now.has_charts else "the chart needs a higher terminal"
