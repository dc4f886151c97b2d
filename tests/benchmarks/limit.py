"""How near the load engine is to the limit on one core: what it must reach and what it aims at, in one table.

Ratios are those of rounds of the same run, by processor time: medians of each round's own ratio, because a
busy machine slows both. Times (lag, percentiles) need a quiet machine.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import median

from tests.benchmarks import accuracy, closing, throughput, varying, workers
from tests.benchmarks.generators import ABREAST, WRK
from tests.benchmarks.machine import on_all
from tests.benchmarks.many_users import USERS, crowd_of
from tests.benchmarks.report import Options, Table
from tests.benchmarks.screen import headless_pct

VARYING_S = 0.6
"""Measured seconds of a round of requests that vary: many short rounds suffer less than few long ones."""
FRONT_S = 20


@dataclass(frozen=True)
class Row:
    """One thing that is asked for."""

    what: str
    measured: str
    must: str
    aim: str
    is_met: bool
    is_aim_met: bool

    def cells(self) -> tuple[str, ...]:
        """As a row's cells."""
        verdict = (
            "met, and the aim" if self.is_met and self.is_aim_met else "met" if self.is_met else "missed"
        )
        return self.what, self.measured, self.must, self.aim, verdict


def at_least(what: str, ratio: float, must: float, aim: float) -> Row:
    """A ratio that should be high."""
    return Row(what, f"{ratio:.2f}", f"≥ {must:g}", f"≥ {aim:g}", ratio >= must, ratio >= aim)


def at_most(what: str, value: float, must: float, aim: float, unit: str = "") -> Row:
    """A value that should be low."""
    unit = unit and f" {unit}"
    return Row(
        what, f"{value:.2f}{unit}", f"≤ {must:g}{unit}", f"≤ {aim:g}{unit}", value <= must, value <= aim
    )


def limit(options: Options) -> Table:
    """All that is asked for, each beside what was measured."""
    rows: list[Row] = []
    for row in _measured(options):
        print(f"  {' │ '.join(row.cells())}", file=sys.stderr)
        rows.append(row)
    return Table(
        "Closer to the limit on one core",
        ("measured in one run", "measured", "must", "aim", "verdict"),
        tuple(row.cells() for row in rows),
        (
            f"Medians of {options.rounds} rounds; ratios are by processor time, each round's by itself.",
            f"Not reached: {', '.join(row.what for row in rows if not row.is_met) or 'nothing'}.",
            f"{closing.NOT_ALIKE} A user's time is alike: users ÷ requests a second.",
            *throughput.missing((WRK,)),
        ),
    )


def _measured(options: Options) -> Iterator[Row]:
    """The rows, each as soon as it is known."""
    if WRK.is_installed():
        yield from _beside_wrk(options)
    yield from _beside_constant(options)
    yield _two_workers(options)
    yield from _truth(options)
    yield from _many_users(options)
    yield _front(options)
    if WRK.is_installed():
        yield from _closing(options)


def _beside_wrk(options: Options) -> Iterator[Row]:
    for connections in (10, 50, 500):
        rounds = throughput.in_turns(options, connections, (ABREAST, WRK))
        share = varying.share_of(rounds[ABREAST.name], rounds[WRK.name])
        yield at_least(f"constant request, {connections} connections, of wrk", share, 0.8, 0.95)


def _beside_constant(options: Options) -> Iterator[Row]:
    asked = {varying.CHECKED: (0.75, 0.9), varying.DRAWN: (0.75, 0.9), varying.JOURNEY: (0.65, 0.8)}
    more_rounds = replace(options, rounds=5 * options.rounds)
    rounds = varying.in_turns(more_rounds, VARYING_S, (varying.CONSTANT, *asked))
    for kind, (must, aim) in asked.items():
        share = varying.share_of(rounds[kind.name], rounds[varying.CONSTANT.name])
        yield at_least(f"{kind.name}, of constant", share, must, aim)


def _two_workers(options: Options) -> Row:
    rounds = workers.in_turns(options)
    times = median(two.cpu_us / one.cpu_us for one, two in zip(rounds[1], rounds[2], strict=True))
    return at_most("two workers' CPU per request, of one's", times, 1.1, 1.05)


def _truth(options: Options) -> Iterator[Row]:
    for connections in (accuracy.FEW, accuracy.MANY):
        typical = accuracy.typical_rounds(options, connections)
        ours = typical[ABREAST.name]
        disturbed = " (the server was held up)" if accuracy.held_up({ABREAST.name: ours}) else ""
        yield Row(
            f"{accuracy.PERCENTILES} of a known distribution, {connections} connections{disturbed}",
            ", ".join(f"{error:+.1%}" for error in ours.errors),
            "2 % or 0.1 ms",
            "1 %, the least error of all",
            ours.is_within(0.02, 0.1),
            ours.worst <= 0.01 and accuracy.is_most_exact(ours, typical),
        )


def _many_users(options: Options) -> Iterator[Row]:
    crowd = crowd_of(options)
    p99_ms, longest_ms = (
        crowd.staying.lag.quantile_us(0.99) / 1000,
        crowd.coming.lag.quantile_us(1.0) / 1000,
    )
    yield at_most(f"{USERS:,} users: lag p99", p99_ms, 5, 3, "ms")
    yield at_most(f"{USERS:,} users: memory a user", crowd.bytes_a_user / 1000, 9, 8, "kB")
    yield at_most(f"a start with {USERS:,} users at once: longest lag", longest_ms, 60, 25, "ms")


def _front(options: Options) -> Row:
    with on_all(options.cores):
        used_pct = median(headless_pct(FRONT_S) for _ in range(options.rounds))
    return at_most("the front, four targets, without a screen", used_pct, 4, 2, "% of a core")


def _closing(options: Options) -> Iterator[Row]:
    rounds = closing.in_the_clear(options)
    what = f"servers that close each connection, {closing.USERS} users"
    times = (wrk.rate / ours.rate for ours, wrk in zip(rounds["abreast"], rounds["wrk"], strict=True))
    yield at_most(f"{what}: a user's time for a request, of wrk's", median(times), 1.5, 1.2)
    p50s = (ours.p50_ms / wrk.p50_ms for ours, wrk in zip(rounds["abreast"], rounds["wrk"], strict=True))
    yield at_most(f"{what}: p50, of wrk's", median(p50s), 1.5, 1.2)
    yield at_most(
        f"{what}: wrk's rate, of ours", varying.share_of(rounds["wrk"], rounds["abreast"]), 1.5, 1.2
    )
