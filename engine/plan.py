"""What to run: a plan, its targets, workload and load shape. Frozen, validated, pure.

A plan is made from a preset's TOML by `presets.load`, or from plain values by `make_plan`. What a TOML file
or a caller says wrongly is a `UsageError` that names the key and what is allowed.
"""

import re
from collections.abc import Iterable
from itertools import chain, count
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from engine.load_shape import Stage, ThinkTime, length_s, users_at
from targets import catalog, contract
from targets.errors import UsageError, unknown

Schedule = Literal["race"]
Runtime = Literal["local"]

MAX_USERS = 10_000
"""Of one target; a terminal's typing error must not become a fork bomb of connections."""

MAX_TARGETS = 6
"""Of one session: there are six colours and markers."""

_DURATION = re.compile(r"(?P<number>\d+(\.\d+)?)\s*(?P<unit>ms|s|m|h)?")
_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, None: 1.0}
_RANGE = re.compile(r"\s*(?:\.\.|-|to)\s*")


def parse_duration(value: object) -> float:
    """Seconds from `"500 ms"`, `"10s"`, `"2m"`, `"1h"` or a plain number. Raises ValueError."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = float(value)
    else:
        match = _DURATION.fullmatch(str(value).strip().lower())
        if match is None:
            raise ValueError(f'{value!r} is no duration; write one like "500 ms", "10 s", "2 m"')
        seconds = float(match["number"]) * _UNIT_S[match["unit"]]
    if not 0 <= seconds <= 86_400:
        raise ValueError(f"a duration lies between 0 and 24 h, not {value!r}")
    return seconds


def parse_think_time(value: object) -> ThinkTime:
    """A think time from `"none"`, `"1 s"` (constant), `"1 s to 2 s"` (uniform) or `"about 1 s"`
    (exponential).

    In a range, a number without a unit has that of its end: `"50 to 150 ms"`. Raises ValueError.
    """
    if isinstance(value, ThinkTime):
        return value
    text = str(value).strip().lower()
    if text == "none":
        return ThinkTime()
    try:
        if text.startswith("about"):
            mean_s = parse_duration(text.removeprefix("about"))
            return ThinkTime(mean_s, mean_s, exponential=mean_s > 0)
        low_s, high_s = _parse_range(text)
    except ValueError as error:
        raise ValueError(
            f'{value!r} is no think time ({error}); write "none", "1 s", "1 s to 2 s" or "about 1 s"'
        ) from error
    return ThinkTime(low_s, high_s)


def _parse_range(text: str) -> tuple[float, float]:
    """The ends of `1 s to 2 s`, or twice the same for one duration. Raises ValueError."""
    low, *more = _RANGE.split(text)
    high = more[-1] if more else low
    if len(more) > 1:
        raise ValueError("it has more than two ends")
    if more and low.isdigit():
        low += high.lstrip("0123456789. ")
    low_s, high_s = parse_duration(low), parse_duration(high)
    if low_s > high_s:
        raise ValueError("it goes from low to high")
    return low_s, high_s


Duration = Annotated[float, BeforeValidator(parse_duration)]
Think = Annotated[ThinkTime, BeforeValidator(parse_think_time), PlainSerializer(str)]
Users = Annotated[int, Field(ge=0, le=MAX_USERS)]


class Frozen(BaseModel):
    """A value that is checked when it is made and never changes."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Step(Frozen):
    """One stretch of the load shape as people write it: a ramp, or a hold."""

    ramp_to: Users | None = None
    """Users at the end of the ramp."""
    over: Duration | None = None
    """How long the ramp takes."""
    hold: Duration | None = None
    """How long to hold."""
    users: Users | None = None
    """With `hold`: jump to this many users first; without it, hold what there is."""

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        is_ramp = self.ramp_to is not None and self.over is not None
        has_ramp = self.ramp_to is not None or self.over is not None
        has_hold = self.hold is not None or self.users is not None
        if has_ramp == has_hold or (has_ramp and not is_ramp) or (has_hold and self.hold is None):
            raise ValueError(
                "a stage is either a ramp (ramp_to and over) or a hold (hold, and users if they change)"
            )
        return self

    @property
    def seconds(self) -> float:
        """How long it takes."""
        return self.over or self.hold or 0.0


class TargetChoice(Frozen):
    """A target of the catalogue, with its options, under a name that is unique in the session."""

    name: str
    use: str
    """Its name in the catalogue."""
    options: catalog.Options

    @classmethod
    def parse(cls, text: str) -> Self:
        """A choice from `fastapi` or `fastapi:workers=4:threads=2`. Raises UsageError."""
        use, *settings = text.strip().split(":")
        target = catalog.find(use)
        pairs: dict[str, str] = {}
        for setting in settings:
            key, equals, value = setting.partition("=")
            if not equals:
                raise UsageError(
                    f"{setting!r} is no option of target {use!r}",
                    why="an option is written key=value",
                    hint=f"for example {use}:workers=4",
                )
            pairs[key.strip()] = value.strip()
        return cls(name=use, use=use, options=catalog.parse_options(target, pairs))


