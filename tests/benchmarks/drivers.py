"""The asynchronous drivers of MySQL beside each other: `io` of the FastAPI target on aiomysql and asyncmy.

asyncmy is not among abreast's dependencies: `pip install asyncmy` first. A server is taken from the variable
`ABREAST_TEST_MARIADB`; `python -m tests.databases python -m tests.benchmarks drivers` starts one.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median

from targets import contract
from targets.database import parse
from targets.errors import UsageError
from targets.runtime.affinity import pin_tree
from tests.benchmarks.report import Options, Table
from tests.benchmarks.server_cost import Cost, measured
from tests.databases import MARIADB_URL
from tests.support.app_server import Server, running
from tests.support.rows import drop, named

USERS = 10
"""As many as the pool has connections."""

APPS = {
    "aiomysql": "tests.benchmarks.without_asyncmy:app",
    "asyncmy": "targets.apps.fastapi_app:app",
}
"""Driver → the app with which Tortoise ORM uses it."""


def drivers(options: Options) -> Table:
    """Requests of `io` by each driver, and the ratio. Raises UsageError without a server or asyncmy."""
    url = os.environ.get(MARIADB_URL)
    if not url:
        raise UsageError(
            "there is no MariaDB to measure with",
            why=f"{MARIADB_URL} is not set",
            hint="python -m tests.databases python -m tests.benchmarks drivers",
        )
    try:
        versions = {name: version(name) for name in APPS}
    except PackageNotFoundError as missing:
        raise UsageError(
            f"{missing.name} is not installed",
            why="both drivers are measured",
            hint=f"{sys.executable} -m pip install {missing.name}",
        ) from None
    costs: dict[str, list[Cost]] = {name: [] for name in APPS}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        found = {name: stack.enter_context(_running(options, name, url, Path(folder))) for name in APPS}
        for number in range(max(3, options.rounds)):
            print(f"  pair {number + 1}", file=sys.stderr)
            for name in list(APPS) if number % 2 else reversed(APPS):
                costs[name].append(measured(options, found[name], contract.IO.requests[0].path, USERS))
    rows = [_row(f"{name} {versions[name]}", costs[name]) for name in APPS]
    return Table(
        "MySQL drivers",
        ("driver", "ok/s", "CPU time a request", "requests a CPU second ÷ aiomysql's"),
        tuple((*row, _ratio(costs[name], costs["aiomysql"])) for row, name in zip(rows, APPS, strict=True)),
        (
            f"`io` of `fastapi` on MariaDB, {USERS} users without think time, one worker, a pool of {USERS}.",
            f"Medians of {max(3, options.rounds)} pairs of {options.seconds:g} s, in changing order.",
            "CPU time is that of the target, without the database's.",
        ),
    )


def _row(name: str, costs: list[Cost]) -> tuple[str, str, str]:
    rate = median(each.requests / each.wall_s for each in costs)
    cpu_ms = median(1000 / each.per_cpu_second for each in costs)
    return name, f"{rate:.0f}", f"{cpu_ms:.2f} ms"


def _ratio(costs: list[Cost], others: list[Cost]) -> str:
    ratios = [a.per_cpu_second / b.per_cpu_second for a, b in zip(costs, others, strict=True)]
    return f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


@contextmanager
def _running(options: Options, driver: str, url: str, folder: Path) -> Iterator[Server]:
    """The target with a driver and a database of its own, on the server's core."""
    own = folder / driver
    own.mkdir()
    database, name = parse(url), f"abreast_bench_{driver}"
    drop(database, name)
    try:
        with running(
            "fastapi", own, app=APPS[driver], workload="io", database_url=named(database, name)
        ) as server:
            if options.cores.server is not None:
                pin_tree(server.pid, [options.cores.server])
            yield server
    finally:
        drop(database, name)
