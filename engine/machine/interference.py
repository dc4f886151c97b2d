"""Measures what keeps load workers from running: the host of a virtual machine, or other programs. Linux
only.

Rules of this file:
- a reading takes place once a second, takes well under a millisecond, and never waits;
- a value that the system does not report is None, and the session continues.
"""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic_ns

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Interference:
    """Interference since the last reading, in percent of the time. None if the system does not report it."""

    stolen_pct: float | None = None
    """Steal: the time that the host of a virtual machine took from the load workers' cores."""
    waiting_pct: float | None = None
    """The time that a load worker was ready to run while another process ran, for the worker that waited
    longest."""


class Meter:
    """Measures how long the load workers waited for their cores between two calls of `read`."""

    def __init__(self, cores: Collection[int], pids: Callable[[], Sequence[int]], proc: Path = PROC) -> None:
        """`cores` are the load workers' cores (empty: all cores); `pids` returns the load workers' process
        ids."""
        self._cores = cores
        self._pids = pids
        self._proc = proc
        self._clock_ns = 0
        self._ticks: tuple[int, int] | None = None
        self._waited_ns: dict[int, int] = {}

    def read(self) -> Interference:
        """Returns the interference since the last call; unknown at the first call."""
        now_ns = monotonic_ns()
        elapsed_ns, self._clock_ns = now_ns - self._clock_ns, now_ns
        return Interference(self._stolen(), self._waiting(elapsed_ns))

    def _stolen(self) -> float | None:
        with suppress(OSError):
            before, self._ticks = self._ticks, steal_ticks((self._proc / "stat").read_text(), self._cores)
            if before is not None and self._ticks is not None and self._ticks[1] > before[1]:
                return 100 * (self._ticks[0] - before[0]) / (self._ticks[1] - before[1])
        return None

    def _waiting(self, elapsed_ns: int) -> float | None:
        before, self._waited_ns = self._waited_ns, {}
        for pid in self._pids():
            with suppress(OSError, ValueError, IndexError):  # it ended, or the kernel does not report it
                self._waited_ns[pid] = int((self._proc / str(pid) / "schedstat").read_text().split()[1])
        waited_ns = [now - before[pid] for pid, now in self._waited_ns.items() if pid in before]
        return min(100.0, 100 * max(waited_ns) / elapsed_ns) if waited_ns and elapsed_ns > 0 else None


def steal_ticks(stat: str, cores: Collection[int]) -> tuple[int, int] | None:
    """Returns the stolen clock ticks of these cores (of all cores if `cores` is empty) and their total ticks,
    from the text of /proc/stat. None if the text does not list them."""
    names = {f"cpu{core}" for core in cores} or {"cpu"}
    stolen = in_all = 0
    for line in stat.splitlines():
        name, *fields = line.split()
        if name in names and len(fields) >= 8:
            ticks = [int(each) for each in fields[:8]]  # user and nice already include guest time
            stolen += ticks[7]
            in_all += sum(ticks)
    return (stolen, in_all) if in_all else None
