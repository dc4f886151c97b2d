"""How a target is prepared, started, watched and stopped.

Every runtime gives the session the same object, a `RunningTarget`: processes of this machine (`local`), a
container that abreast starts (`containers.target`), a server that runs already (`attached`), or a container
that runs already (`containers.attached`). What a runtime cannot do raises the same TargetError in each.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from targets.errors import TargetError
from targets.launch import Command


@dataclass(frozen=True, slots=True)
class Address:
    """Where a target listens."""

    host: str
    port: int
    scheme: str = "http"
    """`http`, or `https`."""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The base of its URLs, without a slash at the end."""
        return f"{self.scheme}://{self}"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a target used, at one moment. Percentages are of one core."""

    cpu_pct: float | None
    """Since the reading before; None for the first one."""
    memory_bytes: int | None
    """None where the machine does not account it."""
    processes: int | None
    """None for a container: its engine counts threads alone."""
    threads: int | None
    throttled_pct: float | None = None
    """Share of scheduling periods in which a limit made it wait; None where nothing limits it."""
    cpu_limit_pct: float | None = None
    """What it may use at most, of one core; None: no limit."""
    memory_limit_bytes: int | None = None
    received_bytes: int | None = None
    """Over its network since it started; None where that is not counted."""
    sent_bytes: int | None = None

    @property
    def memory_mb(self) -> float | None:
        """Its memory in megabytes (10⁶ bytes)."""
        return None if self.memory_bytes is None else self.memory_bytes / 1e6

    @property
    def memory_limit_mb(self) -> float | None:
        """Its memory limit in megabytes (10⁶ bytes)."""
        return None if self.memory_limit_bytes is None else self.memory_limit_bytes / 1e6


NO_READING = Reading(cpu_pct=None, memory_bytes=None, processes=None, threads=None)
"""Of a target that was not read."""


@dataclass(frozen=True, slots=True, eq=False)
class Sidecar:
    """A program of abreast's that runs beside a target's server, as the NGINX in front of it. When it ends,
    the target lives on, and it can be started again."""

    wait: Callable[[], Awaitable[str]]
    """Returns once it has ended, with how."""
    restart: Callable[[float], Awaitable[None]]
    """Starts it again, and returns once the target answers through it; within so many seconds. Raises
    TargetError, or OSError where the program cannot be started."""
    pid: Callable[[], int | None]
    """Its process while it lives."""
    is_paused: Callable[[], bool]
    """Whether the target, and with it the sidecar, is frozen on purpose."""


class RunningTarget(Protocol):
    """One target's life. One task drives it; each method is safe to call once the one before has returned."""

    name: str
    log_path: Path

    @property
    def address(self) -> Address:
        """Where it listens; known once `start` has returned."""
        ...

    @property
    def pids(self) -> tuple[int, ...]:
        """The living roots of its process trees on this machine, for the meter; none where there are none."""
        ...

    @property
    def reading(self) -> Reading | None:
        """What it used, where a container engine measures it; None where `pids` are measured, or nothing is
        known."""
        ...

    @property
    def recorded_limits(self) -> Mapping[str, Any] | None:
        """What it may use from its next start on, as a record holds it; None where nothing limits it, or
        that is not known yet."""
        ...

    @property
    def sidecar(self) -> Sidecar | None:
        """What runs beside its server on this machine; None where nothing does. In a container it is part of
        the target."""
        ...

    async def start(self) -> None:
        """Starts it and returns as soon as it runs, ready or not. Raises TargetError."""
        ...

    async def ready(self, deadline_s: float, ips: Sequence[str] = ()) -> None:
        """Returns once `/health` answers 200. Raises TargetError, with the last log lines, when the target
        dies or the deadline passes. `ips`: where it is asked, if the host of its address is a name."""
        ...

    async def wait(self) -> str:
        """Returns once the target has ended, by itself or by `stop`; the result says how (`exit code 1`)."""
        ...

    async def stop(self, grace_s: float = 5.0) -> None:
        """Asks it to end, and after the grace time makes it end, with everything it started. Never raises."""
        ...

    def kill(self) -> None:
        """Ends its whole process group at once."""
        ...

    async def pause(self) -> None:
        """Freezes all of it: its connections stay open, and nothing is answered. Raises TargetError."""
        ...

    async def kill_worker(self) -> None:
        """Ends one worker process of its server at once. Raises TargetError where it has none."""
        ...

    async def unpause(self) -> None:
        """Lets it go on; does nothing where it is not frozen. Raises TargetError."""
        ...

    async def pin(self, cores: Sequence[int]) -> None:
        """Confines it to these cores of this machine, as far as that is abreast's to decide."""
        ...

    async def limit(self, *, cpus: float | None = None, memory_bytes: int | None = None) -> "Undo":
        """Sets other limits until its next start; None leaves one as it is. What it returns restores those
        from before. Raises TargetError."""
        ...

    async def put(self, files: Mapping[str, str]) -> None:
        """Writes files (name → text) to its working folder while it runs; each is replaced whole. Raises
        TargetError."""
        ...

    async def run(self, command: Command) -> None:
        """Runs a command to its end where the target runs. Raises TargetError where it fails."""
        ...

    def log_tail(self, lines: int = 10) -> list[str]:
        """The last lines it wrote."""
        ...


Undo = Callable[[], Awaitable[object]]
"""Restores what was before. Raises TargetError."""


def not_started_by_abreast(name: str, done: str) -> TargetError:
    """Why a target that runs already is not `done`: paused, restarted, …"""
    return TargetError(
        f"{name} is not {done}", why="abreast did not start it", hint="do so where it was started"
    )


def no_limits(name: str) -> TargetError:
    """Why the limits of a target cannot be changed."""
    return TargetError(
        f"the limits of {name} cannot be changed",
        why="only a container has limits",
        hint=f"run it in a container: {name}:runtime=docker",
    )


def no_worker(name: str) -> TargetError:
    """Why no worker of a target can be ended."""
    return TargetError(
        f"{name} has no worker to kill",
        why="one process is all of its server",
        hint="give it more (workers=2), or kill the target",
    )
