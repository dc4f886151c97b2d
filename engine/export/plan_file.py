"""A recorded session as a plan file that repeats it, manual steering included. Pure.

Rules of this file:
- the load shape is what it was after the warm-up (`engine.export.steered_shape`);
- what a plan cannot say (targets steered apart, a changed workload, hidden secrets) is a comment at the top.
"""

import math
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import tomlkit
from pydantic import BaseModel
from pydantic_core import to_jsonable_python
from tomlkit import TOMLDocument

from engine.export.plan_targets import OF_BUILT_IN, is_used, target_text
from engine.export.steered_shape import SHORTEST_S, Piece, pieces_of
from engine.metrics.records import (
    Bucket,
    FaultBegan,
    FaultEnded,
    Header,
    LoadChanged,
    Record,
    Steered,
    TargetAdded,
    TargetChanged,
)
from engine.metrics.sentences import quick_in_full
from engine.plan.capacity import SCHEDULE as SEARCH
from engine.plan.data_file import DataFile
from engine.plan.fault_schedule import FaultSpec
from engine.plan.faults import parse_fault
from engine.plan.levels import ONLY_WITH_LEVELS
from engine.plan.once import SetupSpec, TeardownSpec
from engine.plan.plan import Plan
from engine.plan.profiling import default_start_s
from engine.plan.published import Claim, Reported
from engine.plan.stages import MAX_STAGES, Step
from engine.plan.targets import CustomTarget
from engine.plan.workload import RequestSpec, StepSpec, statuses_in_short
from engine.protocol.load_shape import BY_STEP, Steering
from targets.errors import UsageError
from targets.secrets import HIDDEN

_LISTS: Mapping[str, type[BaseModel]] = {
    "target": CustomTarget,
    "setup": SetupSpec,
    "request": RequestSpec,
    "step": StepSpec,
    "teardown": TeardownSpec,
    "stages": Step,
    "fault": FaultSpec,
    "reported": Reported,
    "claim": Claim,
}
"""The fields of a plan that are lists of tables."""
_OF_LEVELS = frozenset({"levels", *ONLY_WITH_LEVELS})
"""What a plan says of its load in place of stages; a session's load is written as stages."""
_DURATIONS = frozenset(
    {"over", "hold", "at", "timeout", "network_delay", "ready_within", "warm_up", "turn", "within"}
    | {"profile", "profile_at"}
)


@dataclass(slots=True)
class _Story:
    """What a session's records say about how it was run."""

    header: Header
    targets: dict[str, TargetAdded] = field(default_factory=dict)
    """Every target, with its last options."""
    removed: dict[str, float] = field(default_factory=dict)
    steerings: dict[str, list[tuple[float, Steering]]] = field(default_factory=dict)
    """By target: each steering, and the session time from which it was in effect."""
    loads: list[LoadChanged] = field(default_factory=list)
    faults: list[FaultBegan] = field(default_factory=list)
    fault_ends: dict[int, FaultEnded] = field(default_factory=dict)
    ends_s: dict[str, float] = field(default_factory=dict)
    """By target: the session time at which its load ended."""

    @property
    def kept(self) -> list[str]:
        """The targets that the plan has: all that were not removed while others ran on."""
        last_s = max(self.ends_s.values(), default=0.0)
        gone = {name for name, at_s in self.removed.items() if at_s < last_s and self.is_race}
        return [name for name in self.targets if name not in gone] or list(self.targets)

    @property
    def is_race(self) -> bool:
        """Whether all targets got load at the same time."""
        return bool(self.header.plan["schedule"] != "solo")

    def label(self, name: str) -> str:
        """A target's displayed name."""
        return self.targets[name].label or name


