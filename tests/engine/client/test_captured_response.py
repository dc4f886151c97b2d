"""What a captured response holds."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.client.captured_response import resolver, short_json
from engine.client.cookies import CookieJar
from engine.client.extraction import extract_value
from engine.client.response_checks import body_check
from engine.protocol.request import Check, Extract
from tests.support.captured import captured

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


def json_check(pointer: str, value: Any) -> Check:
    return Check("json", pointer=pointer, expected=orjson.dumps(value))


@given(JSON)
def test_every_value_of_a_document_is_found_by_its_pointer(document: Any) -> None:
    def walk(value: Any, pointer: str) -> None:
        assert resolver(pointer)(document) == value
        assert body_check(json_check(pointer, value))(captured(orjson.dumps(document))) == ""
        if isinstance(value, dict):
            for key, item in value.items():
                walk(item, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}")
        elif isinstance(value, list):
            for at, item in enumerate(value):
                walk(item, f"{pointer}/{at}")

    walk(document, "")


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
    given_answer = captured('{"name": "Müller"}'.encode(encoding), (b"Content-Type", content_type.encode()))
    assert body_check(Check("json", pointer="/name", expected='"Müller"'.encode()))(given_answer) == ""
    assert extract_value(given_answer, Extract("v", "json", "/name"), CookieJar()) == "Müller"


def test_a_header_may_come_several_times() -> None:
    found = captured(b"", (b"Vary", b" a "), (b"X", b"y"), (b"VARY", b"b"))
    assert (found.values_of("vary"), found.header("vary")) == (["a", "b"], "a")
    assert (found.values_of("etag"), found.header("etag")) == ([], None)


@pytest.mark.parametrize(
    ("body", "charset", "text"),
    [
        ("für".encode(), b"", "für"),
        ("für".encode("latin-1"), b"text/plain; charset=latin-1", "für"),
        (b"f\xfcr", b"", "f\ufffdr"),
        (b"", b"text/plain; charset=klingon", ""),
    ],
)
def test_any_body_is_text_to_search_in(body: bytes, charset: bytes, text: str) -> None:
    found = captured(body, (b"Content-Type", charset))
    assert found.decoded == text
    assert found.decoded is found.decoded


def test_a_value_is_shown_as_far_as_it_fits() -> None:
    assert short_json({"a": [1, None]}) == '{"a":[1,null]}'
    assert len(short_json("x" * 500)) == 80
    nested: list[Any] = []
    for _ in range(5000):
        nested = [nested]
    assert short_json(nested) == "something large"
