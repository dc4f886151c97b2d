"""Load workers on a Ray cluster: what a request costs there, and how many workers one front can listen to.

The bridge is measured with several workers without users, which report as often as any. The last part is
simulated: reports of many workers are made as they would arrive, and the front's own code reads, folds,
judges and records them. Goals: CPU per request at most 1.1 times a local worker's; 100 workers in under 10 %
of a core.
"""

import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import anyio
import psutil

from engine.cluster.bridge import MANY_WORKERS
from engine.cluster.cluster import connected
from engine.metrics.aggregator import Aggregator
from engine.protocol.histogram import Histogram, Latencies
from engine.protocol.messages import TICK_S, Heartbeat, Sample, decode, encode
from engine.protocol.tick_stats import RequestTickStats
from engine.session.worker_link import WorkerProcess
from engine.session.worker_pool import WorkerPool, starting
from tests.benchmarks.generators import SETTLING_S
from tests.benchmarks.null_server import null_server
from tests.benchmarks.report import Options, Table
from tests.benchmarks.workers import GRACE_S, MOST_CPU, THINK_S, USERS, cpu_s
from tests.support.fronts import marked
from tests.support.recording import Recording
from tests.support.worker_process import get, target

Take = Callable[[Sample | Heartbeat], None]
MARK = "benchmark-cluster"
SIMULATED = (100, 1000)
MOST_SHARE = 0.10
SIMULATED_S = 5
LATENCIES_A_TICK = 400
BRIDGED = MANY_WORKERS
"""So many that their reports are gathered, as on a cluster that needs it."""


@dataclass(frozen=True)
class Cost:
    """CPU microseconds for each request."""

    worker_us: float
    actor_us: float = 0.0
    """Of the actor that passes its bytes on."""
    ray_us: float = 0.0
    """Of Ray's own processes, which run whether load flows or not."""
    bridge_share: float = 0.0
    """Of a core, that the bridge uses."""


def cluster(options: Options) -> Table:
    """A worker here and one on Ray, in turns; then the front alone, with reports of many workers."""
    rounds: dict[str, list[Cost]] = {"local": [], "Ray": []}
    if find_spec("ray") is not None:
        with null_server(options.cores.on_server()) as port:
            for number in range(options.rounds):
                for kind, costs in rounds.items():
                    print(f"  round {number + 1} of {options.rounds}: {kind}", file=sys.stderr)
                    costs.append(anyio.run(_driven, options, port, kind == "Ray"))
    rows, notes = _costs(rounds) if rounds["Ray"] else ([], ["Ray is not installed: no figures of requests."])
    bridge_share = anyio.run(_bridge_share, options) if rounds["Ray"] else 0.0
    rows += [(f"bridge, {BRIDGED} workers, for each", *[""] * 3, _of_a_core(bridge_share), "")]
    shares = {workers: _folding_share(workers) for workers in SIMULATED}
    rows += [
        (f"front, {workers:,} workers (simulated)", _of_a_core(share), "", "", "", "")
        for workers, share in shares.items()
    ]
    is_light = "met" if shares[SIMULATED[0]] <= MOST_SHARE else "missed"
    notes += [
        f"Goal: reports of {SIMULATED[0]} workers in at most {100 * MOST_SHARE:.0f} % of a core: {is_light}.",
        _breaks_first(shares[SIMULATED[-1]], bridge_share),
    ]
    return Table(
        "Load workers on a cluster",
        ("what", "CPU per request", "÷ local", "with its actor, ÷ local", "bridge", "Ray's own processes"),
        tuple(rows),
        tuple(notes),
    )


def _costs(rounds: dict[str, list[Cost]]) -> tuple[list[tuple[str, ...]], list[str]]:
    here_us = median(each.worker_us for each in rounds["local"])
    rows: list[tuple[str, ...]] = []
    for kind, costs in rounds.items():
        worker_us = median(each.worker_us for each in costs)
        actor_us = median(each.actor_us for each in costs)
        bridge_share = median(each.bridge_share for each in costs)
        ray_us = median(each.ray_us for each in costs)
        rows.append(
            (
                kind,
                f"{worker_us:.1f} µs",
                f"{worker_us / here_us:.2f}",
                f"{(worker_us + actor_us) / here_us:.2f}",
                _of_a_core(bridge_share),
                f"{ray_us:.1f} µs",
            )
        )
    on_ray = median(each.worker_us + each.actor_us for each in rounds["Ray"])
    is_cheap = "met" if on_ray / here_us <= MOST_CPU else "missed"
    return rows, [
        f"{USERS:,} users who think for {THINK_S:g} s, NGINX; one worker. Medians of rounds, in turns.",
        f"Goal: with its actor at most {MOST_CPU:g} times a local worker's: {is_cheap}.",
    ]


def _of_a_core(share: float) -> str:
    return f"{100 * share:.1f} % of a core"


def _breaks_first(share: float, bridge_share: float) -> str:
    """What 1,000 workers would need of a core each: front and bridge are one process each."""
    workers = SIMULATED[-1]
    of_bridge = bridge_share * workers
    first = "the bridge" if of_bridge > share else "the front"
    limit = round(workers / max(share, of_bridge))
    front_pct, bridge_pct = 100 * share, 100 * of_bridge
    return (
        f"{workers:,} workers would need {front_pct:.0f} % of a core in the front and {bridge_pct:.0f} % in "
        f"the bridge, if each cost what these do: {first} breaks first, at about {limit:,} workers."
    )


