"""What our adapters cost: each target's `hello` beside the least that its framework can do on its server.

And how soon all targets are ready, and how small they are then.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from statistics import median

import anyio
import psutil

from engine.plan.targets import TargetChoice
from targets import catalog
from targets.launch import Launch, LaunchContext
from targets.runtime.affinity import pin_tree
from targets.runtime.local import LocalTarget
from targets.runtime.meter import ProcessTreeMeter
from tests.benchmarks.report import Options, Table
from tests.benchmarks.server_cost import measured
from tests.support.app_server import Server, running

CONNECTIONS = 20
LEAST_RATIO = 0.95
READY_WITHIN_S = 8.0
MOST_MEMORY_MB = 150.0

PLAIN = {
    "fastapi": ("tests.benchmarks.plain_fastapi:app", "a five-line FastAPI app"),
    "django-wsgi": ("tests.benchmarks.plain_django:wsgi", "a minimal Django view"),
    "django-asgi": ("tests.benchmarks.plain_django:asgi", "a minimal async Django view"),
    "starlette": ("tests.benchmarks.plain_apps:starlette", "a minimal Starlette app"),
    "litestar": ("tests.benchmarks.plain_apps:litestar", "a minimal Litestar app"),
    "flask": ("tests.benchmarks.plain_apps:flask", "a minimal Flask app"),
    "aiohttp": ("tests.benchmarks.plain_apps:aiohttp", "a minimal aiohttp app"),
    "django-ninja": ("tests.benchmarks.plain_apps:ninja", "a minimal Django Ninja API"),
    "django-ninja-asgi": ("tests.benchmarks.plain_apps:ninja_async", "a minimal async Django Ninja API"),
    "robyn": ("tests.benchmarks.plain_apps:robyn", "a minimal Robyn app"),
}
"""Target → the least app of its framework, for the same server, and what that is."""

ON_SERVERS = {
    "fastapi:server=asgi": "fastapi",
    "fastapi:server=granian": "fastapi",
    "fastapi:server=hypercorn": "fastapi",
    "fastapi:server=daphne": "fastapi",
    "django-wsgi:server=granian": "django-wsgi",
}
"""Targets on other servers → the target whose least app they are compared with, on that server too."""


def adapters(options: Options) -> Table:
    """Ratios, starts and sizes, each beside what it should be."""
    rows = [_ratio_row(options, text, *PLAIN[ON_SERVERS.get(text, text)]) for text in (*PLAIN, *ON_SERVERS)]
    ready_s, memory_mb = anyio.run(_all_at_once)
    rows.append(
        (
            f"all {len(memory_mb)} targets ready, started together",
            f"{ready_s:.1f} s",
            f"≤ {READY_WITHIN_S:g} s",
            _met(ready_s <= READY_WITHIN_S),
        )
    )
    for name, size_mb in memory_mb.items():
        rows.append(
            (
                f"`{name}`, memory before load",
                f"{size_mb:.0f} MB",
                f"< {MOST_MEMORY_MB:g} MB",
                _met(size_mb < MOST_MEMORY_MB),
            )
        )
    return Table(
        "Adapters",
        ("what", "measured", "wanted", "met"),
        tuple(rows),
        (
            "Requests for each second of the server's processor time: one worker, the same command line but",
            f"for the app, over {CONNECTIONS} connections.",
            f"Medians of {max(3, options.rounds)} pairs of {options.seconds:g} s, in changing order.",
            "Memory is the proportional set size of all a target's processes.",
        ),
    )


def _met(is_so: bool) -> str:
    return "yes" if is_so else "no"


def _ratio_row(options: Options, text: str, app: str, about: str) -> tuple[str, ...]:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        ours = stack.enter_context(_pinned(options, text, Path(folder, "ours")))
        plain = stack.enter_context(_pinned(options, text, Path(folder, "plain"), app))
        ratios = []
        for number in range(max(3, options.rounds)):
            print(f"  {text}, pair {number + 1}", file=sys.stderr)
            rates = {}
            for server in (ours, plain) if number % 2 else (plain, ours):
                rates[server.url] = measured(options, server, "/test", CONNECTIONS).per_cpu_second
            ratios.append(rates[ours.url] / rates[plain.url])
    ratio = median(ratios)
    spread = f"{ratio:.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
    return (f"`{text}` hello ÷ {about}", spread, f"≥ {LEAST_RATIO}", _met(ratio >= LEAST_RATIO))


@contextmanager
def _pinned(options: Options, text: str, folder: Path, app: str = "") -> Iterator[Server]:
    """A target on the server's core."""
    folder.mkdir()
    choice = TargetChoice.parse(text)
    with running(choice.use, folder, choice.options, app=app) as server:
        if options.cores.server is not None:
            pin_tree(server.pid, [options.cores.server])
        yield server


async def _all_at_once() -> tuple[float, dict[str, float]]:
    """Seconds until every target of the catalogue was ready, and what each weighs then."""
    cores = sorted(range(psutil.cpu_count() or 1))
    pin_tree(psutil.Process().pid, cores)  # the benchmark itself sits on one core, and they would inherit it
    with tempfile.TemporaryDirectory() as name:
        targets = []
        for spec in catalog.TARGETS.values():
            folder = Path(name, spec.name)
            make = partial(_launch_of, spec.name, folder)
            targets.append(LocalTarget(spec.name, make, folder, "benchmark-adapters"))
        try:
            began = time.monotonic()
            async with anyio.create_task_group() as group:
                for each in targets:
                    group.start_soon(_ready, each)
            ready_s = time.monotonic() - began
            readings = ProcessTreeMeter().read({each.name: each.pids for each in targets})
        finally:
            for each in targets:
                await each.stop(grace_s=0)
    return ready_s, {name: (reading.memory_bytes or 0) / 1e6 for name, reading in readings.items()}


def _launch_of(name: str, folder: Path, port: int) -> Launch:
    spec = catalog.find(name)
    return spec.launch(spec.defaults, LaunchContext(port, folder))


async def _ready(each: LocalTarget) -> None:
    await each.start()
    await each.ready(60)
