"""The workloads `upstream`, `login`, and `mix`, a bit of everything."""

from dataclasses import replace

from targets.contract.shapes import (
    CONTENT_TYPE,
    NOT_JSON,
    Refusal,
    Request,
    Workload,
    unprocessable,
    wrong_method,
)
from targets.contract.tasks import HELLO, TASKS

UPSTREAM_TIMEOUT_S = 5
"""How long a target waits for the upstream."""
UPSTREAM_JSON = (
    b'{"source":"upstream","items":[{"id":1,"name":"one"},{"id":2,"name":"two"},{"id":3,"name":"three"}]}'
)
"""The answer of the stand-in upstream."""

USER, PASSWORD = "ann", "open sesame"
"""The only user who can log in."""

UPSTREAM = Workload(
    "upstream",
    "what another server answers, fetched and passed on",
    (Request("data", "GET", "/data", answer=UPSTREAM_JSON),),
)

LOGIN = Workload(
    "login",
    "log in, then ask who you are, with the token",
    (
        Request(
            "login",
            "POST",
            "/login",
            json={"user": USER, "password": PASSWORD},
            checks=(("/token_type", '"bearer"'),),
            takes=(("token", "/token"),),
        ),
        Request(
            "me",
            "GET",
            "/me",
            headers=(("authorization", "Bearer {token}"),),
            answer=f'{{"user":"{USER}"}}'.encode(),
        ),
    ),
    journey=True,
)

_MIXED = {"list": 20, "read": 40, "create": 10, "replace": 5, "change": 5, "delete": 5}

MIX = Workload(
    "mix",
    "a mixture: mostly reads, some writes, no waiting",
    (
        replace(HELLO.requests[0], weight=15),
        *(replace(request, weight=_MIXED[request.name]) for request in TASKS.requests),
    ),
)


def bad_gateway(reason: str) -> bytes:
    """The body of a 502."""
    return f'{{"error":"bad gateway","reason":"{reason}"}}'.encode()


def unauthorized(reason: str) -> bytes:
    """The body of a 401."""
    return f'{{"error":"unauthorized","reason":"{reason}"}}'.encode()


WRONG_PASSWORD = unauthorized("wrong user or password")
NO_TOKEN = unauthorized("a bearer token is needed")
BAD_TOKEN = unauthorized("the token is not valid")

_BAD_USER = unprocessable(("user", "must be a text of 1 to 200 characters"))


def _login(name: str, body: bytes, status: int, answer: bytes) -> Refusal:
    return Refusal(
        f"login: {name}",
        "POST",
        "/login",
        status,
        answer,
        content_type=CONTENT_TYPE,
        body=body,
        workload="login",
    )


def _me(name: str, authorization: str, answer: bytes) -> Refusal:
    headers = (("authorization", authorization),) if authorization else ()
    return Refusal(f"me: {name}", "GET", "/me", 401, answer, headers=headers, workload="login")


REFUSALS: tuple[Refusal, ...] = (
    wrong_method("data takes GET alone", "POST", "/data", "GET", "upstream"),
    wrong_method("login takes POST alone", "GET", "/login", "POST", "login"),
    wrong_method("me takes GET alone", "DELETE", "/me", "GET", "login"),
    _login("malformed JSON", b'{"user"', 422, NOT_JSON),
    _login("no password", b'{"user":"ann"}', 422, unprocessable(("password", "is missing"))),
    _login("user is a number", b'{"user":1,"password":"a"}', 422, _BAD_USER),
    _login("unknown user", b'{"user":"eve","password":"open sesame"}', 401, WRONG_PASSWORD),
    _login("wrong password", b'{"user":"ann","password":"open sesam\xc3\xa9"}', 401, WRONG_PASSWORD),
    _me("no token", "", NO_TOKEN),
    _me("another scheme", "Basic YW5uOm9wZW4gc2VzYW1l", NO_TOKEN),
    _me("an empty token", "Bearer", NO_TOKEN),
    _me("a token made up", "Bearer YW5u.0000", BAD_TOKEN),
    _me("no token at all", "Bearer nonsense", BAD_TOKEN),
)
"""Their requests that are refused."""
