"""The load generators that are compared: each sends the same request from one core as fast as it can."""

import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import anyio

from engine.protocol.histogram import Histogram
from engine.protocol.messages import TICK_S, TICKS_A_BUCKET, Template
from tests.benchmarks.machine import Cores
from tests.benchmarks.stretch import Stretch
from tests.support.worker_process import get, target, working

SETTLING_S = 1.0
_UNITS_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


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
    p50_ms: float = 0.0
    """Of all requests, where it was asked for."""

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
    return run_worker(job, get(job.port, "/"))


def run_worker(job: Job, *templates: Template, **options: Any) -> Measured:
    """Our worker with any workload; options are `AddTarget`'s."""

    async def drive() -> Measured:
        with tempfile.TemporaryDirectory() as folder:
            async with working(Path(folder), prefix=job.cores.on_generator()) as worker:
                await worker.begin()
                await worker.say(target(job.port, *templates, users=job.connections, **options))
                await worker.until(lambda sample: (sample.tick + 1) * TICK_S >= SETTLING_S)
                settled = int(SETTLING_S * TICKS_A_BUCKET) + 1
                last = settled + round(job.seconds / TICK_S)
                await worker.until(lambda sample: sample.tick > last)
                await worker.stop()
        assert not worker.errors, worker.errors
        stretch = Stretch.of(worker.heartbeats, settled, last)
        window = [sample for sample in worker.samples if stretch.has(sample.tick)]
        requests = sum(sum(t.ok.counts.values()) for sample in window for t in sample.requests.values())
        ticks = sum(sample.ticks for sample in window)
        latencies = Histogram.of(t.ok for sample in window for t in sample.requests.values())
        p50_ms = (latencies.quantile_us(0.5) or 0.0) / 1000
        return Measured(requests, ticks * TICK_S, stretch.cpu_s, p50_ms)

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


def run_wrk(job: Job, *arguments: str, scheme: str = "http") -> Measured:
    """wrk with one thread. Its start is too short to matter."""
    command = ["wrk", "--threads", "1", "--connections", str(job.connections), "--latency", *arguments]
    command += ["--duration", f"{round(job.seconds)}s", f"{scheme}://127.0.0.1:{job.port}/"]
    before_s = children_cpu_s()
    said = subprocess.run([*job.cores.on_generator(), *command], capture_output=True, text=True, check=True)
    found = re.search(r"(\d+) requests in ([\d.]+)s", said.stdout)
    assert found, said.stdout
    assert "Non-2xx" not in said.stdout, said.stdout
    median = re.search(r"50%\s+([\d.]+)(us|ms|s)", said.stdout)
    p50_ms = float(median[1]) * _UNITS_MS[median[2]] if median else 0.0
    return Measured(int(found[1]), float(found[2]), children_cpu_s() - before_s, p50_ms)


def run_hey(job: Job) -> Measured:
    """hey with one core for the runtime of its language too. Its start is too short to matter."""
    before_s = children_cpu_s()
    said = hey(
        job.cores, "-z", f"{job.seconds:g}s", "-c", str(job.connections), f"http://127.0.0.1:{job.port}/"
    )
    assert not said.failed, said
    return Measured(said.requests, said.seconds, children_cpu_s() - before_s)


@dataclass(frozen=True)
class HeySaid:
    """What hey printed."""

    requests: int
    """Answered with status 200."""
    failed: int
    """Answered with another status, or not at all."""
    seconds: float


def hey(cores: Cores, *arguments: str) -> HeySaid:
    """One run of hey on the generator's core."""
    said = subprocess.run(
        [*cores.on_generator(), "hey", "-cpus", "1", *arguments],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"GOMAXPROCS": "1"},
    ).stdout
    statuses = {int(status): int(times) for status, times in re.findall(r"\[(\d+)\]\s+(\d+) responses", said)}
    _, _, errors = said.partition("Error distribution:")
    failed = sum(map(int, re.findall(r"^\s+\[(\d+)\]", errors, re.MULTILINE)))
    total = re.search(r"Total:\s+([\d.]+) secs", said)
    assert total, said
    ok = statuses.pop(200, 0)
    return HeySaid(ok, failed + sum(statuses.values()), float(total[1]))


def run_k9(job: Job) -> Measured:
    """k9-load's declarative plan: no Python runs while it sends. The start of its Python front, which is
    paid once, is left out of the processor time."""
    url = f"http://127.0.0.1:{job.port}/"
    before_s = children_cpu_s()
    sent = _k9(job.cores, {"vus": job.connections, "duration": f"{round(job.seconds * 1000)}ms"}, url)
    used_s = children_cpu_s() - before_s
    return Measured(
        int(sent["count"]), sent["count"] / sent["rate"], used_s - _k9_start_cpu_s(job.cores, url)
    )


@cache
def _k9_start_cpu_s(cores: Cores, url: str) -> float:
    """What k9-load uses for a single request."""
    before_s = children_cpu_s()
    _k9(cores, {"vus": 1, "iterations": 1}, url)
    return children_cpu_s() - before_s


def _k9(cores: Cores, options: dict[str, object], url: str) -> dict[str, float]:
    """Runs a plan of one request; gives its `http_reqs`: count, and rate a second."""
    with tempfile.TemporaryDirectory() as name:
        plan, summary = Path(name) / "plan.json", Path(name) / "summary.json"
        steps = [{"request": {"method": "GET", "url": url}}]
        plan.write_text(
            json.dumps({"options": options | {"discardResponseBodies": True}, "flows": {"default": steps}})
        )
        command = [sys.executable, "-P", "-m", "k9", "run", "--quiet", "--summary-export", str(summary)]
        subprocess.run(
            [*cores.on_generator(), *command, str(plan)], capture_output=True, text=True, check=True
        )
        metrics = json.loads(summary.read_text())["metrics"]
    # k6's format: of a rate that counts failures, the passes are what failed.
    assert metrics["http_req_failed"]["passes"] == 0, metrics["http_req_failed"]
    sent: dict[str, float] = metrics["http_reqs"]
    return sent


def children_cpu_s() -> float:
    """Processor seconds of all children that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


ABREAST = Generator("abreast worker", lambda: True, run_abreast)
LOCUST = Generator("locust FastHttpUser", lambda: find_spec("locust") is not None, run_locust, "make bench")
K9 = Generator("k9-load plan", lambda: find_spec("k9") is not None, run_k9, "make bench")
HEY = Generator(
    "hey", lambda: shutil.which("hey") is not None, run_hey, "apt install hey, or brew install hey"
)
WRK = Generator(
    "wrk", lambda: shutil.which("wrk") is not None, run_wrk, "apt install wrk, or brew install wrk"
)
GENERATORS = (ABREAST, LOCUST, K9, HEY, WRK)
