"""Does `abreast capacity` find the knee that queueing theory gives for a real server with a fixed pool of
workers and a fixed service time?"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import anyio

from engine.answers.capacity.result import TargetCapacity, capacity_of
from engine.metrics.session_result import session_result
from engine.plan.plan import Plan, make_plan
from engine.session.session import opened
from targets.errors import TargetError
from targets.runtime.ports import free_port
from tests.benchmarks.report import Options, Table

LIMIT_S = 0.405
NEAR_ENOUGH = 0.1
"""The lower end may differ by this share from the knee."""


@dataclass(frozen=True)
class Server:
    """A pool."""

    workers: int
    service_s: float

    @property
    def knee(self) -> int:
        """The most users within the limit. Without think time, N users keep N requests in a queue that n
        workers serve in rounds of S: each takes at most ⌈N / n⌉ · S, and N · S / n in the mean (Little's law
        with a saturated server, X = n / S)."""
        return int(LIMIT_S / self.service_s) * self.workers

    @property
    def goodput(self) -> float:
        """The most that it serves, n / S."""
        return self.workers / self.service_s


THEORY = (
    f"Users without think time, p95 < {LIMIT_S * 1000:.0f} ms. By theory n workers that take S for a request "
    "serve N users within the limit as long as ⌈N / n⌉ · S is within it, and n / S requests a second."
)
ASKED = (
    f"Asked: the lower end within {100 * NEAR_ENOUGH:.0f} % of the knee. The servers are searched together, "
    "one trial after another. Hint: the users at which goodput stopped growing; by theory n."
)
SERVERS = (Server(2, 0.02), Server(4, 0.01), Server(10, 0.02))


@contextmanager
def pool_server(server: Server) -> Iterator[int]:
    """A running server; its port. Raises TargetError where it does not come up."""
    port = free_port()
    words = (
        "-P",
        "-m",
        "tests.benchmarks.pool_server",
        str(port),
        str(server.workers),
        str(server.service_s),
    )
    with subprocess.Popen([sys.executable, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            if process.stdout.readline().strip() != b"listens":
                raise TargetError("the server with a pool did not start", why="it ended at once")
            yield port
        finally:
            with suppress(ProcessLookupError):
                process.kill()


def plan(ports: list[int]) -> Plan:
    """A search over all of these servers."""
    servers = [
        {"name": f"pool-{at}", "url": f"http://127.0.0.1:{port}", "health": "/health"}
        for at, port in enumerate(ports, 1)
    ]
    return make_plan(
        {
            "title": "Capacity of fixed pools",
            "preset": "pools-of-capacity",
            "target": servers,
            "request": [{"path": "/"}],
            "schedule": "capacity",
            "slo": f"p95 < {LIMIT_S * 1000:.0f} ms, errors < 1 %",
            "accept_difference": True,
        },
        where="benchmark",
    )


async def searched(ports: list[int]) -> tuple[list[TargetCapacity], float]:
    """The result for each server, and how long the search took, in seconds."""
    async with opened(plan(ports)) as session:
        await session.finished.wait()
    if session.error:
        raise session.error
    found = capacity_of(session_result(session.snapshot))
    assert found is not None, "it is a search"
    return list(found.targets), found.elapsed_s


def capacity(options: Options) -> Table:
    """The knee of three servers, searched side by side, `options.rounds` times."""
    rows = []
    for number in range(options.rounds):
        with (
            pool_server(SERVERS[0]) as first,
            pool_server(SERVERS[1]) as second,
            pool_server(SERVERS[2]) as third,
        ):
            found, took_s = anyio.run(searched, [first, second, third])
        rows += [
            _row(number + 1, server, target, took_s) for server, target in zip(SERVERS, found, strict=True)
        ]
    return Table(
        "Capacity",
        (
            "round",
            "pool",
            "knee by theory",
            "found",
            "off",
            "goodput",
            "by theory",
            "hint",
            "trials",
            "search",
        ),
        tuple(rows),
        (THEORY, ASKED),
    )


def _row(number: int, server: Server, target: TargetCapacity, took_s: float) -> tuple[str, ...]:
    off = abs(target.lower - server.knee) / server.knee if target.lower else 1.0
    goodput = target.at_lower.goodput if target.at_lower else 0.0
    return (
        str(number),
        f"{server.workers} × {1000 * server.service_s:.0f} ms",
        str(server.knee),
        f"{target.lower} to {target.upper} ({target.ended})",
        f"{100 * off:.1f} %{'' if off <= NEAR_ENOUGH else ': too far'}",
        f"{goodput:.1f}/s",
        f"{server.goodput:.0f}/s",
        "none" if target.knee is None else f"{target.knee:.1f}",
        str(len(target.trials)),
        f"{took_s:.0f} s",
    )
