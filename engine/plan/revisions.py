"""Targets at several revisions of their source: one custom target for each revision. Pure.

Which commit a revision names is looked up when the session starts (`engine.hosting.revisions`).
"""

from collections.abc import Collection, Sequence
from itertools import chain, count

from engine.plan.custom_target import MAX_LABEL, CustomTarget, parse_revision
from engine.plan.plan import Plan
from engine.plan.targets import MAX_TARGETS
from targets.errors import UsageError

FULL_HASH = 40
SHORT_HASH = 7
"""Characters of a commit's hash, whole and as it is shown."""

EXAMPLE = "main,work-tree"


def parse_revisions(text: str, option: str = "--revisions") -> tuple[str, ...]:
    """The revisions that an option names, in their order. Raises UsageError."""
    names = tuple(part.strip() for part in text.split(",") if part.strip())
    if not names:
        raise UsageError(f"{option} names no revision", hint=f"for example {option} {EXAMPLE}")
    for name in names:
        try:
            parse_revision(name)
        except ValueError as error:
            raise UsageError(
                f"{option} cannot have {name!r}", why=str(error), hint=f"for example {option} {EXAMPLE}"
            ) from None
    return names


def at_revisions(plan: Plan, revisions: Sequence[str]) -> tuple[Plan, tuple[str, ...]]:
    """The plan with each of its custom targets that have a command once for each revision, and the names of
    its other targets, which are left out. Raises UsageError."""
    chosen = [choice for choice in plan.targets if choice.custom is not None and choice.custom.command]
    if not chosen:
        raise _no_source(plan)
    if len(chosen) * len(revisions) > MAX_TARGETS:
        raise UsageError(
            f"{len(chosen)} × {len(revisions)} revisions are {len(chosen) * len(revisions)} targets",
            why=f"a session has at most {MAX_TARGETS}",
            hint="choose fewer revisions, or fewer targets with --targets",
        )
    made: list[CustomTarget] = []
    for custom in (choice.custom.written for choice in chosen if choice.custom is not None):
        for revision in revisions:
            taken = {each.name for each in made}
            made.append(_at(custom, revision, taken, is_only=len(chosen) == 1))
    names = {each.name for each in made}
    others = tuple(each for each in plan.target if each.name not in names)
    kept = {choice.name for choice in chosen}
    left_out = tuple(choice.name for choice in plan.targets if choice.name not in kept)
    changed = plan.changed(targets=tuple(each.name for each in made), target=(*made, *others))
    return changed, left_out


def shown(revision: str) -> str:
    """A revision as a label: whole hashes are shortened."""
    is_hash = len(revision) == FULL_HASH and all(sign in "0123456789abcdef" for sign in revision)
    return revision[:SHORT_HASH] if is_hash else revision


def _at(target: CustomTarget, revision: str, taken: Collection[str], *, is_only: bool) -> CustomTarget:
    """The target at a revision, under a name that is not taken: the first one keeps its name."""
    base = target.name.partition("#")[0]
    names = chain([base], (f"{base}#{number}" for number in count(2)))
    title = shown(revision) if is_only else f"{target.label or base} {shown(revision)}"
    return target.model_copy(
        update={
            "name": next(name for name in names if name not in taken),
            "label": title if len(title) <= MAX_LABEL else f"{title[: MAX_LABEL - 1]}…",
            "revision": revision,
        }
    )


def _no_source(plan: Plan) -> UsageError:
    attached = [choice.name for choice in plan.targets if choice.is_attached]
    why = (
        f"{attached[0]} runs already: abreast does not start it" if attached else "a built-in target has none"
    )
    return UsageError(
        f"no target of {plan.title!r} has a source to take revisions of",
        why=why,
        hint="describe your server in the plan: a [[target]] with a command (docs/your-servers.md)",
    )
