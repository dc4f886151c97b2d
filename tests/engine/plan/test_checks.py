"""What people write wrongly in a plan is refused where it comes in."""

import json
import time
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.client.captured_response import resolver
from engine.plan import checks
from engine.plan.plan import Plan, make_plan
from engine.plan.render import rendered
from targets.errors import UsageError
from tests.engine.client.test_template import split
from tests.engine.plan.own_workloads import loaded

BIG = 79228162514264337593543950336
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_any_json_can_be_sent_and_recorded(value: object) -> None:
    assert checks.json_value(value) is value
    orjson.dumps(checks.recordable(value))


@given(st.text())
def test_a_pointer_that_passes_names_something(text: str) -> None:
    try:
        checks.pointer(text)
    except ValueError:
        assert (text and text[0] != "/") or "~" in text
        return
    document: object = "found"
    for token in reversed(text.split("/")[1:]):
        document = {token.replace("~1", "/").replace("~0", "~"): document}
    assert resolver(text)(document) == "found"


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "example.org",
        "example.org.",
        "a_b",
        "xn--bcher-kva.de",
        "bücher.de",
        "127.0.0.1",
        "::1",
        "a" * 63 + ".de",
        "fe80::1%eth0",
    ],
)
def test_a_host(host: str) -> None:
    assert checks.host(host) == host


@pytest.mark.parametrize(
    "host",
    [
        "",
        ".",
        "a..b",
        ".a",
        "a" * 64 + ".de",
        "a." * 127 + "de",
        "-a",
        "a-",
        "a b",
        "*",
        "%zz",
        "a\tb",
        "ü..de",
        "\udcff",
        "。a",
    ],
)
def test_no_host(host: str) -> None:
    with pytest.raises(ValueError, match="host"):
        checks.host(host)


def target(**said: object) -> Plan:
    """A plan with a target of its own."""
    values = {"title": "t", "stages": [{"users": 1, "hold": "2 s"}], "request": [{"path": "/"}]}
    return make_plan(values | {"target": [{"name": "t", **said}]}, where="x")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"command": ["a\0b", "{port}"]}, "U+0000"),
        ({"command": "a {port}", "cwd": "a\0"}, "U+0000"),
        ({"command": "'' {port}"}, "begin with a program"),
        ({"command": "a {port}", "env": {"A=B": "c"}}, "no ="),
        ({"command": "a {port}", "env": {"": "c"}}, "one character"),
        ({"command": "a {port}", "env": {"A": "\0"}}, "NUL"),
        ({"url": "https://a", "ca": "\0"}, "U+0000"),
        ({"url": "https://a", "server_name": "a..b"}, "not a host"),
        ({"url": "http://a..b"}, "not a host"),
        ({"url": "http://a:0"}, "port 0"),
        ({"url": "http://a\tb"}, "U+0009"),
        ({"url": "http://a", "health": "/a\r\nX: y"}, "U+000D"),
    ],
)
def test_what_a_target_cannot_be(said: dict[str, object], why: str) -> None:
    with pytest.raises(UsageError) as caught:
        target(**said)
    assert why in str(caught.value)


NESTED = "[" * 300 + "]" * 300


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (f'method = "POST"\njson = {NESTED}', "nested too deeply"),
        (f'checks.json = {{ "/a" = {NESTED} }}', "nested too deeply"),
        ('method = "POST"\njson = nan', "no nan"),
        ("checks.json = { '/a' = 1979-05-27 }", "no date"),
        ("checks.json = { id = 1 }", 'begins with a slash: "/id"'),
        ("checks.json = { '/a~b' = 1 }", "~0"),
        (f"checks.size = {BIG}", "or less"),
        (f"name = '{{random:1-{BIG}}}'\nquery = {{ a = '{{random:1-{BIG}}}' }}", "18 digits"),
        ('name = "a\\nb"', "U+000A"),
        ('method = "POST"\nfiles.a = { file = "mine.toml", type = "a\\r\\nX: y" }', "U+000D"),
    ],
)
def test_what_a_request_cannot_be(tmp_path: Path, lines: str, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        loaded(tmp_path, f'[[request]]\npath = "/"\n{lines}\n')
    assert why in str(caught.value)


@pytest.mark.parametrize(
    ("where", "why"),
    [("/a~b", "~0"), ("id", "cannot be taken"), ("header:中", "nothing"), ("cookie:a b", "nothing")],
)
def test_where_nothing_can_be_taken(tmp_path: Path, where: str, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        loaded(tmp_path, f"[[step]]\npath = '/'\ntake = {{ id = '{where}' }}\n")
    assert why in str(caught.value)


def test_whole_numbers_of_any_size_are_sent_as_written_and_recorded(tmp_path: Path) -> None:
    plan = loaded(
        tmp_path,
        f'[[request]]\nmethod = "POST"\npath = "/"\nquery = {{ q = {BIG} }}\njson = {{ id = {BIG} }}\n'
        f'checks.json = {{ "/id" = {BIG} }}\n[[request]]\nmethod = "POST"\npath = "/f"\n'
        f"form = {{ a = {BIG} }}\n",
    )
    first, second = rendered(plan, "own", "http://127.0.0.1:1").templates
    line, _, body = split(first.head)
    assert line == f"POST /?q={BIG} HTTP/1.1"
    assert json.loads(body) == {"id": BIG}
    assert json.loads(first.checks[0].expected) == BIG
    assert split(second.head)[2] == f"a={BIG}".encode()
    recorded = orjson.loads(orjson.dumps(plan.model_dump(mode="json")))
    assert recorded["request"][0]["json"] == {"id": str(BIG)}


def test_targets_by_the_thousand_are_refused_at_once() -> None:
    values = {"title": "t", "stages": [{"users": 1, "hold": "2 s"}], "request": [{"path": "/"}]}
    own = [{"name": f"t{number}", "url": "http://127.0.0.1:1"} for number in range(20_000)]
    for said in ({"target": own}, {"targets": ["fastapi"] * 20_000}, {"targets": "fastapi," * 20_000}):
        began_s = time.process_time()
        with pytest.raises(UsageError, match="entries, not 20000"):
            make_plan(values | said, where="x")
        assert time.process_time() - began_s < 10, "seconds of the processor: it took minutes"
