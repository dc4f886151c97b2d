"""docs/plans.md, workloads.md and data.md name every field of a plan: default, limits and an example."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import pytest
from annotated_types import Ge, Interval, Le
from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

from engine.plan.capacity import CapacitySpec
from engine.plan.data_file import DataFile
from engine.plan.errors import NOT_FOR_FILES
from engine.plan.fault_schedule import FaultSpec
from engine.plan.plan import Plan, make_plan
from engine.plan.published import Claim, Published, Reported
from engine.plan.responses import Checks, HeaderCheck, Size, TakeSpec
from engine.plan.slo import Slo
from engine.plan.stages import Step
from engine.plan.targets import CustomTarget
from engine.plan.values import Frozen
from engine.plan.view import ViewSpec
from engine.plan.workload import Auth, FilePart, RequestSpec, StepSpec

DOCS = Path(__file__).parents[1] / "docs"
BASE: dict[str, Any] = {"title": "T", "targets": ["fastapi"], "stages": [{"users": 1, "hold": "1 m"}]}
TARGET = {"name": "node", "command": "node {port}"}
REQUEST = {"path": "/"}

MODELS: dict[str, tuple[type[Frozen], set[str]]] = {
    "plans.md#The plan": (
        Plan,
        set(NOT_FOR_FILES),
    ),
    "plans.md#target": (CustomTarget, set()),
    "plans.md#stages": (Step, set()),
    "plans.md#fault": (FaultSpec, set()),
    "plans.md#slo": (Slo, set()),
    "capacity.md#In a plan": (CapacitySpec, set()),
    "charts.md#view": (ViewSpec, set()),
    "plans.md#published": (Published, set()),
    "plans.md#reported": (Reported, set()),
    "plans.md#claim": (Claim, set()),
    "workloads.md#request": (RequestSpec, set()),
    "workloads.md#step": (StepSpec, set(RequestSpec.model_fields)),
    "data.md#Data files": (DataFile, set()),
    "workloads.md#checks": (Checks, set()),
    "workloads.md#checks.size": (Size, set()),
    "workloads.md#checks.headers": (HeaderCheck, set()),
    "workloads.md#take": (TakeSpec, set()),
    "workloads.md#auth": (Auth, set()),
    "data.md#files": (FilePart, set()),
}
"""Place of a table → the model that it describes, and the fields that it leaves out."""

IN_WORDS = {
    "title": "the file's name",
    "targets": "the custom targets",
    "cookies": "yes with steps, no with requests",
}
"""Defaults that no TOML value says."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table."""

    place: str
    key: str
    kind: str
    default: str
    example: str


def rows() -> Iterator[Row]:
    for page in ("plans.md", "workloads.md", "data.md", "capacity.md", "charts.md"):
        heading = ""
        for line in (DOCS / page).read_text(encoding="utf-8").splitlines():
            if line.startswith("## "):
                heading = line.removeprefix("## ")
            elif line == "Keys of `size` as a table:":
                heading = "checks.size"
            elif line.startswith("Keys of a header's check as a table"):
                heading = "checks.headers"
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if line.startswith("| `") and len(cells) == 5:
                key, _, kind, default, example = cells
                yield Row(f"{page}#{heading}", key.strip("`"), kind, default, example.strip("`"))


ROWS = list(rows())
each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.place}.{row.key}")


def field_of(row: Row) -> FieldInfo:
    fields = MODELS[row.place][0].model_fields
    return next(field for name, field in fields.items() if (field.alias or name) == row.key)


@pytest.mark.parametrize("place", MODELS)
def test_every_field_has_a_row(place: str) -> None:
    model, left_out = MODELS[place]
    fields = [field.alias or name for name, field in model.model_fields.items() if name not in left_out]
    assert sorted(row.key for row in ROWS if row.place == place) == sorted(fields)


@each_row
def test_its_default_is_the_models(row: Row) -> None:
    field = field_of(row)
    if row.default in {"required", IN_WORDS.get(row.key)}:
        assert field.is_required() or field.default is None
        return
    default = field.get_default(call_default_factory=True)
    if row.default == "not set":
        assert default is None
        return
    written = tomllib.loads(f"value = {row.default.partition('`')[2].partition('`')[0]}")["value"]
    kind: Any = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
    if isinstance(default, tuple) and not default:
        assert written == []
    else:
        assert TypeAdapter(kind).validate_python(written) == default


