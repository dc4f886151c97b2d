"""Secrets are planted in every place of a plan where a person can write one; none is in what is recorded."""

import re
from base64 import b64encode
from itertools import count
from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import BaseModel

from engine.plan.plan import Plan, make_plan
from engine.plan.render import rendered
from engine.plan.responses import Checks
from engine.plan.targets import CustomTarget
from engine.plan.workload import Auth, RequestSpec, StepSpec
from targets.errors import TargetError, without_values
from targets.launch import LaunchContext
from targets.secrets import Masker
from targets.variables import Variables

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
    "checks": lambda: {
        "contains": [in_texts()],
        "json": {"/a/token": planted(), "/b": in_json()},
        "jmespath": {"auth.token": planted(), "b": in_json()},
        "headers": {
            "X-Api-Key": planted(),
            "Set-Cookie": {"contains": planted()},
            "Link": f"<http://ann:{planted()}@host>",
        },
    },
    "message": lambda: orjson.dumps(in_json()).decode(),
    "until": lambda: f"token={planted()}",
} | dict.fromkeys(("weight", "method", "files", "timeout", "expect_status", "stream", "receive"), NO_TEXT)

REQUEST |= dict.fromkeys(("graphql", "variables", "operation", "follow_redirects"), NO_TEXT)

STEP = REQUEST | dict.fromkeys(("once", "take", "think_time"), NO_TEXT)

