"""Texts are made that match, for the expressions that schemas have; nothing runs an expression."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.imports.openapi.pattern_parts import UnreadableError
from engine.imports.openapi.patterns import MAX_MATCHED, matches, matching_text

PATTERNS = [
    "^[a-z]+$",
    "^[A-Z]{3}-[0-9]{2,4}$",
    r"^\d{5}(-\d{4})?$",
    r"^\+?[1-9]\d{1,14}$",
    r"^#[0-9a-fA-F]{6}$",
    r"^[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\.[a-zA-Z]{2,}$",
    r"^(GET|POST|PUT)$",
    r"^(?:a|b){2}c*$",
    r"^(?P<year>\d{4})-(?P<month>0[1-9]|1[0-2])$",
    r"^[^/\s]+$",
    r"^[\w.-]+$",
    r"\S",
    r"[^\n]",
    "^.*$",
    "abc",
    "^a|b$",
    r"^\$\{\w+\}$",
    r"^[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[89ab][a-f0-9]{3}-[a-f0-9]{12}$",
    r"\A\w{3}\Z",
    r"^\x41\u0042[\x30-\x39]$",
    "^a{2}$",
    "",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_text_matches(pattern: str) -> None:
    assert re.search(pattern, matching_text(pattern)), matching_text(pattern)


@pytest.mark.parametrize(
    ("pattern", "shortest", "longest"),
    [
        ("^[a-z]+$", 20, 30),
        ("^[a-z]{1,40}$", 20, 20),
        ("^(ab)+$", 5, 10),
        ("^a?b?c?$", 2, 3),
        ("[0-9]", 8, 8),
        ("^(x|yyyyyyyy)$", 5, 10),
        (r"^\d+(\.\d+)*$", 12, 40),
        ("^(a|[a-z]{3,})$", 5, 9),
    ],
)
def test_a_text_has_an_allowed_length(pattern: str, shortest: int, longest: int) -> None:
    text = matching_text(pattern, shortest, longest)
    assert re.search(pattern, text)
    assert shortest <= len(text) <= longest


@pytest.mark.parametrize(
    ("pattern", "shortest", "longest"),
    [
        ("^abc$", 5, 9),
        ("^abcdef$", 0, 3),
        ("a^b", 0, 9),
        ("(a{1000}){1000}", 0, 10**9),
        ("^a*$", 20_000, 10**9),
    ],
)
def test_no_text_is_made_that_would_not_match(pattern: str, shortest: int, longest: int) -> None:
    with pytest.raises(UnreadableError):
        matching_text(pattern, shortest, longest)


def test_an_expression_that_would_run_for_ever_is_never_run() -> None:
    assert matching_text("^(a+)+b$", 100)[-1] == "b"
    assert matching_text("((((a?){1000}){1000}){1000}){1000}", 5)[:1] == "a"


ATOMS = st.sampled_from(["a", "[a-z]", r"\d", ".", "(?:ab|c)", "[^a]", r"\w", "-", "(x)"])
TIMES = st.sampled_from(["", "*", "+", "?", "{2}", "{1,3}", "{2,}"])
PIECES = st.lists(st.tuples(ATOMS, TIMES).map("".join), min_size=1, max_size=5).map("".join)


@settings(max_examples=300, deadline=None)
@given(
    pattern=st.lists(PIECES, min_size=1, max_size=3).map("|".join),
    edges=st.booleans(),
    text=st.text("abcx1- ", max_size=8),
)
def test_a_text_is_checked_as_by_a_search(pattern: str, edges: bool, text: str) -> None:
    pattern = f"^(?:{pattern})$" if edges else pattern
    assert matches(pattern, text) == bool(re.search(pattern, text))


def test_checking_takes_no_time_where_a_search_would_take_forever() -> None:
    assert not matches("^(a+)+$", "a" * (MAX_MATCHED - 1) + "b")
    assert not matches("^((a{0,1000}){0,1000}){0,1000}$", "a" * (MAX_MATCHED - 1) + "b")
    assert matches("^(a|a)*$", "a" * MAX_MATCHED)
    for times in ("+", "*", "{1,}", "{2,3}"):
        nested = "(" * 29 + "a" + f"){times}" * 29
        assert not matches(f"^{nested}b", "a" * MAX_MATCHED), times


@pytest.mark.parametrize("text", ["é", "a\n", "a" * (MAX_MATCHED + 1)])
def test_texts_that_are_not_checked(text: str) -> None:
    with pytest.raises(UnreadableError):
        matches("a", text)


@settings(max_examples=300, deadline=None)
@given(
    pattern=st.lists(PIECES, min_size=1, max_size=3).map("|".join),
    edges=st.booleans(),
    shortest=st.integers(0, 12),
    more=st.integers(0, 10),
)
def test_texts_match_and_have_an_allowed_length(pattern: str, edges: bool, shortest: int, more: int) -> None:
    pattern = f"^(?:{pattern})$" if edges else pattern
    try:
        text = matching_text(pattern, shortest, shortest + more)
    except UnreadableError:
        return
    assert re.search(pattern, text)
    assert shortest <= len(text) <= shortest + more
