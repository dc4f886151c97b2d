"""What a container costs: the same target as a process and in a container, on one core, in turns.

And how soon four are ready, and what metering twelve costs the front.
"""

import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import anyio
import psutil

from engine.protocol.histogram import Histogram
from engine.protocol.messages import TICK_S, TICKS_A_BUCKET
from targets import catalog
from targets.errors import AbreastError, first_of
from targets.launch import Launch, LaunchContext
from targets.options import Options as TargetOptions
from targets.runtime import Address
from targets.runtime.affinity import pin_tree
from targets.runtime.containers.cleanup import SESSION_LABEL
from targets.runtime.containers.connection import connect
from targets.runtime.containers.container_spec import PORT, inner_site
from targets.runtime.containers.engine import Engine
from targets.runtime.containers.limits import Limits
from targets.runtime.containers.target import DockerTarget
from targets.runtime.local import LocalTarget
from tests.benchmarks.generators import SETTLING_S
from tests.benchmarks.report import Options, Table
from tests.docker_engine import BASE_IMAGE
from tests.support.local_targets import LITTLE_SERVER
from tests.support.worker_process import get, target, working

if TYPE_CHECKING:
    from docker import APIClient

TARGET = "fastapi"
USERS = (20, 1)
"""Many fill the core: the rate tells. One waits for each answer: the latency does."""
LOCAL, PUBLISHED, DIRECT = (
    "a process",
    "a container, by its published port",
    "a container, by its own address",
)
READY_WITHIN_S = 10.0
METERED = 12
METERED_S = 10.0
MOST_SHARE_PCT = 3.0
SESSION = "benchmark-containers"
HOW_TO_GET_IT = "Install Docker and start it; on Debian as root: `python tests/docker_engine.py up`."


@dataclass(frozen=True)
class Round:
    """What came of one turn."""

    rate: float
    p50_us: float


def overhead(options: Options) -> Table:
    """A target's rate and latency in a container beside those of the same target as a process."""
    title, head = "Containers", ("users", f"{TARGET} hello as", "requests/s", "÷ a process", "p50", "÷ it")
    if trouble := _no_engine():
        return Table(title, head, (), (trouble, HOW_TO_GET_IT))
    rounds, pythons = anyio.run(_in_turns, options)
    rows = [_row(how, users, rounds) for users, how in rounds]
    core = options.cores.server
    return Table(
        title,
        head,
        tuple(rows),
        (
            "The same command line, one worker, "
            + (f"both held to core {core}" if core is not None else "not pinned")
            + "; the container is also held to one core's worth of time.",
            f"Python: {pythons[LOCAL]} as a process, {pythons[PUBLISHED]} in the image.",
            "Between its own address and the published port stands the engine's proxy, on any core.",
            f"Medians of {options.rounds} rounds of {options.seconds:g} s, in turns; ratios are of a round.",
        ),
    )


def _row(how: str, users: int, rounds: dict[tuple[int, str], list[Round]]) -> tuple[str, ...]:
    own, base = rounds[users, how], rounds[users, LOCAL]
    pairs = list(zip(own, base, strict=True))
    return (
        str(users),
        how,
        f"{median(each.rate for each in own):,.0f}",
        f"{median(mine.rate / its.rate for mine, its in pairs):.2f}",
        f"{median(each.p50_us for each in own):,.0f} µs",
        f"{median(mine.p50_us / its.p50_us for mine, its in pairs):.2f}",
    )


