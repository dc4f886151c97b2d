"""Measures how much two identical targets seem to differ on this machine: its noise floor (rule M10).

The same target twice, in turns and in a duel. Verdicts call no difference real that is not larger. abreast
measures it only on request (`abreast doctor --noise`).
"""

from collections import Counter
from collections.abc import Callable, Sequence

from engine.answers.verdicts.noise import noise_floor
from engine.machine import environment
from engine.machine.shared_core import why_no_duel
from engine.metrics.noise_floor import NoiseFloor
from engine.metrics.rounds import Round
from engine.plan.plan import Plan, make_plan
from engine.session.header import now_text
from engine.session.session import Session, opened
from targets.errors import TargetError

TARGET = "fastapi"
USERS = 10
ROUNDS = 50
"""Of turns: 80 s."""
DUEL_S = 40
"""As many rounds."""


async def measure(tell: Callable[[str], None]) -> NoiseFloor:
    """Measures the noise floor, in about two and a half minutes; `tell` is given what happens.

    Raises AbreastError if the targets do not start, or nothing could be concluded from any round.
    """
    tell(f"turns of two identical targets ({TARGET}), {ROUNDS} rounds…")
    rounds = list(await turns())
    tell(_counted(rounds))
    if why := why_no_duel(environment.plan_cores(environment.available_cores())):
        tell(f"no duel: {why}")
    else:
        tell(f"a duel of the same two, {DUEL_S:g} s…")
        fought = await duel()
        tell(_counted(fought))
        rounds += fought
    names = sorted({name for each in rounds for name in each.turns})
    floor = noise_floor(rounds, names[0], names[-1], now_text()) if len(names) == 2 else None
    if floor is None or not floor.shares:
        why = next((each.tainted for each in rounds if each.tainted), "there were no rounds")
        raise TargetError(
            "the noise floor could not be measured",
            why=why,
            hint="close other programs, or leave the machine alone, and try again",
        )
    return floor


async def turns() -> Sequence[Round]:
    """The rounds of a session in turns."""
    async with opened(plan(schedule="turns", rounds=ROUNDS)) as session:
        await session.finished.wait()
    return _rounds(session)


async def duel() -> Sequence[Round]:
    """The rounds of a session that is a duel."""
    async with opened(plan(schedule="duel", rounds=DUEL_S)) as session:
        await session.finished.wait()
    return _rounds(session)


def plan(**changes: object) -> Plan:
    """The same target twice."""
    values = {
        "title": "The noise floor of this machine",
        "targets": [TARGET, TARGET],
        "stages": [{"users": USERS, "hold": "10 s"}],
    }
    return make_plan(values | changes, where="noise floor")


def _counted(rounds: Sequence[Round]) -> str:
    """How many rounds count, and what disturbed most of the others."""
    tainted = Counter(each.tainted for each in rounds if each.tainted)
    text = f"{len(rounds) - tainted.total()} of {len(rounds)} rounds count"
    return f"{text}; most others do not: {tainted.most_common(1)[0][0]}" if tainted else text


def _rounds(session: Session) -> Sequence[Round]:
    """The session's rounds. Raises the error that ended it."""
    if session.error is not None:
        raise session.error
    return session.snapshot.rounds
