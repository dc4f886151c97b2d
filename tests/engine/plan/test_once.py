"""Setup and teardown requests in a plan, and their values in other requests."""

from pathlib import Path
from typing import Any

import pytest

import presets
from engine.client.template_fill import FillContext, Filler
from engine.plan.once import taken_in
from engine.plan.plan import Plan, make_plan
from engine.plan.render import check_sendable, rendered, rendered_once
from targets.errors import UsageError

LOGIN = {
    "method": "POST",
    "path": "/login",
    "json": {"user": "ann"},
    "take": {"token": "/token", "id": "/id"},
}


def plan_with(**changes: Any) -> Plan:
    base = {
        "title": "T",
        "targets": ["fastapi"],
        "stages": [{"users": 1, "hold": "2 s"}],
        "setup": [LOGIN],
        "request": [{"path": "/items/{setup.id}", "auth": {"bearer": "{setup.token}"}}],
        "teardown": [{"method": "DELETE", "path": "/items/{setup.id}"}],
    }
    return make_plan(base | changes, where="plan")


def refused(**changes: Any) -> str:
    with pytest.raises(UsageError) as caught:
        check_sendable(plan_with(**changes), "plan", "")
    return str(caught.value)


def head(plan: Plan, **values: str) -> bytes:
    (template,) = rendered(plan, "own", "http://h:1", values).templates
    return Filler(template).fill(FillContext(0, 0, 7, {}))


def test_values_of_setup_are_part_of_the_requests_bytes() -> None:
    plan = plan_with()
    (template,) = rendered(plan, "own", "http://h:1", {"token": "t+/=", "id": "a/b?c"}).templates
    assert template.slots == (), "nothing is left to do for each request"
    assert template.head.startswith(b"GET /items/a%2Fb%3Fc HTTP/1.1\r\n")
    assert b"\r\nauthorization: Bearer t+/=\r\n" in template.head
    last = rendered_once(plan, plan.teardown[0], "http://h:1", {"token": "t", "id": "5"})
    assert last.head.startswith(b"DELETE /items/5 HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("request_", "end"),
    [
        ({"json": {"a": "{setup.id}", "n": "{setup.id|number}"}}, b'{"a":"12","n":12}'),
        ({"json": {"a": "<{setup.token}>"}}, b'{"a":"<\\"\\u00e4\\n>"}'),
        ({"form": {"a": "{setup.token}"}}, b"a=%22%C3%A4%0A"),
        ({"body": "{setup.id}{n}{setup.id}"}, b"12712"),
        ({"auth": {"basic": ["ann", "{setup.id}"]}}, b"\r\nauthorization: Basic YW5uOjEy\r\n\r\n"),
        ({"auth": {"basic": ["ann{n}", "{setup.id}"]}}, b"\r\nauthorization: Basic YW5uNzoxMg==\r\n\r\n"),
    ],
)
def test_they_are_escaped_for_their_place(request_: dict[str, Any], end: bytes) -> None:
    plan = plan_with(request=[{"method": "POST", "path": "/"} | request_])
    sent = head(plan, id="12", token='"ä\n')
    expected = end.replace(b"\\u00e4", "ä".encode()).replace(b"\\n", b"\\n")
    assert sent.endswith(expected)
    body = sent.partition(b"\r\n\r\n")[2]
    assert not body or f"\r\nContent-Length: {len(body)}\r\n".encode() in sent


def test_a_path_may_be_where_setup_leads() -> None:
    plan = plan_with(request=[{"path": "{setup.id}"}])
    check_sendable(plan, "plan", "")
    assert head(plan, id="http://h:1/new/7?x={y}").startswith(b"GET /new/7?x=%7By%7D HTTP/1.1\r\n")
    with pytest.raises(UsageError, match="leads to another server"):
        head(plan, id="http://elsewhere/new/7")


@pytest.mark.parametrize(
    ("values", "request_", "why"),
    [
        ({"token": "a\nb"}, {"path": "/", "auth": {"bearer": "{setup.token}"}}, "control character"),
        ({"id": "x"}, {"path": "/", "json": {"a": "{setup.id|number}"}}, "{setup.id} is not a number"),
        ({}, {"path": "/{setup.id}"}, "unknown value taken by a setup request 'id'"),
    ],
)
def test_a_value_that_cannot_be_sent_is_refused_before_load(
    values: dict[str, str], request_: dict[str, Any], why: str
) -> None:
    with pytest.raises(UsageError) as caught:
        head(plan_with(request=[{"method": "POST"} | request_]), **values)
    assert why in str(caught.value)


def test_setup_requests_use_what_earlier_ones_took() -> None:
    second = {"path": "/me", "auth": {"bearer": "{setup.token}"}, "take": {"me": "/id"}}
    plan = plan_with(setup=[LOGIN, second])
    check_sendable(plan, "plan", "")
    assert taken_in(plan.setup) == ["token", "id", "me"]
    assert "setup request 'me'" in refused(setup=[LOGIN, second | {"path": "/{setup.me}"}])
    early = [second, LOGIN]
    assert "plan: the request 'GET /me': unknown value taken by a setup request 'token'" in refused(
        setup=early
    )


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"request": [{"path": "/{setup.tokn}"}]}, "did you mean 'token'?"),
        ({"request": [{"path": "/{setup.token:user}"}]}, "{setup.token:user} means nothing"),
        ({"request": [{"path": "/{token}"}]}, "unknown word 'token'"),
        ({"teardown": [{"path": "/{setup.x}"}]}, "unknown value taken by a setup request 'x'"),
        ({"setup": [LOGIN, LOGIN]}, "two setup requests have the name 'POST /login'"),
        ({"setup": [LOGIN, LOGIN | {"name": "again"}]}, "two setup requests take the value 'token'"),
        ({"teardown": [{"path": "/"}] * 2}, "two teardown requests have the name 'GET /'"),
        ({"setup": [LOGIN | {"once": True}]}, "setup #1.once: must be False"),
        ({"setup": [LOGIN | {"think_time": "1 s"}]}, "setup #1.think_time: "),
        ({"setup": [LOGIN | {"stream": "sse"}]}, "setup #1.stream: must be ''"),
        ({"teardown": [{"path": "/", "weight": 2}]}, "teardown #1.weight: must be 1"),
        ({"teardown": [{"path": "/", "take": {}}]}, "unknown key 'teardown #1.take'"),
        ({"setup": [{}]}, "setup #1.path: is missing"),
    ],
)
def test_what_is_wrong_is_said(changes: dict[str, Any], error: str) -> None:
    assert error in refused(**changes)


def test_the_line_of_a_wrong_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(
        'targets = ["fastapi"]\nstages = [{ users = 1, hold = "2 s" }]\n'
        '[[setup]]\npath = "/"\n[[teardown]]\npath = "/{setup.none}"\n'
    )
    with pytest.raises(UsageError, match="line 5: the request 'GET /"):
        presets.load(str(path))


def test_they_are_recorded_without_secrets() -> None:
    plan = plan_with(setup=[LOGIN | {"json": {"user": "ann", "password": "s3cret"}}])
    recorded = plan.model_dump(mode="json")
    assert recorded["setup"][0]["json"] == {"user": "ann", "password": "(hidden)"}
    assert recorded["request"][0]["auth"]["bearer"] == "{setup.token}"
    masker = plan.masker()
    masker.learn({"setup.token": "t0ken-1", "setup.id": "id-1234"})
    assert masker.known("t0ken-1 of id-1234") == "(hidden) of id-1234"
