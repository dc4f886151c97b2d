"""The one core that the targets of a duel share: whether there is one, and how long it was idle."""

from pathlib import Path

from engine.machine.environment import CorePlan
from targets.runtime.process_clock import why_no_process_clock
from targets.runtime.process_tree import NS_PER_TICK

PROC_STAT = Path("/proc/stat")


def shared_core(cores: CorePlan) -> int:
    """The core for the targets of a duel. Call it only if `why_no_duel` has no objection."""
    return cores.targets[0]


def why_no_duel(cores: CorePlan) -> str:
    """Why this machine cannot hold a duel; empty if it can."""
    if not cores.targets:
        return f"a duel needs a core for the targets alone ({cores.text})"
    return why_no_process_clock()


def idle_ns(core: int, path: Path = PROC_STAT) -> int | None:
    """How long a core has been idle since the machine started, in clock ticks of 10 ms; None if the system
    does not report it."""
    try:
        return parse_idle_ns(path.read_text(), core)
    except OSError:
        return None


def parse_idle_ns(stat: str, core: int) -> int | None:
    """The idle time of a core, with that spent waiting for a disk, in the text of /proc/stat; None if it is
    not listed."""
    for line in stat.splitlines():
        name, *fields = line.split()
        if name == f"cpu{core}" and len(fields) >= 5:
            return (int(fields[3]) + int(fields[4])) * NS_PER_TICK
    return None
