"""What to run: a plan, its targets, workload and load shape. Frozen, validated, pure.

A plan is made from a preset's TOML by `presets.load`, or from plain values by `make_plan`. What a TOML file
or a caller says wrongly is a `UsageError` that names the key and what is allowed.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    PlainSerializer,
    SerializerFunctionWrapHandler,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_serializer,
    model_validator,
)
from pydantic_core import PydanticKnownError

from engine.plan.errors import plan_error
from engine.plan.fault_schedule import Faults, check_faults
from engine.plan.secrets import masked_plan, masker_of
from engine.plan.slo import Slo, parse_slo
from engine.plan.stages import MAX_STAGES, Step, cut_off
from engine.plan.stages import MAX_USERS as MAX_USERS
from engine.plan.targets import (
    MAX_OWN_TARGETS,
    MAX_TARGETS,
    CustomTarget,
    TargetChoice,
    check_served,
    parse_targets,
)
from engine.plan.values import Duration, Frozen, Think, finding, parse_database
from engine.plan.values import parse_duration as parse_duration
from engine.plan.values import parse_think_time as parse_think_time
from engine.plan.warm_up import AUTO_S, auto_stages
from engine.plan.workload import MAX_REQUESTS, Data, RequestSpec, StepSpec, check_workload
from engine.protocol.load_shape import Stage, Steering, ThinkTime, length_s
from engine.protocol.request import OpenModel
from targets import contract
from targets.errors import UsageError, unknown
from targets.secrets import Masker, masked_text

Schedule = Literal["race", "solo"]

MAX_LOAD_WORKERS = 64
READY_WITHIN_S = 20.0

LEAST_S = 1.0
"""Figures are of whole seconds: a shorter run measures nothing."""

GAP_S = 2.0
"""Between one target's turn and the next: its last requests end, and the machine comes to rest."""


def _parse_targets(value: object, info: ValidationInfo) -> object:
    if "target" not in info.data:
        raise ValueError("targets of the plan's own are not well described")
    try:
        return parse_targets(value, info.data["target"])
    except UsageError as error:
        raise finding(error) from error


def _parse_warm_up(value: object) -> object:
    return value if value == "auto" else 0.0 if value == "none" else parse_duration(value)


def _parse_load_workers(value: object) -> object:
    """Pydantic would name both kinds of a union in what it finds wrong."""
    if value == "auto":
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        raise PydanticKnownError("int_type")
    if value < 1:
        raise PydanticKnownError("greater_than_equal", {"ge": 1})
    if value > MAX_LOAD_WORKERS:
        raise PydanticKnownError("less_than_equal", {"le": MAX_LOAD_WORKERS})
    return value


