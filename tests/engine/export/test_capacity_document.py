"""A search in the session JSON."""

from typing import Any

import jsonschema
import pytest

from engine.export.capacity_document import capacity_document
from engine.export.session_json import schema
from tests.support.made_searches import MadeSearch, made_capacity
from tests.support.made_trials import Server


def exported(of: MadeSearch | None = None) -> dict[str, Any]:
    found = capacity_document(made_capacity(of))
    assert found is not None
    return found


@pytest.mark.parametrize(
    "of",
    [
        MadeSearch(),
        MadeSearch(trials=0, outcome="interrupted"),
        MadeSearch(trials=7, outcome="running"),
        MadeSearch({"fastapi": Server(0.5), "django-wsgi": Server(5000.0)}),
        MadeSearch(slo="errors < 5 %", capacity={"for_users": 10, "price_per_core_hour": 0.1}),
    ],
    ids=["whole", "empty", "running", "none and most", "sized"],
)
def test_any_search_fits_the_schema(of: MadeSearch) -> None:
    whole = schema()
    jsonschema.validate(exported(of), whole["properties"]["capacity"] | {"$defs": whole["$defs"]})


def test_it_has_the_bracket_every_load_and_every_trial() -> None:
    found = exported()
    fast, slow = found["targets"]
    assert (found["slo"], found["unit"], found["most"]) == ("p95 < 500 ms, errors < 1 %", "users", 1000)
    assert (fast["lower"], fast["upper"], fast["ended"], fast["confirmed"]) == (308, 323, "decided", True)
    assert [level["load"] for level in slow["levels"]] == sorted(level["load"] for level in slow["levels"])
    tried = {trial["load"] for trial in found["trials"] if trial["target"] == "fastapi"}
    assert tried == {level["load"] for level in fast["levels"]}
    assert fast["sizing"] is None
    assert slow["knee"] == pytest.approx(52.5, rel=0.15)


def test_another_session_has_none() -> None:
    assert capacity_document(None) is None
