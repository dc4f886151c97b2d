"""What works on this machine, what does not, and how to fix it."""

import resource
import sys
from dataclasses import dataclass
from shutil import get_terminal_size

from engine.answers.verdicts.verdict import METRICS
from engine.machine import ceiling, environment, open_files, paths
from engine.metrics.noise_floor import NoiseFloor
from engine.metrics.rounds import Pairing
from engine.session import noise_floor_file
from targets import catalog
from targets.errors import AbreastError
from targets.runtime.containers.image import survey
from tui.cli.console import no_screen


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked."""

    good: bool
    text: str
    hint: str = ""
    missing: bool = False
    """Absent, and optional: neither good nor bad."""

    @property
    def mark(self) -> str:
        """The sign before its line."""
        return "!!" if not self.good else "--" if self.missing else "ok"


def findings() -> list[Finding]:
    """Everything that was checked, the most important first."""
    return [
        _home(),
        _cores(),
        _pinning(),
        _files(),
        _ceiling(),
        _noise(),
        _docker(),
        _terminal(),
        *_targets(),
    ]


def _home() -> Finding:
    try:
        return Finding(True, f"sessions are stored in {paths.sessions()}")
    except AbreastError as error:
        return Finding(False, f"{error.what}: {error.why}", error.hint)


def _cores() -> Finding:
    cores, plan = environment.usable_core_count(), environment.plan_cores(environment.available_cores())
    text = f"{cores} core{'s' if cores > 1 else ''}; {plan.text}"
    return Finding(
        cores > 1, text, "" if cores > 1 else "load and targets share it: treat comparisons with caution"
    )


def _pinning() -> Finding:
    if environment.available_cores():
        return Finding(True, "targets and load workers can be pinned to cores")
    return Finding(
        True,
        f"{sys.platform} cannot pin processes to cores",
        "the system schedules load and targets; leave cores free, and watch the generator's light",
        missing=True,
    )


def _files() -> Finding:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = hard if hard != resource.RLIM_INFINITY else open_files.OPEN_FILES_WANTED
    good = limit >= 4096
    hint = "" if good else "each virtual user needs one; raise the limit with: ulimit -n 65536"
    return Finding(good, f"open files: limit {soft}, can be raised to {limit}", hint)


def _ceiling() -> Finding:
    known = ceiling.load()
    if known is None:
        return Finding(
            True,
            "the most that the generator can send has not been measured",
            "measure it with: abreast doctor --calibrate",
            missing=True,
        )
    points = ", ".join(f"{rps:,.0f} over {each}" for each, rps in sorted(known.rps.items()))
    return Finding(True, f"most requests/s that one load worker can send, by connections: {points}")


def _noise() -> Finding:
    floor = noise_floor_file.load()
    if floor is None:
        return Finding(
            True,
            "how much two identical targets seem to differ here has not been measured",
            "measure it with: abreast doctor --noise",
            missing=True,
        )
    age = f"{floor.age_days:.0f} days ago" if floor.age_days >= 1 else "today"
    pairings: tuple[tuple[str, Pairing], ...] = (("in turns", "turns"), ("in a duel", "duel"))
    known = [f"{where} {shares}" for where, pairing in pairings if (shares := _shares(floor, pairing))]
    text = f"noise floor {'; '.join(known)}; measured {age}"
    hint = "machines change: measure it again with: abreast doctor --noise" if floor.is_old else ""
    return Finding(True, text, hint, missing=floor.is_old)


def _shares(floor: NoiseFloor, pairing: Pairing) -> str:
    """How much two identical targets seem to differ, by metric: `goodput 1.2 %, p50 0.8 %`."""
    found = ((metric, floor.share(pairing, metric)) for metric in METRICS)
    return ", ".join(f"{metric} {100 * share:.1f} %" for metric, share in found if share is not None)


def _docker() -> Finding:
    """Never bad: only `--runtime docker` needs it."""
    try:
        return Finding(True, f"containers: {survey()}")
    except AbreastError as error:
        return Finding(True, f"no containers: {error.what}: {error.why}", error.hint, missing=True)


def _terminal() -> Finding:
    if why := no_screen():
        return Finding(True, f"{why}: runs are headless", missing=True)
    columns, lines = get_terminal_size()
    good = columns >= 60 and lines >= 16
    return Finding(good, f"terminal {columns}×{lines}", "" if good else "the screen needs at least 60×16")


def _targets() -> list[Finding]:
    found = []
    for target in catalog.TARGETS.values():
        versions = environment.versions(target.packages)
        missing = sorted(set(target.packages) - set(versions))
        text = f"target {target.name}: " + ", ".join(
            f"{name} {version}" for name, version in versions.items()
        )
        found.append(Finding(not missing, text, f"missing: {', '.join(missing)}" if missing else ""))
    return found
