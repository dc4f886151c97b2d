"""Whether whole runs meet an SLO: limits are compared exactly, and silence meets none."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.metrics.figures import StatsOptions, stats_of
from engine.metrics.thresholds import thresholds
from engine.metrics.window import Window
from engine.plan.slo import Slo, parse_slo
from tests.support.recording import tick_stats
from tests.support.windows import SECOND_US, silent, window


def test_a_limit_is_met_when_it_is_reached_exactly() -> None:
    window = Window()
    window.add(tick_stats(0, ok_us=[1000] * 9 + [5000]))
    stats = stats_of(window, [], StatsOptions(slo_latency_us=2000))
    met = thresholds({"latency": 0.002, "share": 0.9, "errors": 0.0}, {"a": stats})
    assert [(each.kind, each.measured, each.passed) for each in met] == [
        ("attainment", 0.9, True),
        ("errors", 0.0, True),
    ]
    missed = thresholds({"latency": 0.002, "share": 0.91, "errors": None}, {"a": stats})
    assert [each.passed for each in missed] == [False]


def test_without_an_slo_nothing_is_asked() -> None:
    assert thresholds(None, {"a": stats_of(Window(), [])}) == ()


def test_a_stalled_target_meets_no_slo() -> None:
    """In a closed model one request stands for all that its user would have asked meanwhile."""
    stats = stats_of(silent(9, answers=10_000), [], StatsOptions(slo_latency_us=200_000))
    slo = Slo.model_validate(parse_slo("p95 < 200 ms, errors < 1 %")).model_dump()
    found = thresholds(slo, {"a": stats}, {"a": stats.stalled_s})
    assert [(each.kind, each.passed, each.stalled_s) for each in found] == [
        ("attainment", False, 9.0),
        ("errors", False, 9.0),
    ]
    assert all(each.passed for each in thresholds(slo, {"a": stats}))


@given(st.integers(1, 100_000), st.integers(0, 100_000), st.integers(0, 100_000), st.sampled_from([1, 2, 3]))
def test_shares_are_compared_exactly(asked: int, bad: int, limit: int, digits: int) -> None:
    bad = min(bad, asked)
    per_cent = Fraction(limit, 1000).limit_denominator(10**digits)
    text = f"{float(per_cent):.{digits}f}"
    slo = Slo.model_validate(parse_slo(f"errors < {text} %")).model_dump()
    made = window([1000] * (asked - bad))
    made.total.failed = bad
    (found,) = thresholds(slo, {"a": stats_of(made, [])})
    assert found.passed == (Fraction(bad, asked) <= Fraction(text) / 100)


@pytest.mark.parametrize(("text", "share"), [("p99.9 < 1 s", 0.999), ("p99.99 < 1 s", 0.9999)])
def test_a_share_that_is_just_reached_is_met(text: str, share: float) -> None:
    slo = Slo.model_validate(parse_slo(text))
    assert slo.share == share
    asked = 10_000
    made = window([1000] * round(share * asked) + [2 * SECOND_US] * (asked - round(share * asked)))
    stats = stats_of(made, [], StatsOptions(slo_latency_us=SECOND_US))
    assert [each.passed for each in thresholds(slo.model_dump(), {"a": stats})] == [True]
