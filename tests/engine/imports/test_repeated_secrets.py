"""Secrets are found wherever they occur again, in time that their number does not multiply."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.imports.repeated_secrets import LEAST, RepeatedSecrets

A, B = "0123456789", "abcdefghij"

FEW_LETTERS = st.text("ab", max_size=60)
"""Texts and secrets of these overlap each other in every way."""


def holding(*secrets: str) -> RepeatedSecrets:
    found = RepeatedSecrets()
    for secret in secrets:
        found.add(secret)
    return found


@pytest.mark.parametrize(
    ("secrets", "text", "parts"),
    [
        ([], "nothing", [("nothing", "")]),
        ([A], "", [("", "")]),
        ([A], A, [("", A), ("", "")]),
        ([A, B], f"x{A}{B}y{A}", [("x", A), ("", B), ("y", A), ("", "")]),
        (["1234567"], "1234567", [("1234567", "")]),
        ([A], A[:-1], [(A[:-1], "")]),
        ([A, f"{A}more"], f"{A}more {A}mor", [("", f"{A}more"), (" ", A), ("mor", "")]),
        ([f"xx{A}", f"{A}{B}"], f"xx{A}{B}", [("xx", f"{A}{B}"), ("", "")]),
        (["a/b c=d&e"], f"q={quote('a/b c=d&e', safe='')}", [("q=", "a/b c=d&e"), ("", "")]),
        (["[a]^-\\&~|x"], "1[a]^-\\&~|x", [("1", "[a]^-\\&~|x"), ("", "")]),
        (["line\none\n"], "a line\none\n", [("a ", "line\none\n"), ("", "")]),
    ],
)
def test_a_text_is_divided_at_its_secrets(
    secrets: list[str], text: str, parts: list[tuple[str, str]]
) -> None:
    held = holding(*secrets)
    assert held.parts(text) == parts
    assert held.occur_in(text) == (len(parts) > 1)


def test_where_a_longer_one_overlaps_a_shorter_one_may_be_left() -> None:
    """`{A}XXXX` gives way to what overlaps its end, but its beginning is a secret too."""
    later = "XXXXrrrrrrrrrrrr"
    assert holding(A, f"{A}XXXX", later).parts(f"{A}{later}") == [("", A), ("", later), ("", "")]


@pytest.mark.parametrize("order", [1, -1])
def test_a_secret_that_another_is_when_encoded_is_found_as_itself(order: int) -> None:
    held = holding(*["a/bcdefgh", "a%2Fbcdefgh"][::order])
    assert held.parts("a%2Fbcdefgh a/bcdefgh") == [("", "a%2Fbcdefgh"), (" ", "a/bcdefgh"), ("", "")]


def test_secrets_may_be_added_at_any_time() -> None:
    held = holding(A)
    assert not held.occur_in(B)
    held.add(B)
    assert held.parts(f"{A}{B}") == [("", A), ("", B), ("", "")]


@given(st.lists(FEW_LETTERS, max_size=8), FEW_LETTERS)
def test_no_secret_is_left_and_nothing_is_lost(secrets: list[str], text: str) -> None:
    held = holding(*secrets)
    long = [secret for secret in secrets if len(secret) >= LEAST]
    parts = held.parts(text)
    assert "".join(part + secret for part, secret in parts) == text
    assert {secret for _, secret in parts} <= {"", *long}
    assert not any(secret in part for secret in long for part, _ in parts)
    assert held.occur_in(text) == any(secret in text for secret in long)


def test_their_number_does_not_multiply_the_time() -> None:
    """Looking for each of them in all of the text took minutes."""
    secrets = [f"eyJhbGciOiJIUzI1NiJ9.{number:032d}" for number in range(20_000)]
    parts = holding(*secrets).parts(" ".join(secrets))
    assert [secret for _, secret in parts[:-1]] == secrets
