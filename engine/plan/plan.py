"""What to run: a plan with its targets, workload and load shape. Frozen, validated, pure.

`presets.load` makes a plan from TOML, `make_plan` from plain values. A wrong key or value is a `UsageError`
that names the key and what is allowed. Its fields are in `engine.plan.plan_fields`.
"""

import math
from collections.abc import Iterable
from typing import Any, Self

from pydantic import SerializerFunctionWrapHandler, ValidationError, model_serializer, model_validator

from engine.client.placeholders import Words
from engine.plan.capacity import check_search, with_search
from engine.plan.chosen_targets import with_custom_targets
from engine.plan.data_file import DataFile
from engine.plan.errors import plan_error
from engine.plan.fault_schedule import check_faults
from engine.plan.levels import check_levels, check_model, parts_of, steps_of, with_one_load, written_parts
from engine.plan.once import check_once
from engine.plan.origin import origin_of
from engine.plan.plan_fields import PlanFields
from engine.plan.plan_fields import Schedule as Schedule
from engine.plan.profiling import check_profile
from engine.plan.quick import quick_changes
from engine.plan.rounds import OF_ROUNDS, check_rounds, held
from engine.plan.secrets import masked_plan, masker_of
from engine.plan.stages import LEAST_S, Step, check_measurable, cut_off, shape_of
from engine.plan.stages import MAX_USERS as MAX_USERS
from engine.plan.targets import TargetChoice, check_served
from engine.plan.values import MAX_LOAD_WORKERS
from engine.plan.values import parse_duration as parse_duration
from engine.plan.values import parse_think_time as parse_think_time
from engine.plan.variables import check_variables
from engine.plan.warm_up import AUTO_S
from engine.plan.workload import check_workload, pace_of
from engine.protocol.http2 import DEFAULT_STREAMS, Http2
from engine.protocol.load_shape import Stage, Steering, ThinkTime, length_s
from engine.protocol.request import OpenModel
from targets import contract
from targets.errors import UsageError, unknown
from targets.secrets import Masker
from targets.variables import Variables

GAP_S = 2.0
"""The pause between two targets' turns: the last requests end, and the machine settles."""


