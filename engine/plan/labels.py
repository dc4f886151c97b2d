"""What people read in place of a target's name: what makes it different from the others. Pure.

A name is a key and never changes (`fastapi#2`); a label follows from the targets that are compared
(`fastapi ×4`) and changes when one joins or gets other options.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from engine.plan.targets import Runtime, TargetChoice
from targets.options import Options, in_short, plain


def labels_of(choices: Sequence[TargetChoice], default_runtime: Runtime = "local") -> dict[str, str]:
    """The label of each choice by its name, all different.

    It is the choice's own label, or the target's name followed by those of its options that differ from the
    target's defaults and from another choice of the same target. Of choices that would read the same, all but
    the first get the number that their name ends with.
    """
    labels: dict[str, str] = {}
    for choice in choices:
        variants = [each for each in choices if each.use == choice.use]
        label = choice.label or _described(choice, variants, default_runtime)
        labels[choice.name] = _unlike(label, choice.name, set(labels.values()))
    return labels


def _described(choice: TargetChoice, variants: Sequence[TargetChoice], default_runtime: Runtime) -> str:
    title = choice.own.label if choice.own is not None and choice.own.label else choice.use
    own = _settings(choice, default_runtime)
    others = [_settings(each, default_runtime) for each in variants]
    shared = {name for name, value in own.items() if all(each.get(name) == value for each in others)}
    options = _effective(choice, default_runtime)
    env = tuple((name, value) for name, value in options.env if f"env.{name}" not in shared)
    words = in_short(
        choice.target,
        replace(options, env=env, runtime="" if options.runtime == default_runtime else options.runtime),
        frozenset(shared),
    )
    return f"{title} {words}".rstrip()


def _effective(choice: TargetChoice, default_runtime: Runtime) -> Options:
    """The options as they may be shown, and where it runs even if they leave that to the session."""
    return replace(choice.public_options, runtime=choice.runtime(default_runtime))


def _settings(choice: TargetChoice, default_runtime: Runtime) -> dict[str, Any]:
    return plain(choice.target, _effective(choice, default_runtime))


def _unlike(label: str, name: str, taken: set[str]) -> str:
    """The label with a number where another target has it already."""
    if label not in taken:
        return label
    gap = " " if " " in label else ""
    number = int(name.rpartition("#")[2]) if "#" in name else 2
    while f"{label}{gap}#{number}" in taken:
        number += 1
    return f"{label}{gap}#{number}"
