"""Ten thousand virtual users on one load worker: is it still on time, and what does a user weigh?"""

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import anyio

from engine.machine.open_files import raise_open_files_limit
from engine.protocol.histogram import Histogram
from engine.protocol.load_shape import ThinkTime
from engine.protocol.messages import TICK_S, TICKS_A_BUCKET
from targets.errors import LoadError
from tests.benchmarks.asking import at_most, exactly, shortened
from tests.benchmarks.machine import Cores
from tests.benchmarks.memory import memory_bytes
from tests.benchmarks.null_server import null_server
from tests.benchmarks.report import Options, Table
from tests.benchmarks.stretch import Stretch
from tests.support.worker_process import WorkerProcess, get, target, working

USERS = 10_000
THINK_TIME = ThinkTime(1.0, 2.0)
HELD_S = 15.0
"""All users are watched for so long."""
FILES_BESIDE_USERS = 100
LAG_P99_ASKED_MS, LAG_P99_AIM_MS = 10.0, 3.0
KB_A_USER_ASKED, KB_A_USER_AIM = 30.0, 15.0


@dataclass(frozen=True)
class Phase:
    """What some ticks of the worker hold."""

    seconds: float
    lag: Histogram
    """How late its 10 ms timer came."""
    answered: int
    failed: int
    cpu_s: float

    def cells(self) -> tuple[str, ...]:
        """As a row."""
        return (
            f"{self.seconds:.1f} s",
            *(f"{self.lag.quantile_us(share) / 1000:.2f} ms" for share in (0.5, 0.99, 1.0)),
            f"{self.answered / self.seconds:,.0f}",
            f"{self.cpu_s / self.seconds:.0%}",
            f"{self.failed}",
        )


@dataclass(frozen=True)
class Crowd:
    """What many users cost one worker."""

    coming: Phase
    """From the order until all had begun and thought once."""
    staying: Phase
    bytes_a_user: float
    """Of the worker's memory, beyond what it had before."""


def many_users(options: Options, users: int = USERS) -> Table:
    """Loop lag and memory of one worker that runs very many users, who are wanted all at once."""
    crowd = crowd_of(options, users)
    failed = crowd.coming.failed + crowd.staying.failed
    lags_ms = {name: getattr(crowd, name).lag.quantile_us(0.99) / 1000 for name in ("staying", "coming")}
    kb_a_user = crowd.bytes_a_user / 1000
    return Table(
        f"{users:,} users on one worker",
        ("users", "for", "loop lag p50", "p99", "longest", "requests/s", "CPU used", "failed"),
        (("arrive", *crowd.coming.cells()), ("stay", *crowd.staying.cells())),
        (
            f"NGINX, a static answer; think time {THINK_TIME}; loop lag is how late a 10 ms timer fired.",
            at_most(
                "loop lag p99 while they stay", lags_ms["staying"], LAG_P99_ASKED_MS, LAG_P99_AIM_MS, "ms"
            ),
            at_most(
                "loop lag p99 while they arrive", lags_ms["coming"], LAG_P99_ASKED_MS, LAG_P99_AIM_MS, "ms"
            ),
            at_most("memory a user", kb_a_user, KB_A_USER_ASKED, KB_A_USER_AIM, "kB"),
            exactly(f"no failures ({failed})", holds=not failed),
        ),
    )


def crowd_of(options: Options, users: int = USERS) -> Crowd:
    """Runs so many users. Raises LoadError if there cannot be as many connections."""
    if raise_open_files_limit() < users + FILES_BESIDE_USERS:
        raise LoadError(
            f"{users:,} users need as many open files",
            why="this process's limit of open files is lower",
            hint="raise the hard limit, as `ulimit -Hn` shows it",
        )
    with null_server(options.cores.on_server()) as port:
        return anyio.run(_drive, port, users, shortened(options, HELD_S), options.cores)


async def _drive(port: int, users: int, held_s: float, cores: Cores) -> Crowd:
    with tempfile.TemporaryDirectory() as folder:
        async with working(Path(folder), prefix=cores.on_generator()) as worker:
            await worker.begin()
            before_bytes = memory_bytes(worker.process.pid)
            order = replace(target(port, get(port, "/"), users=users), think_time=THINK_TIME)
            began = int(worker.now_s / TICK_S)
            await worker.say(order)
            all_there = (await worker.until(lambda sample: sample.users == users)).tick
            settled = all_there + round(THINK_TIME.high_s / TICK_S) + TICKS_A_BUCKET
            over = settled + round(held_s / TICK_S)
            await worker.until(lambda sample: sample.tick > over)
            used_bytes = memory_bytes(worker.process.pid) - before_bytes
            await worker.stop()
    return Crowd(_phase(worker, began, settled), _phase(worker, settled, over), used_bytes / users)


def _phase(worker: WorkerProcess, after: int, last: int) -> Phase:
    """The ticks after one, up to another."""
    beats = [beat for beat in worker.heartbeats if after < beat.tick <= last]
    samples = [sample for sample in worker.samples if after < sample.tick <= last]
    tallies = [tally for sample in samples for tally in sample.requests.values()]
    return Phase(
        seconds=sum(beat.ticks for beat in beats) * TICK_S,
        lag=Histogram.of(beat.lag for beat in beats),
        answered=sum(sum(tally.ok.counts.values()) for tally in tallies),
        failed=sum(sum(tally.errors.values()) for tally in tallies),
        cpu_s=Stretch.of(worker.heartbeats, after, last).cpu_s,
    )