@each_row
def test_its_limits_and_words_are_said(row: Row) -> None:
    limits = [str(limit) for limit in limits_of(field_of(row)) if abs(limit) < 2**53]
    words = [f'"{word}"' for word in words_of(field_of(row).annotation)]
    assert [each for each in [*limits, *words] if each not in row.kind] == []


def limits_of(field: FieldInfo) -> Iterator[int]:
    """The ends of a whole number, however its type is wrapped."""
    metadata = list(field.metadata)
    for part in get_args(field.annotation):
        metadata += getattr(part, "__metadata__", ())
    for each in metadata:
        each = getattr(each, "metadata", [each]) if isinstance(each, FieldInfo) else [each]
        for limit in each:
            if isinstance(limit, Ge | Interval) and isinstance(limit.ge, int):
                yield limit.ge
            if isinstance(limit, Le | Interval) and isinstance(limit.le, int):
                yield limit.le


def words_of(annotation: Any) -> Iterator[str]:
    if get_origin(annotation) is Literal:
        yield from (word for word in get_args(annotation) if isinstance(word, str))
    else:
        for part in get_args(annotation):
            yield from words_of(part)


@each_row
def test_its_example_is_a_plans(row: Row) -> None:
    example = tomllib.loads(f"value = {{ {row.example} }}")["value"]
    assert row.key in example
    values = BASE | plan_with(row.place.partition("#")[2], example)
    make_plan({key: value for key, value in values.items() if key != "stages" or value}, where="docs")


OF_THE_SOURCE: dict[str, dict[str, Any]] = {
    "reported": {"target": "fastapi", "metric": "rps", "values": {10: 4.12}},
    "claim": {"id": "c", "text": "a claim", "says": "fastapi.rps > 30 at 100 users"},
}


def plan_with(section: str, example: dict[str, Any]) -> dict[str, Any]:  # noqa: C901  (an arm a table)
    """A plan's values with an example of one of its tables."""
    match section:
        case "The plan":
            needs_request = {"data", "cookies"} & set(example)
            needs_open = {"spacing", "max_users", "model"} & set(example)
            load: dict[str, Any] = {"stages": []} if "levels" in example else {}
            return (
                example
                | load
                | ({"request": [REQUEST]} if needs_request else {})
                | ({"model": "open", "stages": [{"rate": 5, "hold": "1 m"}]} if needs_open else {})
            )
        case "In a plan":
            return {"schedule": "capacity", "slo": "p95 < 500 ms", "capacity": example}
        case "target":
            known = {} if {"url", "container"} & set(example) else {"command": TARGET["command"]}
            return {"target": [{"name": "node"} | known | example]}
        case "stages":
            is_open = {"rate", "rate_to"} & set(example)
            first = {"rate_to": 1, "over": 1} if is_open else {"ramp_to": 1, "over": 1}
            return {"stages": [first, example], "model": "open" if is_open else "closed"}
        case "fault":
            return {"fault": [{"at": "1 s", "fault": "pause for 1 s"} | example]}
        case "slo":
            return {"slo": example}
        case "view" | "published":
            return {section: example}
        case "reported" | "claim":
            return {section: [OF_THE_SOURCE[section] | example]}
        case "Data files":
            return {"data": {"users": {"file": "users.csv"} | example}, "request": [REQUEST]}
        case "step":
            return {"step": [REQUEST, REQUEST | {"name": "second", "once": False} | example]}
        case "request":
            return {"request": [REQUEST | example]}
        case "files":
            return {"request": [REQUEST | {"files": {"picture": example}}]}
        case "checks.size":
            return {"request": [REQUEST | {"checks": {"size": example}}]}
        case "checks.headers":
            return {"request": [REQUEST | {"checks": {"headers": {"X-Id": example}}}]}
        case "take":
            return {"step": [REQUEST | {"take": {"token": example}}]}
        case _:
            return {"request": [REQUEST | {section: example}]}
