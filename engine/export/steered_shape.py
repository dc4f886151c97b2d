"""The load shape that a target really had: stages, manual users, stages again. Pure.

Pauses and duels are left out, because the load shape's clock stood still in them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine.protocol.load_shape import Stage, Steering, users_at

SHORTEST_S = 0.1
"""Stages are written in tenths of a second; a shorter one joins the next."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the load shape: from one number of users (or arrivals a second) to another."""

    users_from: int
    users_to: int
    seconds: float


def pieces_of(steerings: list[tuple[float, Steering]], warm_up_s: float, ends_s: float) -> list[Piece]:
    """The load shape after the warm-up, up to session time `ends_s`, as it was steered: neighbours at the
    same level are one piece, pauses and duels are left out. Each steering is in effect from its time on."""
    found: list[Piece] = []
    ends = [*(at_s for at_s, _ in steerings[1:]), ends_s]
    for (at_s, steering), until_s in zip(steerings, ends, strict=True):
        at_s = max(at_s, 0.0)
        if steering.paused or steering.duel_users is not None or until_s <= at_s:
            continue
        if steering.manual_users is None:
            found += _followed(steering, at_s, until_s, warm_up_s)
        elif steering.shape_s(at_s) >= warm_up_s:
            found.append(Piece(steering.manual_users, steering.manual_users, until_s - at_s))
    return list(_joined(found))


def _followed(steering: Steering, at_s: float, until_s: float, warm_up_s: float) -> Iterator[Piece]:
    """What the stages do between two session times, the next one put off or not."""
    from_s, to_s = steering.shape_s(at_s), steering.shape_s(until_s)
    waited_s = steering.waited_s(until_s) - steering.waited_s(at_s)
    if waited_s <= 0:
        yield from _stages_between(steering.stages, from_s, to_s, warm_up_s)
        return
    waits_at_s = steering.waits_at_s
    level = users_at(steering.stages, waits_at_s)
    yield from _stages_between(steering.stages, from_s, waits_at_s, warm_up_s)
    yield Piece(level, level, waited_s)
    yield from _stages_between(steering.stages, waits_at_s, to_s, warm_up_s)


def _stages_between(
    stages: tuple[Stage, ...], from_s: float, until_s: float, warm_up_s: float
) -> Iterator[Piece]:
    """What the stages do between two readings of their clock, without the warm-up."""
    begins_s = 0.0
    for stage in stages:
        low, high = max(begins_s, from_s, warm_up_s), min(begins_s + stage.seconds, until_s)
        if high > low and not stage.is_jump:
            at_end = users_at(stages, high) if high < begins_s + stage.seconds else stage.users
            yield Piece(users_at(stages, low), at_end, high - low)
        begins_s += stage.seconds
    low = max(begins_s, from_s, warm_up_s)
    if until_s > low and stages and stages[-1].users:  # the last stage holds until the end
        yield Piece(stages[-1].users, stages[-1].users, until_s - low)


def _joined(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Neighbours at one level as one; pieces that are too short for a plan lend their time to the next."""
    last: Piece | None = None
    spare_s = 0.0
    for piece in pieces:
        if piece.seconds + spare_s < SHORTEST_S:
            spare_s += piece.seconds
            continue
        piece = Piece(piece.users_from, piece.users_to, piece.seconds + spare_s)
        spare_s = 0.0
        if last and last.users_from == last.users_to == piece.users_from == piece.users_to:
            last = Piece(last.users_from, last.users_to, last.seconds + piece.seconds)
            continue
        if last:
            yield last
        last = piece
    if last:
        yield last
