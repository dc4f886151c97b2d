"""What duels say of two identical targets, and of two of which one costs 5 % more CPU time a request."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import anyio

from engine.answers.verdicts.verdict import Verdict, verdicts
from engine.metrics.rounds import Round
from engine.metrics.session_result import session_result
from engine.plan.plan import make_plan
from engine.session.session import opened
from tests.benchmarks.machine import on_all
from tests.benchmarks.report import Options, Table
from tests.busy import busy

LOOPS = 80_000
"""About 2 ms: so much more than reading and answering a request takes that the loop is 98 % of its cost."""
MORE_LOOPS = 84_000
TRUTH = 1.049
"""5 % more of 98 %."""
USERS = 10
WITHIN_S = 120
BUSY_SESSIONS = 2
SAME_FOR_EACH_RUN = 2
"""So that the default of 10 runs makes 20 sessions of identical targets."""
SERVER = Path(__file__).with_name("loop_server.py")


def same(options: Options) -> Table:
    """Sessions of two identical targets, the last two beside busy loops: is any wrong verdict given?"""
    sessions = SAME_FOR_EACH_RUN * max(options.runs, 1)
    rows = []
    for number in range(1, sessions + 1):
        is_busy = number > sessions - BUSY_SESSIONS
        found, rounds = _session(options, (LOOPS, LOOPS), is_busy=is_busy)
        wrong = found is not None and found.outcome in ("better", "worse")
        rows.append((*_row(number, found, rounds, is_busy=is_busy), "WRONG" if wrong else "no"))
    wrong_in = sum(row[-1] == "WRONG" for row in rows)
    return Table(
        "Duels of two identical targets",
        (*_COLUMNS, "wrong"),
        tuple(rows),
        (_about(), f"Asked: no wrong verdict in {sessions} sessions. Found: {wrong_in}."),
    )


def known_cost(options: Options) -> Table:
    """Sessions in which one target costs 5 % more, beside busy loops: is it found, and is the truth in the
    interval?"""
    rows = []
    for number in range(1, max(options.runs, 1) + 1):
        found, rounds = _session(options, (LOOPS, MORE_LOOPS), is_busy=True)
        interval = found.interval if found else None
        holds = interval is not None and interval[0] <= TRUTH <= interval[1]
        is_found = found is not None and found.outcome == "worse"
        rows.append((*_row(number, found, rounds, is_busy=True), "yes" if is_found and holds else "no"))
    both = sum(row[-1] == "yes" for row in rows)
    return Table(
        "Duels of two targets, one with 5 % more CPU time a request",
        (*_COLUMNS, "found, and the truth in it"),
        tuple(rows),
        (
            _about(),
            f"The truth is {TRUTH:g}: 5 % more loops, which are 98 % of what a request costs.",
            f"Asked: found within {WITHIN_S} s with the truth in the interval in 9 of 10 sessions.",
            f"Found: {both} of {len(rows)}.",
        ),
    )


_COLUMNS = ("session", "busy beside", "rounds", "tainted", "verdict", "ratio", "95 % interval")


def _about() -> str:
    return f"{USERS} users each; a duel ends once it is decided, or after {WITHIN_S} s; a round is a second."


def _row(
    number: int, found: Verdict | None, rounds: tuple[Round, ...], *, is_busy: bool
) -> tuple[str, str, str, str, str, str, str]:
    ratio, interval = (found.ratio, found.interval) if found else (None, None)
    return (
        str(number),
        "yes" if is_busy else "no",
        str(len(rounds)),
        str(sum(bool(each.tainted) for each in rounds)),
        found.outcome if found else "none",
        "none" if ratio is None else f"{ratio:.4f}",
        f"{interval[0]:.4f} to {interval[1]:.4f}" if interval else "none",
    )


def _session(
    options: Options, loops: tuple[int, int], *, is_busy: bool
) -> tuple[Verdict | None, tuple[Round, ...]]:
    """The verdict on CPU time of a duel of two servers, and its rounds."""
    with ExitStack() as stack:
        stack.enter_context(on_all(options.cores))
        if is_busy:
            stack.enter_context(busy())
        return anyio.run(_duel, loops)


async def _duel(loops: tuple[int, int]) -> tuple[Verdict | None, tuple[Round, ...]]:
    targets = [
        {"name": name, "command": f"{sys.executable} -P {SERVER} {{port}} {each}", "health": "/health"}
        for name, each in zip(("first", "second"), loops, strict=True)
    ]
    values: dict[str, Any] = {
        "title": "A known cost",
        "target": targets,
        "request": [{"path": "/"}],
        "stages": [{"users": USERS, "hold": "10 s"}],
        "schedule": "duel",
        "within": f"{WITHIN_S} s",
    }
    async with opened(make_plan(values, where="duel.toml")) as session:
        await session.finished.wait()
        if session.error is not None:
            raise session.error
        result = session_result(session.snapshot)
    found = next((each for each in verdicts(result) if each.metric == "cpu"), None)
    return found, result.rounds
