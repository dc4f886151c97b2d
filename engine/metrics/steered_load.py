"""What load a target has at a moment, from what steers it and from its newest tick. Pure."""

from typing import Literal

from engine.metrics.target_snapshot import TargetLoad
from engine.protocol.load_shape import Steering
from engine.protocol.tick_stats import TickStats
from engine.protocol.ticks import TICK_S


def load_of(
    steering: Steering | None,
    newest: TickStats | None,
    now_s: float,
    *,
    is_open: bool,
    takes_load: bool,
    think_time_s: float,
) -> TargetLoad:
    """The load on a target; `newest` is its newest tick, None if it takes no load."""
    wanted = steering.users(now_s) if steering and takes_load else 0
    users = newest.users if newest else 0
    return TargetLoad(
        users=users,
        users_wanted=users if is_open else wanted,
        arrivals_wanted=wanted if is_open else None,
        think_time_mean_s=think_time_s,
        in_flight=newest.in_flight if newest else 0,
        oldest_in_flight_ms=newest.oldest_in_flight_us / 1000 if newest and newest.in_flight else None,
        manual=steering is not None and steering.manual_users is not None,
        paused=steering is not None and steering.paused,
    )


def has_turn(steering: Steering | None, now_s: float) -> bool:
    """Whether a target has a turn now, as far as turns are taken."""
    return steering is not None and steering.turns is not None and steering.has_turn(int(now_s / TICK_S))


def solo_turn(steering: Steering | None, now_s: float) -> Literal["", "waits", "on", "done"]:
    """In a `solo` schedule: whether a target's turn is still to come, is now, or has ended; empty if its load
    is steered by hand."""
    if steering is None or steering.manual_users is not None:
        return ""
    if not steering.has_started(now_s):
        return "waits"
    return "done" if steering.is_done(now_s) else "on"


def turn_began_s(known_s: float | None, before: Steering | None, after: Steering, t_s: float) -> float:
    """In a `solo` schedule: when a target's turn began, or will begin, after it was steered at `t_s`;
    `known_s` is the same before that. A turn that goes on keeps its beginning, though its clock is set back
    by every pause and forward by a stage that is brought forward."""
    goes_on = before is not None and before.has_started(t_s) and after.has_started(t_s)
    return known_s if known_s is not None and goes_on else after.began_s