def plan_file(records: Iterable[Record]) -> str:
    """The TOML text of a plan that repeats the session with these records.

    Raises UsageError for a session that sent no measured load: there is nothing to repeat.
    """
    story = _story(records)
    name, pieces, remarks = _shape(story)
    if sum(piece.seconds for piece in pieces) < 1:
        raise UsageError(
            "this session cannot be saved as a plan",
            why="it ended before a second of load was measured",
            hint=f"repeat it from its beginning: {shlex.join(story.header.command_line)}",
        )
    plain = _plain_plan(story, pieces)
    plain["fault"], skipped = _faults(story, name)
    if quick := quick_in_full(story.header.plan):
        remarks = [*remarks, quick]
    remarks += _without_profile(plain, sum(piece.seconds for piece in pieces))
    if story.header.plan.get("origin"):
        remarks.append("claims and reported figures are left out: the run departed from the source's method")
    remarks = [*remarks, *_load_remarks(story), *_target_remarks(story), *skipped]
    hidden = sorted(set(_hidden(plain, "")))
    if hidden:
        remarks.append(f"secrets are not recorded; fill in: {', '.join(hidden)}")
    return tomlkit.dumps(_document(story, plain, remarks))


def _story(records: Iterable[Record]) -> _Story:
    iterator = iter(records)
    header = next(iterator, None)
    if not isinstance(header, Header):
        raise UsageError("this session cannot be saved as a plan", why="nothing was recorded in it")
    story = _Story(header)
    for record in iterator:
        match record:
            case TargetAdded():
                story.targets[record.name] = record
                story.removed.pop(record.name, None)
            case TargetChanged() if record.state == "stopped":
                story.removed.setdefault(record.name, record.t_s)
            case Steered():
                story.steerings.setdefault(record.target, []).append((record.t_s, record.steering))
            case LoadChanged():
                story.loads.append(record)
            case FaultBegan():
                story.faults.append(record)
            case FaultEnded():
                story.fault_ends[record.number] = record
            case Bucket() if not record.winding_down:
                story.ends_s[record.tick_stats.target] = record.second + 1.0
    return story


# ---------------------------------------------------------------- what was done, as a plan


def _shape(story: _Story) -> tuple[str, list[Piece], list[str]]:
    """The target whose load shape the plan has, its pieces, and what to say about the others."""
    shapes = {
        name: pieces_of(story.steerings[name], story.header.warm_up_s, story.ends_s[name])
        for name in story.kept
        if name in story.steerings and name in story.ends_s
    }
    if not shapes:
        return "", [], []
    name = max(shapes, key=lambda each: len(shapes[each]) if story.is_race else 0)
    pieces = shapes[name]
    apart = [story.label(each) for each in shapes if _rounded(shapes[each]) != _rounded(pieces)]
    if not apart or story.header.plan["schedule"] == SEARCH:
        return name, pieces, []
    return (
        name,
        pieces,
        [f"the stages are those of {story.label(name)}; steered apart from it: {', '.join(apart)}"],
    )


def _rounded(pieces: list[Piece]) -> list[tuple[int, int, int]]:
    """Pieces to compare: starts and ends of targets differ by fractions of a second."""
    return [(piece.users_from, piece.users_to, round(piece.seconds)) for piece in pieces]


