"""A plan as it is recorded and shown: without its secrets, wherever they are in it. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.client.placeholders import BUILT_IN
from engine.plan.data_file import DataRows
from engine.plan.variables import values_of
from targets.secrets import MIN_REPEATED_LENGTH, Masker, is_secret
from targets.variables import Variables

_TEXTS = ("preset", "title", "question", "source", "workload", "expected_difference")


Envs = Sequence[Mapping[str, str]]
"""The environment variables that each target's options add."""


def masker_of(
    plain: Mapping[str, Any], envs: Envs, variables: Variables, rows: Mapping[str, DataRows]
) -> Masker:
    """A masker that knows the placeholders, secrets and variables of a plan, given as plain values, and the
    secrets in its data files."""
    columns = {f"data.{name}.{column}" for name, data in rows.items() for column in data.names}
    taken = {name for step in plain["step"] for name in step["take"]}
    taken |= {f"setup.{name}" for request in plain["setup"] for name in request["take"]}
    masker = Masker(
        placeholders=frozenset({*BUILT_IN, *plain["data"], *taken, *columns, "port"}),
        variables=values_of(dict(plain) | {"targets": [dict(env) for env in envs]}, variables),
    )
    masked_plan(plain, envs, masker)
    masker.listed = frozenset(
        value
        for name, data in rows.items()
        for column, values in data.table.columns.items()
        if is_secret(column) or f"data.{name}.{column}" in masker.filled
        for value in values
        if len(value) >= MIN_REPEATED_LENGTH
    )
    return masker


def masked_plan(plain: Mapping[str, Any], envs: Envs, masker: Masker) -> dict[str, Any]:
    """A plan, given as plain values, without its secrets. `masker` learns them."""
    masked = dict(plain) | {name: masker.text(plain[name]) for name in _TEXTS}
    for kind in ("setup", "request", "step", "teardown"):
        masked[kind] = [_masked_request(each, masker) for each in plain[kind]]
    masked |= {name: masker.value(plain[name]) for name in ("published", "reported", "claim", "view")}
    masked["target"] = [_masked_target(each, masker) for each in plain["target"]]
    masked["targets"] = [each | {"label": masker.text(each["label"])} for each in plain["targets"]]
    masked["say"] = [masker.text(each) for each in plain["say"]]
    masked["stages"] = [each | {"say": masker.text(each["say"])} for each in plain["stages"]]
    for env in envs:
        masker.value(dict(env))
    # Last: a list is secret if a request fills one of its values in where a secret belongs.
    masked["data"] = {
        name: dict(values)
        if isinstance(values, Mapping)
        else masker.value(values, name, secret=name in masker.filled)
        for name, values in plain["data"].items()
    }
    return masked


def _masked_request(plain: Mapping[str, Any], masker: Masker) -> dict[str, Any]:
    """A request or a step."""
    text, value = masker.text, masker.value
    masked: dict[str, Any] = {name: text(plain[name]) for name in ("name", "path", "until")}
    sent = ("query", "headers", "json", "form", "message", "variables")
    masked |= {name: value(plain[name]) for name in sent}
    if plain["graphql"] is not None:
        masked["graphql"] = masker.document(plain["graphql"])
    if isinstance(plain["body"], str):
        masked["body"] = text(plain["body"])
    if plain["auth"] is not None:
        name, password = plain["auth"]["basic"] or ("", None)
        masked["auth"] = {
            "basic": [text(name), value(password, secret=True)] if password is not None else None,
            "bearer": value(plain["auth"]["bearer"], secret=True),
        }
    masked["checks"] = _masked_checks(plain["checks"], masker)
    return dict(plain) | masked


def _masked_checks(checks: Mapping[str, Any], masker: Masker) -> dict[str, Any]:
    """What is expected of a response. Regular expressions stay as they are: they say where something is."""
    value = masker.value
    return dict(checks) | {
        "contains": [masker.text(each) for each in checks["contains"]],
        "json": {where: value(each, where.rpartition("/")[2]) for where, each in checks["json"].items()},
        "jmespath": {where: value(each, where) for where, each in checks["jmespath"].items()},
        "headers": {
            name: test | {how: value(test[how], name) for how in ("equals", "contains")}
            for name, test in checks["headers"].items()
        },
    }


def _masked_target(plain: Mapping[str, Any], masker: Masker) -> dict[str, Any]:
    """A custom target."""
    masked: dict[str, Any] = {name: masker.text(plain[name]) for name in ("about", "label", "health", "url")}
    masked["command"] = list(masker.words(plain["command"]))
    return dict(plain) | masked | {"env": masker.value(plain["env"])}
