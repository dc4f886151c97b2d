"""How a target is prepared, started, watched and stopped.

Every runtime provides the same object to the session, a `RunningTarget`: processes on this machine (`local`),
a container that abreast starts (`containers.target`), a server that already runs (`attached`), or a container
that already runs (`containers.attached`). Operations that a runtime does not support raise the same
TargetError in each.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from targets.errors import TargetError
from targets.launch import Command
from targets.runtime.cpu_clock import CpuClock


@dataclass(frozen=True, slots=True)
class Address:
    """Where a target listens."""

    host: str
    port: int
    scheme: str = "http"
    """`http` or `https`."""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The target's base URL, without a trailing slash."""
        return f"{self.scheme}://{self}"


@dataclass(frozen=True, slots=True)
class Reading:
    """A target's resource usage at one moment. Percentages are of one core."""

    cpu_pct: float | None
    """CPU time used since the previous reading; None for the first one."""
    memory_bytes: int | None
    """None if the machine does not report it."""
    processes: int | None
    """None for a container: its engine only counts threads."""
    threads: int | None
    throttled_pct: float | None = None
    """Share of scheduling periods in which its CPU limit made it wait; None if it has no limit."""
    cpu_limit_pct: float | None = None
    """The most CPU it may use, of one core; None if there is no limit."""
    memory_limit_bytes: int | None = None
    received_bytes: int | None = None
    """Network bytes received since it started; None if they are not counted."""
    sent_bytes: int | None = None

    @property
    def memory_mb(self) -> float | None:
        """Memory used, in megabytes (10⁶ bytes)."""
        return None if self.memory_bytes is None else self.memory_bytes / 1e6

    @property
    def memory_limit_mb(self) -> float | None:
        """Memory limit, in megabytes (10⁶ bytes)."""
        return None if self.memory_limit_bytes is None else self.memory_limit_bytes / 1e6


NO_READING = Reading(cpu_pct=None, memory_bytes=None, processes=None, threads=None)
"""The reading of a target that was not measured."""


@dataclass(frozen=True, slots=True, eq=False)
class Sidecar:
    """A program that abreast runs next to a target's server, such as the NGINX in front of it. When the
    sidecar ends, the target keeps running, and the sidecar can be restarted."""

    wait: Callable[[], Awaitable[str]]
    """Returns once the sidecar has ended; the result says how."""
    restart: Callable[[float], Awaitable[None]]
    """Restarts the sidecar, and returns once the target responds through it. The argument is the time limit
    in seconds. Raises TargetError, or OSError if the program cannot be started."""
    pid: Callable[[], int | None]
    """The process id of the sidecar while it runs, otherwise None."""
    is_paused: Callable[[], bool]
    """Whether the target and its sidecar are paused on purpose."""


class RunningTarget(Protocol):
    """One target from start to stop. One task drives it; each method is safe to call once the previous one
    has returned."""

    name: str
    log_path: Path

    @property
    def address(self) -> Address:
        """Where the target listens; known once `start` has returned."""
        ...

    @property
    def pids(self) -> tuple[int, ...]:
        """The running root processes of the target on this machine, for the meter; empty if it has none
        here."""
        ...

    @property
    def reading(self) -> Reading | None:
        """The target's resource usage if a container engine measures it; None if `pids` are measured instead,
        or if nothing is known."""
        ...

    @property
    def cpu_clock(self) -> CpuClock:
        """Counts the target's CPU time exactly, or says why it cannot. It stays the same object over
        restarts."""
        ...

    @property
    def recorded_limits(self) -> Mapping[str, Any] | None:
        """The resource limits that apply from the next start on, in the form the session records; None if
        there are none, or if they are not known yet."""
        ...

    @property
    def sidecar(self) -> Sidecar | None:
        """The program that runs next to the server on this machine; None if there is none. In a container it
        is part of the target."""
        ...

    async def start(self) -> None:
        """Starts the target and returns as soon as it runs, ready or not. Raises TargetError."""
        ...

    async def ready(self, deadline_s: float, ips: Sequence[str] = ()) -> None:
        """Returns once the health path responds with 200 (an attached target: with any status below 400).
        Raises TargetError, with the last log lines, if the target dies or the deadline passes. `ips` are the
        addresses to connect to if the target's host is a name."""
        ...

    async def wait(self) -> str:
        """Returns once the target has ended, on its own or through `stop`; the result says how
        (`exit code 1`)."""
        ...

    async def stop(self, grace_s: float = 5.0) -> None:
        """Asks the target to end, and after the grace period kills it and everything it started. Never
        raises."""
        ...

    def kill(self) -> None:
        """Kills the target's whole process group at once."""
        ...

    async def pause(self) -> None:
        """Freezes the whole target: its connections stay open, but it does not respond. Raises
        TargetError."""
        ...

    async def kill_worker(self) -> None:
        """Kills one worker process of the server at once. Raises TargetError if there is none."""
        ...

    async def unpause(self) -> None:
        """Resumes the target; does nothing if it is not paused. Raises TargetError."""
        ...

    async def server_pid(self) -> int:
        """The process id, on this machine, of the server's root process, for tools that look into it. Raises
        TargetError if it does not run on this machine, or abreast did not start it."""
        ...

    async def pin(self, cores: Sequence[int]) -> None:
        """Pins the target to these cores of this machine, if abreast controls where it runs."""
        ...

    async def confine(self, core: int) -> None:
        """Pins the whole target to one core of this machine, whatever its options say, until the next `pin`.
        Raises TargetError if abreast does not control where it runs, or cannot."""
        ...

    def threads_off(self, core: int) -> int:
        """How many of its threads may run on other cores than this one: a server may choose its cores."""
        ...

    async def limit(self, *, cpus: float | None = None, memory_bytes: int | None = None) -> "Undo":
        """Changes limits until the next start; None leaves a limit unchanged. Returns a function that
        restores the previous limits. Raises TargetError."""
        ...

    async def put(self, files: Mapping[str, str]) -> None:
        """Writes files (name → text) to the target's working folder while it runs, replacing each file as a
        whole. Raises TargetError."""
        ...

    async def run(self, command: Command) -> None:
        """Runs a command where the target runs, and waits until it ends. Raises TargetError if it fails."""
        ...

    def log_tail(self, lines: int = 10) -> list[str]:
        """The last lines that the target wrote to its log."""
        ...


Undo = Callable[[], Awaitable[object]]
"""Restores the previous state. Raises TargetError."""


def not_started_by_abreast(name: str, done: str) -> TargetError:
    """The error for a target that was already running and therefore cannot be `done`: paused, restarted, …"""
    return TargetError(
        f"{name} cannot be {done}", why="abreast did not start it", hint="do this where it was started"
    )


def not_confined(name: str, why: str) -> TargetError:
    """The error for a target that cannot be pinned to one core."""
    return TargetError(
        f"{name} cannot be pinned to one core", why=why, hint="compare it in turns: --schedule turns"
    )


def no_limits(name: str) -> TargetError:
    """The error for a target whose limits cannot be changed."""
    return TargetError(
        f"the limits of {name} cannot be changed",
        why="only a container has limits",
        hint=f"run it in a container: {name}:runtime=docker",
    )


def no_worker(name: str) -> TargetError:
    """The error for a target that has no worker to kill."""
    return TargetError(
        f"{name} has no worker to kill",
        why="its server is a single process",
        hint="give it more (workers=2), or kill the target",
    )


def not_profiled(name: str, why: str, hint: str) -> TargetError:
    """The error for a target that cannot be profiled."""
    return TargetError(f"{name} cannot be profiled", why=why, hint=hint)
