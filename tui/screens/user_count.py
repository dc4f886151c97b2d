"""A load that a person types, in the lobby and on the live screen: users, or arrivals a second."""

from engine.metrics.load_unit import long_unit
from engine.plan.plan import MAX_USERS
from targets.errors import UsageError


def parse_load(text: str, *, is_open: bool) -> int:
    """A number of virtual users, in the open model of arrivals a second. Raises UsageError."""
    if not text.isdecimal() or int(text) > MAX_USERS:
        raise UsageError(
            f"{text!r} is not a number of {long_unit(is_open=is_open)}",
            hint=f"a whole number from 0 to {MAX_USERS:,}",
        )
    return int(text)
