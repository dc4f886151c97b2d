"""Secrets are planted in every place of a plan where a person can write one; none is in what is recorded."""

from itertools import count
from typing import Any

import orjson
import pytest
from pydantic import BaseModel

from engine.plan.plan import Plan
from engine.plan.targets import CustomTarget
from engine.plan.workload import Auth, Checks, RequestSpec, StepSpec

_numbers = count(1)


def planted() -> str:
    """Another secret each time."""
    return f"S3cr3t{next(_numbers):04}x"


def in_values() -> dict[str, Any]:
    """Names and values, as headers, forms and queries have them."""
    names = ("password", "pwd", "api-key", "X-Api-Key", "clientSecret", "session", "Cookie", "access_token")
    return {name: planted() for name in names} | {
        "url": f"https://ann:{planted()}@host/",
        "Authorization": f"Bearer {{n}}{planted()}",
        "note": f"token={planted()}",
    }


def in_texts() -> str:
    return f"see http://ann:{planted()}@host/?api_key={planted()} with password={planted()}"


def in_json() -> dict[str, Any]:
    return {"deep": [{"auth": {"pin": planted()}}, in_values()], "text": orjson.dumps(in_values()).decode()}


NO_TEXT = object()
"""Numbers, choices of few words, names of files, and what is told of elsewhere."""

REQUEST: dict[str, Any] = {
    "name": in_texts,
    "path": lambda: f"/things?q=1&token={planted()}&api%5Fkey={planted()}",
    "query": in_values,
    "headers": in_values,
    "json_body": in_json,
    "form": in_values,
    "body": lambda: orjson.dumps(in_json()).decode(),
    "auth": lambda: {"basic": ["ann", planted()]},
    "checks": lambda: {"contains": [in_texts()], "json": {"/a/token": planted(), "/b": in_json()}},
    "message": lambda: orjson.dumps(in_json()).decode(),
    "until": lambda: f"token={planted()}",
} | dict.fromkeys(("weight", "method", "files", "expect_status", "stream", "receive"), NO_TEXT)

STEP = REQUEST | dict.fromkeys(("once", "take"), NO_TEXT)

TARGET: dict[str, Any] = {
    "about": in_texts,
    "command": lambda: [
        *("serve", "{port}", "--password", planted(), f"--token={planted()}", f"a=b;pwd={planted()}"),
        *("-u", f"ann:{planted()}", "-c", f"TOKEN='{planted()}' serve --api-key {planted()}"),
    ],
    "env": in_values,
    "health": lambda: f"/health?key={planted()}",
    "label": lambda: f"?key={planted()}",
} | dict.fromkeys(("name", "cwd", "revision", "url", "container", "ca", "insecure", "server_name"), NO_TEXT)

TEXTS = ("title", "question", "source", "workload", "expected_difference")
PLAN: dict[str, Any] = dict.fromkeys(TEXTS, in_texts)
PLAN["data"] = lambda: {"password": [planted(), planted()], "pw": [planted(), planted()], "city": ["Bonn"]}
PLAN["published"] = lambda: {"machine": in_texts(), "software": in_texts(), "assumed": [in_texts()]}
PLAN["reported"] = lambda: [
    {"target": "fastapi", "metric": "rps", "values": {10: 1.0}, "where": in_texts()},
]
PLAN["claim"] = lambda: [
    {"id": "a", "text": in_texts(), "says": "fastapi.rps > 1 at 1 users", "where": in_texts()},
]
PLAN["levels"] = lambda: [2, 3]
PLAN["hold"] = lambda: "5 s"
PLAN["view"] = lambda: {"captions": {"p95": f"?key={planted()}"}}
PLAN["say"] = lambda: [f"?key={planted()}", f"?key={planted()}"]
PLAN["database"] = lambda: f"mysql://ann:{planted()}@host:3306"


