"""Moving the next stage of a load shape while it runs: earlier, later, to more users or fewer. Pure.

Rules of this file:
- only the next stage is moved; those after it follow at their own distance;
- earlier is a jump of the shape's clock, so that what was planned for the time in between happens at once;
- later is a wait at the end of the current stage, under its load (`Steering.waits_s`). A ramp has no such
  load, so what follows a ramp can only come earlier.
"""

from dataclasses import dataclass, replace

from engine.protocol.load_shape import Stage, Steering, position_at

JUST_BEFORE_S = 0.001
"""How long before the end of a stage its clock waits: still within it."""


@dataclass(frozen=True, slots=True)
class NextStage:
    """The stage after the current one."""

    index: int
    """Of its ramp or hold in the stages, or of the jump before that hold."""
    begins_s: float
    """On the shape's clock."""
    users: int
    """At its end; in the open model arrivals per second."""
    left_s: float
    """How long until it begins."""
    follows_ramp: bool
    """Whether the current stage is a ramp."""


def next_stage(steering: Steering, now_s: float) -> NextStage | None:
    """The next stage; None in the last one, and while the stages do not set the users."""
    if steering.held_at_s is not None or not steering.has_started(now_s) or not steering.stages:
        return None
    stages, shape_s = steering.stages, steering.shape_s(now_s)
    position = position_at(stages, shape_s)
    following = position.index + 1
    if following >= len(stages):
        return None
    end_s = sum(stage.seconds for stage in stages[:following])
    first = next((stage for stage in stages[following:] if not stage.is_jump), stages[-1])
    waits_s = steering.waits_s - steering.waited_s(now_s)
    return NextStage(
        index=following,
        begins_s=end_s,
        users=first.users,
        left_s=end_s - shape_s + waits_s,
        follows_ramp=position.users_from != position.users_to,
    )


def moved(steering: Steering, by_s: float, now_s: float) -> Steering:
    """The next stage so many seconds later, or earlier where `by_s` is negative, at the earliest now.

    The same steering if there is no next stage, or if it would follow a ramp later.
    """
    following = next_stage(steering, now_s)
    if following is None or (by_s > 0 and following.follows_ramp):
        return steering
    left_s, shape_s = max(following.left_s + by_s, 0.0), steering.shape_s(now_s)
    ahead_s = following.begins_s - shape_s
    if left_s <= ahead_s:
        return replace(steering, began_s=now_s - following.begins_s + left_s, waits_at_s=0.0, waits_s=0.0)
    waits_at_s = max(following.begins_s - JUST_BEFORE_S, shape_s)
    return replace(steering, began_s=now_s - shape_s, waits_at_s=waits_at_s, waits_s=left_s - ahead_s)


def with_next_users(steering: Steering, users: int, now_s: float) -> Steering:
    """The next stage at another number of users; those right after it at its level keep with it.

    The same steering if there is no next stage.
    """
    following = next_stage(steering, now_s)
    if following is None:
        return steering
    stages, level = list(steering.stages), following.users
    before = position_at(steering.stages, steering.shape_s(now_s)).users_to
    at = following.index
    is_hold_as_before = not stages[at].is_jump and level == before
    while at < len(stages) and stages[at].users == level:
        stages[at] = replace(stages[at], users=users)
        at += 1
    if is_hold_as_before:
        stages.insert(following.index, Stage(users, 0.0))
    return replace(steering, stages=tuple(stages))


def put_off_s(before: Steering, after: Steering) -> float:
    """By how much later the rest of the load shape comes; negative: earlier."""
    return (after.began_s + after.waits_s) - (before.began_s + before.waits_s)


def moved_text(by_s: float, *, is_now: bool = False) -> str:
    """What was done to the next stage, as an event."""
    if is_now:
        return f"next stage begun {-by_s:.0f} s early (manual)"
    return f"next stage {abs(by_s):.0f} s {'later' if by_s > 0 else 'earlier'} (manual)"
