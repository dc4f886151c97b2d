"""Two load workers beside one at the same load: what they use, and whether their counts are the server's."""

import sys
import tempfile
import urllib.request
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from time import monotonic_ns

import anyio

from engine.metrics.aggregator import Aggregator
from engine.protocol.messages import TICK_S, Heartbeat, Sample
from engine.session.worker_pool import launched
from targets.runtime.affinity import pin_tree
from tests.benchmarks.generators import SETTLING_S
from tests.benchmarks.null_server import STATUS_PATH, null_server
from tests.benchmarks.report import Options, Table
from tests.support.worker_process import get, target

USERS = 1000
THINK_S = 0.1
"""Makes the load the same however fast the workers are: USERS / THINK_S requests a second."""
MOST_CPU = 1.1
"""Times the processor time a request of one worker."""
GRACE_S = 5.0


@dataclass(frozen=True)
class Driven:
    """What came of one run."""

    rate: float
    cpu_us: float
    """Of all workers, for each request."""
    merged: int
    """Requests that all workers together say were answered, from the first to the last."""
    failed: int
    served: int
    """Requests that the server says it had."""


def workers(options: Options) -> Table:
    """One worker and two in turns, at the same load."""
    rounds = in_turns(options)
    cpu_us = {count: median(each.cpu_us for each in driven) for count, driven in rounds.items()}
    rows = [
        (
            str(count),
            f"{median(each.rate for each in driven):,.0f}",
            f"{cpu_us[count]:.1f} µs",
            f"{cpu_us[count] / cpu_us[1]:.2f}",
            f"{sum(each.merged for each in driven):,}",
            f"{sum(each.failed for each in driven):,}",
            f"{sum(each.served for each in driven):,}",
        )
        for count, driven in rounds.items()
    ]
    is_cheap = cpu_us[2] / cpu_us[1] <= MOST_CPU
    is_exact = all(each.merged == each.served for driven in rounds.values() for each in driven)
    return Table(
        "Load workers",
        (
            "workers",
            "requests/s",
            "CPU per request",
            "÷ one worker's",
            "counted ok",
            "failed",
            "server's count",
        ),
        tuple(rows),
        (
            f"{USERS:,} users who think for {THINK_S:g} s, NGINX, all workers on one core; counts are sums.",
            f"Medians of {options.rounds} rounds of {options.seconds:g} s, in turns.",
            f"Goal: CPU ≤ {MOST_CPU:g} times one worker's: {_reached(is_cheap)}.",
            f"Goal: merged counts equal the server's exactly, in every round: {_reached(is_exact)}.",
        ),
    )


def in_turns(options: Options) -> dict[int, list[Driven]]:
    """The rounds of one worker and of two, by their number."""
    rounds: dict[int, list[Driven]] = {1: [], 2: []}
    with null_server(options.cores.on_server()) as port:
        for number in range(options.rounds):
            for count, driven in rounds.items():
                print(f"  round {number + 1} of {options.rounds}: workers: {count}", file=sys.stderr)
                driven.append(_drive(options, port, count))
    return rounds


def _reached(is_so: bool) -> str:
    return "met" if is_so else "missed"


def _drive(options: Options, port: int, count: int) -> Driven:
    return anyio.run(_driven, options, port, count)


async def _driven(options: Options, port: int, count: int) -> Driven:
    collector = Aggregator()
    reports: list[Sample | Heartbeat] = []

    def take(report: Sample | Heartbeat) -> None:
        reports.append(report)
        collector.take(report)

    before = await anyio.to_thread.run_sync(_served, port)
    with tempfile.TemporaryDirectory() as folder:
        async with launched(
            count,
            folder=Path(folder),
            session_id="benchmark",
            take=take,
        ) as worker_pool:
            for number, pid in enumerate(worker_pool.pids):
                collector.worker_joined(number)
                if options.cores.generator is not None:
                    pin_tree(pid, (options.cores.generator,))
            await worker_pool.begin(monotonic_ns(), seed=1)
            order = target(port, get(port, "/"), users=USERS, think_s=THINK_S)
            await worker_pool.send(order)
            await anyio.sleep(SETTLING_S + options.seconds + 2 * TICK_S)
            await worker_pool.stop(GRACE_S)
    assert not worker_pool.lost, worker_pool.lost
    # Our own question is counted by the server as well.
    served = await anyio.to_thread.run_sync(_served, port) - before - 1
    tallies = [tally for tick_stats in collector.flush().ticks for tally in tick_stats.requests.values()]
    first, last = round(SETTLING_S / TICK_S), round((SETTLING_S + options.seconds) / TICK_S)
    answered = sum(
        sum(tally.ok.counts.values())
        for report in reports
        if isinstance(report, Sample) and first < report.tick <= last
        for tally in report.requests.values()
    )
    return Driven(
        rate=answered / ((last - first) * TICK_S),
        cpu_us=cpu_s(reports, first, last) / answered * 1e6,
        merged=sum(sum(tally.ok.counts.values()) for tally in tallies),
        failed=sum(sum(tally.failed.counts.values()) for tally in tallies),
        served=served,
    )


def cpu_s(reports: list[Sample | Heartbeat], first: int, last: int) -> float:
    """Processor seconds of all workers from the end of one tick to the end of another."""
    beats: dict[int, list[Heartbeat]] = {}
    for report in reports:
        if isinstance(report, Heartbeat) and first <= report.tick <= last:
            beats.setdefault(report.worker, []).append(report)
    return sum(
        later.cpu_s - earlier.cpu_s for worker in beats.values() for earlier, later in pairwise(worker)
    )


def _served(port: int) -> int:
    """How many requests NGINX has had so far, this one included."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{STATUS_PATH}", timeout=5) as answer:
        words: list[bytes] = answer.read().split()
    # Active connections: A server accepts handled requests: B C D …
    return int(words[words.index(b"requests") + 3])
