"""Lengths of time as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.metrics import formatting
from targets.durations import seconds_in


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90.0), ("1.5", 1.5), ("500 ms", 0.5), ("10s", 10.0), ("2 min", 120.0), ("2min", 120.0),
        ("1m30s", 90.0), ("1 m 30 s", 90.0), ("1 h 5 min", 3900.0), ("1h 3min 20s", 3800.0),
        ("2 hours", 7200.0), ("1 minute 30 seconds", 90.0), ("1s500ms", 1.5), (" 2 M ", 120.0),
        ("-5s", -5.0), ("-1m30s", -90.0),
    ],
)  # fmt: skip
def test_a_length_of_time(text: str, seconds: float) -> None:
    assert seconds_in(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "soon",
        "s",
        "1 2 s",
        "30s 1m",
        "1m 1m",
        "1m30",
        "1e3",
        ".5 s",
        "10 sm",
        "5 s -3 ms",
        "1 min s",
    ],
)
def test_what_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"^$"):
        seconds_in(text)


@given(st.integers(1, 86_400))
def test_what_abreast_prints_can_be_typed(seconds: int) -> None:
    assert seconds_in(formatting.stretch(seconds)) == seconds