def cost(options: Options) -> Table:
    """How soon containers are ready, and what their meters cost the front."""
    title, head = "Containers: start and meters", ("what", "measured", "wanted", "met")
    if trouble := _no_engine():
        return Table(title, head, (), (trouble, HOW_TO_GET_IT))
    before = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    pin_tree(os.getpid(), range(psutil.cpu_count() or 1))
    try:
        ready_s = [anyio.run(_four_ready) for _ in range(options.rounds)]
        share_pct, frames = anyio.run(_metering)
    finally:
        pin_tree(os.getpid(), before)
    most_s = max(ready_s)
    return Table(
        title,
        head,
        (
            (
                "four cached targets ready, started together",
                f"{median(ready_s):.1f} s ({min(ready_s):.1f} to {most_s:.1f})",
                f"≤ {READY_WITHIN_S:g} s",
                "yes" if most_s <= READY_WITHIN_S else "no",
            ),
            (
                f"the front's meters of {METERED} containers",
                f"{share_pct:.1f} % of a core",
                f"< {MOST_SHARE_PCT:g} %",
                "yes" if share_pct < MOST_SHARE_PCT else "no",
            ),
        ),
        (
            f"{', '.join(list(catalog.TARGETS)[:4])}: the image is there, all else is made anew.",
            f"Median of {options.rounds} starts, and from the quickest to the slowest.",
            f"The meters: processor time of a process that does nothing else, over {METERED_S:g} s;",
            f"{frames / METERED / METERED_S:.2f} readings a second of each.",
        ),
    )


# ---------------------------------------------------------------- the same target, in turns


