"""What to run: a plan, its targets, workload and load shape. Frozen, validated, pure.

A plan is made from a preset's TOML by `presets.load`, or from plain values by `make_plan`. What a TOML file
or a caller says wrongly is a `UsageError` that names the key and what is allowed.
"""

from collections.abc import Iterable
from itertools import chain, count
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from engine.load_shape import Stage, ThinkTime, length_s, users_at
from engine.plan_errors import plan_error
from engine.plan_values import Duration, Frozen, Think
from engine.plan_values import parse_duration as parse_duration
from engine.plan_values import parse_think_time as parse_think_time
from engine.request import OpenModel
from engine.workload_plan import Data, RequestSpec, StepSpec, check_workload
from targets import catalog, contract
from targets.errors import UsageError, unknown
from targets.needs import check_here
from targets.options import Options, parse_options, split_options

Schedule = Literal["race"]
Runtime = Literal["local"]

MAX_USERS = 10_000
"""Of one target; a terminal's typing error must not become a fork bomb of connections."""

MAX_RATE = 50_000
"""Arrivals a second at one target, in the open model."""

MAX_TARGETS = 6
"""Of one session: there are six colours and markers."""

Users = Annotated[int, Field(ge=0, le=MAX_USERS)]
Rate = Annotated[int, Field(ge=0, le=MAX_RATE)]


