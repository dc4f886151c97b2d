"""Values taken from responses."""

import gzip

import pytest

from engine.client.cookies import CookieJar
from engine.client.extraction import depends_on_user, extract_value, extractor
from engine.protocol.request import Extract
from tests.support.captured import captured
from tests.support.jars import jar

PAGE = b'<form><input name="csrf" value="f00"><a href="/items/17">17</a></form>'


def test_values_are_taken_from_bodies_headers_and_cookies() -> None:
    given_answer = captured(b'{"id": 5, "ok": true, "t": "x", "n": null}', (b"ETag", b' "abc" '))
    cases = [("json", "/id", "5"), ("json", "/ok", "true"), ("json", "/t", "x"), ("header", "etag", '"abc"')]
    for source, where, value in [*cases, ("cookie", "sid", "7")]:
        assert extract_value(given_answer, Extract("v", source, where), jar(sid="7")) == value  # type: ignore[arg-type]  # sources by name
    for source, where in [("json", "/n"), ("json", ""), ("json", "/none"), ("header", "x"), ("cookie", "x")]:
        with pytest.raises(ValueError, match=r"v from|v cannot"):
            extract_value(given_answer, Extract("v", source, where), CookieJar())  # type: ignore[arg-type]  # sources by name


@pytest.mark.parametrize(
    "number",
    [
        "79228162514264337593543950336",
        "-18446744073709551617",
        "18446744073709551615",
        "1.10",
        "1e400",
        "-0",
        "0",
        "12345678901234567890.5",
        "7",
    ],
)
def test_numbers_pass_through_as_they_were_written(number: str) -> None:
    found = extract_value(
        captured(b'{"id": [%s]}' % number.encode()), Extract("v", "json", "/id/0"), CookieJar()
    )
    assert found == number


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("items[?open].id | [0]", "12345678901234567890.5"),
        ("length(items)", "2"),
        ("avg(items[].n)", "1.5"),
        ("items[0].name", "a"),
        ("items[1].open", "true"),
        ("to_string(items[0].n)", "1"),
        ("sum(items[].n) > `2`", "true"),
    ],
)
def test_an_expression_makes_a_value_of_the_body(expression: str, value: str) -> None:
    body = (
        b'{"items": [{"name": "a", "open": false, "id": 3, "n": 1},'
        b' {"open": true, "id": 12345678901234567890.5, "n": 2}]}'
    )
    assert extract_value(captured(body), Extract("v", "jmespath", expression), CookieJar()) == value


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"items": []}', r"'items\[0\]' finds nothing to take v from"),
        (b'{"items": [[]]}', r"v cannot be taken: \[\] is neither"),
        (b"<html>", "not JSON"),
    ],
)
def test_an_expression_that_makes_none_is_said(body: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        extract_value(captured(body), Extract("v", "jmespath", "items[0]"), CookieJar())


@pytest.mark.parametrize(
    ("take", "value"),
    [
        (Extract("csrf", "body", "", r'name="csrf" value="([^"]+)"'), "f00"),
        (Extract("id", "body", "", r"/(items)/(?P<id>\d+)"), "17"),
        (Extract("other", "body", "", r"/(items)/(?P<id>\d+)"), "items"),
        (Extract("all", "body", "", r"/items/\d+"), "/items/17"),
        (Extract("id", "header", "location", r"/(\d+)$"), "5"),
        (Extract("id", "cookie", "sid", r"^\w"), "7"),
        (Extract("id", "json", "/a", r"\w$"), "l"),
    ],
)
def test_a_regular_expression_finds_a_value(take: Extract, value: str) -> None:
    body = b'{"a": "xyzl"}' if take.source == "json" else PAGE
    found = captured(body, (b"Location", b"../things/5"))
    assert extract_value(found, take, jar(sid="7x"), target="/a/b") == value


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (r"id=(\d+)", "nothing matches 'id=.* to take v from"),
        (r"<form>|(x)", "nothing matches"),
        (r"(\w*)*\.$", "was given up: it took more than 50 ms"),
    ],
)
def test_a_regular_expression_that_finds_none_is_said(pattern: str, why: str) -> None:
    body = PAGE + b"a" * 100
    with pytest.raises(ValueError, match=why):
        extract_value(captured(body), Extract("v", "body", "", pattern), CookieJar())


@pytest.mark.parametrize(
    "take", [Extract("v", "body", "", "id=(.)"), Extract("v", "json", "/id"), Extract("v", "jmespath", "id")]
)
def test_nothing_to_take_from_a_compressed_body_is_said(take: Extract) -> None:
    said = captured(gzip.compress(b'{"id": "id=5"}', mtime=0), (b"Content-Encoding", b"gzip"))
    with pytest.raises(ValueError, match="sent with the Content-Encoding 'gzip' and is not decoded"):
        extract_value(said, take, CookieJar())


def test_an_extractor_is_made_once_for_many_responses() -> None:
    extract = extractor(Extract("id", "jmespath", "id"))
    assert [extract(captured(b'{"id": %d}' % at), CookieJar(), "/") for at in range(3)] == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("take", "depends"),
    [
        (Extract("v", "cookie", "sid"), True),
        (Extract("v", "header", "location"), True),
        (Extract("v", "header", "etag"), False),
        (Extract("v", "json", "/id"), False),
        (Extract("v", "body", "", "id=(.*)"), False),
    ],
)
def test_some_values_depend_on_the_user_and_not_on_the_response_alone(take: Extract, depends: bool) -> None:
    assert depends_on_user(take) == depends