def fields(kind: type[BaseModel], known: dict[str, Any], *others: str) -> None:
    """Fails where a model has a field of which nothing is said here."""
    unknown = set(kind.model_fields) - set(known) - set(others)
    assert not unknown, f"can a secret be in {unknown} of {kind.__name__}? say so here"


def test_no_field_is_forgotten() -> None:
    fields(RequestSpec, REQUEST)
    fields(StepSpec, STEP)
    fields(CustomTarget, TARGET)
    fields(Auth, {"basic": 1, "bearer": 1})
    fields(Checks, {"contains": 1, "json_values": 1, "size": 1})
    load = "preset stages spawn_rate gap repetitions quick sweep rounds turn within profile profile_at"
    numbers = "max_users warm_up timeout network_delay ready_within load_workers seed cookies left_out_levels"
    set_by_changes = "origin"
    choices = "think_time slo model spacing client fault schedule capacity runtime accept_difference folder"
    fields(
        Plan,
        PLAN,
        "target",
        "targets",
        "request",
        "step",
        *load.split(),
        *numbers.split(),
        *choices.split(),
        set_by_changes,
    )


BODIES = ("json_body", "form", "body", "message")


def requests(places: dict[str, Any]) -> list[dict[str, Any]]:
    """Requests that have a secret in every place: one for each kind of body."""
    made: list[dict[str, Any]] = []
    for body in BODIES:
        spec = {name: make() for name, make in places.items() if make is not NO_TEXT and name not in BODIES}
        spec |= {body: places[body](), "path": f"{spec['path']}&number={len(made)}"}
        spec = {"json" if name == "json_body" else name: value for name, value in spec.items()}
        spec |= {"stream": "websocket" if body == "message" else "sse"}
        spec["name"] = f"{len(made)} {spec['name']}"
        made.append(spec)
    made.append({"path": f"/unnamed?token={planted()}", "auth": {"bearer": f"{{n}}{planted()}"}})
    made.append({"path": "/", "form": {"password": "{pw}", "pwd": "{password}"}})
    return made


def plan_with(workload: str) -> Plan:
    own = {name: make() for name, make in TARGET.items() if make is not NO_TEXT} | {"name": "mine"}
    values = {name: make() for name, make in PLAN.items()}
    return Plan.model_validate(
        values
        | {
            "target": [own],
            "targets": [
                "mine",
                f"django-wsgi:label=?key={planted()}",
                f"fastapi:env.API_KEY={planted()}:env.PLAIN=http://ann:{planted()}@host",
            ],
            workload: requests(REQUEST if workload == "request" else STEP),
        }
    )


@pytest.mark.parametrize("workload", ["request", "step"])
def test_a_recorded_plan_holds_none_of_them(workload: str) -> None:
    plan = plan_with(workload)
    recorded = orjson.dumps(plan.model_dump(mode="json"), option=orjson.OPT_INDENT_2).decode()
    left = [line.strip() for line in recorded.splitlines() if "S3cr3t" in line]
    assert left == []
    assert "Bonn" in recorded
    assert '"password": "{pw}"' in recorded, "what is filled in is no secret"
    assert not [each.title for each in (*plan.request, *plan.step) if "S3cr3t" in each.title]
    assert "S3cr3t" not in plan.targets[0].target.about
    assert orjson.dumps(plan.model_dump(), option=orjson.OPT_NON_STR_KEYS).count(b"S3cr3t") > 50, (
        "it is there when it is sent"
    )


def test_the_secrets_of_a_plan_are_known() -> None:
    plan = plan_with("step")
    masker = plan.masker()
    sent = orjson.dumps(plan.model_dump(), option=orjson.OPT_NON_STR_KEYS).decode()
    assert "S3cr3t" not in masker.known(" ".join(sorted(masker.hidden)))
    passwords = [*plan.data["pw"], *plan.data["password"], plan.step[0].auth.basic[1]]  # type: ignore[union-attr,index]
    for secret in passwords:
        assert secret in sent
        assert masker.known(f"the server says: no such user, {secret}.") == (
            "the server says: no such user, (hidden)."
        )
