"""Profiles in the session JSON."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from engine.export.document import folded
from engine.export.loaded import LoadedSession
from engine.export.profile_document import profile_document
from engine.export.session_json import schema
from engine.metrics.profiles import Profiled
from tests.support.made_profiles import DENIED, FASTAPI, PROFILED
from tests.support.made_sessions import Shape, records

VALIDATOR = Draft202012Validator(schema()["properties"]["profile"])


def document_with(*profiled: Profiled) -> dict[str, Any]:
    """The session JSON of a session with these profiles."""
    *begun, ended = records(Shape(seconds=10))
    return LoadedSession(Path("made"), folded([*begun, *profiled, ended])).document


def test_a_session_with_profiles_is_as_the_schema_says() -> None:
    made = document_with(PROFILED, replace(PROFILED, t_s=20.0, until_s=25.1))
    VALIDATOR.validate(made["profile"])
    assert len(made["profile"]) == 2
    assert document_with()["profile"] == []


def test_figures_and_the_call_tree_of_a_target() -> None:
    (made,) = profile_document([Profiled(10.2, 15.3, 100, (FASTAPI, DENIED))])
    fastapi, denied = made["targets"]
    assert fastapi["layers"] == {"server": 0.25, "framework": 0.15, "validation and JSON": 0.1, "view": 0.5}
    assert fastapi["functions"][0] == {
        "function": "prices <&>",
        "file": "shop/api.py",
        "package": "",
        "layer": "view",
        "samples": 200,
        "share": 0.5,
    }
    assert (fastapi["samples"], fastapi["busy"], fastapi["waiting"]) == (400, 0.8, 0.2)
    assert fastapi["cost"] == 0.02
    assert sum(samples for _, _, samples in fastapi["nodes"]) == 400
    assert (denied["trouble"], denied["hint"]) == ("it runs elsewhere", "profile it there")
    assert (denied["nodes"], denied["cost"]) == ([], None)
