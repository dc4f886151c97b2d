"""Requests per generator core: our worker and its peers in turns, so that a noisy machine hits all alike."""

import sys
from dataclasses import dataclass
from statistics import median

from tests.benchmarks.generators import ABREAST, GENERATORS, HEY, K9, LOCUST, WRK, Generator, Job, Measured
from tests.benchmarks.null_server import null_server
from tests.benchmarks.report import Options, Table

Asked = dict[str, float]
"""Name of a generator → how many times as much as it our worker is asked to reach."""

FAST = (ABREAST, K9, HEY, WRK)
"""Those whose figures the number of connections moves most."""

AT_10: Asked = {WRK.name: 0.5}
AT_50: Asked = {LOCUST.name: 14.0, K9.name: 1.2, HEY.name: 2.5, WRK.name: 0.55}
AT_500: Asked = {WRK.name: 0.7}

_HEAD = (
    "generator",
    "requests/s",
    "requests/CPU s",
    "CPU used",
    "abreast ÷ it, by time",
    "abreast ÷ it, by CPU",
    "goal",
)


@dataclass(frozen=True)
class Medians:
    """One generator's rounds as one."""

    rate: float
    rate_per_cpu_s: float
    cpu_pct: float

    @classmethod
    def of(cls, rounds: list[Measured]) -> "Medians":
        """Medians of each figure by itself."""
        return cls(
            median(each.rate for each in rounds),
            median(each.rate_per_cpu_s for each in rounds),
            median(each.cpu_s / each.seconds * 100 for each in rounds),
        )

    def cells(self) -> tuple[str, str, str]:
        """As a row's cells."""
        return f"{self.rate:,.0f}", f"{self.rate_per_cpu_s:,.0f}", f"{self.cpu_pct:.0f} %"


def at_10(options: Options) -> Table:
    """With 10 connections."""
    return throughput(options, 10, AT_10, FAST)


def at_50(options: Options) -> Table:
    """With 50 connections."""
    return throughput(options, 50, AT_50, GENERATORS)


def at_500(options: Options) -> Table:
    """With 500 connections."""
    return throughput(options, 500, AT_500, FAST)


def throughput(options: Options, connections: int, asked: Asked, generators: tuple[Generator, ...]) -> Table:
    """Those generators that are installed, in turns, against NGINX."""
    rounds = in_turns(options, connections, generators)
    medians = {name: Medians.of(measured) for name, measured in rounds.items()}
    ours = medians[ABREAST.name]
    rows = [
        (
            name,
            *each.cells(),
            f"{ours.rate / each.rate:.2f}",
            f"{ours.rate_per_cpu_s / each.rate_per_cpu_s:.2f}",
            _verdict(ours, each, asked.get(name)),
        )
        for name, each in medians.items()
    ]
    return Table(
        f"Throughput, {connections} connections",
        _HEAD,
        tuple(rows),
        (
            f"NGINX, a static answer; medians of {options.rounds} rounds of {options.seconds:g} s, in turns.",
            "Goals are by CPU time: a core of the generator is what limits it.",
            *_out_of_reach(medians, asked),
            *missing(generators),
        ),
    )


def in_turns(
    options: Options, connections: int, generators: tuple[Generator, ...]
) -> dict[str, list[Measured]]:
    """The rounds of those that are installed, by name."""
    present = [each for each in generators if each.is_installed()]
    rounds: dict[str, list[Measured]] = {each.name: [] for each in present}
    with null_server(options.cores.on_server()) as port:
        job = Job(port, connections, options.seconds, options.cores)
        for number in range(options.rounds):
            for each in present:
                print(f"  round {number + 1} of {options.rounds}: {each.name}", file=sys.stderr)
                rounds[each.name].append(each.run(job))
    return rounds


def missing(generators: tuple[Generator, ...]) -> list[str]:
    """A line for each generator that is not installed: how to get it."""
    return [f"{each.name}: not installed ({each.hint})." for each in generators if not each.is_installed()]


def _verdict(ours: Medians, theirs: Medians, asked: float | None) -> str:
    if asked is None:
        return ""
    reached = ours.rate_per_cpu_s / theirs.rate_per_cpu_s >= asked
    return f"≥ {asked:g}: {'met' if reached else 'missed'}"


def _out_of_reach(medians: dict[str, Medians], asked: Asked) -> list[str]:
    """What is asked for and is more than wrk, a bare loop in C, reaches on this machine."""
    if WRK.name not in medians:
        return []
    ours, wrk = medians[ABREAST.name].rate_per_cpu_s, medians[WRK.name].rate_per_cpu_s
    lines = []
    for name, least in asked.items():
        if name not in medians or name == WRK.name:
            continue
        reach = wrk / medians[name].rate_per_cpu_s
        if reach < least:
            lines.append(
                f"{least:g} × {name} is more than wrk reaches on this machine, which is {reach:.1f} ×; "
                f"abreast reaches {ours / wrk:.2f} of wrk."
            )
    return lines
