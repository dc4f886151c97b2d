"""Profiles as a file for speedscope."""

from typing import Any

import orjson
import pytest

from engine.export.speedscope import speedscope
from engine.metrics.profiles import Profiled
from targets.errors import UsageError
from tests.support.made_profiles import DENIED, PROFILED, profiled_session


def stacks_of(file: dict[str, Any], number: int) -> dict[str, int]:
    """A profile of the file as stacks with weights."""
    names = [frame["name"] for frame in file["shared"]["frames"]]
    profile = file["profiles"][number]
    return {
        ";".join(names[at] for at in stack): weight
        for stack, weight in zip(profile["samples"], profile["weights"], strict=True)
    }


def test_the_file_has_a_profile_for_each_target_with_its_stacks() -> None:
    file = orjson.loads(b"".join(speedscope(profiled_session(PROFILED))))
    assert file["$schema"] == "https://www.speedscope.app/file-format-schema.json"
    assert [each["name"] for each in file["profiles"]] == [
        "fastapi, from 00:10 on",
        "django-wsgi, from 00:10 on",
    ]
    app = "Runner.run;get_request_handler.<locals>.app"
    assert stacks_of(file, 0) == {
        f"{app};prices <&>": 200,
        "Runner.run": 100,
        app: 60,
        f"{app};jsonable_encoder": 40,
    }
    first = file["profiles"][0]
    assert (first["type"], first["unit"], first["startValue"]) == ("sampled", "none", 0)
    assert first["endValue"] == sum(first["weights"])
    assert {"name": "prices <&>", "file": "shop/api.py"} in file["shared"]["frames"]


@pytest.mark.parametrize("profiled", [(), (Profiled(1, 2, 100, (DENIED,)),)])
def test_without_a_profile_it_says_how_to_make_one(profiled: tuple[Profiled, ...]) -> None:
    with pytest.raises(UsageError) as raised:
        speedscope(profiled_session(*profiled))
    assert "--profile 5s" in raised.value.hint
