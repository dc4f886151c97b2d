"""Profiles in the session JSON."""

from dataclasses import replace

from jsonschema import Draft202012Validator

from engine.export.profile_document import profile_document
from engine.export.session_json import schema
from engine.metrics.profiles import Profiled
from tests.support.made_profiles import DENIED, FASTAPI, PROFILED, profiled_session

VALIDATOR = Draft202012Validator(schema()["properties"]["profile"])


def test_a_session_with_profiles_is_as_the_schema_says() -> None:
    made = profiled_session(PROFILED, replace(PROFILED, t_s=20.0, until_s=25.1)).document
    VALIDATOR.validate(made["profile"])
    assert len(made["profile"]) == 2
    assert profiled_session().document["profile"] == []


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
