"""The command that repeats a session. Pure."""

import shlex
from collections.abc import Iterable
from pathlib import PurePath

from engine.metrics.records import Header, TargetAdded
from targets import catalog
from targets.options import words_of
from targets.secrets import HIDDEN

RUNS = frozenset({"run", "attach", "capacity", "gate"})
"""Commands that start a session by themselves; any other opened the lobby."""


def repeat_command(header: Header, targets: Iterable[TargetAdded]) -> str:
    """The command line that started the session; for one that was started in the lobby, the same choice as a
    command. `targets` are those that took part."""
    words = header.command_line
    if len(words) > 1 and words[1] in RUNS and _names_preset(words, header.plan["preset"]):
        return shlex.join(words)
    texts = ",".join(_text(target) for target in targets)
    chosen = ["abreast", "run", header.plan["preset"], "--targets", texts]
    runtime = header.plan["runtime"]
    database = str(header.plan.get("database", ""))
    placed = ["--runtime", runtime] if runtime != "local" else []
    placed += ["--database", database] if database and HIDDEN not in database else []
    users, seconds = header.plan.get("users_chosen"), header.plan.get("seconds_chosen")
    load = ["--users", str(users)] if users is not None else []
    load += ["--seconds", f"{seconds:g}"] if seconds is not None else []
    return shlex.join([*chosen, *placed, *load, *(["--quick"] if header.plan.get("quick") else [])])


def _names_preset(words: tuple[str, ...], preset: str) -> bool:
    """Whether a command line starts this preset, or the plan in a file of that name."""
    return words[1] == "attach" or preset in {
        name for word in words[2:] for name in (word, PurePath(word).stem)
    }


def _text(target: TargetAdded) -> str:
    """A target with its options, without variables, whose values may be secrets."""
    used = target.name.partition("#")[0]
    if used not in catalog.TARGETS:
        return used
    options = {name: value for name, value in target.options.items() if name != "env"}
    words = words_of(catalog.TARGETS[used], options)
    return f"{used}:{words}" if words else used
