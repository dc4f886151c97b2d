"""A number of virtual users that a person types, in the lobby and on the live screen."""

from engine.plan.plan import MAX_USERS
from targets.errors import UsageError


def parse_users(text: str) -> int:
    """A number of virtual users. Raises UsageError."""
    if not text.isdecimal() or int(text) > MAX_USERS:
        raise UsageError(f"{text!r} is not a number of users", hint=f"a whole number from 0 to {MAX_USERS:,}")
    return int(text)
