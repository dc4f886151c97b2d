"""What works on this machine, what does not, and how to fix it."""

import os
import resource
import sys
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from shutil import get_terminal_size
from typing import Any

from engine.answers.verdicts.verdict import METRICS
from engine.machine import ceiling, environment, open_files, paths
from engine.metrics.noise_floor import NoiseFloor
from engine.metrics.rounds import Pairing
from engine.session import noise_floor_file
from targets import catalog, requirements
from targets.errors import AbreastError
from targets.extras import Extra, extras
from targets.runtime.containers.image import survey
from targets.target import Target
from tui.cli import variables
from tui.cli.console import no_screen


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked."""

    good: bool
    text: str
    hint: str = ""
    missing: bool = False
    """Absent, and optional: neither good nor bad."""
    name: str = ""
    """What was checked, for programs: `cores`, `target fastapi`."""

    @property
    def state(self) -> str:
        """`ok`, `missing` or `wrong`."""
        return "wrong" if not self.good else "missing" if self.missing else "ok"

    @property
    def mark(self) -> str:
        """The sign before its line."""
        return {"wrong": "!!", "missing": "--", "ok": "ok"}[self.state]


def findings(known_variables: Collection[str]) -> list[Finding]:
    """Everything that was checked, the most important first. Other variables of abreast than the known ones
    are reported."""
    checked = [replace(check(), name=name) for name, check in _checks().items()]
    return [*checked, *_variables(known_variables), *_targets(), *map(_extra, extras())]


def _checks() -> dict[str, Callable[[], Finding]]:
    return {
        "home": _home,
        "cores": _cores,
        "pinning": _pinning,
        "open files": _files,
        "ceiling": _ceiling,
        "noise floor": _noise,
        "containers": _docker,
        "terminal": _terminal,
    }


def document(found: Iterable[Finding]) -> dict[str, Any]:
    """The findings as plain data."""
    rows = [{"name": each.name, "state": each.state, "text": each.text, "hint": each.hint} for each in found]
    return {
        "schema": "abreast/doctor@1",
        "good": all(row["state"] != "wrong" for row in rows),
        "findings": rows,
    }


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
    more = f", can be raised to {limit}" if limit != soft else ""
    return Finding(good, f"open files: limit {soft}{more}", hint)


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


def _variables(known: Collection[str]) -> list[Finding]:
    """The variables of abreast that are set, and those that it does not know: misspelled ones."""
    are_set, unknown = variables.in_environment(os.environ, known)
    found = []
    if are_set:
        found.append(Finding(True, f"variables that are set: {', '.join(are_set)}", name="variables"))
    for name in unknown:
        hint = variables.nearest(name, known)
        text = f"{name} is set, but abreast has no such variable"
        found.append(
            Finding(True, text, f"did you mean {hint}?" if hint else "", missing=True, name="variables")
        )
    return found


def _targets() -> list[Finding]:
    return [_target(target) for target in catalog.TARGETS.values()]


def _target(target: Target) -> Finding:
    """Whether its packages are here. Never bad where only its framework is missing: that is optional."""
    name = f"target {target.name}"
    versions = environment.versions(requirements.packages(target, target.defaults))
    text = f"{name}: " + ", ".join(f"{package} {version}" for package, version in versions.items())
    if lacking := sorted(set(target.packages) - set(versions)):
        return Finding(False, text, f"missing: {', '.join(lacking)}", name=name)
    if needs := requirements.missing(target, target.defaults):
        packages = ", ".join(need.package for need in needs)
        verb = "is" if len(needs) == 1 else "are"
        text = f"no {name}: {packages} {verb} missing"
        return Finding(True, text, requirements.hint_of(needs), missing=True, name=name)
    return Finding(True, text, name=name)


def _extra(extra: Extra) -> Finding:
    """Whether an extra's packages are here: servers, frameworks, drivers. Never bad: all are optional."""
    name = f"extra {extra.name}"
    versions = environment.versions(extra.packages)
    if lacking := [package for package in extra.packages if package not in versions]:
        if extra.name == "nginx" and requirements.nginx_command():
            return Finding(True, f"{name}: the system's NGINX is used for {extra.purpose}", name=name)
        verb = "is" if len(lacking) == 1 else "are"
        text = f"no {name}, for {extra.purpose}: {', '.join(lacking)} {verb} missing"
        return Finding(True, text, requirements.install_hint(lacking, extra.name), missing=True, name=name)
    found = ", ".join(f"{package} {version}" for package, version in versions.items())
    return Finding(True, f"{name}, for {extra.purpose}: {found}", name=name)
