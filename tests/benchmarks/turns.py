"""How long should a turn be? Two identical targets in turns of several lengths, for the same total time: the
length with the smallest standard error tells most in that time. And is a known delay found?"""

import math
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import anyio
import orjson

from engine.answers.verdicts.observations import VerdictMetric, observations
from engine.answers.verdicts.verdict import Verdict, verdicts
from engine.metrics.rounds import Round
from engine.metrics.session_result import session_result
from engine.plan.plan import make_plan
from engine.session.session import opened
from tests.benchmarks.machine import on_all
from tests.benchmarks.report import Options, Table

TURNS_S = (0.2, 0.4, 0.6, 1.0, 2.0, 5.0)
"""Turns are counted in ticks of 0.2 s, so that 0.25 s and 0.5 s are not among them."""
METRICS: tuple[VerdictMetric, ...] = ("goodput", "p50", "p95", "cpu")
PARTS_S = 20.0
"""A session takes this times `--seconds`; sessions of all lengths take turns, `--rounds` times."""
USERS = 10
DELAYS_MS = (20, 21)
"""Of the two targets in `known_delay`: 5 % more."""
MOST_ROUNDS = 120
DELAY_SERVER = Path(__file__).with_name("delay_server.py")


def turns(options: Options) -> Table:
    """The standard error of each metric by the length of a turn."""
    seconds = PARTS_S * options.seconds
    parts: dict[float, list[Sequence[Round]]] = {turn_s: [] for turn_s in TURNS_S}
    for _ in range(options.rounds):
        for turn_s in TURNS_S:
            with on_all(options.cores):
                parts[turn_s].append(anyio.run(_same_twice, turn_s, seconds))
    rows = tuple(_row(turn_s, each) for turn_s, each in parts.items())
    return Table(
        "Turns of two identical targets, by length",
        ("turn", "rounds", "tainted", *(f"{metric}: standard error, found" for metric in METRICS)),
        rows,
        (
            f"`fastapi` twice, {USERS} users, no think time; each length {seconds * options.rounds:.0f} s.",
            "Standard error of ln(B/A) over pairs of rounds, and the difference found; the truth is 0.",
            "Rounds with a red light count here: all lengths ran beside the same disturbances.",
        ),
    )


async def _same_twice(turn_s: float, seconds: float) -> Sequence[Round]:
    values: dict[str, Any] = {
        "title": "Turns of two identical targets",
        "targets": ["fastapi", "fastapi"],
        "stages": [{"users": USERS, "hold": "10 s"}],
        "schedule": "turns",
        "turn": f"{turn_s:g} s",
        "rounds": max(2, int(seconds / (2 * (turn_s + 0.2)))),
    }
    async with opened(make_plan(values, where="turns.toml")) as session:
        await session.finished.wait()
        return session.snapshot.rounds


def _row(turn_s: float, parts: Sequence[Sequence[Round]]) -> tuple[str, ...]:
    tainted = sum(bool(each.tainted) for part in parts for each in part)
    return (
        f"{turn_s:g} s",
        str(sum(map(len, parts))),
        str(tainted),
        *(_figure(metric, parts) for metric in METRICS),
    )


def _figure(metric: VerdictMetric, parts: Sequence[Sequence[Round]]) -> str:
    """`3.1 %, +0.4 %`"""
    logs: list[float] = []
    for part in parts:
        names = sorted({name for each in part for name in each.turns})
        kept = [replace(each, tainted="") for each in part]
        logs += observations(kept, metric, names[0], names[-1]).logs
    if len(logs) < 2:
        return "too few"
    error = statistics.stdev(logs) / math.sqrt(len(logs))
    return f"{error:.2%}, {statistics.fmean(logs):+.2%}"


# ---------------------------------------------------------------- a known delay


@dataclass(frozen=True)
class Truth:
    """What the two servers did."""

    ratio: float
    """Of the medians of how long they really took."""


def known_delay(options: Options) -> Table:
    """Sessions in which one target takes 5 % longer: what turns say of it."""
    rows = []
    for number in range(1, max(options.runs, 1) + 1):
        with on_all(options.cores):
            verdict, truth, rounds, tainted = anyio.run(_two_delays, number)
        interval = verdict.interval if verdict else None
        holds = interval is not None and interval[0] <= truth.ratio <= interval[1]
        shown = f"{interval[0]:.3f} to {interval[1]:.3f}" if interval else "none"
        outcome = verdict.outcome if verdict else "none"
        rows.append(
            (
                str(number),
                str(rounds),
                str(tainted),
                outcome,
                f"{truth.ratio:.3f}",
                shown,
                "yes" if holds else "no",
            )
        )
    return Table(
        "Turns of two targets, one with 5 % more delay",
        ("session", "rounds", "tainted", "p50", "truth", "interval", "holds"),
        tuple(rows),
        (
            f"{DELAYS_MS[0]} ms and {DELAYS_MS[1]} ms, {USERS} users; at most {MOST_ROUNDS} rounds.",
            "The truth is the ratio of the medians that the servers measured.",
            "Asked: found, with the truth in the interval.",
        ),
    )


async def _two_delays(seed: int) -> tuple[Verdict | None, Truth, int, int]:
    with tempfile.TemporaryDirectory() as folder:
        logs = [Path(folder) / f"{ms}.json" for ms in DELAYS_MS]
        targets = [
            {
                "name": f"ms-{ms}",
                "command": f"{sys.executable} -P {DELAY_SERVER} {{port}} {ms} {log}",
                "health": "/health",
            }
            for ms, log in zip(DELAYS_MS, logs, strict=True)
        ]
        values: dict[str, Any] = {
            "title": "A known delay",
            "target": targets,
            "request": [{"path": "/"}],
            "stages": [{"users": USERS, "hold": "10 s"}],
            "schedule": "turns",
            "within": f"{MOST_ROUNDS * 1.6:.0f} s",
            "seed": seed,
        }
        async with opened(make_plan(values, where="delay.toml")) as session:
            await session.finished.wait()
            result = session_result(session.snapshot)
        first, second = (orjson.loads(log.read_bytes())["p50_us"] for log in logs)
    found = next((each for each in verdicts(result) if each.metric == "p50"), None)
    tainted = sum(bool(each.tainted) for each in result.rounds)
    return found, Truth(second / first), len(result.rounds), tainted
