"""Figures of audits as text."""

import pytest

from engine.answers.audit_text import plain, rate_text, share_text, text
from engine.answers.interval import Interval
from engine.plan.quantities import Metric


@pytest.mark.parametrize(
    ("value", "half", "metric", "shown"),
    [
        (15.38, 0.005, "mean", "15.38 ms"),
        (780, 0.5, "p95", "780 ms"),
        (4.1, 0.05, "rps", "4.1/s"),
        (0.0345, 0.00005, "errors", "3.45 %"),
        (1234.5, 0.0, "requests", "1,234"),
    ],
)
def test_a_printed_figure_has_the_digits_it_was_printed_with(
    value: float, half: float, metric: Metric, shown: str
) -> None:
    assert text(Interval.around(value, half), metric) == shown


def test_computed_figures() -> None:
    assert (plain(366.2134, "mean"), plain(0.00066, "errors")) == ("366.2 ms", "0.066 %")
    assert (rate_text(6.59912), share_text(0.882), share_text(0.0215)) == ("6.599/s", "88.2 %", "2.15 %")
