"""What a target does in a duel that goes on. Pure."""

from engine.metrics import formatting
from engine.metrics.rounds import Turn
from engine.metrics.snapshot import Snapshot

SHOWN_ROUNDS = 10
"""The newest seconds that a lane shows, as many as its window has in a race."""


def newest_of_duel(snapshot: Snapshot, name: str) -> Turn | None:
    """A target's newest seconds of the duel that goes on, as one turn; None if there is no duel or none of
    its seconds is known yet."""
    if snapshot.duel is None:
        return None
    turns = [
        each.turns[name]
        for each in snapshot.rounds[-SHOWN_ROUNDS:]
        if each.pairing == "duel" and each.series == snapshot.duel.number and name in each.turns
    ]
    if not turns:
        return None
    read = [turn.cpu_s for turn in turns if turn.cpu_s is not None]
    return Turn(
        seconds=sum(turn.seconds for turn in turns),
        ok=sum(turn.ok for turn in turns),
        failed=sum(turn.failed for turn in turns),
        cpu_s=sum(read) if len(read) == len(turns) else None,
    )


def cpu_text(duel: Turn | None) -> str:
    """CPU time for each successful request."""
    each_ms = (
        None if duel is None else duel.cpu_s_per_1000_ok
    )  # seconds of a thousand are milliseconds of one
    return formatting.MISSING if each_ms is None else f"{each_ms:.3g} ms"
