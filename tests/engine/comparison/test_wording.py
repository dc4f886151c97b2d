"""Values and changes in words."""

from dataclasses import replace

import pytest

from engine.comparison.differences import Difference
from engine.comparison.sums import Metric
from engine.comparison.wording import change_text, claim_text, interval_text, value_text


@pytest.mark.parametrize(
    ("metric", "value", "text"),
    [
        ("goodput", 98.5, "98.5"),
        ("p95", 12.0, "12 ms"),
        ("errors", 0.0125, "1.25 %"),
        ("cpu", 1.5, "1.50 s"),
        ("cpu", 0.05, "50 ms"),
        ("memory", 84.0, "84 MB"),
        ("p99", None, "·"),
    ],
)
def test_values_have_their_unit(metric: Metric, value: float | None, text: str) -> None:
    assert value_text(metric, value) == text


def test_changes_have_a_sign_and_an_interval() -> None:
    found = Difference("p95", 100.0, 112.0, 0.12, (-0.05, 0.2), 0.2, "undecided", "inside its interval")
    assert change_text(found) == "+12.0 %"
    assert interval_text(found) == "−5.0 … +20.0 %"
    assert claim_text(found) == "undecided: inside its interval"
    assert claim_text(replace(found, claim="higher", why="")) == "▲ higher"
    assert interval_text(replace(found, interval=None)) == "·"


def test_error_rates_change_in_points() -> None:
    found = Difference("errors", 0.01, 0.015, 0.005, (0.001, 0.009), 0.01, "higher")
    assert (change_text(found), interval_text(found)) == ("+0.50 pt", "+0.10 … +0.90 pt")


def test_a_change_by_many_times_has_no_decimals() -> None:
    assert change_text(Difference("p99", 1.0, 25.0, 24.0)) == "+2400 %"
