"""The load shape, and where in it a session is, for the load bar. Pure."""

from collections.abc import Mapping

from engine.metrics.records import Header
from engine.metrics.snapshot import ShapePosition
from engine.metrics.stage_text import shown_steering
from engine.protocol.load_shape import Steering, length_s
from engine.protocol.next_stage import next_stage


def position_of(header: Header, steerings: Mapping[str, Steering], now_s: float) -> ShapePosition | None:
    """The shape of the target whose stage is shown; None without load, and where rounds or a search for
    capacity set the load."""
    schedule = header.plan["schedule"]
    if not steerings or schedule not in ("race", "solo"):
        return None
    followed = {name: each for name, each in steerings.items() if each.held_at_s is None} or steerings
    is_race = schedule != "solo"
    _, steering = shown_steering(header, followed if is_race else steerings, now_s)
    if not length_s(steering.stages):
        return None
    return ShapePosition(
        stages=steering.stages,
        at_s=max(steering.shape_s(now_s), 0.0),
        warm_up_s=header.warm_up_s,
        next_stage=next_stage(steering, now_s),
    )