def name_apart(choices: Iterable[TargetChoice], taken: Iterable[str] = ()) -> tuple[TargetChoice, ...]:
    """The same choices, each under a name that nobody has: the second `fastapi` becomes `fastapi#2`."""
    names = set(taken)
    named: list[TargetChoice] = []
    for choice in choices:
        numbered = (f"{choice.use}#{number}" for number in count(2))
        name = next(each for each in chain([choice.use], numbered) if each not in names)
        names.add(name)
        named.append(choice.model_copy(update={"name": name}))
    return tuple(named)


def _parse_targets(value: object) -> object:
    parts = [each for each in value.split(",") if each.strip()] if isinstance(value, str) else value
    if not isinstance(parts, list | tuple):
        raise ValueError('targets are a list of names: ["fastapi", "django-wsgi:threads=4"]')  # noqa: TRY004  pydantic takes ValueError for a finding
    if all(isinstance(each, TargetChoice) for each in parts):
        return parts
    if not all(isinstance(each, str) for each in parts):
        raise ValueError('each target is a name, with options if need be: "django-wsgi:threads=4"')
    return name_apart(TargetChoice.parse(each) for each in parts)


class Plan(Frozen):
    """A session as it was asked for."""

    preset: str = ""
    """The preset's name, or the file's."""
    title: str
    question: str = ""
    """What it shows, as a sentence for an audience."""
    source: str = ""
    """Who published the experiment behind it."""
    targets: Annotated[
        tuple[TargetChoice, ...],
        BeforeValidator(_parse_targets, json_schema_input_type=str | list[str]),
        Field(min_length=1, max_length=MAX_TARGETS),
    ]
    workload: str = "hello"
    """One of the contract's workloads."""
    think_time: Think = ThinkTime()
    stages: Annotated[tuple[Step, ...], Field(min_length=1)]
    warm_up: Annotated[
        float, BeforeValidator(lambda value: 0.0 if value == "none" else parse_duration(value))
    ] = 1.0
    """Seconds at the first level that are kept out of every summary."""
    schedule: Schedule = "race"
    runtime: Runtime = "local"
    timeout: Annotated[Duration, Field(gt=0)] = 30.0
    """How long a user waits for a whole answer, in seconds."""
    ready_within: Annotated[Duration, Field(gt=0)] = 20.0
    """How long a target may take to answer `/health` after its start, in seconds."""
    load_workers: Annotated[int, Field(ge=1, le=64)] = 1
    seed: int = 0

    @model_validator(mode="after")
    def _served(self) -> Self:
        check_served(self.workload, self.targets)
        if not any(step.ramp_to or step.users for step in self.stages):
            raise ValueError("stages never reach a single user; begin with a ramp, or with hold and users")
        return self

    @property
    def shape(self) -> tuple[Stage, ...]:
        """The stages of the load, warm-up first: at the users of a hold, or with the first user of a ramp."""
        measured: list[Stage] = []
        users = 0
        for step in self.stages:
            if step.users is not None and step.users != users:
                measured.append(Stage(step.users, 0.0))
            users = next((each for each in (step.ramp_to, step.users) if each is not None), users)
            measured.append(Stage(users, step.seconds))
        if not self.warm_up:
            return tuple(measured)
        first = measured[0].users if measured[0].is_jump else min(1, measured[0].users)
        return (Stage(first, 0.0), Stage(first, self.warm_up), *measured)

    @property
    def length_s(self) -> float:
        """Warm-up and stages together, in seconds."""
        return length_s(self.shape)

    def changed(
        self,
        *,
        targets: tuple[str, ...] | None = None,
        users: int | None = None,
        seconds: float | None = None,
        **fields: Any,
    ) -> "Plan":
        """The plan with what the command line says on top. Raises UsageError.

        `users` (and `seconds`) replace the load shape by "hold this many users"; `seconds` alone cuts the
        shape off after so many measured seconds, or lets its last stage hold until then.
        """
        if seconds is not None and not seconds > 0:
            raise UsageError(
                f"a run of {seconds:g} s measures nothing", hint="give it a few seconds: --seconds 10"
            )
        changes: dict[str, Any] = {key: value for key, value in fields.items() if value is not None}
        if targets is not None:
            changes["targets"] = targets
        if users is not None:
            hold = seconds if seconds is not None else self.length_s - self.warm_up
            changes["stages"] = ({"users": users, "hold": hold},)
        elif seconds is not None:
            changes["stages"] = self._cut(seconds)
        current = {name: getattr(self, name) for name in type(self).model_fields}
        return make_plan(current | changes, where="command line")

    def _cut(self, seconds: float) -> tuple[Step, ...]:
        """The stages, cut off after so many seconds, or with a last hold that lasts until then."""
        steps: list[Step] = []
        left = seconds
        for step in self.stages:
            if left <= 0:
                break
            lasts = min(step.seconds, left)
            left -= lasts
            if step.ramp_to is None:
                steps.append(step.model_copy(update={"hold": lasts}))
            else:
                is_whole = lasts == step.seconds
                reached = step.ramp_to if is_whole else users_at(self.shape, self.warm_up + seconds)
                steps.append(Step(ramp_to=reached, over=lasts))
        if left > 0:
            steps.append(Step(hold=left))
        return tuple(steps)


