"""Does the generator's light mean something? Sessions of ten users against a server that logs what it did.

On an idle machine the light is to be green; with busy loops beside, every figure that is off by more than its
stated bound is to be flagged, and every figure that is called good is to be right.
"""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from itertools import chain
from typing import Any

from engine.metrics.lag_effect import AMBER_SHARE, LEAST_MS, SHARES
from tests.benchmarks.accuracy import Truth, truth_server
from tests.benchmarks.asking import exactly
from tests.benchmarks.report import Options, Table
from tests.busy import cores, spinning

USERS, THINK_TIME = 10, "25 ms"
"""Some 300 requests a second."""
WARM_UP_S, SECONDS = 1, 8
"""Shorter than the window that is judged: a run's figures are those of its last second."""
MEDIANS_MS = (1.0, 5.0)
"""Of the servers, in turns."""
BUCKET = 0.008
"""Figures are shown to a bucket's width."""
GREEN_OF = 0.95
EDGE_NS = 2_000_000
"""A response that ends so close to the first or the last moment may be counted by one side only; where few
are as slow, one more or less moves a p99 by milliseconds."""


@dataclass(frozen=True)
class Figure:
    """One percentile of one run."""

    name: str
    shown_ms: float
    true_ms: float
    true_most_ms: float
    """The truth lies between the two."""
    bound_ms: float

    @property
    def error_ms(self) -> float:
        """By how much it is too high or too low, beyond a bucket's width."""
        off_ms = max(self.shown_ms - self.true_most_ms, self.true_ms - self.shown_ms)
        return max(0.0, off_ms - BUCKET * self.true_ms)

    @property
    def is_flagged(self) -> bool:
        """Whether its bound is over the limit of a good figure."""
        return self.bound_ms > self.limit_ms

    @property
    def limit_ms(self) -> float:
        """Within this a figure is good."""
        return max(AMBER_SHARE * self.shown_ms, LEAST_MS)


@dataclass(frozen=True)
class Run:
    """One session."""

    light: str
    figures: tuple[Figure, ...]
    lag_p50_us: float
    lag_p99_us: float


def light(options: Options) -> Table:
    """Idle runs, and as many runs beside one and beside two busy loops as asked for, in all."""
    beside = {0: max(2, options.runs // 5), 1: (options.runs + 1) // 2, 2: options.runs // 2}
    runs = {loops: [_run(options, loops, number) for number in range(n)] for loops, n in beside.items()}
    figures = [each for run in chain(*runs.values()) for each in run.figures]
    good = [each for each in figures if not each.is_flagged]
    unflagged = [each for each in good if each.error_ms > each.bound_ms]
    green = sum(run.light == "green" for run in runs[0])
    return Table(
        "The generator's light",
        (
            "busy loops",
            "runs",
            "green",
            "amber",
            "red",
            "lag p50, p99",
            *(f"{name}: off, bound" for name in SHARES),
        ),
        tuple(_row(loops, each) for loops, each in runs.items() if each),
        (
            f"{USERS} users who think for {THINK_TIME}, {SECONDS} s; against a server that logs what each",
            f"request took it, from its arrival in the kernel on; median {_medians()} ms, in turns.",
            "Lag, and by how much figures were off and might be: medians over the runs; the largest error.",
            _in_all(figures, good, unflagged),
            *(
                f"off by more than its bound, and not flagged: {each.name} of {each.shown_ms:.3f} ms, true "
                f"{each.true_ms:.3f} to {each.true_most_ms:.3f} ms, bound {each.bound_ms:.3f} ms"
                for each in unflagged
            ),
            exactly(f"idle: green in {GREEN_OF:.0%} of the runs", holds=green >= GREEN_OF * len(runs[0])),
            exactly("what is off by more than its bound is flagged", holds=not unflagged),
            exactly(
                f"what is not flagged is within {AMBER_SHARE:.0%} or {LEAST_MS:g} ms",
                holds=all(each.error_ms <= each.limit_ms for each in good),
            ),
        ),
    )


def _medians() -> str:
    return " and ".join(f"{each:g}" for each in MEDIANS_MS)


def _in_all(figures: list[Figure], good: list[Figure], unflagged: list[Figure]) -> str:
    wrong = sum(each.error_ms > each.limit_ms for each in good)
    return (
        f"{len(figures)} figures, {len(figures) - len(good)} of them flagged; of {len(good)} others "
        f"{wrong} were off by more than {AMBER_SHARE:.0%} and {LEAST_MS:g} ms, "
        f"{len(unflagged)} by more than their bound."
    )


def _row(loops: int, runs: list[Run]) -> tuple[str, ...]:
    counts = (str(sum(run.light == light for run in runs)) for light in ("green", "amber", "red"))
    by_name = [[run.figures[at] for run in runs if len(run.figures) > at] for at in range(len(SHARES))]
    lag = f"{_middle([run.lag_p50_us for run in runs]):.0f}, {_middle([r.lag_p99_us for r in runs]):,.0f} µs"
    return (str(loops), str(len(runs)), *counts, lag, *map(_cell, by_name))


def _cell(figures: list[Figure]) -> str:
    if not figures:
        return ""
    off_ms = [each.error_ms for each in figures]
    bound_ms = _middle([each.bound_ms for each in figures])
    return f"{_middle(off_ms):.2f} (at most {max(off_ms):.2f}), {bound_ms:.2f} ms"


def _middle(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def _run(options: Options, loops: int, number: int) -> Run:
    median_ms = MEDIANS_MS[number % len(MEDIANS_MS)]
    # A session gives its load worker the last core, and all else the others.
    beside = [options.cores.both or cores()] * loops
    with truth_server(options.cores.on_generator(), median_ms) as truth, spinning(beside):
        run = _session(options, truth)
    off = ", ".join(
        f"{each.name} {each.shown_ms:.2f} of {each.true_ms:.2f}–{each.true_most_ms:.2f}, "
        f"bound {each.bound_ms:.2f} ms"
        for each in run.figures
    )
    print(f"  {loops} busy loops, run {number + 1}: {run.light}; {off}", file=sys.stderr)
    return run


def _session(options: Options, truth: Truth) -> Run:
    program = [sys.executable, "-P", "-m", "tests.benchmarks.light_run", str(truth.port), str(SECONDS)]
    truth.begin()
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [*options.cores.on_both(), *program],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"ABREAST_HOME": home},
            timeout=120,
        )
    said = json.loads(done.stdout.splitlines()[-1])
    told = zip(SHARES, said["shown_ms"], *_truths(truth, said), said["bounds_ms"], strict=True)
    figures = (Figure(*each) for each in told if None not in each)
    return Run(said["light"], tuple(figures), *said["lag_us"])


def _truths(truth: Truth, said: dict[str, Any]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Between which values the true percentiles lie, whichever responses at the edges were counted."""
    edges = (-EDGE_NS, EDGE_NS)
    found = [
        truth.between(said["begin_ns"] + first, said["end_ns"] + last) for first in edges for last in edges
    ]
    least = tuple(map(min, zip(*(each.percentiles_ms for each in found), strict=True)))
    most = tuple(map(max, zip(*(each.at_most_ms for each in found), strict=True)))
    return least, most