async def _in_turns(options: Options) -> tuple[dict[tuple[int, str], list[Round]], dict[str, str]]:
    core = options.cores.server
    chosen = replace(catalog.find(TARGET).defaults, cpus="" if core is None else f"@{core}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with _engine(folder) as engine:
            here, inside = _local(chosen, folder), _inside(TARGET, chosen, folder, engine)
            try:
                for each in (here, inside):
                    await each.start()
                    await each.ready(60)
                if core is not None and here.pid is not None:
                    pin_tree(here.pid, [core])
                client = await anyio.to_thread.run_sync(connect)
                places = {LOCAL: here.address, PUBLISHED: inside.address}
                with client:
                    if engine.machine.is_own:
                        places[DIRECT] = Address(_own_address(client), PORT)
                    pythons = {LOCAL: sys.version.split()[0], PUBLISHED: _python(client)}
                return await _rounds(options, places), pythons
            finally:
                for each in (here, inside):
                    await each.stop(grace_s=0)


async def _rounds(options: Options, places: dict[str, Address]) -> dict[tuple[int, str], list[Round]]:
    """Every way at every number of users, in an order that changes from round to round."""
    rounds: dict[tuple[int, str], list[Round]] = {(users, how): [] for users in USERS for how in places}
    for number in range(options.rounds):
        order = list(rounds) if number % 2 else list(reversed(rounds))
        for users, how in order:
            print(f"  round {number + 1} of {options.rounds}: {how}, {users} users", file=sys.stderr)
            rounds[users, how].append(await _drive(options, places[how], users))
    return rounds


async def _drive(options: Options, place: Address, users: int) -> Round:
    """Our worker against an address, settling left out."""
    settled = round(SETTLING_S * TICKS_A_BUCKET)
    last = settled + round(options.seconds / TICK_S)
    with tempfile.TemporaryDirectory() as folder:
        async with working(Path(folder), prefix=options.cores.on_generator()) as worker:
            await worker.begin()
            order = target(place.port, get(place.port, "/test"), users=users)
            await worker.say(replace(order, host=place.host))
            await worker.until(lambda sample: sample.tick > last)
            await worker.stop()
    assert not worker.errors, worker.errors
    window = [sample for sample in worker.samples if settled < sample.tick <= last]
    latencies = Histogram.of(tally.ok for sample in window for tally in sample.requests.values())
    measured_s = sum(sample.ticks for sample in window) * TICK_S
    return Round(latencies.count / measured_s, latencies.quantile_us(0.5))


def _local(chosen: TargetOptions, folder: Path) -> LocalTarget:
    own = _made(folder / "local")

    def launch(port: int) -> Launch:
        return catalog.find(TARGET).launch(chosen, LaunchContext(port, own))

    return LocalTarget(TARGET, launch, own, SESSION)


def _inside(name: str, chosen: TargetOptions, folder: Path, engine: Engine) -> DockerTarget:
    launch = catalog.find(name).launch(chosen, inner_site())
    return DockerTarget(name, lambda: launch, _made(folder / name), engine, lambda: Limits.of(chosen))


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _own_address(client: "APIClient") -> str:
    """Where the session's only container is on its network."""
    networks = client.inspect_container(_only(client))["NetworkSettings"]["Networks"]
    return str(next(iter(networks.values()))["IPAddress"])


def _python(client: "APIClient") -> str:
    made = client.exec_create(_only(client), ["python", "--version"])
    said: bytes = client.exec_start(made["Id"])
    return said.decode().split()[-1]


def _only(client: "APIClient") -> str:
    (found,) = client.containers(filters={"label": f"{SESSION_LABEL}={SESSION}"})
    return str(found["Id"])


# ---------------------------------------------------------------- start and meters


async def _four_ready() -> float:
    """Seconds until the first four of the catalogue were ready."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with _engine(folder) as engine:
            await engine.image()
            names = list(catalog.TARGETS)[:4]
            four = [_inside(each, catalog.find(each).defaults, folder, engine) for each in names]
            began_s = time.monotonic()
            await _all_ready(four)
            took_s = time.monotonic() - began_s
            await _all_stopped(four)
    return took_s


async def _metering() -> tuple[float, int]:
    """The share of a core that the meters take, in percent, and the readings that they gave."""
    launch = Launch(("python", "-P", "-c", LITTLE_SERVER.read_text(), "8000", "--host", "0.0.0.0"), {})
    with tempfile.TemporaryDirectory() as name:
        async with _engine(Path(name)) as engine:
            names = [f"little#{number + 1}" for number in range(METERED)]
            many = [DockerTarget(each, lambda: launch, _made(Path(name, each)), engine) for each in names]
            await _all_ready(many)
            while not all(each.reading for each in many):  # noqa: ASYNC110  no event tells
                await anyio.sleep(0.1)
            used_s, began_s = time.process_time(), time.monotonic()
            frames, before = 0, [each.reading for each in many]
            while time.monotonic() < began_s + METERED_S:
                await anyio.sleep(0.5)
                newest = [each.reading for each in many]
                frames += sum(new is not old for new, old in zip(newest, before, strict=True))
                before = newest
            used_s, took_s = time.process_time() - used_s, time.monotonic() - began_s
            await _all_stopped(many)
    return used_s / took_s * 100, frames


async def _all_ready(many: list[DockerTarget]) -> None:
    async def one(each: DockerTarget) -> None:
        await each.start()
        await each.ready(60)

    async with anyio.create_task_group() as group:
        for each in many:
            group.start_soon(one, each)


async def _all_stopped(many: list[DockerTarget]) -> None:
    async with anyio.create_task_group() as group:
        for each in many:
            group.start_soon(partial(each.stop, grace_s=0))


# ---------------------------------------------------------------- the engine


def _no_engine() -> str:
    """Why there is no Docker Engine; empty where there is one. Sees to it that the image can be built."""
    try:
        client = connect()
    except AbreastError as error:
        return f"Not measured: {error.what} ({error.why})."
    with client, suppress(AbreastError):
        if client.images(BASE_IMAGE):
            os.environ.setdefault("ABREAST_BASE_IMAGE", BASE_IMAGE)
    return ""


@asynccontextmanager
async def _engine(folder: Path) -> AsyncIterator[Engine]:
    """A session's hold on the engine; nothing of it is left afterwards. Raises AbreastError."""
    try:
        async with anyio.create_task_group() as group:
            engine = Engine(SESSION, folder, group, lambda _, __, text: print(f"  {text}", file=sys.stderr))
            try:
                await engine.open()
                yield engine
            finally:
                await engine.close()
                group.cancel_scope.cancel()
    except* AbreastError as errors:
        raise first_of(errors) from None
