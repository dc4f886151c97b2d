"""What checks say of a response."""

import gzip
import json
from encodings.aliases import aliases
from typing import Any, Literal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.client.cookies import CookieJar
from engine.client.extraction import extract_value
from engine.client.response_checks import Fault, body_check, response_check
from engine.protocol.request import Check, Extract, HeaderTest
from tests.support.captured import captured


def json_check(pointer: str, value: Any) -> Check:
    return Check("json", pointer=pointer, expected=orjson.dumps(value))


def made_check(expression: str, value: Any) -> Check:
    return Check("jmespath", pointer=expression, expected=json.dumps(value).encode())


ODD_CHECKS = (
    made_check("sort(@) | [0]", 1),
    made_check("avg(a) || sum(b) || max_by(@, &c)", 1),
    Check("matches", text=r"(\w*\W*)*\d"),
    Check("graphql"),
    Check("header", header="x", test="matches", text="(a|b)*c"),
)
"""Checks of which any body could be wrong in a way of its own."""


@pytest.mark.parametrize(
    ("check", "body", "fault"),
    [
        (Check("contains", text="ü"), "für".encode(), ""),
        (Check("contains", text="ü"), b"fur", "does not contain 'ü'"),
        (Check("size", low=3, high=3), b"abc", ""),
        (Check("size", low=1, high=2), b"abc", "has 3 bytes, not 1 to 2"),
        (json_check("/a/0", 1), b'{"a": [1.0]}', ""),
        (json_check("", [True]), b"[true]", ""),
        (json_check("/a", 1), b'{"a": true}', "at '/a': true, not 1"),
        (json_check("/a", {"b": [1]}), b'{"a": {"b": [true]}}', "not {"),
        (json_check("/a/1", 1), b'{"a": [1]}', "nothing at '/a/1'"),
        (json_check("/a/b", 1), b'{"a": "b"}', "nothing at '/a/b'"),
        (json_check("/a", 1), b"<html>", "not JSON"),
        (made_check("length(a)", 2), b'{"a": [1, 2]}', ""),
        (made_check("a[?b > `1`].b | [0]", 2), b'{"a": [{"b": 1}, {"b": 2}]}', ""),
        (made_check("a.b", None), b'{"a": 1}', ""),
        (made_check("a == `1`", True), b'{"a": 1}', ""),
        (made_check("a", 1), b'{"a": 2}', "at 'a': 2, not 1"),
        (made_check("a", 10**30), b'{"a": 1000000000000000000000000000000}', ""),
        (made_check("a", 10**30), b'{"a": 1000000000000000000000000000001}', "at 'a'"),
        (made_check("length(a)", 1), b'{"b": 1}', "the JMESPath expression 'length(a)' failed: In function"),
        (made_check("a", 1), b"<html>", "not JSON"),
        (Check("matches", text=r"(?i)<H1>\s*wel"), b"<h1>\n Welcome", ""),
        (Check("matches", text=r"^\d+$"), b"12a", r"nothing in the body matches '^\\d+$'"),
        (Check("matches", text="(a+)+$"), b"a" * 60 + b"b", "was given up: it took more than 50 ms"),
    ],
)
def test_checks_say_what_is_wrong(check: Check, body: bytes, fault: str) -> None:
    said = body_check(check)(captured(body))
    assert said == "" if not fault else fault in said


def test_a_body_that_was_not_kept_whole_is_no_json() -> None:
    assert "too large" in body_check(json_check("/a", 1))(captured(b"[1]", size=5_000_000))


@pytest.mark.parametrize(
    ("body", "expected", "is_met"),
    [
        (b'{"a": 79228162514264337593543950336}', b"79228162514264337593543950336", True),
        (b'{"a": 79228162514264337593543950337}', b"79228162514264337593543950336", False),
        (b'{"a": [1, 79228162514264337593543950336]}', b"[1, 79228162514264337593543950336]", True),
        (b'{"a": 1.10}', b"1.1", True),
        (b'{"a": 1e3}', b"1000", True),
    ],
)
def test_numbers_of_any_size_are_compared_exactly(body: bytes, expected: bytes, is_met: bool) -> None:
    check = body_check(Check("json", pointer="/a", expected=expected))
    assert (check(captured(body)) == "") == is_met


