"""A plan of rounds, be it turns or a duel (`schedule = "turns"`, `"duel"`): load and limits. Pure."""

import math
from typing import Annotated, Literal, Protocol

from pydantic import AfterValidator, BeforeValidator, Field

from engine.plan.stages import Step
from engine.plan.values import Duration
from engine.protocol.ticks import TICK_S
from engine.protocol.turns import MOST_ROUNDS, TurnSchedule

TURN_S = 0.6
"""The default: why it is so short: docs/decisions/0019-turns.md."""
LONGEST_TURN_S = 60.0
SETTLING_TICKS = 1
DUEL_ROUND_S, DUEL_SETTLES_S = 1.0, 2.0
"""Each second of a duel is a round, from about 2 s after its beginning on."""
OF_ROUNDS = {"turns": "turns", "duel": "a duel"}
"""The schedules of rounds, in words."""
LEAST_ROUNDS = 2
WITHIN_S = 180.0
"""How long rounds go on by default if their number is `auto`."""


def parse_rounds(value: object) -> object:
    """Checks what pydantic would report once for each type of a union. Raises ValueError."""
    if value == "auto":
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError('it is a whole number, or "auto": as many as the verdicts need')  # noqa: TRY004  pydantic takes ValueError for a finding
    if not LEAST_ROUNDS <= value <= MOST_ROUNDS:
        raise ValueError(f"there are from {LEAST_ROUNDS} to {MOST_ROUNDS} rounds")
    return value


def parse_turn(value: float) -> float:
    """Checks the length of a turn. Raises ValueError."""
    ticks = round(value / TICK_S)
    if not math.isclose(value, ticks * TICK_S, abs_tol=1e-6) or not TICK_S <= value <= LONGEST_TURN_S:
        raise ValueError(
            f"a turn lasts from {TICK_S:g} s to {LONGEST_TURN_S:g} s, in steps of {TICK_S:g} s, "
            f"not {value:g} s"
        )
    return round(ticks * TICK_S, 6)


RoundCount = Annotated[int, Field(ge=LEAST_ROUNDS, le=MOST_ROUNDS)] | Literal["auto"]
"""As a plan's file may say it."""
Rounds = Annotated[int | Literal["auto"], BeforeValidator(parse_rounds, json_schema_input_type=RoundCount)]
Turn = Annotated[Duration, AfterValidator(parse_turn)]


class PlanOfRounds(Protocol):
    """A plan, as far as its rounds are concerned."""

    @property
    def model(self) -> str:
        """Whether it counts users or arrivals."""

    @property
    def fault(self) -> tuple[object, ...]:
        """Its faults."""

    @property
    def schedule(self) -> str:
        """Whether it has turns."""

    @property
    def profile(self) -> float | None:
        """How long a profile takes, if there is one."""

    @property
    def rounds(self) -> int | Literal["auto"]:
        """How many; `auto`: as many as the verdicts need."""

    @property
    def turn(self) -> float:
        """How long each turn is measured, in seconds."""

    @property
    def within(self) -> float | None:
        """The limit of all rounds together, in seconds, if it is said."""

    @property
    def seconds_chosen(self) -> float | None:
        """As the command line said: the limit of its rounds, unless it says another."""

    @property
    def seed(self) -> int:
        """Seed of the order."""


def turn_schedule(plan: PlanOfRounds, targets: int, from_tick: int) -> TurnSchedule:
    """The turns of so many targets, from a tick on."""
    return TurnSchedule(
        seed=plan.seed,
        targets=targets,
        from_tick=from_tick,
        settling_ticks=SETTLING_TICKS,
        measured_ticks=round(plan.turn / TICK_S),
        last_round=most_rounds(plan),
    )


def most_rounds(plan: PlanOfRounds) -> int:
    """After so many rounds the session ends, decided or not."""
    return MOST_ROUNDS if plan.rounds == "auto" else plan.rounds


def ends_when_decided(plan: PlanOfRounds) -> bool:
    """Whether rounds end as soon as the verdicts need no more."""
    return plan.rounds == "auto"


def rounds_s(plan: PlanOfRounds, targets: int) -> float:
    """The longest that the rounds may take together."""
    if plan.schedule == "duel":
        return min(most_rounds(plan) * DUEL_ROUND_S, limit_s(plan)) + DUEL_SETTLES_S
    whole_s = most_rounds(plan) * turn_schedule(plan, targets, 0).round_ticks * TICK_S
    return min(whole_s, limit_s(plan))


def limit_s(plan: PlanOfRounds) -> float:
    """After so many seconds of rounds the session ends, decided or not; infinity if it is not limited."""
    return plan.within or (WITHIN_S if ends_when_decided(plan) else math.inf)


def check_rounds(plan: PlanOfRounds, targets: int, steps: tuple[Step, ...]) -> None:
    """Raises ValueError where a plan cannot have turns or a duel, or has fields that only these use."""
    _check_fields(plan)
    if plan.schedule not in OF_ROUNDS:
        return
    what = OF_ROUNDS[plan.schedule]
    if plan.model == "open":
        raise ValueError(f'{what} of the open model would show nothing: leave model = "open" out')
    if targets < 2:
        raise ValueError(f"{what} would compare targets, and there is only one: name at least two")
    if plan.profile is not None:
        raise ValueError(f"{what} and a profile do not go together: sampling slows targets")
    if plan.fault:
        raise ValueError(f"{what} and faults do not go together: leave out one of the two")
    users_held(steps)
    _check_limit(plan, targets)


def _check_limit(plan: PlanOfRounds, targets: int) -> None:
    """Raises ValueError if the limit of all rounds leaves no time for two, with which each target has been
    first: nothing could be compared."""
    round_s = (
        turn_schedule(plan, targets, 0).round_ticks * TICK_S if plan.schedule == "turns" else DUEL_ROUND_S
    )
    if limit_s(plan) < LEAST_ROUNDS * round_s:
        option = "--seconds" if plan.within and plan.within == plan.seconds_chosen else "within (--within)"
        raise ValueError(
            f"two rounds take {LEAST_ROUNDS * round_s:g} s, and their limit is {limit_s(plan):g} s: "
            f"set a longer one with {option}"
        )


def _check_fields(plan: PlanOfRounds) -> None:
    """Raises ValueError for fields of rounds in another schedule."""
    if plan.schedule != "turns" and plan.turn != TURN_S:
        raise ValueError('turn is for turns: add schedule = "turns" (--schedule turns)')
    given = "rounds" if plan.rounds != "auto" else "within" if plan.within else ""
    if plan.schedule not in OF_ROUNDS and given:
        raise ValueError(f'{given} is for turns and duels: add schedule = "turns" or "duel" (--schedule)')


def held(plan: PlanOfRounds, targets: int, steps: tuple[Step, ...]) -> tuple[int, float] | None:
    """In turns and duels: the number of users, and for how long they are held at most, in seconds; else None.
    `steps` are the stages as they are written."""
    return (users_held(steps), rounds_s(plan, targets)) if plan.schedule in OF_ROUNDS else None


def users_held(steps: tuple[Step, ...]) -> int:
    """The one number of users that stages hold. Raises ValueError if they hold none, or several."""
    held: set[int] = set()
    users = 0
    for step in steps:
        users = next((each for each in (step.end, step.level) if each is not None), users)
        if step.hold is not None and users:
            held.add(users)
    if len(held) != 1:
        numbers = ", ".join(map(str, sorted(held)))
        found = f"these stages hold {numbers}" if held else "these stages hold none"
        raise ValueError(f"rounds need one number of users, and {found}: set it with --users")
    return held.pop()
