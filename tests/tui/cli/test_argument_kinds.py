"""Values of arguments, and what is wrong with those that cannot be."""

import argparse
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tui.cli import argument_kinds as kinds


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (kinds.positive_seconds, "30", 30.0),
        (kinds.positive_seconds, "0.5s", 0.5),
        (kinds.positive_seconds, "86400", 86400.0),
        (kinds.positive_seconds, "1m30s", 90.0),
        (kinds.duration_s, "2 min", 120.0),
        (kinds.duration_s, "40 ms", 0.04),
        (kinds.file_or_stdout, "-", "-"),
        (kinds.file_or_stdout, "./-", Path("-")),
        (kinds.destination, "-", "-"),
        (kinds.destination, "results", (Path("results"), False)),
        (kinds.destination, "results/", (Path("results"), True)),
        (kinds.whole_number, "-3", -3),
        (kinds.whole_number, " +12 ", 12),
        (kinds.amount, "0.04", 0.04),
        (kinds.amount, "-.5e1", -5.0),
        (kinds.session_moment_s, "02:10", 130),
        (kinds.host, " example.com", "example.com"),
        (kinds.host, "::1", "::1"),
        (kinds.host, "[::1]", "[::1]"),
        (kinds.host, "bücher.example", "bücher.example"),
        (kinds.load_workers, "auto", "auto"),
        (kinds.load_workers, "max", "max"),
        (kinds.load_workers, "4", 4),
        (kinds.cluster_address, "auto", "auto"),
        (kinds.cluster_address, "ray://head", "ray://head:10001"),
    ],
)
def test_a_value(kind: Callable[[str], object], text: str, value: object) -> None:
    assert kind(text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (kinds.host, ""),
        (kinds.host, "http://example.com"),
        (kinds.host, "example.com/"),
        (kinds.host, "example.com:8080"),
        (kinds.host, "[::1]:8080"),
        (kinds.host, "a b"),
        (kinds.positive_seconds, "0"),
        (kinds.positive_seconds, "86401"),
        (kinds.positive_seconds, "nan"),
        (kinds.positive_seconds, "soon"),
        (kinds.duration_s, "40 parsecs"),
        (kinds.whole_number, "1.5"),
        (kinds.whole_number, "٣"),
        (kinds.whole_number, "1_000"),
        (kinds.whole_number, ""),
        (kinds.amount, "nan"),
        (kinds.amount, "inf"),
        (kinds.amount, "1e400"),
        (kinds.amount, "1_0"),
        (kinds.amount, "٣"),
        (kinds.session_moment_s, "0٢:10"),
        (kinds.load_workers, "٣"),
        (kinds.share, "1_0"),
        (kinds.load_workers, "all"),
        (kinds.cluster_address, "10.0.0.2:6379"),
        (kinds.share, "a lot"),
        (kinds.share, "150 %"),
    ],
)
def test_what_is_no_value(kind: Callable[[str], object], text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=re.escape(repr(text))):
        kind(text)


def test_a_share_that_is_none_is_named_without_words_of_python() -> None:
    assert kinds.share("5%") == kinds.share("0.05") == 0.05
    with pytest.raises(argparse.ArgumentTypeError, match="'abc' is not a share; write one like"):
        kinds.share("abc")
