"""Which users a target had in the seconds of its session, however long that is. Pure."""

from dataclasses import dataclass, replace

NEWEST = 7
"""Seconds with users whose numbers are kept."""


@dataclass(frozen=True, slots=True)
class UsersSeen:
    """The users at the ends of a target's seconds."""

    had: frozenset[int] = frozenset()
    """Every number of them."""
    last_s: int = -1
    """The last second with users; -1 if there was none."""
    newest: tuple[int, ...] = ()
    """How many in the newest seconds with users, oldest first."""


def users_after(seen: UsersSeen, second: int, users: int) -> UsersSeen:
    """The same after one more closed second."""
    had = seen.had if users in seen.had else seen.had | {users}
    if users:
        return UsersSeen(had, second, (*seen.newest, users)[-NEWEST:])
    return seen if had is seen.had else replace(seen, had=had)
