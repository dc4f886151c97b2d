"""What is measured: each section is a function from options to a table. Add one here and it is run."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from engine.messages import Hello, decode
from tests.benchmarks.adapters import adapters
from tests.benchmarks.generators import GENERATORS, Job, Measured, children_cpu_s
from tests.benchmarks.null_server import null_server
from tests.benchmarks.report import Options, Table


def throughput(options: Options, connections: int = 50) -> Table:
    """Requests per generator core, all generators in turns, so that a noisy machine hits all alike."""
    present = [each for each in GENERATORS if each.is_installed()]
    absent = [each for each in GENERATORS if not each.is_installed()]
    rounds: dict[str, list[Measured]] = {each.name: [] for each in present}
    with null_server(options.cores.on_server()) as port:
        job = Job(port, connections, options.seconds, options.cores)
        for number in range(options.rounds):
            for each in present:
                print(f"  round {number + 1} of {options.rounds}: {each.name}", file=sys.stderr)
                rounds[each.name].append(each.run(job))
    ours, *others = ((name, _Medians.of(measured)) for name, measured in rounds.items())
    rows = [(ours[0], *ours[1].cells(), "1", "1")]
    for name, medians in others:
        by_time, by_cpu = ours[1].rate / medians.rate, ours[1].rate_per_cpu_s / medians.rate_per_cpu_s
        rows.append((name, *medians.cells(), f"{by_time:.2f}", f"{by_cpu:.2f}"))
    return Table(
        f"Throughput, {connections} connections",
        (
            "generator",
            "requests/s",
            "requests/CPU s",
            "CPU used",
            "abreast ÷ it, by time",
            "abreast ÷ it, by CPU",
        ),
        tuple(rows),
        (
            f"NGINX, a static answer; medians of {options.rounds} rounds of {options.seconds:g} s, in turns.",
            *(f"{each.name}: not installed ({each.hint})." for each in absent),
        ),
    )


@dataclass(frozen=True)
class _Medians:
    rate: float
    rate_per_cpu_s: float
    cpu_pct: float

    @classmethod
    def of(cls, rounds: list[Measured]) -> "_Medians":
        return cls(
            median(each.rate for each in rounds),
            median(each.rate_per_cpu_s for each in rounds),
            median(each.cpu_s / each.seconds * 100 for each in rounds),
        )

    def cells(self) -> tuple[str, str, str]:
        return f"{self.rate:,.0f}", f"{self.rate_per_cpu_s:,.0f}", f"{self.cpu_pct:.0f} %"


def startup(options: Options) -> Table:
    """How long it takes until something can be used."""
    repeats = max(3, options.rounds)
    rows = [_worker_startup(repeats)]
    command = Path(sys.executable).with_name("abreast")
    if command.exists() and find_spec("tui.cli"):
        rows.append(_help_startup(command, repeats))
    return Table("Start-up", ("what", "wall", "CPU"), tuple(rows), (f"Medians of {repeats}.",))


def _help_startup(command: Path, repeats: int) -> tuple[str, ...]:
    walls_s, cpus_s = [], []
    for _ in range(repeats):
        before_s, began_s = children_cpu_s(), time.monotonic()
        subprocess.run([command, "--help"], stdout=subprocess.DEVNULL, check=True)
        walls_s.append(time.monotonic() - began_s)
        cpus_s.append(children_cpu_s() - before_s)
    return "`abreast --help`", f"{median(walls_s):.2f} s", f"{median(cpus_s):.2f} s"


def _worker_startup(repeats: int) -> tuple[str, ...]:
    """A worker from being started to its hello."""
    walls_s, cpus_s = [], []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-P", "-m", "engine.worker", "--log", f"{folder}/log"]
            before_s, began_s = children_cpu_s(), time.monotonic()
            with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
                assert process.stdout is not None
                assert isinstance(decode(process.stdout.readline()), Hello)
                walls_s.append(time.monotonic() - began_s)
                process.communicate()
            cpus_s.append(children_cpu_s() - before_s)
    return "load worker, to its hello", f"{median(walls_s):.2f} s", f"{median(cpus_s):.2f} s"


SECTIONS: dict[str, Callable[[Options], Table]] = {
    "throughput": throughput,
    "adapters": adapters,
    "startup": startup,
}