class Plan(PlanFields):
    """What a session is to run."""

    @model_serializer(mode="wrap", when_used="json")
    def _without_secrets(self, dumped: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """The plan as it is recorded."""
        plain = masked_plan(dumped(self), self._envs(), self.masker())
        for name, data in self.rows.items():
            plain["data"][name] |= data.recorded
        return plain

    def masker(self) -> Masker:
        """A masker that knows the plan's placeholders and secrets."""
        return masker_of(self.model_dump(), self._envs(), self.variables, self.rows)

    def _envs(self) -> list[dict[str, str]]:
        return [dict(choice.options.env) for choice in self.targets]

    @model_validator(mode="before")
    @classmethod
    def _with_defaults(cls, values: Any) -> Any:
        values = with_search(with_custom_targets(values))
        if isinstance(values, dict) and values.get("schedule") == "duel":
            values = {**values, "think_time": "none"}  # it saturates the targets
        if isinstance(values, dict) and (values.get("request") or values.get("step")):
            return {"workload": "own", **values}
        return values

    @model_validator(mode="after")
    def _check_workload(self) -> Self:
        check_workload(self.request, self.step, self.data)
        check_once(self.setup, self.teardown)
        if self.has_custom_workload and self.workload in contract.WORKLOADS:
            raise ValueError(f"workload {self.workload!r} is built in; give the plan's workload another name")
        if self.cookies and not self.has_custom_workload:
            raise ValueError("cookies needs a custom workload, with [[request]] or [[step]]")
        self.check_served(self.workload, self.targets)
        check_levels(self)
        check_rounds(self, len(self.targets), steps_of(written_parts(self)))
        check_measurable(self.steps, is_open=self.model == "open")
        check_search(self)
        return self

    @model_validator(mode="after")
    def _check_faults(self) -> Self:
        check_faults(
            self.fault,
            self.targets,
            runtime=self.runtime,
            workload=self.workload,
            stages_s=self.turn_s - self.warm_up_s,
        )
        check_profile(self.profile, self.profile_at, stages_s=self.turn_s - self.warm_up_s)
        return self

    @model_validator(mode="after")
    def _check_http(self) -> Self:
        for name in ("connections", "streams"):
            if self.http != "2" and getattr(self, name) is not None:
                raise ValueError(f'{name} is for HTTP/2: add http = "2", or leave {name} out')
        return self

    @model_validator(mode="after")
    def _check_model(self) -> Self:
        check_model(self, thinks=self.pace_of(self.workload).mean_s > 0)
        return self

    def parse_target(self, text: str) -> TargetChoice:
        """A choice from `fastapi:workers=4`, of the catalogue or a custom target. Raises UsageError."""
        choice = TargetChoice.parse(text, {custom.name: custom for custom in self.target})
        try:
            return choice.with_variables(self.variables)
        except ValueError as error:
            raise UsageError(
                f"the target {choice.use!r} cannot be used",
                why=str(error),
                hint="set the variable, and start again",
            ) from error

    @property
    def has_custom_workload(self) -> bool:
        """Whether its workload is custom rather than built in."""
        return bool(self.request or self.step)

    @property
    def words(self) -> Words:
        """What its requests can be filled in with, besides what they take from responses."""
        lists = {name: values for name, values in self.data.items() if not isinstance(values, DataFile)}
        return Words(
            lists,
            variables=self.variables,
            columns={name: data.names for name, data in self.rows.items()},
        )

    @property
    def keeps_cookies(self) -> bool:
        """Whether users of a custom workload keep cookies."""
        return bool(self.step) if self.cookies is None else self.cookies

    def pace_of(self, workload: str) -> ThinkTime:
        """How long users of a workload think: the plan's think time, or those of its steps."""
        if self.schedule == "duel" or workload != self.workload:
            return self.think_time
        return pace_of(self.step, self.think_time)

    @property
    def open_model(self) -> OpenModel | None:
        """The arrivals of the open model; None in the closed model."""
        return OpenModel(self.spacing == "poisson", self.max_users) if self.model == "open" else None

    @property
    def http2(self) -> Http2 | None:
        """How users share connections of HTTP/2; None for HTTP/1.1."""
        if self.http != "2":
            return None
        streams = self.streams or DEFAULT_STREAMS
        return Http2(self.connections or math.ceil(self.most_users / streams), streams)

    @property
    def most_users(self) -> int:
        """The most users of one target at the same time."""
        if self.model == "open":
            return self.max_users
        return self.capacity.most if self.capacity else max(stage.users for stage in self.shape)

    def check_served(self, workload: str, targets: Iterable[TargetChoice]) -> None:
        """Raises UsageError where the workload does not exist, one of the targets cannot serve it, or the
        plan's client cannot send it.

        Whether targets serve a custom workload is not known beforehand.
        """
        targets = tuple(targets)
        is_own = self.has_custom_workload and workload == self.workload
        if not is_own:
            if workload not in contract.WORKLOADS:
                raise unknown("workload", workload, list(contract.WORKLOADS))
            check_served(workload, targets)
        requests = (self.request or self.step) if is_own else contract.WORKLOADS[workload].requests
        if self.client == "httpx" and any(each.stream == "websocket" for each in requests):
            raise UsageError(
                f"httpx cannot send workload {workload!r}",
                why="it opens WebSockets, which httpx does not support",
                hint='leave client = "httpx" (--client httpx) out, or stream server-sent events',
            )

    @property
    def steps(self) -> tuple[Step, ...]:
        """The stages: as they are written, or made of the levels; in turns one hold."""
        return steps_of(parts_of(self))

    @property
    def held(self) -> tuple[int, float] | None:
        """In turns: the number of users, and for how long they are held at most; else None."""
        return held(self, len(self.targets), steps_of(written_parts(self)))

    @property
    def shape(self) -> tuple[Stage, ...]:
        """The stages of the load, warm-up first. In the open model their users are arrivals a second."""
        return shape_of(self.steps, self.warm_up)

    @property
    def warm_up_s(self) -> float:
        """Length of the warm-up in seconds; of an automatic one the longest."""
        return AUTO_S if self.warm_up == "auto" else self.warm_up

    @property
    def turn_s(self) -> float:
        """Length of one target's warm-up and stages, in seconds."""
        return length_s(self.shape)

    @property
    def length_s(self) -> float:
        """Length of the whole plan, in seconds; of a search the longest."""
        if self.capacity:
            return self.capacity.within
        return self.turns * self.turn_s + (self.turns - 1) * GAP_S

    @property
    def turns(self) -> int:
        """How many times the load shape runs, one after another."""
        return len(self.targets) if self.schedule == "solo" else 1

    @property
    def load_worker_count(self) -> int:
        """The number of load workers. Raises ValueError while it is automatic (see `for_cores`)."""
        if self.load_workers == "auto" or self.load_workers == "max":
            raise ValueError("the number of load workers depends on the machine")
        return self.load_workers

    def for_cores(self, cores: int) -> "Plan":
        """The plan for a machine where abreast may use this many cores: `load_workers` is then a number.
        On a cluster its nodes decide, once it is connected."""
        if self.cluster or not isinstance(self.load_workers, str):
            return self
        wanted = cores if self.load_workers == "max" else cores // 2
        return self.model_copy(update={"load_workers": min(max(1, wanted), MAX_LOAD_WORKERS)})

    def steering_of(self, number: int, *, open_ended: bool) -> Steering:
        """The steering of the target with this number, from 0, from the session's beginning.

        In a `solo` schedule its turn follows those of the targets before it, and ends with no users; the last
        target's last stage may go on (`open_ended`).
        """
        if self.capacity:
            return Steering((Stage(0, 0.0),), began_s=0.0)
        if self.schedule != "solo":
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
        quick: bool = False,
        **fields: Any,
    ) -> "Plan":
        """The plan with options of the command line. Raises UsageError.

        `users` (and `seconds`) replace the load shape by "hold this many users"; only `seconds` cuts the
        shape off after this many measured seconds, or extends its last stage until then. `quick` shortens all
        times for a demonstration.
        """
        if seconds is not None and not seconds >= LEAST_S:
            raise UsageError(
                f"a run of {seconds:g} s measures nothing",
                why="figures cover whole seconds",
                hint="make it a few seconds: --seconds 10",
            )
        changes: dict[str, Any] = {key: value for key, value in fields.items() if value is not None}
        if "think_time" in changes:
            changes["step"] = tuple(step.model_copy(update={"think_time": None}) for step in self.step)
        if targets is not None:
            changes |= {"targets": targets, "sweep": {}}
        if users is not None and self.model == "open":
            raise UsageError(
                "this plan has no number of users to set",
                why='its model is "open": its stages count arrivals a second',
                hint="change its stages, or choose a plan of the closed model",
            )
        if users is not None:
            hold = seconds if seconds is not None else self.turn_s - self.warm_up_s
            changes |= {"levels": (), "stages": ({"users": users, "hold": hold},)}
        elif seconds is not None:
            whole = self.model_copy(update={"gap": 0.0})
            kept = cut_off(whole.steps, whole.shape, seconds, warm_up_s=self.warm_up_s)
            changes |= {"levels": (), "stages": kept}
        if seconds is not None and (fields.get("schedule") or self.schedule) in OF_ROUNDS:
            changes = {"within": seconds} | changes
        chosen = {"users_chosen": users, "seconds_chosen": seconds}
        changes |= {name: value for name, value in chosen.items() if value is not None}
        current = {name: getattr(self, name) for name in type(self).model_fields}
        made = make_plan(with_one_load(current | changes), where="command line")
        shorter = quick_changes(made, made.turns, GAP_S) if quick else {}
        if shorter:
            made = make_plan(with_one_load(current | changes | shorter), where="command line")
        return made._coming_from(self)

    def _coming_from(self, before: "Plan") -> "Plan":
        """With what the plan of a published experiment was, if its method changed."""
        origin = before.origin or (origin_of(before) if before.claim or before.reported else None)
        if origin is None or origin == origin_of(self):
            return self
        return self.model_copy(update={"origin": origin})


def make_plan(values: dict[str, Any], *, where: str, text: str = "") -> Plan:
    """A plan from plain values. `where` names the file they are from, and `text` is its content.

    Raises UsageError that names the file, the line if it can be found, the key, and what is allowed, or which
    variable of the environment is not set.
    """
    check_variables(values, values.get("variables") or Variables(), where, text)
    try:
        return Plan.model_validate(values)
    except ValidationError as error:
        raise plan_error(error, Plan, values, where, text) from error
    except UsageError as error:
        place = f"{where}: " if text else ""
        raise UsageError(f"{place}{error.what}", why=error.why, hint=error.hint) from error