class Plan(Frozen):
    """A session as it was asked for."""

    preset: str = ""
    """The preset's name, or the file's."""
    title: str
    question: str = ""
    """What it shows, as a sentence for an audience."""
    source: str = ""
    """Who published the experiment behind it."""
    target: Annotated[tuple[CustomTarget, ...], Field(max_length=MAX_OWN_TARGETS)] = ()
    """Servers of the plan's own, each a `[[target]]`."""
    targets: Annotated[
        tuple[TargetChoice, ...],
        BeforeValidator(_parse_targets, json_schema_input_type=str | list[str]),
        Field(min_length=1, max_length=MAX_TARGETS),
    ]
    workload: str = "hello"
    """One of the contract's workloads; where the plan has `request` or `step`, the name of its own (`own` if
    none is given)."""
    request: Annotated[tuple[RequestSpec, ...], Field(max_length=MAX_REQUESTS)] = ()
    """The plan's own workload: requests by weight, each a `[[request]]`."""
    step: Annotated[tuple[StepSpec, ...], Field(max_length=MAX_REQUESTS)] = ()
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
    stages: Annotated[tuple[Step, ...], Field(min_length=1, max_length=MAX_STAGES)]
    """The load shape: ramps (`ramp_to`, `over`) and holds (`hold`, `users`) one after another; in the open
    model `rate_to` and `rate` in their place, in whole arrivals a second."""
    fault: Faults = ()
    """What is done to targets meanwhile, each a `[[fault]]`."""
    warm_up: Annotated[float | Literal["auto"], BeforeValidator(_parse_warm_up)] = 1.0
    """Seconds at the first level that are kept out of every summary; `"none"`, or `"auto"`: 5 s at 8 users,
    then the first level until two successive 5 s windows agree within 5 %, for 30 s at most."""
    slo: Annotated[Slo, BeforeValidator(parse_slo)] | None = None
    """What is asked of every target: `"p95 < 200 ms, errors < 1 %"`, or the same as a table of `latency`,
    `share` and `errors`. A run that misses it ends with exit code 1."""
    schedule: Schedule = "race"
    """`race`: all targets at once. `solo`: one after another, each alone on the machine."""
    runtime: Literal["local", "docker"] = "local"
    """Where targets run: `local`, as processes of this machine; `docker`, as containers. A target's own
    option goes before."""
    database: Annotated[
        str, BeforeValidator(parse_database), PlainSerializer(masked_text), Field(repr=False)
    ] = ""
    """Where targets keep their rows: a URL (`mysql://user:password@host:3306`, `mariadb://…`,
    `postgresql://…`), or the name of the variable that holds one; `mysql` or `postgresql` for a server of the
    session's own, in a container; `sqlite` for a file each. Empty: `mysql` where targets run in containers,
    `sqlite` elsewhere. Recorded without who may come in."""
    expected_difference: str = ""
    """Why targets do not answer or work alike, where that is meant: it is then said with the result."""
    accept_difference: bool = False
    """Differences between targets are recorded, and stop nothing."""
    timeout: Annotated[Duration, Field(gt=0)] = 30.0
    """How long a user waits for a whole answer, in seconds."""
    network_delay: Duration = 0.0
    """Round trip added to the way to every target: loopback flatters servers that talk back and forth."""
    ready_within: Annotated[Duration, Field(gt=0)] = READY_WITHIN_S
    """How long a target may take to answer `/health` after its start, in seconds."""
    load_workers: Annotated[int | Literal["auto"], BeforeValidator(_parse_load_workers)] = 1
    """Processes that the users are spread over, 1 to 64; `"auto"`: one for every two cores that abreast may
    use, at least one."""
    seed: Annotated[int, Field(ge=-(2**53), le=2**53)] = 0
    """What all that is drawn at random follows from."""
    folder: Annotated[str, Field(exclude=True)] = ""
    """Where the plan's file is; set by whoever reads it, and not recorded."""

    @model_validator(mode="before")
    @classmethod
    def _own_targets(cls, values: Any) -> Any:
        """Where nothing is said of `targets`, they are the plan's own."""
        if isinstance(values, dict) and "targets" not in values and isinstance(values.get("target"), list):
            names = [each.get("name", "") for each in values["target"] if isinstance(each, dict)]
            return {**values, "targets": names}
        return values

    @model_serializer(mode="wrap", when_used="json")
    def _without_secrets(self, dumped: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """As it is recorded."""
        return masked_plan(dumped(self), self._envs(), self.masker())

    def masker(self) -> Masker:
        """What knows the plan's placeholders and secrets."""
        return masker_of(self.model_dump(), self._envs())

    def _envs(self) -> list[dict[str, str]]:
        return [dict(choice.options.env) for choice in self.targets]

    @field_validator("target")
    @classmethod
    def _each_once(cls, own: tuple[CustomTarget, ...]) -> tuple[CustomTarget, ...]:
        times = Counter(each.name for each in own)
        twice = sorted(name for name in times if times[name] > 1)
        if twice:
            raise ValueError(f"two targets are called {twice[0]!r}")
        return own

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
        stages_s = sum(step.seconds for step in self.stages)
        if stages_s < LEAST_S:
            raise ValueError(
                f"stages of {stages_s:g} s measure nothing, as figures are of whole seconds: "
                "make them last 1 s or more"
            )
        return self

    @model_validator(mode="after")
    def _struck(self) -> Self:
        check_faults(
            self.fault,
            self.targets,
            runtime=self.runtime,
            workload=self.workload,
            stages_s=self.turn_s - self.warm_up_s,
        )
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

    def parse_target(self, text: str) -> TargetChoice:
        """A choice as people write it, of the catalogue or of the plan's own. Raises UsageError."""
        return TargetChoice.parse(text, {own.name: own for own in self.target})

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

    @property
    def most_users(self) -> int:
        """Of one target, at the same time."""
        return self.max_users if self.model == "open" else max(stage.users for stage in self.shape)

    def check_served(self, workload: str, targets: Iterable[TargetChoice]) -> None:
        """Raises UsageError where the workload does not exist, or one of the targets cannot serve it, or the
        plan's client cannot send it.

        Who serves the plan's own workload is not known beforehand.
        """
        targets = tuple(targets)
        is_own = self.has_own_workload and workload == self.workload
        if not is_own:
            if workload not in contract.WORKLOADS:
                raise unknown("workload", workload, list(contract.WORKLOADS))
            check_served(workload, targets)
        requests = (self.request or self.step) if is_own else contract.WORKLOADS[workload].requests
        if self.client == "httpx" and any(each.stream == "websocket" for each in requests):
            raise UsageError(
                f"httpx cannot send workload {workload!r}",
                why="it opens WebSockets, and httpx speaks none",
                hint='leave client = "httpx" (--client httpx) out, or stream server-sent events',
            )

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
        if not self.warm_up_s:
            return tuple(measured)
        first = measured[0].users if measured[0].is_jump else min(1, measured[0].users)
        if self.warm_up == "auto":
            return (*auto_stages(first), *measured)
        return (Stage(first, 0.0), Stage(first, self.warm_up_s), *measured)

    @property
    def warm_up_s(self) -> float:
        """How long the warm-up is, in seconds; of one that ends when it may, the longest it can be."""
        return AUTO_S if self.warm_up == "auto" else self.warm_up

    @property
    def turn_s(self) -> float:
        """Warm-up and stages of one target together, in seconds."""
        return length_s(self.shape)

    @property
    def length_s(self) -> float:
        """How long the whole plan takes, in seconds."""
        turns = len(self.targets) if self.schedule == "solo" else 1
        return turns * self.turn_s + (turns - 1) * GAP_S

    @property
    def load_worker_count(self) -> int:
        """How many load workers there are, once `for_cores` has been asked. Raises ValueError before."""
        if self.load_workers == "auto":
            raise ValueError("how many load workers there are depends on the machine")
        return self.load_workers

    def for_cores(self, cores: int) -> "Plan":
        """The plan for a machine with so many cores: an automatic number of load workers becomes one."""
        if self.load_workers != "auto":
            return self
        return self.model_copy(update={"load_workers": min(max(1, cores // 2), MAX_LOAD_WORKERS)})

    def turn(self, number: int, *, open_ended: bool) -> Steering:
        """How the target of that number, from 0, is steered from the session's beginning.

        In a `solo` schedule its turn comes after those of the targets before it, and ends with no users; the
        last target's last stage may hold on (`open_ended`).
        """
        if self.schedule == "race":
            return Steering(self.shape, began_s=0.0)
        holds_on = open_ended and number == len(self.targets) - 1
        stages = self.shape if holds_on else (*self.shape, Stage(0, 0.0))
        return Steering(stages, began_s=number * (self.turn_s + GAP_S))

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
        if seconds is not None and not seconds >= LEAST_S:
            raise UsageError(
                f"a run of {seconds:g} s measures nothing",
                why="figures are of whole seconds",
                hint="give it a few seconds: --seconds 10",
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
            hold = seconds if seconds is not None else self.turn_s - self.warm_up_s
            changes["stages"] = ({"users": users, "hold": hold},)
        elif seconds is not None:
            changes["stages"] = cut_off(self.stages, self.shape, seconds, warm_up_s=self.warm_up_s)
        current = {name: getattr(self, name) for name in type(self).model_fields}
        return make_plan(current | changes, where="command line")


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