async def _bridge_share(options: Options) -> float:
    """How much of a core the bridge needs for each of `BRIDGED` workers."""
    print(f"  the bridge, with {BRIDGED} workers", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        async with _pool(Path(folder), lambda _: None, on_ray=True, workers=BRIDGED) as worker_pool:
            await worker_pool.all_started()
            await worker_pool.measure_clocks()
            await worker_pool.begin(time.monotonic_ns(), seed=1)
            await anyio.sleep(SETTLING_S)
            before = _others_s()["bridge"]
            await anyio.sleep(options.seconds)
            used_s = _others_s()["bridge"] - before
            await worker_pool.stop(GRACE_S)
    return used_s / options.seconds / BRIDGED


async def _driven(options: Options, port: int, on_ray: bool) -> Cost:
    collector, reports = Aggregator(), list[Sample | Heartbeat]()

    def take(report: Sample | Heartbeat) -> None:
        reports.append(report)
        collector.take(report)

    with tempfile.TemporaryDirectory() as folder:
        async with _pool(Path(folder), take, on_ray=on_ray) as worker_pool:
            await worker_pool.all_started()
            collector.worker_joined(0)
            await worker_pool.measure_clocks()
            await worker_pool.begin(time.monotonic_ns(), seed=1)
            await worker_pool.send(target(port, get(port, "/"), users=USERS, think_s=THINK_S))
            await anyio.sleep(SETTLING_S)
            before = _others_s()
            await anyio.sleep(options.seconds)
            after = _others_s()
            await worker_pool.stop(GRACE_S)
    first, last = round(SETTLING_S / TICK_S), round((SETTLING_S + options.seconds) / TICK_S)
    answered = sum(
        tally.ok.count
        for report in reports
        if isinstance(report, Sample) and first < report.tick <= last
        for tally in report.requests.values()
    )
    used = {kind: after[kind] - before[kind] for kind in after}
    return Cost(
        cpu_s(reports, first, last) / answered * 1e6,
        used["actor"] / answered * 1e6,
        used["ray"] / answered * 1e6,
        used["bridge"] / options.seconds,
    )


@asynccontextmanager
async def _pool(folder: Path, take: Take, *, on_ray: bool, workers: int = 1) -> AsyncIterator[WorkerPool]:
    if not on_ray:
        connect = partial(WorkerProcess.start, folder=folder, session_id=MARK)
        async with starting(1, connect, take) as worker_pool:
            yield worker_pool
        return
    async with (
        connected("local", workers, session_id=MARK, folder=folder) as ray,
        starting(workers, ray.connect, take) as worker_pool,
    ):
        yield worker_pool


def _others_s() -> dict[str, float]:
    """CPU seconds of the session's processes other than load workers."""
    used = {"actor": 0.0, "bridge": 0.0, "ray": 0.0}
    for process in marked(MARK):
        try:
            words, times = process.cmdline(), process.cpu_times()
        except psutil.Error:
            continue
        if "engine.worker.process" in words:
            continue
        is_actor, is_bridge = "LoadWorkerActor" in " ".join(words), "engine.cluster.bridge" in words
        used["actor" if is_actor else "bridge" if is_bridge else "ray"] += times.user + times.system
    return used


# ---------------------------------------------------------------- simulated


def _folding_share(workers: int) -> float:
    """How much of a core the front needs for the reports of so many workers: from their bytes to the
    journal."""
    lines = [_lines(workers, tick) for tick in range(round(SIMULATED_S / TICK_S))]
    with (
        tempfile.TemporaryDirectory() as folder,
        Recording(Path(folder) / "journal.jsonl", "shop", workers=workers) as recording,
    ):
        recording.book.judge.places = [f"node {worker // 10}" for worker in range(workers)]
        began_s = time.process_time()
        for tick, of_tick in enumerate(lines):
            for line in of_tick:
                report = decode(line)
                assert isinstance(report, Sample | Heartbeat)
                recording.take(report)
            recording.advance((tick + 1) * TICK_S)
        return (time.process_time() - began_s) / SIMULATED_S


def _lines(workers: int, tick: int) -> list[bytes]:
    """What all workers send of one tick: samples of one target, then the heartbeat."""
    said: list[bytes] = []
    for worker in range(workers):
        ok = _latencies(worker + tick)
        stats = RequestTickStats(ok, Latencies(), {})
        sample = Sample(
            "shop",
            tick,
            ticks=1,
            users=50,
            started=ok.count,
            cancelled=0,
            in_flight=50,
            oldest_in_flight_us=900,
            bytes_in=90_000,
            bytes_out=60_000,
            connects=Latencies(),
            requests={"hello": stats},
            health_probe=Latencies(),
            health_probe_waiting_us=0,
            health_probe_errors={},
            worker=worker,
        )
        said += [encode(sample), encode(Heartbeat(worker, tick, 1, 0.1 * tick, _latencies(worker, 20)))]
    return said


def _latencies(seed: int, count: int = LATENCIES_A_TICK) -> Latencies:
    made = Histogram()
    for number in range(count):
        made.record(400 + (number * 37 + seed * 11) % 1600)
    return made.as_latencies()
