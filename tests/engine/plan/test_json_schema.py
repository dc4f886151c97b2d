"""The JSON Schema of plan files: it takes what a plan may say, and nothing that it may not."""

import tomllib
from typing import Any

import jsonschema
import pytest

import presets
from engine.plan.errors import NOT_FOR_FILES
from engine.plan.json_schema import plan_schema
from engine.plan.plan import Plan
from tests.test_docs import DOCS, plans_in

SCHEMA = plan_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_is_valid(name: str) -> None:
    VALIDATOR.validate(tomllib.loads(presets.text_of(name)))


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_every_plan_of_the_pages_is_valid(page: Any) -> None:
    for text in plans_in(page.read_text(encoding="utf-8")):
        VALIDATOR.validate(tomllib.loads(text))


@pytest.mark.parametrize(
    "line",
    [
        "thnk_time = 3",
        "levels = [0]",
        'levels = ["ten"]',
        "hold = true",
        'schedule = "relay"',
        "repetitions = 0",
        "stages = []",
        "stages = [{ usrs = 3 }]",
        "sweep = { workers = 4 }",
        "load_workers = 65",
        'preset = "x"',
        "quick = true",
        'fault = [{ fault = "kill" }]',
    ],
)
def test_what_a_plan_cannot_say(line: str) -> None:
    assert not VALIDATOR.is_valid(tomllib.loads(line))


@pytest.mark.parametrize(
    "line",
    [
        'targets = "fastapi, django-wsgi"',
        'fault = [{ at = "1 s", fault = "kill", for = "2 s" }]',
        'slo = "p95 < 200 ms"',
        "slo = { latency = 0.2 }",
        "think_time = 1",
        'load_workers = "auto"',
        'cluster = "local"\nload_workers = "max"',
        "sweep = { fastapi = { pool = [1, 2] }, workers = [1] }",
        'request = [{ path = "/", expect_status = [200, "4xx"], checks.contains = "a", checks.size = 3 }]',
    ],
)
def test_what_can_be_written_in_several_ways(line: str) -> None:
    VALIDATOR.validate(tomllib.loads(line))


def test_every_field_is_described() -> None:
    for node in (SCHEMA, *SCHEMA["$defs"].values()):
        for name, field in node["properties"].items():
            told_by_name = {"method", "path", "headers", "auth", "checks", "min", "max", "weight"}
            assert field.get("description") or name in told_by_name, name
    assert SCHEMA["properties"].keys() == Plan.model_fields.keys() - NOT_FOR_FILES
