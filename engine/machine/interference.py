"""What keeps load workers from their cores: the host of a virtual machine, or other programs. Only on Linux.

Rules of this file:
- it is read once a second, in well under a millisecond, and never waits;
- what a system does not report is None, and no reason to stop.
"""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic_ns

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Interference:
    """Since the last reading, in percent of the time. None if the system does not report it."""

    stolen_pct: float | None = None
    """Steal: time that the host of a virtual machine took from the load workers' cores."""
    waiting_pct: float | None = None
    """Time that a load worker was ready to run while another process ran; that of the worst one."""


class Meter:
    """Reads how long the load workers waited between two calls."""

    def __init__(self, cores: Collection[int], pids: Callable[[], Sequence[int]], proc: Path = PROC) -> None:
        """`cores` are those of the load workers, or empty for all cores; `pids` returns their processes."""
        self._cores = cores
        self._pids = pids
        self._proc = proc
        self._clock_ns = 0
        self._ticks: tuple[int, int] | None = None
        self._waited_ns: dict[int, int] = {}

    def read(self) -> Interference:
        """The interference since the last call; unknown at the first."""
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
            with suppress(OSError, ValueError, IndexError):  # it ended, or the kernel does not count this
                self._waited_ns[pid] = int((self._proc / str(pid) / "schedstat").read_text().split()[1])
        waited_ns = [now - before[pid] for pid, now in self._waited_ns.items() if pid in before]
        return min(100.0, 100 * max(waited_ns) / elapsed_ns) if waited_ns and elapsed_ns > 0 else None


def steal_ticks(stat: str, cores: Collection[int]) -> tuple[int, int] | None:
    """From the text of /proc/stat: stolen clock ticks of these cores (of all, if `cores` is empty), and all
    their ticks. None if it has none."""
    names = {f"cpu{core}" for core in cores} or {"cpu"}
    stolen = in_all = 0
    for line in stat.splitlines():
        name, *fields = line.split()
        if name in names and len(fields) >= 8:
            ticks = [int(each) for each in fields[:8]]  # a guest's time is in user and nice already
            stolen += ticks[7]
            in_all += sum(ticks)
    return (stolen, in_all) if in_all else None
