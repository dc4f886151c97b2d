"""The targets of a plan: those of the catalogue with their options, and custom ones. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import chain, count
from typing import Annotated, Any, Literal, Self

from pydantic import (
    Field,
    PlainSerializer,
    PrivateAttr,
)

from engine.plan.custom_target import CustomTarget as CustomTarget
from engine.plan.custom_target import Label, parse_label
from engine.plan.values import Frozen
from targets import catalog
from targets.errors import UsageError
from targets.launch import Launch
from targets.option_effects import ONLY_IN, without_effect
from targets.options import Options, parse_options, plain, split_options, words
from targets.secrets import HIDDEN, masked_text, masked_values
from targets.target import Target
from targets.variables import Variables

Runtime = Literal["local", "docker", "attached"]
"""Processes of this machine, containers, or servers that abreast did not start."""

MAX_TARGETS = 7
"""Of one session: there are seven colours and markers."""

MAX_CUSTOM_TARGETS = 100
"""That a plan describes; a session takes some of them."""


def public(options: Options) -> Options:
    """Options without secrets: credentials of a database, and values of variables that look like secrets."""
    return replace(
        options,
        database=masked_text(options.database),
        env=tuple(masked_values(dict(options.env)).items()),
    )


def recorded_options(options: Options) -> dict[str, Any]:
    """Options without secrets, as plain values."""
    return asdict(public(options)) | {"env": dict(public(options).env)}


class TargetChoice(Frozen):
    """A target with its options, under a name that is unique in the session."""

    name: str
    use: str
    """Its name in the catalogue, or that of a custom target."""
    options: Annotated[Options, PlainSerializer(recorded_options, when_used="json")]
    label: Label = ""
    """Shown instead of its name; empty: what `labels.labels_of` makes of its options."""
    custom: Annotated[CustomTarget | None, Field(exclude=True, repr=False)] = None
    """The custom target; None for one of the catalogue. Recorded in the plan's `target`, not here."""

    _variables: Variables = PrivateAttr(default_factory=Variables)

    @property
    def target(self) -> Target:
        """The target that is chosen."""
        return self.custom.as_target() if self.custom else catalog.find(self.use)

    @property
    def text(self) -> str:
        """The choice as `parse` reads it, with the options that differ from the defaults, secrets
        included."""
        return choice_text(self.use, self.label, words(self.target, self.options))

    @property
    def public_text(self) -> str:
        """The same without secrets."""
        return choice_text(self.use, self.label, words(self.target, self.public_options))

    @property
    def public_options(self) -> Options:
        """The options without secrets, to be shown and recorded."""
        return public(self.options)

    @property
    def plain_options(self) -> dict[str, Any]:
        """Its options without secrets, as plain values."""
        return plain(self.target, self.public_options)

    @property
    def is_attached(self) -> bool:
        """Whether it runs already, so that abreast neither starts nor stops it."""
        return self.custom is not None and bool(self.custom.url or self.custom.container)

    def runtime(self, default: Runtime) -> Runtime:
        """The runtime of the target in a session with this default. Custom targets do not follow it."""
        if self.custom is not None:
            return "attached" if self.is_attached else "local"
        return "docker" if (self.options.runtime or default) == "docker" else "local"

    @classmethod
    def parse(cls, text: str, custom: Mapping[str, CustomTarget] | None = None) -> Self:
        """A choice from `fastapi` or `fastapi:workers=4:threads=2`, or the name of a custom target.

        Raises UsageError.
        """
        use, _, settings = text.strip().partition(":")
        own = (custom or {}).get(use.strip())
        if own is not None:
            return cls(name=own.name, use=own.name, options=Options(), custom=own).with_options(settings)
        target = catalog.find(use.strip())
        return cls(name=target.name, use=target.name, options=target.defaults).with_options(settings)

    def with_options(self, text: str) -> Self:
        """The choice with the options of `workers=4:threads=2`, and defaults for the rest.

        It keeps its label unless the text has another (`label=four workers`). A variable whose value is
        written as hidden keeps its value, and a database whose credentials are. Raises UsageError.
        """
        pairs = split_options(text, self.use) if text.strip() else {}
        label = _checked_label(pairs.pop(_LABEL)) if _LABEL in pairs else self.label
        if self.custom is not None and pairs:
            raise UsageError(
                f"target {self.use!r} takes no options",
                why="it is a custom target of the plan",
                hint="change its command or env in the plan",
            )
        options = parse_options(self.target, pairs)
        kept = dict(self.options.env)
        env = tuple((name, kept.get(name, "") if text == HIDDEN else text) for name, text in options.env)
        is_kept = HIDDEN in options.database and options.database == masked_text(self.options.database)
        database = self.options.database if is_kept else options.database
        options = replace(options, env=env, database=database)
        return self.model_copy(update={"options": options, "label": label})

    def with_variables(self, variables: Variables) -> Self:
        """The choice with an environment, from which variables of its custom target and its `env` get their
        values. Raises ValueError that repeats no value."""
        for text in dict(self.options.env).values():
            variables.fill(text)
        made = self.model_copy(
            update={"custom": self.custom.written.filled(variables) if self.custom else None}
        )
        made._variables = variables
        return made

    def filled(self, launch: Launch) -> Launch:
        """How the target is started, with the values of variables in the `env` that the plan gives it.
        Raises VariableError."""
        own = self.custom.env if self.custom else dict(self.options.env)

        def with_values(env: dict[str, str]) -> dict[str, str]:
            return {name: self._variables.fill(text) if name in own else text for name, text in env.items()}

        return replace(
            launch,
            env=with_values(launch.env),
            prepare=tuple(replace(each, env=with_values(each.env)) for each in launch.prepare),
            sidecars=tuple(replace(each, env=with_values(each.env)) for each in launch.sidecars),
        )

    def staying(self, before: Self) -> Self:
        """The choice with the runtime that it had before, unless its options name one."""
        if self.options.runtime or not before.options.runtime:
            return self
        return self.model_copy(update={"options": replace(self.options, runtime=before.options.runtime)})