def check_served(workload: str, targets: Iterable[TargetChoice]) -> None:
    """Raises UsageError where the workload does not exist or one of the targets cannot serve it."""
    if workload not in contract.WORKLOADS:
        raise unknown("workload", workload, list(contract.WORKLOADS))
    for choice in targets:
        served = catalog.find(choice.use).workloads
        if workload not in served:
            raise UsageError(
                f"target {choice.name!r} cannot serve workload {workload!r}",
                why=f"it serves {', '.join(sorted(served))}",
                hint="choose another workload, or leave the target out",
            )


def make_plan(values: dict[str, Any], *, where: str, text: str = "") -> Plan:
    """A plan from plain values. `where` names the file they came from and `text` is what stands in it.

    Raises UsageError that names the file, the line where it can be found, the key, and what is allowed.
    """
    try:
        return Plan.model_validate(values)
    except ValidationError as error:
        raise _usage_error(error.errors(), where, text) from error
    except UsageError as error:
        place = f"{where}: " if text else ""
        raise UsageError(f"{place}{error.what}", why=error.why, hint=error.hint) from error


_IN_WORDS = {
    "bool_type": "it is true or false",
    "int_parsing": "it is a whole number",
    "int_from_float": "it is a whole number",
    "int_type": "it is a whole number",
    "greater_than": "it is more than {gt}",
    "greater_than_equal": "it is {ge} or more",
    "less_than_equal": "it is {le} or less",
    "literal_error": "it is {expected}",
    "missing": "it is missing",
    "model_type": "it is a table of keys and values",
    "string_type": "it is a text",
    "too_long": "it has {max_length} entries at most, not {actual_length}",
    "too_short": "it has {min_length} entry at least",
    "tuple_type": "it is a list",
}
"""What is allowed, by pydantic's name for what is wrong."""


def _usage_error(errors: list[ErrorDetails], where: str, text: str) -> UsageError:
    """The first of pydantic's findings, said as people say it."""
    first = errors[0]
    path = [str(part) for part in first["loc"]]
    key = ".".join(path) or "plan"
    line = _line_of(path, text)
    place = f"{where}, line {line}" if line else where
    if first["type"] == "extra_forbidden":
        allowed = [each for each in (Step if path[0] == "stages" else Plan).model_fields if each != "preset"]
        problem = unknown("key", path[-1], allowed)
        return UsageError(f"{place}: unknown key {key!r}", why=problem.why, hint=problem.hint)
    allowed_in_words = _IN_WORDS.get(first["type"], "").format_map(first.get("ctx", {}))
    what = allowed_in_words or first["msg"].removeprefix("Value error, ")
    why = f"it says {first['input']!r}" if isinstance(first["input"], str | int | float) else ""
    # A list in which an entry is wrong is found to be too short as well.
    others = [each for each in errors[1:] if each["loc"] != first["loc"][: len(each["loc"])]]
    more = f"and {len(others)} more problem{'s' * (len(others) > 1)} after this one"
    return UsageError(
        f"{place}: {key}: {what}", why=why, hint=more if others else "correct it and start again"
    )


def _line_of(path: list[str], text: str) -> int | None:
    """The line that a key stands on, from 1; None where it cannot be found.

    A path like `stages.1.hold` is looked for from the second `[[stages]]` on; `stages.1` is that very line.
    """
    lines = text.splitlines()
    start = 0
    if len(path) > 1 and path[1].isdigit():
        heads = [n for n, line in enumerate(lines) if line.strip().replace(" ", "") == f"[[{path[0]}]]"]
        start = dict(enumerate(heads)).get(int(path[1]), 0)
    for key in reversed([part for part in path if not part.isdigit()]):
        for number, line in enumerate(lines[start:], start + 1):
            if re.match(rf"\s*\[*\s*[\"']?{re.escape(key)}\b", line):
                return number
    return None
