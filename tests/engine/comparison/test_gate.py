"""Conditions of --fail-if: what they may say, and what becomes of them."""

from dataclasses import replace

import pytest

from engine.comparison.differences import Difference
from engine.comparison.gate import judged, parse_conditions
from targets.errors import UsageError


def test_conditions_are_read_as_written() -> None:
    text = "p95 > +10 %, goodput<-5%, errors > 0.5 pt, p99 > 20ms, memory > +50 mb, cpu > 1 point"
    with pytest.raises(UsageError, match="wrong unit"):
        parse_conditions(text)
    found = parse_conditions(text.rpartition(",")[0])
    assert [(each.metric, each.above, each.limit, each.unit) for each in found] == [
        ("p95", True, 10.0, "%"),
        ("goodput", False, -5.0, "%"),
        ("errors", True, 0.5, "points"),
        ("p99", True, 20.0, "ms"),
        ("memory", True, 50.0, "MB"),
    ]
    assert found[0].text == "p95 > +10 %"


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        ("", "empty", "p95 > +10 %"),
        ("p95 > +10 %,", "empty", "p95 > +10 %"),
        ("p95 is bad", "is not a condition", "p95 > +10 %"),
        ("p95 >= 10 %", "is not a condition", "p95 > +10 %"),
        ("p95 > 10", "no unit", "p95 > +10 %"),
        ("goodput < -5 ms", "wrong unit", "p95 > +10 %"),
        ("p96 > 10 %", "unknown metric 'p96'", "did you mean"),
        ("errors > 10 %", "in points", "errors > \\+0.5 points"),
    ],
)
def test_what_is_wrong_is_said_with_a_hint(text: str, what: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_conditions(text)
    assert what in caught.value.what
    assert hint.replace("\\", "") in caught.value.hint


SLOWER = Difference("p95", 100.0, 112.0, 0.12, (0.05, 0.2), 0.001, "higher")


def _outcome(text: str, found: Difference) -> tuple[str, str]:
    [condition] = parse_conditions(text)
    result = judged(condition, [found], "fastapi", "50 users")
    return result.outcome, result.why


def test_a_claimed_difference_beyond_the_limit_fails() -> None:
    assert _outcome("p95 > +10 %", SLOWER) == ("failed", "")
    assert _outcome("p95 > +10 ms", SLOWER) == ("failed", "")
    assert _outcome("p95 > +15 %", SLOWER) == ("passed", "")
    assert _outcome("p95 > +15 ms", SLOWER) == ("passed", "")


def test_a_difference_inside_its_interval_never_fails() -> None:
    inside = replace(SLOWER, interval=(-0.02, 0.3), claim="undecided", why="inside its interval")
    assert _outcome("p95 > +10 %", inside) == ("undecided", "inside its interval")
    assert _outcome("p95 > +20 %", inside) == ("passed", "")


def test_nothing_to_compare_is_undecided() -> None:
    nothing = replace(SLOWER, b=None, change=None, interval=None, claim="undecided", why="too few requests")
    assert _outcome("p95 > +10 %", nothing) == ("undecided", "too few requests")


def test_errors_are_in_points() -> None:
    errors = Difference("errors", 0.01, 0.02, 0.01, (0.008, 0.012), 0.0, "higher")
    assert _outcome("errors > +0.5 points", errors)[0] == "failed"
    assert _outcome("errors > +1.5 points", errors)[0] == "passed"


def test_what_shrinks_can_fail() -> None:
    lower = Difference("goodput", 100.0, 90.0, -0.1, (-0.12, -0.08), 0.0, "lower")
    assert _outcome("goodput < -5 %", lower)[0] == "failed"
    assert _outcome("goodput < −5 /s", lower)[0] == "failed"
    assert _outcome("goodput > +5 %", lower)[0] == "passed"