@pytest.mark.parametrize("depth", [300, 990, 5000])
def test_json_of_any_depth_is_an_answer_or_a_fault(depth: int) -> None:
    nested = b'{"a":' + b"[" * depth + b"]" * depth + b"}"
    check = body_check(Check("json", pointer="/a", expected=b"1"))
    assert check(captured(nested))


@given(st.binary(max_size=60), st.text(max_size=10))
def test_no_answer_makes_a_check_raise(body: bytes, pointer: str) -> None:
    for check in (
        json_check("/" + pointer, 1),
        Check("contains", text=pointer),
        Check("size", high=9),
        *ODD_CHECKS,
    ):
        response_check(check)(captured(body, (b"X", body)))


def test_text_in_another_charset_is_found() -> None:
    check = body_check(Check("contains", text="grüße"))
    said = (b"content-type", b"text/plain; charset=latin-1")
    assert check(captured("viele grüße".encode("latin-1"), said)) == ""
    assert check(captured("viele gruesse".encode("latin-1"), said)) != ""
    assert (
        check(captured("viele grüße".encode("latin-1"), (b"content-type", b"text/plain; charset=klingon")))
        != ""
    )


@pytest.mark.parametrize("body", [b"\xff\xff", b"NaN", b"[Infinity]", b"", b"\xef\xbb\xbf"])
def test_what_is_no_json_is_said_to_be_none(body: bytes) -> None:
    check = body_check(Check("json", pointer="", expected=b"1"))
    assert "the body is not JSON" in check(captured(body))


@pytest.mark.parametrize(
    ("test", "text", "fault"),
    [
        ("present", "", ""),
        ("absent", "", "the header 'x-id' is 'a1, b2', and should be absent"),
        ("equals", "b2", ""),
        ("equals", "b", "the header 'x-id' is 'a1, b2', not 'b'"),
        ("contains", "1", ""),
        ("contains", "3", "the header 'x-id' is 'a1, b2', not one with '3'"),
        ("matches", r"^b\d$", ""),
        ("matches", "^c", "the header 'x-id' is 'a1, b2', not one that matches '^c'"),
    ],
)
def test_one_of_a_headers_values_must_be_right(test: HeaderTest, text: str, fault: str) -> None:
    check = Check("header", header="x-id", test=test, text=text)
    found = captured(b"", (b"X-Id", b" a1 "), (b"x-id", b"b2"))
    assert response_check(check)(found) == (Fault("bad header", fault) if fault else None)


def test_a_search_in_a_header_is_limited_too() -> None:
    check = Check("header", header="x", test="matches", text=r"(\w+)+\W$")
    fault = response_check(check)(captured(b"", (b"X", b"w" * 99)))
    assert fault is not None
    assert "was given up" in fault.text


@pytest.mark.parametrize(("test", "is_met"), [("present", False), ("absent", True), ("equals", False)])
def test_a_header_that_is_not_there(test: HeaderTest, is_met: bool) -> None:
    said = response_check(Check("header", header="etag", test=test, text="x"))(captured(b"", (b"X", b"x")))
    assert said == (None if is_met else Fault("bad header", "there is no header 'etag'"))


def test_a_headers_secret_is_not_shown() -> None:
    check = Check("header", header="x-api-key", test="equals", text="k")
    assert response_check(check)(captured(b"", (b"X-Api-Key", b"geheim"))) == Fault(
        "bad header", "the header 'x-api-key' is (hidden), not 'k'"
    )


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b'{"data": {"a": 1}}', None),
        (b'{"data": null, "errors": []}', None),
        (
            b'{"errors": [{"message": "no field b", "path": ["b"]}, {"message": "c"}]}',
            ("graphql errors", "no field b"),
        ),
        (b'{"errors": [{"code": 5}]}', ("graphql errors", '{"code":5}')),
        (b'{"errors": "broken"}', ("graphql errors", "broken")),
        (b"[1]", ("bad body", "[1] is not a GraphQL response")),
        (b"<html>", ("bad body", "the body is not JSON")),
    ],
)
def test_a_graphql_response_with_errors_has_failed(body: bytes, fault: tuple[str, str] | None) -> None:
    assert response_check(Check("graphql"))(captured(body)) == fault


IN_GZIP = (
    "it was sent with the Content-Encoding 'gzip' and is not decoded; ask for a plain one with the header "
)


