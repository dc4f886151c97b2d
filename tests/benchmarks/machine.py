"""What the benchmarks run on, and how a process is kept on one core."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True)
class Cores:
    """Which core generates load and which one serves; None where the system cannot pin."""

    generator: int | None
    server: int | None

    def on_generator(self) -> tuple[str, ...]:
        """A command prefix that keeps a process on the generator's core."""
        return _pinned(self.generator)

    def on_server(self) -> tuple[str, ...]:
        """A command prefix that keeps a process on the server's core."""
        return _pinned(self.server)

    @property
    def both(self) -> list[int]:
        """The two; empty where the system cannot pin."""
        return [each for each in (self.generator, self.server) if each is not None]

    def on_both(self) -> tuple[str, ...]:
        """A command prefix that gives a process both cores, whatever this one is kept on."""
        return ("taskset", "--cpu-list", ",".join(map(str, self.both))) if self.both else ()


@contextmanager
def on_all(cores: Cores) -> Iterator[None]:
    """Lets this process use both cores while the block runs, for sessions, which divide them themselves."""
    if cores.generator is None or cores.server is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {cores.generator, cores.server})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def plan_cores() -> Cores:
    """The first two cores this process may use; the benchmark itself moves out of the generator's way."""
    if not hasattr(os, "sched_getaffinity") or not shutil.which("taskset"):
        return Cores(None, None)
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < 2:
        return Cores(None, None)
    os.sched_setaffinity(0, {usable[1]})
    return Cores(usable[0], usable[1])


def _pinned(core: int | None) -> tuple[str, ...]:
    return () if core is None else ("taskset", "--cpu-list", str(core))


def facts(cores: Cores) -> list[str]:
    """The machine in a few lines, for whoever compares results."""
    pinning = (
        f"generator on core {cores.generator}, server on core {cores.server}"
        if cores.generator is not None
        else "not pinned: fewer than two cores, or no taskset"
    )
    system = (
        f"{platform.system()} {platform.release().partition('-')[0]}, {_processor()}, {os.cpu_count()} cores"
    )
    return [
        f"{datetime.now(UTC):%Y-%m-%d}, {system}",
        f"Python {sys.version.split()[0]}; {', '.join(_versions())}",
        pinning,
    ]


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _versions() -> list[str]:
    from importlib.metadata import PackageNotFoundError, version

    found = []
    for package in ("abreast", "uvloop", "httptools", "locust", "k9-load"):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return found + [f"{name} {said}" for name, said in (("wrk", _wrk_version()),) if said]


def _wrk_version() -> str:
    if not shutil.which("wrk"):
        return ""
    said = subprocess.run(["wrk", "--version"], capture_output=True, text=True, check=False)
    words = (said.stdout + said.stderr).split()
    return words[1] if len(words) > 1 else ""
