"""Arrivals at a fixed rate against a server that stands still for a second: is every one accounted for, and
do response times say what whoever arrived had to bear?"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio

from engine.machine.open_files import raise_open_files_limit
from engine.protocol.histogram import Histogram
from engine.protocol.load_shape import Stage
from engine.protocol.messages import TICK_S, Sample
from engine.protocol.request import OpenModel
from targets.errors import TargetError
from targets.runtime.ports import free_port
from tests.benchmarks.asking import exactly, shortened
from tests.benchmarks.machine import Cores
from tests.benchmarks.report import Options, Table
from tests.support.worker_process import get, target, working

ARRIVALS_A_SECOND = 2_000
SECONDS = 30.0
STALL_S = 1.0
MANY_USERS, FEW_USERS = 4_000, 100
"""At most so many at a time: enough for all who arrive in the stall, and too few."""
NEAR_ENOUGH = 0.15
"""A percentile may differ by this share from what arithmetic says: the queue that a stall leaves takes the
server and the generator some time to work off."""


class StallingServer:
    """A server that can be told to stand still."""

    def __init__(self, process: "subprocess.Popen[str]", port: int) -> None:
        self._process = process
        self.port = port

    def say(self, order: str) -> None:
        """Gives an order; does not wait."""
        assert self._process.stdin is not None
        self._process.stdin.write(order + "\n")
        self._process.stdin.flush()

    def hear(self) -> str:
        """The next line of what it says."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@contextmanager
def stalling_server(prefix: tuple[str, ...]) -> Iterator[StallingServer]:
    """A running server. Raises TargetError where it does not come up."""
    port = free_port()
    command = [*prefix, sys.executable, "-P", "-m", "tests.benchmarks.stalling_server", str(port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        server = StallingServer(process, port)
        try:
            if server.hear() != "listens":
                raise TargetError("the server that stalls did not start", why="it ended at once")
            yield server
        finally:
            process.kill()


@dataclass(frozen=True)
class Run:
    """One run through a stall."""

    seconds: float
    stalled_s: float
    samples: list[Sample]
    answered: int
    """What the server counted."""

    def total(self, what: str) -> int:
        """A count over all samples."""
        return sum(getattr(sample, what) for sample in self.samples)

    def histogram(self, what: str) -> Histogram:
        """Latencies over all samples."""
        return Histogram.of(
            getattr(tally, what) for sample in self.samples for tally in sample.requests.values()
        )

    def expected_s(self, share: float) -> float:
        """A percentile by arithmetic: those who arrive within the stall wait for what is left of it, evenly
        from all of it to nothing, and the others not at all."""
        beyond = (1 - share) * self.seconds
        return max(0.0, self.stalled_s - beyond)

    @property
    def is_accounted_for(self) -> bool:
        """Whether every arrival is, at every tick, and in the end by what the server counted."""
        arrivals = begun = dropped = started = ended = 0
        for sample in self.samples:
            arrivals, begun, dropped = (
                arrivals + sample.arrivals,
                begun + sample.begun,
                dropped + sample.dropped,
            )
            started += sample.started
            ended += sample.cancelled + sum(
                sum(tally.ok.counts.values()) + sum(tally.failed.counts.values())
                for tally in sample.requests.values()
            )
            if arrivals != begun + dropped + sample.waiting or started != ended + sample.in_flight:
                return False
        return begun == started == ended == self.answered

    def row(self, users: int) -> tuple[str, ...]:
        """As a row of the table."""
        response, service = self.histogram("ok"), self.histogram("service")
        return (
            f"{users:,}",
            *(f"{self.total(what):,}" for what in ("arrivals", "begun", "dropped")),
            f"{response.count:,}",
            f"{self.answered:,}",
            *(f"{response.quantile_us(share) / 1000:,.1f} ms" for share in (0.5, 0.99, 0.999)),
            *(f"{service.quantile_us(share) / 1000:,.1f} ms" for share in (0.99, 0.999)),
        )


def open_model(options: Options) -> Table:
    """Through a stall with users enough, and with too few."""
    raise_open_files_limit()
    seconds = shortened(options, SECONDS)
    many, few = (anyio.run(_drive, users, seconds, options.cores) for users in (MANY_USERS, FEW_USERS))
    response = many.histogram("ok")
    due = round(ARRIVALS_A_SECOND * seconds)
    return Table(
        f"Open model, {ARRIVALS_A_SECOND:,} arrivals/s through a stall of {STALL_S:g} s",
        (
            "users at most",
            "arrivals",
            "begun",
            "dropped",
            "ok",
            "server counted",
            "response p50",
            "p99",
            "p99.9",
            "service p99",
            "p99.9",
        ),
        (many.row(MANY_USERS), few.row(FEW_USERS)),
        (
            f"{seconds:g} s; the server stalls in the middle.",
            *(
                _comparison(name, response.quantile_us(share) / 1e6, many.expected_s(share))
                for name, share in (("p99", 0.99), ("p99.9", 0.999))
            ),
            exactly(
                f"all {due:,} arrivals accounted for",
                holds=all(run.is_accounted_for and run.total("arrivals") == due for run in (many, few)),
            ),
            exactly("none dropped while there are enough users", holds=not many.total("dropped")),
        ),
    )


def _comparison(name: str, measured_s: float, expected_s: float) -> str:
    near = abs(measured_s - expected_s) <= NEAR_ENOUGH * expected_s
    return exactly(
        f"response {name} shows the stall; calculated {expected_s:.3f} s, measured {measured_s:.3f} s",
        holds=near,
    )


async def _drive(users: int, seconds: float, cores: Cores) -> Run:
    stages = (Stage(ARRIVALS_A_SECOND, 0), Stage(ARRIVALS_A_SECOND, seconds), Stage(0, 0))
    with stalling_server(cores.on_server()) as server, tempfile.TemporaryDirectory() as folder:
        async with working(Path(folder), prefix=cores.on_generator()) as worker:
            await worker.begin()
            await worker.say(
                target(
                    server.port,
                    get(server.port, "/"),
                    stages=stages,
                    at_s=worker.now_s,
                    open_model=OpenModel(max_users=users),
                )
            )
            await worker.until(lambda sample: sample.tick * TICK_S >= seconds / 2)
            server.say(f"stall {STALL_S}")
            due = round(ARRIVALS_A_SECOND * seconds)
            arrivals = sum(sample.arrivals for sample in worker.samples)
            while arrivals < due or worker.samples[-1].in_flight or worker.samples[-1].waiting:
                sample = await worker.until(lambda _: True)
                arrivals += sample.arrivals
            stalled_s = float(server.hear())
            server.say("count")
            answered = int(server.hear())
            await worker.stop()
    return Run(seconds, stalled_s, worker.samples, answered)