@pytest.mark.parametrize(
    ("check", "fault"),
    [
        (json_check("/a", 1), f"the body is not JSON: {IN_GZIP}"),
        (made_check("a", 1), f"the body is not JSON: {IN_GZIP}"),
        (Check("graphql"), f"the body is not JSON: {IN_GZIP}"),
        (Check("contains", text="a"), f"the body does not contain 'a': {IN_GZIP}"),
        (Check("matches", text=r'"a"'), f"nothing in the body matches '\"a\"': {IN_GZIP}"),
    ],
)
def test_a_check_that_finds_nothing_in_a_compressed_body_says_so(check: Check, fault: str) -> None:
    body = gzip.compress(b'{"a": 1}', mtime=0)
    found = response_check(check)(captured(body, (b"Content-Encoding", b"gzip")))
    assert found is not None
    assert found.text == f"{fault}Accept-Encoding: identity"


@pytest.mark.parametrize("coding", [b"", b"identity", b"Identity"])
def test_a_body_that_is_not_encoded_is_not_said_to_be(coding: bytes) -> None:
    said = captured(b"<html>", (b"Content-Encoding", coding))
    assert response_check(json_check("/a", 1))(said) == ("bad body", "the body is not JSON")


def test_plain_json_passes_whatever_its_encoding_is_said_to_be() -> None:
    assert response_check(json_check("/a", 1))(captured(b'{"a": 1}', (b"Content-Encoding", b"gzip"))) is None


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le", "utf-32", "iso-2022-jp", "shift_jis", "gb18030"])
def test_a_text_is_found_in_every_charset(charset: str) -> None:
    said = captured(
        "日本 and abc".encode(charset), (b"Content-Type", f"text/plain; charset={charset}".encode())
    )
    for text in ("日本", "and", "abc"):
        assert response_check(Check("contains", text=text))(said) is None
    assert response_check(Check("contains", text="本日"))(said) is not None


@pytest.mark.parametrize(
    "codec", sorted({*aliases.values(), "idna", "punycode", "undefined", "unicode_escape"})
)
def test_no_charset_makes_a_check_raise(codec: str) -> None:
    """Python's codecs are more than charsets: some are no text, some fail on any."""
    said = captured(b"a..\\ud800 +2AA- \xff", (b"Content-Type", f"text/plain; charset={codec}".encode()))
    for check in (Check("contains", text="a...ü"), Check("matches", text="zzz"), json_check("/a", 1)):
        fault = response_check(check)(said)
        assert fault is not None
        assert fault.text.encode()
    assert extract_value(said, Extract("a", "body", "", "(?s)(.*)"), CookieJar()).encode()


@pytest.mark.parametrize("path", ["json", "jmespath"])
def test_half_of_a_surrogate_pair_is_in_no_message_and_no_value(path: Literal["json", "jmespath"]) -> None:
    body = rb'{"a": "x\ud800", "b": {"\udfff": [1.10]}}'
    pointer = {"json": "/a", "jmespath": "a"}[path]
    fault = response_check(Check(path, pointer=pointer, expected=b"1"))(captured(body))
    assert fault is not None
    assert fault.text.endswith(': "x?", not 1')
    assert extract_value(captured(body), Extract("a", path, pointer), CookieJar()) == "x?"
    number = {"json": "/b/?/0", "jmespath": 'b."?"[0]'}[path]
    assert extract_value(captured(body), Extract("a", path, number), CookieJar()) == "1.10"
    errors = response_check(Check("graphql"))(captured(rb'{"errors": [{"message": "no \ud800"}]}'))
    assert errors is not None
    assert errors.text == "no ?"


def test_a_number_of_thousands_of_digits_is_said_to_be_one() -> None:
    body = b'{"a": %s}' % (b"9" * 5000)
    fault = body_check(json_check("/a", 1))(captured(body))
    assert fault == "the body has a number of 5000 digits, too many to be compared"


@pytest.mark.parametrize("check", [Check("contains", text="end"), Check("matches", text="end$")])
def test_of_a_body_that_was_not_kept_whole_the_part_that_was_searched_is_named(check: Check) -> None:
    assert "first" not in body_check(check)(captured(b"begin"))
    fault = body_check(check)(captured(b"begin", size=9_000_000))
    assert fault.endswith(" in the first 5 of its 9000000 bytes, all that is searched")
    found = response_check(check)(captured(b"begin", size=9_000_000))
    assert found is not None
    assert found.text == fault
