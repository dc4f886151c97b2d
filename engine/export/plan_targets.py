"""Targets of a recorded session as a saved plan names them, and what the plan says for all of them. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from engine.metrics.records import TargetAdded
from engine.plan.targets import choice_text
from targets import catalog
from targets.option_effects import has_effect
from targets.options import words_of

OF_BUILT_IN = {"runtime": "local", "database": ""}
"""Fields of a plan that built-in targets follow unless they have an option of their own of this name; and
their values where none does."""


def target_text(added: TargetAdded, plain: Mapping[str, Any]) -> str:
    """A target as a plan names it: `fastapi:workers=4`, without options that do nothing for the workload.
    `plain` is the plan as plain values."""
    used = _used(added, plain)
    chosen = {each["name"]: each for each in plain["targets"] if isinstance(each, dict)}
    label = chosen.get(added.name, {}).get("label", "")
    words: list[str] = []
    if used in catalog.TARGETS:
        useful = (name for name in added.options if name != "env" and has_effect(name, plain["workload"]))
        options = {name: added.options[name] for name in useful}
        env = added.options.get("env") or {}
        known = words_of(catalog.TARGETS[used], options)
        words = [known, *(f"env.{name}={value}" for name, value in dict(env).items())]
    return choice_text(used, label, *words)


def is_used(name: str, targets: Iterable[TargetAdded], plain: Mapping[str, Any]) -> bool:
    """Whether one of these targets follows a field of the plan, one of `OF_BUILT_IN`."""
    return has_effect(name, plain["workload"]) and any(
        _used(each, plain) in catalog.TARGETS and not each.options.get(name) for each in targets
    )


def _used(added: TargetAdded, plain: Mapping[str, Any]) -> str:
    """The name of the built-in target, or of the plan's own."""
    own = {each["name"] for each in plain["target"]}
    return added.name if added.name in own else added.name.partition("#")[0]
