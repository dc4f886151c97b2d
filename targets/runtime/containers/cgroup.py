"""Exact CPU time of a container, from the count of its control group on this machine.

Rules of this file:
- a control group counts every process that was in it, including ended ones: in microseconds with cgroup v2
  (`usage_usec` of `cpu.stat`), in nanoseconds with v1 (`cpuacct.usage`);
- it is found by the container's process, and only if its path names the container: a process with this pid
  may be another one (`host_process`), and a hidden path does not say whose count it is.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from targets.errors import TargetError
from targets.runtime.containers.engine import Engine
from targets.runtime.containers.host_process import is_in_container

PROC, SYS = Path("/proc"), Path("/sys/fs/cgroup")

NOT_RUNNING = "its container does not run"


@dataclass(frozen=True, slots=True)
class Count:
    """A file of a control group that holds its CPU time."""

    path: Path
    is_v2: bool

    def read_ns(self) -> int | None:
        """CPU time so far; None if the group is gone."""
        with suppress(OSError, ValueError, StopIteration):
            text = self.path.read_text()
            return usage_of_v2_ns(text) if self.is_v2 else int(text)
        return None


def usage_of_v2_ns(text: str) -> int:
    """CPU time in nanoseconds from the text of a `cpu.stat`. Raises StopIteration or ValueError if it has
    none."""
    return 1000 * int(next(line.split()[1] for line in text.splitlines() if line.startswith("usage_usec ")))


def find(pid: int, container: str, proc: Path = PROC, sys: Path = SYS) -> Count | str:
    """The count of the container with this id, whose first process has this pid; or why there is none."""
    try:
        groups = (proc / str(pid) / "cgroup").read_text()
    except OSError:
        return "its processes are not visible on this machine"
    if not is_in_container(pid, container, proc):
        return "its engine runs on another machine, or in a virtual one"
    if container not in groups:
        return "its control group is hidden from abreast"
    for count in _candidates(groups, sys):
        if count.read_ns() is not None:
            return count
    return "its control group's CPU time cannot be read"


def _candidates(groups: str, sys: Path) -> Iterator[Count]:
    """The files that may hold the count, given the text of `/proc/PID/cgroup`: v1 counts exist besides v2
    where both are mounted."""
    for line in groups.splitlines():
        number, controllers, path = line.split(":", 2)
        if number == "0":
            for root in (sys, sys / "unified"):
                yield Count(root / path.lstrip("/") / "cpu.stat", is_v2=True)
        elif "cpuacct" in controllers.split(","):
            for folder in (controllers, "cpuacct", "cpu,cpuacct"):
                yield Count(sys / folder / path.lstrip("/") / "cpuacct.usage", is_v2=False)


class CgroupClock:
    """The CPU clock of a container, over all its starts; a `CpuClock`."""

    def __init__(self) -> None:
        self._count: Count | None = None
        self._ended_ns = 0
        """Used in earlier starts."""
        self._last_ns = 0
        self.why_not = NOT_RUNNING
        """Why it is not counted exactly; empty if it is."""

    async def find(self, engine: Engine, container: str) -> None:
        """Counts this container from now on, if its engine describes it."""
        with suppress(TargetError):
            self.begin(await engine.call("", lambda client: client.inspect_container(container)))

    def begin(self, inspection: Mapping[str, object], proc: Path = PROC, sys: Path = SYS) -> None:
        """Counts the container that the engine describes so, from now on. May be called again for the same
        container."""
        state = inspection.get("State")
        pid = state.get("Pid") if isinstance(state, Mapping) else None
        found = find(int(pid), str(inspection.get("Id")), proc, sys) if pid else NOT_RUNNING
        if isinstance(found, str):
            self.end()
            self.why_not = found
        elif found != self._count:
            self.end()
            self._count, self.why_not = found, ""

    def end(self) -> None:
        """Notes that the container has ended; what it used keeps counting."""
        self._ended_ns += self._last_ns
        self._count, self._last_ns, self.why_not = None, 0, NOT_RUNNING

    def refresh(self) -> None:
        """Does nothing: the group knows its processes."""

    def read_ns(self) -> int | None:
        """CPU time of all starts; None if it is not counted exactly."""
        if self._count is None:
            return None
        if (usage_ns := self._count.read_ns()) is not None:
            if usage_ns < self._last_ns:  # a new group at the same path: the container was restarted
                self._ended_ns += self._last_ns
            self._last_ns = usage_ns
        return self._ended_ns + self._last_ns