TARGET: dict[str, Any] = {
    "about": in_texts,
    "command": lambda: [
        *("serve", "{port}", "--password", planted(), f"--token={planted()}", f"a=b;pwd={planted()}"),
        *("-u", f"ann:{planted()}", "-c", f"TOKEN='{planted()}' serve --api-key {planted()}"),
    ],
    "env": in_values,
    "health": lambda: f"/health?key={planted()}",
    "label": lambda: f"?key={planted()}",
} | dict.fromkeys(
    ("name", "cwd", "revision", "url", "container", "ca", "insecure", "server_name", "health_status"), NO_TEXT
)

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
    fields(
        Checks,
        dict.fromkeys(("contains", "json_values", "jmespath", "size", "headers", "graphql"), 1),
        "matches",
    )
    load = "preset stages spawn_rate gap repetitions quick sweep rounds turn within profile profile_at"
    numbers = "max_users warm_up timeout network_delay ready_within load_workers seed cookies left_out_levels"
    chosen = "users_chosen seconds_chosen"
    http2 = "http connections streams"
    cluster = "cluster"  # an address without a user
    set_by_changes = "origin"
    not_recorded = "variables rows"
    choices = "think_time slo model spacing client fault schedule capacity runtime accept_difference folder"
    fields(
        Plan,
        PLAN,
        "target",
        "targets",
        "setup",
        "request",
        "step",
        "teardown",
        *load.split(),
        *numbers.split(),
        *chosen.split(),
        *http2.split(),
        cluster,
        *choices.split(),
        set_by_changes,
        *not_recorded.split(),
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
    document = f'mutation {{ login(password: "{planted()}", url: "http://ann:{planted()}@host") {{ id }} }}'
    made.append({"path": "/graphql", "graphql": document, "variables": in_values() | {"deep": in_json()}})
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


# ---------------------------------------------------------------- variables of the environment

VARIABLE = "V4lueOfAVariable"
"""Its value."""


def with_variable(value: Any) -> Any:
    """The value with a variable in place of every text planted in it."""
    if isinstance(value, str):
        return re.sub(r"S3cr3t\d{4,}x", "${SECRET}", value).replace("{n}", "")
    if isinstance(value, dict):
        return {name: with_variable(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [with_variable(each) for each in value]
    return value


FILLED = {
    "url": "http://${SECRET}.test:1234",
    "health": "/health?key=${SECRET}",
    "env": {"API_TOKEN": "${SECRET}", "PLAIN": "${SECRET}", "DB": "mysql://ann:${SECRET}@host/x"},
}


def plan_with_variables(workload: str) -> Plan:
    """A plan with a variable in every place where there may be one; what is not sent has none."""
    sent = with_variable(requests(REQUEST if workload == "request" else STEP))
    own = [
        {"name": "mine", "command": "serve {port}"} | {name: FILLED[name] for name in ("health", "env")},
        {"name": "there"} | {name: FILLED[name] for name in ("url", "health")},
        {"name": "tls", "url": "https://h", "server_name": "${SECRET}"},
    ]
    return make_plan(
        {
            "title": "t",
            "target": own,
            "targets": ["mine", "there", "tls", "fastapi:env.API_KEY=${SECRET}:env.PLAIN=${SECRET}"],
            "stages": [{"users": 1, "hold": 2}],
            "data": {"pw": ["a"], "password": ["b"]},
            workload: sent,
            "variables": Variables({"SECRET": VARIABLE, "OTHER": "another value"}),
        },
        where="plan",
    )


@pytest.mark.parametrize("workload", ["request", "step"])
def test_a_recorded_plan_keeps_variables_as_they_are_written(workload: str) -> None:
    plan = plan_with_variables(workload)
    recorded = plan.model_dump(mode="json")
    text = orjson.dumps(recorded).decode()
    assert VARIABLE not in text
    assert VARIABLE not in repr(plan)
    request = recorded[workload][0]
    assert request["headers"]["X-Api-Key"] == "${SECRET}"
    assert request["auth"]["basic"] == ["ann", "${SECRET}"]
    assert request["json"]["deep"][0]["auth"]["pin"] == "${SECRET}"
    assert request["checks"]["json"]["/a/token"] == "${SECRET}"
    mine, there, tls = recorded["target"]
    assert (mine["env"], mine["health"], there["url"]) == (FILLED["env"], FILLED["health"], FILLED["url"])
    assert tls["server_name"] == "${SECRET}"
    assert recorded["targets"][3]["options"]["env"] == {"API_KEY": "${SECRET}", "PLAIN": "${SECRET}"}
    shown = [each.public_text for each in plan.targets] + [each.target.about for each in plan.targets]
    shown += [each.title for each in (*plan.request, *plan.step)]
    assert VARIABLE not in " ".join([*shown, *(each.target.serves for each in plan.targets)])


@pytest.mark.parametrize("workload", ["request", "step"])
def test_values_of_variables_are_sent_and_started_with(workload: str) -> None:
    plan = plan_with_variables(workload)
    mine, there, tls, catalogue = plan.targets
    assert there.custom is not None
    assert there.custom.address.host == f"{VARIABLE}.test".lower()
    assert tls.custom is not None
    assert tls.custom.server_name == VARIABLE
    launch = mine.filled(mine.target.launch(mine.options, LaunchContext(port=1, folder=Path())))
    assert launch.env.items() >= {"API_TOKEN": VARIABLE, "DB": f"mysql://ann:{VARIABLE}@host/x"}.items()
    assert launch.health_path == f"/health?key={VARIABLE}"
    launch = catalogue.filled(
        catalogue.target.launch(catalogue.options, LaunchContext(port=1, folder=Path()))
    )
    assert launch.env.items() >= {"API_KEY": VARIABLE, "PLAIN": VARIABLE}.items()
    for template in rendered(plan, "own", "http://h:1").templates[:2]:
        assert template.head.decode().count(VARIABLE) > 10
        assert "SECRET}" not in template.head.decode()
        assert VARIABLE in " ".join([*(each.text for each in template.checks), template.until])


def test_variables_take_the_place_of_their_values() -> None:
    masker = plan_with_variables("request").masker()
    assert (
        masker.known(f"no user {VARIABLE}x, not 'another value'") == "no user ${SECRET}x, not 'another value'"
    )
    tricky = Masker(variables={"A": 'a "b"/ü\nlonger line', "B": "t\\k&n", "SHORT": "abc", "WORD": "users"})
    for encoded in ("a%20%22b%22%2F%C3%BC%0Alonger%20line", "a+%22b%22%2F%C3%BC%0Alonger+line"):
        assert tricky.with_variables(f"<{encoded}>") == "<${A}>"
    assert (
        tricky.with_variables(orjson.dumps(['a "b"/ü\nlonger line', "t\\k&n"]).decode()) == '["${A}","${B}"]'
    )
    assert tricky.with_variables("of the longer line") == "of the ${A}"
    assert tricky.with_variables("t\\k&amp;n users superusers abc") == "${B} ${WORD} superusers abc"
    assert tricky.with_variables(b64encode(b"t\\k&n").decode().rstrip("=")) == "${B}"


@pytest.mark.parametrize(
    ("name", "value", "recorded"),
    [
        ("Cookie", "sid=${SID}; token=${TOKEN}", "sid=${SID}; token=${TOKEN}"),
        ("Cookie", "sid=${SID}; theme=dark", "sid=${SID}; theme=(hidden)"),
        ("Authorization", "Bearer ${TOKEN}", "Bearer ${TOKEN}"),
        ("Authorization", "Bearer abc${TOKEN}", "(hidden)"),
        ("token", "${TOKEN:-S3cr3tDefault}", "${TOKEN:-(hidden)}"),
        ("token", "$${SECRET}", "(hidden)"),
        ("note", "mysql://ann:${PW}@host/x", "mysql://ann:${PW}@host/x"),
        ("note", "mysql://ann:${PW:-S3cr3tDefault}@host/x", "mysql://(hidden)@host/x"),
        ("note", "http://S3cr3tToken${A}@host/x", "http://(hidden)@host/x"),
        ("note", "a=1&token=${TOKEN}&pin=123456", "a=1&token=${TOKEN}&pin=(hidden)"),
    ],
)
def test_what_is_written_beside_a_variable_is_a_secret_still(name: str, value: str, recorded: str) -> None:
    assert Masker().value({name: value}) == {name: recorded}


def test_an_error_has_the_names_of_variables() -> None:
    masker = plan_with_variables("request").masker()
    error = without_values(TargetError(f"no {VARIABLE}", why=f"{VARIABLE} is down", hint=VARIABLE), masker)
    assert isinstance(error, TargetError)
    assert (error.what, error.why, error.hint) == ("no ${SECRET}", "${SECRET} is down", "${SECRET}")
    same = TargetError("no host")
    assert without_values(same, masker) is same