def _plain_plan(story: _Story, pieces: list[Piece]) -> dict[str, Any]:
    """The plan as plain values, as in its file, without faults."""
    plain: dict[str, Any] = dict(story.header.plan) | {
        "quick": False,
        "left_out_levels": [],
        "users_chosen": None,
        "seconds_chosen": None,
        "origin": None,
    }
    if story.header.plan.get("origin"):
        plain |= {"claim": [], "reported": []}
    for load in story.loads:
        if not load.target:
            plain |= {"workload": load.workload}
            if not load.think_time.startswith(BY_STEP):
                plain |= {"think_time": load.think_time, "step": _without_think_times(plain["step"])}
    if plain["workload"] != story.header.plan["workload"]:
        plain |= {"setup": [], "request": [], "step": [], "teardown": [], "data": {}, "cookies": None}
    kept = [story.targets[name] for name in story.kept]
    plain["targets"] = [target_text(each, plain) for each in kept]
    plain |= {name: without for name, without in OF_BUILT_IN.items() if not is_used(name, kept, plain)}
    stages = list(_stages(pieces, is_open=plain["model"] == "open", has_warm_up=story.header.warm_up_s > 0))
    if len(stages) > MAX_STAGES:
        raise UsageError(
            "this session cannot be saved as a plan",
            why=f"its load was changed {len(stages)} times, and a plan has at most {MAX_STAGES} stages",
        )
    if _ran_as_planned(story, pieces):
        return plain
    if plain["schedule"] == SEARCH:
        return {name: value for name, value in plain.items() if name not in {"stages", "warm_up"}}
    return {name: value for name, value in plain.items() if name not in _OF_LEVELS} | {"stages": stages}


