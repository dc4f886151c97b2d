"""Texts in the formats of schemas, and of an allowed length."""

import base64
import ipaddress
import uuid
from datetime import date, datetime

import pytest

from engine.imports.openapi.formats import MAX_TEXT, candidates, text_of


def test_samples_are_of_their_formats() -> None:
    def sample(name: str) -> str:
        return text_of((name,)) or ""

    assert datetime.fromisoformat(sample("date-time")).tzinfo is not None
    assert date.fromisoformat(sample("date")).year == 2025
    assert uuid.UUID(sample("uuid")).version == 4
    assert ipaddress.IPv4Address(sample("ipv4")).version == 4
    assert ipaddress.IPv6Address(sample("ipv6")).version == 6
    assert base64.b64decode(sample("byte"), validate=True)
    assert sample("email").count("@") == 1


@pytest.mark.parametrize("name", ["email", "uri", "byte", "uri-reference", "unknown", ""])
@pytest.mark.parametrize(("shortest", "longest"), [(0, 100), (30, 60), (60, 64), (0, 12)])
def test_a_text_has_an_allowed_length(name: str, shortest: int, longest: int) -> None:
    text = text_of((name,), shortest, longest)
    assert text is not None
    assert shortest <= len(text) <= longest


def test_a_length_that_no_text_of_the_format_has() -> None:
    assert text_of(("date",), 11) is None
    assert text_of(("uuid",), 0, 10) is None
    assert text_of(("email",), 0, 5) is None
    assert text_of((), 5, 4) is None
    assert text_of((), MAX_TEXT + 1) is None


def test_the_first_known_format_counts() -> None:
    assert text_of(("x-unknown", "date")) == text_of(("date",))
    assert text_of((), 0, 0) == ""
    text = text_of((), 7)
    assert text == text.strip()  # type: ignore[union-attr]


def test_candidates_have_an_allowed_length_and_those_of_the_format_come_first() -> None:
    found = candidates(("date",), 1, 10)
    assert found[0] == "2025-01-31"
    assert "text" in found
    assert all(1 <= len(each) <= 10 for each in found)
    assert candidates((), 50, 60)[0].startswith("text text")
    assert candidates((), 5, 4) == []