class Step(Frozen):
    """One stretch of the load shape as people write it: a ramp, or a hold.

    In the closed model it counts users (`ramp_to`, `users`), in the open model arrivals a second (`rate_to`,
    `rate`).
    """

    ramp_to: Users | None = None
    """Users at the end of the ramp, up or down."""
    rate_to: Rate | None = None
    """Arrivals a second at the end of the ramp."""
    over: Duration | None = None
    """How long the ramp takes."""
    hold: Duration | None = None
    """How long to hold."""
    users: Users | None = None
    """With `hold`: jump to this many users first; without it, hold what there is."""
    rate: Rate | None = None
    """With `hold`: jump to this many arrivals a second first."""

    @property
    def end(self) -> int | None:
        """Users, or arrivals a second, at the end of a ramp; None for a hold."""
        return self.rate_to if self.ramp_to is None else self.ramp_to

    @property
    def level(self) -> int | None:
        """What a hold jumps to; None where it holds what there is."""
        return self.rate if self.users is None else self.users

    @property
    def counts_arrivals(self) -> bool:
        """Whether it can only belong to the open model."""
        return self.rate is not None or self.rate_to is not None

    @property
    def counts_users(self) -> bool:
        """Whether it can only belong to the closed model."""
        return self.users is not None or self.ramp_to is not None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        is_ramp = self.end is not None and self.over is not None
        has_ramp = self.end is not None or self.over is not None
        has_hold = self.hold is not None or self.level is not None
        if has_ramp == has_hold or (has_ramp and not is_ramp) or (has_hold and self.hold is None):
            raise ValueError(
                "a stage is either a ramp (ramp_to and over) or a hold (hold, and users if they change)"
            )
        if self.counts_users and self.counts_arrivals:
            raise ValueError("a stage counts either users or arrivals a second")
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
    options: Options

    @classmethod
    def parse(cls, text: str) -> Self:
        """A choice from `fastapi` or `fastapi:workers=4:threads=2`. Raises UsageError."""
        use, _, settings = text.strip().partition(":")
        target = catalog.find(use.strip())
        return cls(name=target.name, use=target.name, options=target.defaults).with_options(settings)

    def with_options(self, text: str) -> Self:
        """The same choice with the options of `workers=4:threads=2`, and its defaults for the rest. Raises
        UsageError."""
        target = catalog.find(self.use)
        pairs = split_options(text, self.use) if text.strip() else {}
        return self.model_copy(update={"options": parse_options(target, pairs)})

    def check_here(self) -> None:
        """Raises UsageError where this machine cannot run it: before anything starts."""
        check_here(catalog.find(self.use), self.options)


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
    """One of the contract's workloads; where the plan has `request` or `step`, the name of its own (`own` if
    none is given)."""
    request: tuple[RequestSpec, ...] = ()
    """The plan's own workload: requests by weight, each a `[[request]]`."""
    step: tuple[StepSpec, ...] = ()
    """The plan's own workload: a journey, each step a `[[step]]`."""
    data: Data = Field(default_factory=dict)
    """Lists of values that requests draw on: `data.city = ["Bonn", "Rom"]` fills in `{city}`."""
    cookies: bool | None = None
    """Whether users keep cookies and send them back, in a workload of the plan's own; journeys do unless told
    otherwise, and weighted requests do not."""
    think_time: Think = ThinkTime()
    """How long a user waits between an answer and its next request (in the open model: the next step of its
    journey): `"none"`, `"1 s"`, `"1 s to 2 s"` (uniform) or `"about 1 s"` (exponential)."""
    model: Literal["closed", "open"] = "closed"
    """`closed`: so many users, each of whom waits for its answer. `open`: so many arrivals a second, whatever
    becomes of those before."""
    spacing: Literal["constant", "poisson"] = "constant"
    """How arrivals of the open model follow each other: evenly, or at random."""
    max_users: Annotated[int, Field(ge=1, le=MAX_USERS)] = 1000
    """In the open model: at most so many at the same time; arrivals beyond are dropped, and counted."""
    client: Literal["own", "httpx"] = "own"
    """`httpx` sends everything through httpx, one client a user: slow; a cross-check of our own client."""
    stages: Annotated[tuple[Step, ...], Field(min_length=1)]
    """The load shape: ramps (`ramp_to`, `over`) and holds (`hold`, `users`) one after another; in the open
    model `rate_to` and `rate` in their place, in whole arrivals a second."""
    warm_up: Annotated[
        float, BeforeValidator(lambda value: 0.0 if value == "none" else parse_duration(value))
    ] = 1.0
    """Seconds at the first level that are kept out of every summary."""
    schedule: Schedule = "race"
    """`race`: all targets at once."""
    runtime: Runtime = "local"
    """Where targets run: `local`, as processes of this machine."""
    timeout: Annotated[Duration, Field(gt=0)] = 30.0
    """How long a user waits for a whole answer, in seconds."""
    network_delay: Duration = 0.0
    """Round trip added to the way to every target: loopback flatters servers that talk back and forth."""
    ready_within: Annotated[Duration, Field(gt=0)] = 20.0
    """How long a target may take to answer `/health` after its start, in seconds."""
    load_workers: Annotated[int, Field(ge=1, le=64)] = 1
    """Processes that the users are spread over."""
    seed: Annotated[int, Field(ge=-(2**53), le=2**53)] = 0
    """What all that is drawn at random follows from."""
    folder: Annotated[str, Field(exclude=True)] = ""
    """Where the plan's file is; set by whoever reads it, and not recorded."""

    @model_validator(mode="before")
    @classmethod
    def _named(cls, values: Any) -> Any:
        if isinstance(values, dict) and (values.get("request") or values.get("step")):
            return {"workload": "own", **values}
        return values

    @model_validator(mode="after")
    def _served(self) -> Self:
        check_workload(self.request, self.step, self.data)
        if self.has_own_workload and self.workload in contract.WORKLOADS:
            raise ValueError(f"workload {self.workload!r} exists already; give the plan's own another name")
        self.check_served(self.workload, self.targets)
        if not any(step.end or step.level for step in self.stages):
            raise ValueError("stages never reach a single user; begin with a ramp, or with hold and users")
        return self

    @model_validator(mode="after")
    def _modelled(self) -> Self:
        if self.model == "open" and any(step.counts_users for step in self.stages):
            raise ValueError(
                "stages of the open model count arrivals a second: write rate_to, or rate and hold"
            )
        if self.model == "closed" and any(step.counts_arrivals for step in self.stages):
            raise ValueError('stages count arrivals a second (rate_to, rate): add model = "open"')
        if self.model == "closed" and self.spacing != "constant":
            raise ValueError('spacing is for the open model: add model = "open"')
        if self.model == "open" and not self.step and self.think_time.mean_s:
            raise ValueError("in the open model nobody thinks, except between the steps of a journey")
        return self

    @property
    def has_own_workload(self) -> bool:
        """Whether its workload is its own rather than one of the contract's."""
        return bool(self.request or self.step)

    @property
    def keeps_cookies(self) -> bool:
        """Whether users of its own workload keep cookies."""
        return bool(self.step) if self.cookies is None else self.cookies

    @property
    def open_model(self) -> OpenModel | None:
        """How arrivals come in the open model; None in the closed one."""
        return OpenModel(self.spacing == "poisson", self.max_users) if self.model == "open" else None

    def check_served(self, workload: str, targets: Iterable[TargetChoice]) -> None:
        """Raises UsageError where the workload does not exist or one of the targets cannot serve it.

        Who serves the plan's own workload is not known beforehand.
        """
        if not (self.has_own_workload and workload == self.workload):
            check_served(workload, targets)

    @property
    def shape(self) -> tuple[Stage, ...]:
        """The stages of the load, warm-up first: at the users of a hold, or with the first user of a ramp.

        In the open model their users are arrivals a second.
        """
        measured: list[Stage] = []
        users = 0
        for step in self.stages:
            if step.level is not None and step.level != users:
                measured.append(Stage(step.level, 0.0))
            users = next((each for each in (step.end, step.level) if each is not None), users)
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
        if users is not None and self.model == "open":
            raise UsageError(
                "this plan has no number of users",
                why='its model is "open": its stages count arrivals a second',
                hint="change its stages, or choose a plan of the closed model",
            )
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
            if step.end is None:
                steps.append(step.model_copy(update={"hold": lasts}))
            else:
                is_whole = lasts == step.seconds
                reached = step.end if is_whole else users_at(self.shape, self.warm_up + seconds)
                key = "ramp_to" if step.ramp_to is not None else "rate_to"
                steps.append(step.model_copy(update={key: reached, "over": lasts}))
        if left > 0:
            steps.append(Step(hold=left))
        return tuple(steps)


def check_served(workload: str, targets: Iterable[TargetChoice]) -> None:
    """Raises UsageError where the workload does not exist or one of the targets cannot serve it."""
    if workload not in contract.WORKLOADS:
        raise unknown("workload", workload, list(contract.WORKLOADS))
    for choice in targets:
        reason = catalog.find(choice.use).reason_not_to_serve(workload, choice.options)
        if reason:
            raise UsageError(
                f"target {choice.name!r} cannot serve workload {workload!r}",
                why=reason,
                hint="choose another workload, or leave the target out",
            )


def make_plan(values: dict[str, Any], *, where: str, text: str = "") -> Plan:
    """A plan from plain values. `where` names the file they came from and `text` is what stands in it.

    Raises UsageError that names the file, the line where it can be found, the key, and what is allowed.
    """
    try:
        return Plan.model_validate(values)
    except ValidationError as error:
        raise plan_error(error, Plan, where, text) from error
    except UsageError as error:
        place = f"{where}: " if text else ""
        raise UsageError(f"{place}{error.what}", why=error.why, hint=error.hint) from error
