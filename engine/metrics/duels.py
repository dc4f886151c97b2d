"""When there is a duel: the records of its beginning and its end. Data only."""

from dataclasses import dataclass

LEAST_USERS, MOST_USERS = 10, 100
"""Of each target, when a race becomes a duel: with so many, each target always has a request to work on."""


@dataclass(frozen=True, slots=True)
class DuelBegan:
    """A duel began."""

    t_s: float
    number: int
    """Of the session's duels, from 1."""
    core: int
    """That all targets share."""
    users: int
    """Of each target."""
    targets: tuple[str, ...]
    in_race: bool = False
    """It interrupts a race: its seconds are in no figure of the race."""


@dataclass(frozen=True, slots=True)
class DuelEnded:
    """A duel ended, and with it what it changed."""

    t_s: float
    why: str
    """In a few words: `decided`."""
