"""Describes the machine that a session runs on, and divides its cores between load workers and targets."""

import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from engine.machine import time_slice
from targets.option_kinds import chosen_cores
from targets.requirements import available_cores as available_cores
from targets.runtime import front_priority

OWN_PACKAGES = ("abreast", "anyio", "httptools", "httpx", "orjson", "psutil", "textual", "uvloop")
"""Distributions that can influence every measurement."""


def describe(packages: Iterable[str] = ()) -> dict[str, Any]:
    """Returns the machine, its state and the versions in use, as plain values for the session's record.

    `packages` are the distributions that the targets use. Values that the system does not report are None.
    """
    import psutil  # only here: the lobby needs the cores at once

    return {
        "cpu_model": cpu_model(),
        "cores_logical": psutil.cpu_count(),
        "cores_physical": psutil.cpu_count(logical=False),
        "cores_available": usable_core_count(),
        "cpu_limit": _cpu_limit(),
        "cpu_governor": _read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        "memory_bytes": psutil.virtual_memory().total,
        "memory_limit_bytes": _memory_limit_bytes(),
        "load_average": list(os.getloadavg()),
        "os": _os_name(),
        "kernel": platform.release(),
        "machine": platform.machine(),
        "python": python_version(),
        "container": in_container(),
        "virtual_machine": _in_virtual_machine(),
        "worker_slice_us": _worker_slice_us(),
        "front_nice": front_priority.nice_value(),
        "packages": versions((*OWN_PACKAGES, *packages)),
    }


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Returns distribution → version of the installed ones, sorted by name, without importing them."""
    found = {}
    for name in sorted(set(packages), key=str.lower):
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def python_version() -> str:
    """The Python that runs abreast: `CPython 3.13.1`."""
    return f"{platform.python_implementation()} {platform.python_version()}"


# ---------------------------------------------------------------- cores


def usable_core_count() -> int:
    """The number of cores that abreast may use."""
    return len(available_cores()) or os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class CorePlan:
    """The cores of the load workers and of the targets. If both are empty, the system chooses."""

    workers: tuple[int, ...]
    targets: tuple[int, ...]
    text: str
    """Description of the plan for the screen and the record."""


def plan_cores(available: Sequence[int], load_workers: int = 1) -> CorePlan:
    """Assigns the last cores to the load workers, one each, but leaves at least one core for the targets. The
    targets share the other cores.

    `available` are the cores that this process may use; empty if the system does not support affinity (see
    `available_cores`).
    """
    if not available:
        return CorePlan((), (), "cores are shared: this system does not pin processes to cores")
    if len(available) == 1:
        return CorePlan((), (), "load and targets share the only core")
    cores = sorted(available)
    for_load = min(load_workers, len(cores) - 1)
    targets, workers = tuple(cores[:-for_load]), tuple(cores[-for_load:])
    return CorePlan(
        workers, targets, f"load on {cores_in_words(workers)}, targets on {cores_in_words(targets)}"
    )


def dealt_cores(wanted: str, cores: Sequence[int], turn: int) -> tuple[int, ...]:
    """The cores for a target whose option `cpus` is `wanted` (see `targets.options`): a number of cores (`2`)
    or specific ones (`@0-1`). `cores` are those that the targets share. For a number, the `turn`-th target
    gets different cores from the previous one if there are enough; if the number exceeds the shared cores, it
    gets them from all available ones. If `wanted` is empty, the target gets all shared cores."""
    if not wanted or not cores:
        return tuple(cores)
    if which := chosen_cores(wanted):
        return which
    count = int(wanted)
    pool = cores if count <= len(cores) else available_cores()
    return tuple(sorted({pool[(turn * count + number) % len(pool)] for number in range(count)}))


def cores_in_words(cores: Sequence[int]) -> str:
    """Returns cores as text: `core 3`, `cores 0–2`, `cores 0, 2, 5`."""
    if len(cores) == 1:
        return f"core {cores[0]}"
    if list(cores) == list(range(cores[0], cores[-1] + 1)):
        return f"cores {cores[0]}–{cores[-1]}"
    return f"cores {', '.join(map(str, cores))}"


# ---------------------------------------------------------------- what the system reports


def _read(path: str) -> str | None:
    try:
        return Path(path).read_text(errors="replace").strip() or None
    except OSError:
        return None


@cache
def cpu_model() -> str | None:
    """The name of the CPU; None if the system does not report it."""
    if sys.platform == "darwin":
        with suppress(OSError, subprocess.SubprocessError):
            command = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
            return subprocess.run(
                command, capture_output=True, text=True, check=True, timeout=2
            ).stdout.strip()
    return _cpuinfo("model name") or platform.processor() or None


def _cpuinfo(field: str) -> str | None:
    """The first value of a field in `/proc/cpuinfo`; None if it has no such field."""
    for line in (_read("/proc/cpuinfo") or "").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == field:
            return value.strip()
    return None


def _cpu_limit() -> float | None:
    """The CPU limit of the control group, in cores; None if there is no limit."""
    quota, _, period = (_read("/sys/fs/cgroup/cpu.max") or "max").partition(" ")
    return None if quota == "max" else int(quota) / int(period)


def _memory_limit_bytes() -> int | None:
    """The memory limit of the control group; None if there is no limit."""
    limit = _read("/sys/fs/cgroup/memory.max") or "max"
    return None if limit == "max" else int(limit)


def _os_name() -> str:
    with suppress(OSError):
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    return f"macOS {platform.mac_ver()[0]}" if sys.platform == "darwin" else platform.system()


def _worker_slice_us() -> float | None:
    """The slice of CPU time in µs that the kernel grants a load worker; None if it grants none."""
    with front_priority.at_original_priority():
        granted_ns = time_slice.grantable_ns()
    return None if granted_ns is None else granted_ns / 1000


def in_container() -> bool:
    """Whether this process runs in a container."""
    return any(Path(mark).exists() for mark in ("/.dockerenv", "/run/.containerenv"))


def _in_virtual_machine() -> bool | None:
    """Whether the CPU flags report a hypervisor; None if there are no flags, as on CPUs other than x86."""
    flags = _cpuinfo("flags")
    return None if flags is None else "hypervisor" in flags.split()
