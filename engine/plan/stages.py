"""The load shape of a plan as it is written: ramps and holds. Pure."""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from engine.plan.values import WHOLE, Caption, Duration, Frozen
from engine.plan.warm_up import auto_stages
from engine.protocol.load_shape import Stage, users_at

MAX_USERS = 10_000
"""Of one target: a typing error must not open a flood of connections."""

MAX_RATE = 50_000
"""Arrivals a second at one target, in the open model."""

MAX_STAGES = 1000
"""Of one plan."""

LEAST_S = 1.0
"""Figures are of whole seconds: a shorter run would measure nothing."""

Users = Annotated[int, Field(ge=0, le=MAX_USERS), WHOLE]
Rate = Annotated[int, Field(ge=0, le=MAX_RATE), WHOLE]


class Step(Frozen):
    """One stage of the load shape as it is written: a ramp, or a hold.

    In the closed model it counts users (`ramp_to`, `users`), in the open model arrivals a second (`rate_to`,
    `rate`).
    """

    ramp_to: Users | None = None
    """Users at the end of the ramp, up or down."""
    rate_to: Rate | None = None
    """Arrivals a second at the end of the ramp."""
    over: Duration | None = None
    """How long the ramp takes."""
    hold: Duration | None = None
    """How long the hold takes."""
    users: Users | None = None
    """With `hold`: jump to this many users first; without it, hold the current number."""
    rate: Rate | None = None
    """With `hold`: jump to this many arrivals a second first."""
    say: Caption = ""
    """A line of text that captions the screen during this stage."""

    @property
    def end(self) -> int | None:
        """Users, or arrivals a second, at the end of a ramp; None for a hold."""
        return self.rate_to if self.ramp_to is None else self.ramp_to

    @property
    def level(self) -> int | None:
        """What a hold jumps to; None where it holds the current number."""
        return self.rate if self.users is None else self.users

    @property
    def counts_arrivals(self) -> bool:
        """Whether it can only belong to the open model."""
        return self.rate is not None or self.rate_to is not None

    @property
    def counts_users(self) -> bool:
        """Whether it can only belong to the closed model."""
        return self.users is not None or self.ramp_to is not None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        is_ramp = self.end is not None and self.over is not None
        has_ramp = self.end is not None or self.over is not None
        has_hold = self.hold is not None or self.level is not None
        if has_ramp == has_hold or (has_ramp and not is_ramp) or (has_hold and self.hold is None):
            ramp, load = ("rate_to", "rate") if self.counts_arrivals else ("ramp_to", "users")
            raise ValueError(
                f"a stage is either a ramp ({ramp} and over) or a hold (hold, and {load} to change the load)"
            )
        if self.hold == 0:
            raise ValueError("a hold must last longer than 0 s; give it a time, or leave the stage out")
        if self.counts_users and self.counts_arrivals:
            raise ValueError("a stage counts either users or arrivals a second")
        return self

    @property
    def seconds(self) -> float:
        """How long it takes."""
        return self.over or self.hold or 0.0


def check_measurable(steps: Sequence[Step], *, is_open: bool) -> None:
    """Raises ValueError for stages without load, or too short to be measured. `is_open`: they count arrivals
    a second."""
    if not any(step.end or step.level for step in steps):
        is_rate = is_open or any(step.counts_arrivals for step in steps)
        load, key = ("arrivals", "rate") if is_rate else ("users", "users")
        raise ValueError(f"stages have no {load}; begin with a ramp, or with hold and {key}")
    stages_s = sum(step.seconds for step in steps)
    if stages_s < LEAST_S:
        raise ValueError(
            f"stages of {stages_s:g} s measure nothing, since figures cover whole seconds: "
            "make them 1 s or longer"
        )


def shape_of(steps: Sequence[Step], warm_up: float | Literal["auto"]) -> tuple[Stage, ...]:
    """The stages of the load, warm-up first: at the users of a first hold, or at one user before a ramp."""
    measured: list[Stage] = []
    users = 0
    for step in steps:
        if step.level is not None and step.level != users:
            measured.append(Stage(step.level, 0.0))
        users = next((each for each in (step.end, step.level) if each is not None), users)
        measured.append(Stage(users, step.seconds))
    if not warm_up:
        return tuple(measured)
    first = measured[0].users if measured[0].is_jump else min(1, measured[0].users)
    if warm_up == "auto":
        return (*auto_stages(first), *measured)
    return (Stage(first, 0.0), Stage(first, warm_up), *measured)


def cut_off(
    steps: tuple[Step, ...], shape: tuple[Stage, ...], seconds: float, *, warm_up_s: float
) -> tuple[Step, ...]:
    """The stages, cut off after this many seconds, or with a last hold that lasts until then.

    `shape` is the load shape that they make, warm-up included.
    """
    kept: list[Step] = []
    left = seconds
    for step in steps:
        if left <= 0:
            break
        lasts = min(step.seconds, left)
        left -= lasts
        if step.end is None:
            kept.append(step.model_copy(update={"hold": lasts}))
        else:
            is_whole = lasts == step.seconds
            reached = step.end if is_whole else users_at(shape, warm_up_s + seconds)
            key = "ramp_to" if step.ramp_to is not None else "rate_to"
            kept.append(step.model_copy(update={key: reached, "over": lasts}))
    if left > 0:
        kept.append(Step(hold=left))
    return tuple(kept)
