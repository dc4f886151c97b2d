"""One way from paths and queries that people write to request lines."""

import re
from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from targets.urls import encoded_target, path_fault

ALLOWED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:@/?%")
SENDABLE = st.text(st.characters(exclude_categories=["Cc", "Cs"]))


@given(SENDABLE.map(lambda text: f"/{text}"))
def test_what_a_person_wrote_arrives(path: str) -> None:
    target = encoded_target(path)
    assert set(target) <= ALLOWED
    assert encoded_target(target) == target, "what is encoded stays as it is"
    if "%" not in path:
        assert unquote(target) == path.partition("#")[0]


@given(st.dictionaries(SENDABLE.filter(bool), SENDABLE | st.integers() | st.lists(SENDABLE)))
def test_what_query_adds_arrives(query: dict[str, str | int | list[str]]) -> None:
    target = encoded_target("/p?own=%FC", query)
    assert set(target) <= ALLOWED
    assert target.startswith("/p?own=%FC")
    pairs = [
        (key, str(each))
        for key, value in query.items()
        for each in (value if isinstance(value, list) else [value])
    ]
    assert parse_qsl(target.removeprefix("/p?own=%FC"), keep_blank_values=True) == pairs


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("", "slash"),
        ("a", "slash"),
        ("/a\tb", "U+0009"),
        ("/\r\nX: y", "U+000D"),
        ("/\x7f", "U+007F"),
        ("/\x9b", "U+009B"),
        ("/\udcff", "UTF-8"),
    ],
)
def test_what_cannot_be_sent(path: str, why: str) -> None:
    assert why in path_fault(path)
    with pytest.raises(ValueError, match=re.escape(why)):
        encoded_target(path)
