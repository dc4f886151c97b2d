"""What is read out of an answer."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.client.answers import MOST_COOKIES, Answer, check_of, resolve, taken, update_cookies
from engine.client.witness import Witness
from engine.request import Check, Take

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


def answer(body: bytes, *headers: tuple[bytes, bytes], size: int | None = None) -> Answer:
    """A witnessed answer."""
    witness = Witness()
    witness.headers.extend(headers)
    witness.body += body
    witness.size = len(body) if size is None else size
    return Answer(witness)


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
    said = check_of(check)(answer(body))
    assert said == "" if not fault else fault in said


def test_a_body_that_was_not_kept_whole_is_no_json() -> None:
    assert "too large" in check_of(json_check("/a", 1))(answer(b"[1]", size=5_000_000))


@given(JSON)
def test_every_value_of_a_document_is_found_by_its_pointer(document: Any) -> None:
    def walk(value: Any, pointer: str) -> None:
        assert resolve(document, pointer) == value
        assert check_of(json_check(pointer, value))(answer(orjson.dumps(document))) == ""
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
        check_of(check)(answer(body))


def test_values_are_taken_from_bodies_headers_and_cookies() -> None:
    given_answer = answer(b'{"id": 5, "ok": true, "t": "x", "n": null}', (b"ETag", b' "abc" '))
    cases = [("json", "/id", "5"), ("json", "/ok", "true"), ("json", "/t", "x"), ("header", "etag", '"abc"')]
    for source, where, value in [*cases, ("cookie", "sid", "7")]:
        assert taken(given_answer, Take("v", source, where), {"sid": "7"}) == value  # type: ignore[arg-type]  # sources by name
    for source, where in [("json", "/n"), ("json", ""), ("json", "/none"), ("header", "x"), ("cookie", "x")]:
        with pytest.raises(ValueError, match=r"v from|v cannot"):
            taken(given_answer, Take("v", source, where), {})  # type: ignore[arg-type]  # sources by name


def test_cookies_are_kept_replaced_and_deleted() -> None:
    cookies: dict[str, str] = {}
    lines = [b"a=1; Path=/; HttpOnly", b"b = x=y ", b"c=3", b"bad", b"=bad", b"d=\x01", b"e=" + b"x" * 9000]
    update_cookies(cookies, [(b"Set-Cookie", line) for line in lines])
    assert cookies == {"a": "1", "b": "x=y", "c": "3"}
    update_cookies(cookies, [(b"set-cookie", b"a=2; max-age=60"), (b"SET-COOKIE", b"b=; Max-Age=0")])
    update_cookies(cookies, [(b"set-cookie", b"c=; Max-Age = -1"), (b"x", b"y=1")])
    assert cookies == {"a": "2"}


def test_a_server_that_sets_ever_more_cookies_fills_no_memory() -> None:
    cookies: dict[str, str] = {}
    update_cookies(cookies, [(b"set-cookie", b"c%d=1" % n) for n in range(1000)])
    assert len(cookies) == MOST_COOKIES
