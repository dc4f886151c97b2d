"""Labels of targets: what people read instead of the name, made from what differs between targets. Pure.

A name is a key and never changes (`fastapi#2`). A label follows from the targets that are compared
(`fastapi ×4`), and changes when one joins or gets other options.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from engine.plan.custom_target import MAX_LABEL
from engine.plan.targets import Runtime, TargetChoice
from targets.options import Options, in_short, plain


def labels_of(choices: Sequence[TargetChoice], default_runtime: Runtime = "local") -> dict[str, str]:
    """The label of each choice, by name; all different, and none is the name of another choice.

    It is the label that the choice was given, or the target's name and those options that differ from the
    target's defaults and from another choice of the same target. A label that another choice has, as its
    label or its name, is numbered as the choice's own name is.
    """
    labels: dict[str, str] = {}
    for choice in choices:
        variants = [each for each in choices if each.use == choice.use]
        label = choice.label or _described(choice, variants, default_runtime)
        others = {each.name for each in choices if each.name != choice.name}
        labels[choice.name] = _unlike(label, choice.name, others | set(labels.values()))
    return labels


def _described(choice: TargetChoice, variants: Sequence[TargetChoice], default_runtime: Runtime) -> str:
    custom = choice.custom
    title = (custom and (custom.label or custom.revision[:MAX_LABEL])) or choice.use
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
    """The options without secrets, and with the runtime that the session gives the target."""
    return replace(choice.public_options, runtime=choice.runtime(default_runtime))


def _settings(choice: TargetChoice, default_runtime: Runtime) -> dict[str, Any]:
    return plain(choice.target, _effective(choice, default_runtime))


def _unlike(label: str, name: str, taken: set[str]) -> str:
    """The label, numbered if it stands for another target already."""
    if label not in taken:
        return label
    gap = " " if " " in label else ""
    number = int(name.rpartition("#")[2]) if "#" in name else 2
    while f"{label}{gap}#{number}" in taken:
        number += 1
    return f"{label}{gap}#{number}"
