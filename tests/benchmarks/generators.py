"""The load generators that are compared: each sends the same request from one core as fast as it can."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import anyio

from engine.messages import TICK_S, TICKS_A_BUCKET
from tests.benchmarks.machine import Cores
from tests.engine.worker_process import get, target, working

SETTLING_S = 1.0


@dataclass(frozen=True)
class Job:
    """What to send, and from where."""

    port: int
    connections: int
    seconds: float
    cores: Cores


@dataclass(frozen=True)
class Measured:
    """What one generator did within one round, settling left out."""

    requests: int
    seconds: float
    cpu_s: float

    @property
    def rate(self) -> float:
        """Requests a second, of one core at most."""
        return self.requests / self.seconds

    @property
    def rate_per_cpu_s(self) -> float:
        """Requests for each second of processor time the generator used."""
        return self.requests / self.cpu_s


@dataclass(frozen=True)
class Generator:
    """One row of the comparison."""

    name: str
    is_installed: Callable[[], bool]
    run: Callable[[Job], Measured]
    hint: str = ""
    """How to get it."""


def run_abreast(job: Job) -> Measured:
    """Our worker through its real protocol, with all its accounting."""

    async def drive() -> Measured:
        with tempfile.TemporaryDirectory() as folder:
            async with working(Path(folder), prefix=job.cores.on_generator()) as worker:
                await worker.begin()
                await worker.say(target(job.port, get(job.port, "/"), users=job.connections))
                await worker.until(lambda sample: (sample.tick + 1) * TICK_S >= SETTLING_S)
                settled = int(SETTLING_S * TICKS_A_BUCKET) + 1
                last = settled + round(job.seconds / TICK_S)
                await worker.until(lambda sample: sample.tick > last)
                await worker.stop()
        assert not worker.errors, worker.errors
        window = [sample for sample in worker.samples if settled < sample.tick <= last]
        cpu_s = {beat.tick: beat.cpu_s for beat in worker.heartbeats}
        requests = sum(sum(t.ok.counts.values()) for sample in window for t in sample.requests.values())
        ticks = sum(sample.ticks for sample in window)
        return Measured(requests, ticks * TICK_S, cpu_s[last] - cpu_s[settled])

    return anyio.run(drive)


def run_locust(job: Job) -> Measured:
    """Locust's FastHttpUser, its faster one, in a process of its own."""
    script = Path(__file__).with_name("locust_script.py")
    said = subprocess.run(
        [
            *job.cores.on_generator(),
            sys.executable,
            str(script),
            f"http://127.0.0.1:{job.port}",
            str(job.connections),
            str(SETTLING_S),
            str(job.seconds),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return Measured(**json.loads(said.stdout.splitlines()[-1]))


def run_wrk(job: Job) -> Measured:
    """wrk with one thread. Its start is too short to matter."""
    command = ["wrk", "--threads", "1", "--connections", str(job.connections)]
    command += ["--duration", f"{round(job.seconds)}s", f"http://127.0.0.1:{job.port}/"]
    before_s = children_cpu_s()
    said = subprocess.run([*job.cores.on_generator(), *command], capture_output=True, text=True, check=True)
    found = re.search(r"(\d+) requests in ([\d.]+)s", said.stdout)
    assert found, said.stdout
    assert "Non-2xx" not in said.stdout, said.stdout
    return Measured(int(found[1]), float(found[2]), children_cpu_s() - before_s)


def children_cpu_s() -> float:
    """Processor seconds of all children that have ended."""
    import resource

    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


GENERATORS = (
    Generator("abreast worker", lambda: True, run_abreast),
    Generator("locust FastHttpUser", lambda: find_spec("locust") is not None, run_locust, "make bench"),
    Generator(
        "wrk", lambda: shutil.which("wrk") is not None, run_wrk, "apt install wrk, or brew install wrk"
    ),
)
