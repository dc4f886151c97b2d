"""The schema of the session JSON: what it promises, and what it refuses."""

from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any, get_args

import jsonschema
import pytest
from pydantic import BaseModel

from engine.export.session_json import schema
from engine.machine import environment
from engine.metrics.snapshot import Recovery, Threshold
from engine.plan.plan import Plan
from tests.engine.export.valid_documents import VALIDATOR, of
from tests.support.recording import (
    added,
    bucket,
    header,
)


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


def test_every_field_says_what_it_is() -> None:
    def undescribed(at: str, node: Any) -> list[str]:
        if not isinstance(node, dict):
            return []
        found = []
        for name, each in node.get("properties", {}).items():
            found += [f"{at}.{name}"] * ("description" not in each and "$ref" not in each)
            found += undescribed(f"{at}.{name}", each)
        for name, each in node.get("$defs", {}).items():
            found += undescribed(name, each)
        return found + undescribed(at, node.get("items"))

    assert undescribed("session", schema()) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda made: made.update(mood="good"),
        lambda made: made.pop("health"),
        lambda made: made.update(outcome="fine"),
        lambda made: made["targets"][0].update(mood="good"),
        lambda made: made["targets"][0]["summary"].update(requests=-1),
        lambda made: made["targets"][0]["summary"]["latency_ms"].update(p95="1 ms"),
        lambda made: made["targets"][0]["buckets"]["light"].append("blue"),
        lambda made: made["plan"].update(mood="good"),
    ],
)
def test_the_schema_refuses_what_is_wrong(spoil: Callable[[dict[str, Any]], None]) -> None:
    made = of(header("fastapi"), added("a"), bucket(1, ok_us=[1000]))
    spoil(made)
    assert not VALIDATOR.is_valid(made)


WITH_UNITS = {
    "latency": "latency_ms",
    **{
        name: f"{name}_s"
        for name in (
            *("over", "hold", "gap", "at", "warm_up", "timeout", "network_delay", "ready_within"),
            *("profile", "profile_at", "turn", "within"),
        )
    },
}


def written_by(model: type[BaseModel]) -> dict[str, list[type[BaseModel]]]:
    """The keys of an exported model, and the models in each."""
    return {
        (field.serialization_alias or field.alias or WITH_UNITS.get(name, name)): list(
            _models_in(field.annotation)
        )
        for name, field in model.model_fields.items()
        if not field.exclude
    }


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for each in get_args(annotation):
        yield from _models_in(each)


def undescribed(at: str, node: dict[str, Any], model: type[BaseModel]) -> Iterator[str]:
    """Where the schema names other keys than a model writes, as deep as it names any."""
    if "$ref" in node:
        node = schema()["$defs"][node["$ref"].rsplit("/", 1)[1]]
    if "properties" not in node:
        return
    keys = written_by(model)
    if set(node["properties"]) != set(keys):
        yield f"{at}: {sorted(set(node['properties']) ^ set(keys))}"
    for key, models in keys.items():
        below = node["properties"].get(key, {})
        for each in models:
            yield from undescribed(f"{at}.{key}", below.get("items", below), each)


def test_the_schema_describes_the_plan_and_the_machine_as_they_are() -> None:
    properties = schema()["properties"]
    assert list(undescribed("plan", properties["plan"], Plan)) == []
    for name, kind, derived in (("thresholds", Threshold, set()), ("recoveries", Recovery, {"took_s"})):
        known = {field.name for field in fields(kind)} | derived
        assert set(properties[name]["items"]["properties"]) == known
    described = set(properties["environment"]["properties"])
    assert described == {
        *environment.describe(),
        "cores",
        "target_cores",
        "load_workers",
        "nodes",
        "database",
        "sources",
    }
