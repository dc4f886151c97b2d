"""Why py-spy cannot look into a process, and what to allow. Reads the system's rules."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from engine.machine import environment

CAP_SYS_PTRACE = 19
"""Bit of the capability to look into the memory of any process (linux/capability.h)."""


@dataclass(frozen=True, slots=True)
class TracingRights:
    """What the system lets this process do to another one."""

    platform: str = "linux"
    is_root: bool = False
    may_trace_all: bool = False
    """This process has the capability CAP_SYS_PTRACE."""
    ptrace_scope: int = 0
    """Of the security module Yama: 0 lets a user trace their own processes, 1 only their descendants, 2 only
    privileged processes may trace, 3 none may (Documentation/admin-guide/LSM/Yama.rst)."""
    is_readable: bool = False
    """This process may read the other one's memory."""
    runs: bool = True
    """The other process exists."""
    in_container: bool = False
    """This process runs in a container."""


def why_not(rights: TracingRights, program: str) -> tuple[str, str]:
    """Why `program` could not sample a process, and what to allow."""
    if not rights.runs:
        return "its process has ended", "start it again, then sample it"
    if rights.platform == "darwin" and not rights.is_root:
        return "macOS lets only root look into other processes", "run abreast with sudo"
    if rights.ptrace_scope >= 3:
        return (
            "this system forbids looking into processes (kernel.yama.ptrace_scope = 3)",
            "only a restart of the system with a lower value changes that",
        )
    if not rights.may_trace_all and (rights.ptrace_scope or not rights.is_readable):
        rule = f" (kernel.yama.ptrace_scope = {rights.ptrace_scope})" if rights.ptrace_scope else ""
        return f"this system does not allow it to look into the process{rule}", _what_to_allow(
            rights, program
        )
    return (
        "py-spy found no Python that it knows in its processes",
        "a profile needs a target in CPython 3.14 or older",
    )


def _what_to_allow(rights: TracingRights, program: str) -> str:
    if rights.in_container:
        return "start this container with --cap-add SYS_PTRACE"
    if rights.ptrace_scope == 1:
        return f"sudo sysctl kernel.yama.ptrace_scope=0, or sudo setcap cap_sys_ptrace+ep {program}"
    return f"sudo setcap cap_sys_ptrace+ep {program}"


def read_rights(pid: int) -> TracingRights:
    """What this process may do to the process `pid`."""
    return TracingRights(
        platform=sys.platform,
        is_root=os.geteuid() == 0,
        may_trace_all=_has_capability(),
        ptrace_scope=_ptrace_scope(),
        is_readable=_is_readable(pid),
        runs=Path(f"/proc/{pid}").exists() or sys.platform != "linux",
        in_container=environment.in_container(),
    )


def _has_capability() -> bool:
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return False
    effective = next((int(line.split()[1], 16) for line in lines if line.startswith("CapEff:")), 0)
    return bool(effective >> CAP_SYS_PTRACE & 1)


def _ptrace_scope() -> int:
    try:
        return int(Path("/proc/sys/kernel/yama/ptrace_scope").read_text())
    except (OSError, ValueError):
        return 0


def _is_readable(pid: int) -> bool:
    """Opening a process's memory takes the same right as tracing it (ptrace(2), PTRACE_MODE_ATTACH)."""
    try:
        with Path(f"/proc/{pid}/mem").open("rb"):
            return True
    except OSError:
        return False