def _without_think_times(steps: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Steps of a plan without their own think times: one that was set by hand has replaced them."""
    return [{key: value for key, value in step.items() if key != "think_time"} for step in steps]


def _without_profile(plain: dict[str, Any], stages_s: float) -> list[str]:
    """Takes a profile out of the plan if the session was too short for it; what to say about that."""
    profile_s, at_s = plain.get("profile"), plain.get("profile_at")
    if profile_s is None or (default_start_s(profile_s) if at_s is None else at_s) + profile_s <= stages_s:
        return []
    plain |= {"profile": None, "profile_at": None}
    return ["no profile: the session was too short for the one of its plan"]


def _ran_as_planned(story: _Story, pieces: list[Piece]) -> bool:
    """Whether the plan's load was run to its end, and nothing of it was steered."""
    planned = story.header.planned
    if not planned:
        return False
    is_untouched = not any(
        each.manual_users is not None or each.paused or each.waits_s or each.stages != steerings[0][1].stages
        for name in story.kept
        if (steerings := story.steerings.get(name))
        for _, each in steerings
    )
    length_s = planned[-1].to_s - planned[0].from_s
    return is_untouched and abs(sum(piece.seconds for piece in pieces) - length_s) <= 1


def _stages(pieces: list[Piece], *, is_open: bool, has_warm_up: bool) -> Iterator[dict[str, Any]]:
    """Pieces as the stages of a plan. Before a first ramp, a warm-up has one user (`Plan.shape`)."""
    level, ramp_to = ("rate", "rate_to") if is_open else ("users", "ramp_to")
    current = 1 if has_warm_up and pieces and pieces[0].users_from != pieces[0].users_to else 0
    for piece in pieces:
        seconds = round(piece.seconds, 1)
        if piece.users_from == piece.users_to:
            jump = {level: piece.users_to} if piece.users_to != current else {}
            yield {"hold": seconds} | jump
        else:
            if piece.users_from != current:
                yield {"hold": SHORTEST_S, level: piece.users_from}
            yield {ramp_to: piece.users_to, "over": seconds}
        current = piece.users_to


def _faults(story: _Story, name: str) -> tuple[list[dict[str, Any]], list[str]]:
    """The faults that were injected, and what to say about those that a plan cannot have."""
    first = next((steering for _, steering in story.steerings.get(name, ())), None)
    begins_s = story.header.warm_up_s + (first.began_s if first else 0.0)
    found, skipped = [], []
    for fault in story.faults:
        end = story.fault_ends.get(fault.number)
        if end and end.void:
            continue
        at_s = round(fault.t_s - begins_s, 1)
        lasts_s = round(end.t_s - fault.t_s, 1) if end else None
        if at_s < 0:
            skipped.append(f"left out: {fault.text}, which began during the warm-up")
            continue
        is_momentary = parse_fault(fault.text).traits.is_momentary
        text = fault.text if lasts_s is None or is_momentary else f"{fault.text} for {max(lasts_s, 0.1):g} s"
        found.append({"at": at_s, "fault": text} | ({"target": fault.target} if fault.target else {}))
    return found, skipped


def _load_remarks(story: _Story) -> list[str]:
    """What a plan cannot say about changes of workload and think time."""
    return [
        f"at {load.t_s:.0f} s {story.label(load.target) if load.target in story.targets else 'all targets'} "
        f"changed to workload {load.workload}, think time {load.think_time}; a plan has one of each"
        for load in story.loads
    ]


def _target_remarks(story: _Story) -> list[str]:
    """What a plan cannot say about targets that came and went."""
    planned = {each["name"] for each in story.header.plan["targets"]}
    joined = [story.label(name) for name in story.kept if name not in planned]
    left = [story.label(name) for name in story.targets if name not in story.kept]
    texts = [f"joined while it ran, here from the beginning: {', '.join(joined)}"] if joined else []
    return [*texts, f"removed while it ran, and left out here: {', '.join(left)}"] if left else texts


def _hidden(value: object, where: str) -> Iterator[str]:
    """The places of values that were hidden because they are secrets: `step[0].headers.Cookie`."""
    match value:
        case dict():
            for name, item in value.items():
                yield from _hidden(item, f"{where}.{name}" if where else str(name))
        case list() | tuple():
            for index, item in enumerate(value):
                yield from _hidden(item, f"{where}[{index}]")
        case str() if HIDDEN in value:
            yield where


# ---------------------------------------------------------------- as TOML


def _document(story: _Story, plain: Mapping[str, Any], remarks: list[str]) -> TOMLDocument:
    """The file: comments, single values, then tables."""
    document = tomlkit.document()
    document.add(tomlkit.comment(f"What was run in session {story.header.id}, as a plan that repeats it."))
    for remark in remarks:
        document.add(tomlkit.comment(" ".join(remark.split())))
    document.add(tomlkit.nl())
    given = {name: value for name, value in plain.items() if name not in {"preset", "folder"}}
    values = without_defaults(Plan, given)
    for name, value in values.items():
        if name not in _LISTS and not isinstance(value, dict):
            document.add(name, _written(name, value))
    for name, value in values.items():
        if isinstance(value, dict):
            document.add(name, tomlkit.item(_data(value) if name == "data" else value))
    for name in (each for each in _LISTS if each in values):
        tables = tomlkit.aot()
        for each in values[name]:
            kept = without_defaults(_LISTS[name], each)
            tables.append(tomlkit.item({key: _written(key, item) for key, item in kept.items()}))
        document.add(name, tables)
    return document


def _data(value: Mapping[str, Any]) -> dict[str, Any]:
    """Lists of values, and data files as a plan has them: with the hash that a run compares."""
    return {
        name: without_defaults(DataFile, each) if isinstance(each, Mapping) else each
        for name, each in value.items()
    }


def without_defaults(kind: type[BaseModel], plain: Mapping[str, Any]) -> dict[str, Any]:
    """The plain values that differ from the defaults of their fields, in the order of the fields. TOML has no
    null, and no field has a default that null would change."""
    kept: dict[str, Any] = {}
    for field_name, about in kind.model_fields.items():
        name = about.alias or field_name
        value = plain.get(name)
        default = None if about.is_required() else about.get_default(call_default_factory=True)
        if isinstance(default, BaseModel) and isinstance(value, dict):
            value = without_defaults(type(default), value) or None
        elif value == to_jsonable_python(default, fallback=str):
            value = None
        if value is not None:
            kept[name] = _without_nulls(value)
    return kept


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_without_nulls(item) for item in value]
    return value


def _written(name: str, value: Any) -> Any:
    """A value as people write it: durations with their unit, classes of statuses in short."""
    if name in {"expect_status", "health_status"} and isinstance(value, list | tuple):
        return statuses_in_short(value)
    if name in _DURATIONS and isinstance(value, int | float) and math.isfinite(value):
        return f"{value:g} s"
    return value
