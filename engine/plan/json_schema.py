"""The JSON Schema of plan files, so that editors complete and check them.

Made of the types of a plan, and of the texts below their fields. It says what may be written in a file;
whether fields go together is checked when the plan is read.
"""

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, get_args

from pydantic import BaseModel

from engine.plan.errors import NOT_FOR_FILES
from engine.plan.plan import Plan

FILE_NAME = "abreast-plan.schema.json"
"""Beside a plan that was copied out."""

DIRECTIVE = f"#:schema ./{FILE_NAME}"
"""The first line of a plan: tells editors its schema."""

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_FOR = {"description": "How long the fault lasts, if its text does not say so.", "type": ["string", "number"]}


def plan_schema() -> dict[str, Any]:
    """The schema of a plan's file (draft 2020-12)."""
    schema = Plan.model_json_schema()
    models = {model.__name__: model for model in _models_of(Plan)}
    for name, node in {"Plan": schema, **schema["$defs"]}.items():
        if name in models:
            _describe(node, models[name])
    for name in NOT_FOR_FILES:
        schema["properties"].pop(name, None)
    schema["required"] = [name for name in schema.get("required", ()) if name not in {"title", "targets"}]
    schema["$defs"]["FaultSpec"]["properties"]["for"] = _FOR
    return {"$schema": _DRAFT, **_in_use(schema), "title": "A plan of abreast"}


def _describe(node: dict[str, Any], model: type[BaseModel]) -> None:
    """Adds the texts below a model's fields, and drops the titles that repeat their names."""
    texts = _texts_of(model)
    names = {field.alias or name: name for name, field in model.model_fields.items()}
    for key, value in node.get("properties", {}).items():
        value.pop("title", None)
        for alternative in (value, *value.get("anyOf", ())):
            _drop_limits_of_parsed_values(alternative)
        if isinstance(value.get("default"), dict):
            del value["default"]
        if text := texts.get(names.get(key, key)):
            value["description"] = text


def _drop_limits_of_parsed_values(node: dict[str, Any]) -> None:
    """Limits of what is made of a value, which may be written in several ways."""
    if "anyOf" in node:
        for limit in ("minLength", "maxLength", "gt"):
            node.pop(limit, None)


def _texts_of(model: type[BaseModel]) -> dict[str, str]:
    """The text below each field in the source of a model and of those that it extends."""
    found: dict[str, str] = {}
    for kind in reversed(model.__mro__):
        if issubclass(kind, BaseModel) and kind is not BaseModel:
            found |= dict(_texts_in(kind))
    return found


def _texts_in(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    body = ast.parse(textwrap.dedent(inspect.getsource(model))).body[0]
    statements = body.body if isinstance(body, ast.ClassDef) else []
    for field, text in pairwise(statements):
        if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
            continue
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            yield field.target.id, " ".join(str(text.value.value).split())


def _models_of(annotation: Any) -> Iterator[type[BaseModel]]:
    """A model, and all that are in its fields, however they are wrapped."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from _models_of(field.annotation)
    for each in get_args(annotation):
        yield from _models_of(each)


def _in_use(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without definitions that nothing refers to."""
    definitions = schema.pop("$defs")
    used: set[str] = set()
    waiting = set(_references(schema))
    while waiting:
        name = waiting.pop()
        used.add(name)
        waiting |= set(_references(definitions[name])) - used
    return schema | {"$defs": {name: each for name, each in definitions.items() if name in used}}


def _references(node: object) -> Iterator[str]:
    if isinstance(node, Mapping):
        for name, value in node.items():
            if name == "$ref":
                yield str(value).rpartition("/")[2]
            else:
                yield from _references(value)
    elif isinstance(node, list):
        for each in node:
            yield from _references(each)
