"""What is read out of an answer."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.client.cookies import CookieJar
from engine.client.response_capture import ResponseCapture
from engine.client.response_checks import CapturedResponse, body_check, extract_value, resolve
from engine.protocol.request import Check, Extract
from tests.support.jars import jar

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", "/", "~", "0", ""]), inner)
    ),
    max_leaves=10,
)


def answer(body: bytes, *headers: tuple[bytes, bytes], size: int | None = None) -> CapturedResponse:
    """A witnessed answer."""
    capture = ResponseCapture()
    capture.headers.extend(headers)
    capture.body += body
    capture.size = len(body) if size is None else size
    return CapturedResponse(capture)


def json_check(pointer: str, value: Any) -> Check:
    return Check("json", pointer=pointer, expected=orjson.dumps(value))


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
    ],
)
def test_checks_say_what_is_wrong(check: Check, body: bytes, fault: str) -> None:
    said = body_check(check)(answer(body))
    assert said == "" if not fault else fault in said


def test_a_body_that_was_not_kept_whole_is_no_json() -> None:
    assert "too large" in body_check(json_check("/a", 1))(answer(b"[1]", size=5_000_000))


@given(JSON)
def test_every_value_of_a_document_is_found_by_its_pointer(document: Any) -> None:
    def walk(value: Any, pointer: str) -> None:
        assert resolve(document, pointer) == value
        assert body_check(json_check(pointer, value))(answer(orjson.dumps(document))) == ""
        if isinstance(value, dict):
            for key, item in value.items():
                walk(item, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}")
        elif isinstance(value, list):
            for at, item in enumerate(value):
                walk(item, f"{pointer}/{at}")

    walk(document, "")


@given(st.binary(max_size=60), st.text(max_size=10))
def test_no_answer_makes_a_check_raise(body: bytes, pointer: str) -> None:
    for check in (json_check("/" + pointer, 1), Check("contains", text=pointer), Check("size", high=9)):
        body_check(check)(answer(body))


def test_values_are_taken_from_bodies_headers_and_cookies() -> None:
    given_answer = answer(b'{"id": 5, "ok": true, "t": "x", "n": null}', (b"ETag", b' "abc" '))
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
        answer(b'{"id": [%s]}' % number.encode()), Extract("v", "json", "/id/0"), CookieJar()
    )
    assert found == number


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
    assert (check(answer(body)) == "") == is_met


@pytest.mark.parametrize("depth", [300, 990, 5000])
def test_json_of_any_depth_is_an_answer_or_a_fault(depth: int) -> None:
    nested = b'{"a":' + b"[" * depth + b"]" * depth + b"}"
    check = body_check(Check("json", pointer="/a", expected=b"1"))
    assert check(answer(nested))


@pytest.mark.parametrize(
    ("encoding", "content_type"),
    [
        ("utf-8-sig", "application/json"),
        ("utf-16", "application/json"),
        ("utf-16-le", "application/json"),
        ("utf-32", "application/json"),
        ("latin-1", "application/json; charset=ISO-8859-1"),
        ("cp1252", 'application/json; charset="windows-1252"'),
    ],
)
def test_json_in_other_charsets_and_with_a_byte_order_mark(encoding: str, content_type: str) -> None:
    given_answer = answer('{"name": "Müller"}'.encode(encoding), (b"Content-Type", content_type.encode()))
    assert body_check(Check("json", pointer="/name", expected='"Müller"'.encode()))(given_answer) == ""
    assert extract_value(given_answer, Extract("v", "json", "/name"), CookieJar()) == "Müller"


def test_text_in_another_charset_is_found() -> None:
    check = body_check(Check("contains", text="grüße"))
    said = (b"content-type", b"text/plain; charset=latin-1")
    assert check(answer("viele grüße".encode("latin-1"), said)) == ""
    assert check(answer("viele gruesse".encode("latin-1"), said)) != ""
    assert (
        check(answer("viele grüße".encode("latin-1"), (b"content-type", b"text/plain; charset=klingon")))
        != ""
    )


@pytest.mark.parametrize("body", [b"\xff\xff", b"NaN", b"[Infinity]", b"", b"\xef\xbb\xbf"])
def test_what_is_no_json_is_said_to_be_none(body: bytes) -> None:
    check = body_check(Check("json", pointer="", expected=b"1"))
    assert "the body is not JSON" in check(answer(body))
