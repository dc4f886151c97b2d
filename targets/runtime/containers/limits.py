"""What a container may use, and whether the engine's machine has it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from targets.errors import TargetError
from targets.option_kinds import bytes_in, chosen_cores
from targets.options import Options

GIB = 1024**3
MIB = 1024**2
BEYOND_MEMORY, BEYOND_SWAP = 1 << 60, 1 << 61
"""Bytes that no machine has: kernels take them for no limit."""
HAVE_NGINX = ("x86_64", "amd64")
"""Kinds of machines for which there is a wheel of NGINX, as the image's requirements say."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one container may use; the defaults are those of the published experiments."""

    cpus: float = 1.0
    """Processor time, in cores' worth."""
    cpuset: str = ""
    """Which cores, as the engine writes it: `0-1,3`; empty for any."""
    memory_bytes: int | None = 2 * GIB
    """None: no limit. There is no swap beyond it."""
    pids: int = 4096
    """Processes and threads."""
    is_memory_default: bool = field(default=False, compare=False)
    """The memory limit is the default, not a request: it is lowered if the machine has less."""

    @classmethod
    def of(cls, options: Options) -> Self:
        """The limits that a target's options ask for."""
        usual = cls()
        cores = chosen_cores(options.cpus)
        return cls(
            cpus=float(len(cores) or options.cpus or usual.cpus),
            cpuset=",".join(map(str, cores)),
            memory_bytes=bytes_in(options.memory) if options.memory else usual.memory_bytes,
            pids=options.pids or usual.pids,
            is_memory_default=not options.memory,
        )

    def plain(self) -> dict[str, Any]:
        """As a record holds them."""
        return {
            "cpus": self.cpus,
            "cpuset": self.cpuset,
            "memory_bytes": self.memory_bytes,
            "pids": self.pids,
        }


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine an engine runs on, as the engine describes it."""

    cores: int
    memory_bytes: int
    limits_memory: bool
    limits_swap: bool
    limits_cpu: bool
    name: str = ""
    architecture: str = ""
    """As `uname -m` names it; empty if unknown."""
    is_own: bool = False
    """Whether it is this machine, with the same cores that abreast counts."""

    @classmethod
    def of(cls, info: Mapping[str, Any], *, cores_here: int, is_near: bool) -> Self:
        """From the engine's own description of itself. A virtual machine in between has its own cores."""
        in_between = "desktop" in str(info.get("OperatingSystem", "")).lower()
        return cls(
            cores=info.get("NCPU", 0),
            memory_bytes=info.get("MemTotal", 0),
            limits_memory=info.get("MemoryLimit", True),
            limits_swap=info.get("SwapLimit", True),
            limits_cpu=info.get("CpuCfsQuota", True),
            name=info.get("Name", ""),
            architecture=info.get("Architecture", ""),
            is_own=is_near and not in_between and info.get("NCPU") == cores_here,
        )


DEFAULT = Limits(is_memory_default=True)
"""The limits of a target that sets none."""


def fitted(limits: Limits, machine: Machine) -> Limits:
    """The same, without memory that was not asked for and that the machine does not have, or cannot
    limit a container to."""
    if not limits.is_memory_default or limits.memory_bytes is None:
        return limits
    if not machine.limits_memory:
        return replace(limits, memory_bytes=None)
    return replace(limits, memory_bytes=min(limits.memory_bytes, machine.memory_bytes or limits.memory_bytes))


def memory_update(limits: Limits, machine: Machine) -> tuple[int | None, int | None]:
    """What a running container's limits of memory, and of memory with swap, are to be set to; None leaves one
    as it is.

    An engine cannot lift a limit of a running container, so one beyond every machine takes its place.
    """
    if limits.memory_bytes is None:
        memory_bytes, with_swap_bytes = BEYOND_MEMORY, BEYOND_SWAP
    else:
        memory_bytes = with_swap_bytes = limits.memory_bytes
    return (
        memory_bytes if machine.limits_memory else None,
        with_swap_bytes if machine.limits_memory and machine.limits_swap else None,
    )


def check(target: str, limits: Limits, machine: Machine) -> None:
    """Raises TargetError if the machine has less than that, or cannot enforce the limits."""
    what = f"{target} cannot have its limits"
    if limits.cpus > machine.cores:
        raise TargetError(
            what,
            why=f"cpus={limits.cpus:g} is more than the {machine.cores} of the engine's machine",
            hint=f"give it at most cpus={machine.cores}",
        )
    if limits.cpuset and (highest := max(map(int, limits.cpuset.split(",")))) >= machine.cores:
        raise TargetError(
            what,
            why=f"there is no core {highest}: the engine's machine has 0 to {machine.cores - 1}",
            hint=f"choose among them, as in cpus=@0-{machine.cores - 1}",
        )
    if not machine.limits_cpu:
        raise TargetError(
            what,
            why="the engine's machine does not limit processor time (its kernel lacks CFS quotas)",
            hint="run the targets as processes: --runtime local",
        )
    if limits.memory_bytes is None:
        return
    if not machine.limits_memory:
        raise TargetError(
            what,
            why="the engine's machine does not account for memory by control group",
            hint="boot it with cgroup_enable=memory, or do without: memory=none",
        )
    if limits.memory_bytes > machine.memory_bytes:
        raise TargetError(
            what,
            why=f"memory={_size(limits.memory_bytes)} is more than the {_size(machine.memory_bytes)} "
            "of the engine's machine",
            hint=f"give it at most memory={machine.memory_bytes // MIB}m",
        )


def check_front(target: str, machine: Machine) -> None:
    """Raises TargetError if the targets' image has no NGINX for such a machine."""
    if machine.architecture not in {"", *HAVE_NGINX}:
        raise TargetError(
            f"{target} cannot have NGINX in front of it",
            why=f"the targets' image has it for {HAVE_NGINX[0]}, and the engine is {machine.architecture}",
            hint=f"leave front out, or run this target here: {target}:runtime=local",
        )


def _size(count: int) -> str:
    return f"{count / GIB:.3g}g" if count >= GIB else f"{count // MIB}m"