_LABEL = "label"
"""Written like an option: `fastapi:label=Old:workers=4`."""


def choice_text(use: str, label: str, *options: str) -> str:
    """A target as `TargetChoice.parse` reads it; `options` are like `workers=4:threads=2`."""
    return ":".join(filter(None, [use, f"{_LABEL}={label}" if label else "", *options]))


def _checked_label(text: str) -> str:
    try:
        return parse_label(text)
    except ValueError as error:
        raise UsageError(
            f"label cannot be {text[:40]!r}", why=str(error), hint="for example label=four workers"
        ) from None


def name_apart(choices: Iterable[TargetChoice], taken: Iterable[str] = ()) -> tuple[TargetChoice, ...]:
    """The choices, each with a name that no other has: the second `fastapi` becomes `fastapi#2`. The name
    without a number goes to the one with the fewest options, since labels call that one by it."""
    choices = tuple(choices)
    names = set(taken)
    fewest_first = sorted(enumerate(choices), key=lambda each: each[1].text.count(":"))
    reserved = {choice.use: at for at, choice in reversed(fewest_first) if choice.use not in names}
    named: list[TargetChoice] = []
    for at, choice in enumerate(choices):
        numbered = (f"{choice.use}#{number}" for number in count(2))
        possible = chain([choice.use] if reserved.get(choice.use, at) == at else [], numbered)
        name = next(each for each in possible if each not in names)
        names.add(name)
        named.append(choice.model_copy(update={"name": name}))
    return tuple(named)


def target_texts(value: object) -> list[Any]:
    """The entries of `targets`, which may be one text with commas. Raises ValueError."""
    parts = [each for each in value.split(",") if each.strip()] if isinstance(value, str) else value
    if not isinstance(parts, list | tuple):
        raise ValueError('must be a list of names: ["fastapi", "django-wsgi:threads=4"]')  # noqa: TRY004  pydantic takes ValueError for a finding
    return list(parts)


def parse_targets(parts: Sequence[object], custom: Sequence[CustomTarget], variables: Variables) -> object:
    """A plan's choices from the entries of `targets`. Raises ValueError or UsageError."""
    if len(parts) > MAX_TARGETS:
        raise ValueError(f"has at most {MAX_TARGETS} entries, not {len(parts)}")
    if all(isinstance(each, TargetChoice) for each in parts):
        return tuple(parts)
    texts = [each for each in parts if isinstance(each, str)]
    if len(texts) != len(parts):
        raise ValueError('each entry must be a name, with or without options: "django-wsgi:threads=4"')
    by_name = {each.name: each for each in custom}
    return name_apart(TargetChoice.parse(each, by_name).with_variables(variables) for each in texts)


def check_served(workload: str, choices: Iterable[TargetChoice]) -> None:
    """Raises UsageError where one of the targets cannot serve a built-in workload."""
    for choice in choices:
        reason = choice.target.reason_not_to_serve(workload, choice.options)
        if reason:
            raise UsageError(
                f"target {choice.name!r} cannot serve workload {workload!r}",
                why=reason,
                hint="choose another workload, or remove the target",
            )


def check_effects(workload: str, choices: Iterable[TargetChoice]) -> None:
    """Raises UsageError where an option of a target has no effect with the workload."""
    for choice in choices:
        for name in without_effect(choice.target, choice.options, workload):
            raise UsageError(
                f"{name} of target {choice.name!r} has no effect with the workload {workload}",
                why=f"only requests of {' or '.join(sorted(ONLY_IN[name]))} use it",
                hint=f"leave {name} out, or choose another workload: --workload {min(ONLY_IN[name])}",
            )
