"""Where a request's processor time goes: a sampling profiler looks at our worker under full load.

perf sees the kernel as well, which a profiler of Python does not, and disturbs neither. Where it cannot be
had, the operating system's own count still tells the kernel's share from ours.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import anyio
import psutil

from engine.protocol.messages import TICK_S, TICKS_A_BUCKET
from tests.benchmarks.generators import SETTLING_S
from tests.benchmarks.null_server import null_server
from tests.benchmarks.report import Options, Table
from tests.benchmarks.stretch import Stretch
from tests.support.worker_process import WorkerProcess, get, target, working

CONNECTIONS = (10, 50, 500)
SAMPLES_A_SECOND = 999
KERNEL = "kernel (send, receive, wait)"
OURS = "outside the kernel"
PYTHON = "Python: connection, user, counters"
LAYERS = (
    (re.compile(r"\[(kernel|guest)"), KERNEL),
    (re.compile(r"parser\.\w*python"), "parsing (httptools)"),
    (re.compile(r"loop\.\w*python"), "event loop (uvloop)"),
    (re.compile(r"python"), PYTHON),
    (re.compile(r""), "C library, clock and the rest"),
)
"""What a shared library's name says about the layer; the first that fits counts."""

Shares = dict[str, float]
"""Layer → its share of the processor time."""


@dataclass(frozen=True)
class Profiled:
    """One run."""

    cpu_us: float
    """For each request."""
    shares: Shares


def profile(options: Options) -> Table:
    """One run for each number of connections, against NGINX."""
    perf = shutil.which("perf")
    runs = []
    with null_server(options.cores.on_server()) as port:
        for connections in CONNECTIONS:
            print(f"  {connections} connections", file=sys.stderr)
            runs.append(anyio.run(_profiled, options, port, connections, perf))
    notes = [f"{options.seconds:g} s each, a static answer; processor time for each request."]
    layers = [name for _, name in LAYERS]
    if any(OURS in run.shares for run in runs):
        layers = [KERNEL, OURS]
        notes.append("By the system's count: perf is not installed (apt install linux-perf), or not allowed.")
    rows = [("all", *(f"{run.cpu_us:.2f} µs" for run in runs))]
    for layer in layers:
        shares = [_share(run, layer) for run in runs]
        rows.append(
            (
                layer,
                *(f"{run.cpu_us * each:.2f} µs, {each:.0%}" for run, each in zip(runs, shares, strict=True)),
            )
        )
    return Table(
        "Where the time goes",
        ("layer", *(f"{connections} connections" for connections in CONNECTIONS)),
        tuple(rows),
        tuple(notes),
    )


def _share(run: Profiled, layer: str) -> float:
    """A layer's share; `OURS` is all that is not the kernel, whatever was told apart."""
    if layer == OURS:
        return 1.0 - run.shares.get(KERNEL, 0.0)
    return run.shares.get(layer, 0.0)


async def _profiled(options: Options, port: int, connections: int, perf: str | None) -> Profiled:
    settled = int(SETTLING_S * TICKS_A_BUCKET)
    last = settled + round(options.seconds / TICK_S)
    with tempfile.TemporaryDirectory() as name:
        async with working(Path(name), prefix=options.cores.on_generator()) as worker:
            await worker.begin()
            await worker.say(target(port, get(port, "/"), users=connections))
            await worker.until(lambda sample: sample.tick >= settled)
            shares = await _watch(worker, last, perf, Path(name) / "perf.data", options.seconds)
            await worker.stop()
        assert not worker.errors, worker.errors
    stretch = Stretch.of(worker.heartbeats, settled, last)
    answered = sum(
        sum(tally.ok.counts.values())
        for sample in worker.samples
        if stretch.has(sample.tick)
        for tally in sample.requests.values()
    )
    return Profiled(stretch.cpu_s / answered * 1e6, shares)


async def _watch(
    worker: WorkerProcess, last: int, perf: str | None, recorded: Path, seconds: float
) -> Shares:
    """Samples the worker until a tick is over; by the system's count where that does not work."""
    watched = psutil.Process(worker.process.pid)
    before = watched.cpu_times()
    recorder = _recorder(perf, watched.pid, recorded, seconds) if perf else None
    await worker.until(lambda sample: sample.tick > last)
    after = watched.cpu_times()
    if perf and recorder is not None and await anyio.to_thread.run_sync(recorder.wait) == 0:
        return _shares(perf, recorded)
    system_s, user_s = after.system - before.system, after.user - before.user
    return {KERNEL: system_s / (system_s + user_s), OURS: user_s / (system_s + user_s)}


def _recorder(perf: str, pid: int, recorded: Path, seconds: float) -> "subprocess.Popen[bytes]":
    command = [perf, "record", "--freq", str(SAMPLES_A_SECOND), "--pid", str(pid), "--output", str(recorded)]
    command += ["--", "sleep", f"{seconds:g}"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _shares(perf: str, recorded: Path) -> Shares:
    """What perf has recorded, by layer."""
    said = subprocess.run(
        [perf, "report", "--input", str(recorded), "--stdio", "--no-children", "--sort", "dso"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    shares: Shares = {}
    for percent, library in re.findall(r"^\s*([\d.]+)%\s+(\S.*?)\s*$", said, re.MULTILINE):
        layer = next(name for pattern, name in LAYERS if pattern.search(library))
        shares[layer] = shares.get(layer, 0.0) + float(percent) / 100
    return shares
