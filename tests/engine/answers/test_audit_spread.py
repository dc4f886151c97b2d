"""Whether standard deviations and variances fit the figures that they are of."""

import pytest

import presets
from engine.answers.audit import audit
from engine.answers.audit_spread import deviations, spreads
from engine.answers.audit_table import AuditTable, Row, StatedSpread, table_of_plan
from engine.answers.interval import Interval

LEVELS = (15.38, 17.35, 166.38)
OF_ALL, OF_SAMPLE = 70.72, 86.62


def table(std: float | None, variance: float | None = None, known: int = 3) -> AuditTable:
    rows = tuple(
        Row("t", users, {"mean": Interval.around(value, 0.005)})
        for users, value in zip((10, 50, 100), LEVELS[:known], strict=False)
    )
    stated = StatedSpread(
        "t",
        "mean",
        (10, 50, 100),
        None if std is None else Interval.around(std, 0.005),
        None if variance is None else Interval.around(variance, 0.05),
    )
    return AuditTable(rows, spreads=(stated,))


@pytest.mark.parametrize("std", [OF_ALL, OF_SAMPLE])
def test_a_deviation_of_all_figures_or_of_a_sample_fits(std: float) -> None:
    assert list(spreads(table(std, round(std * std, 1)))) == []


def test_one_that_fits_neither_is_found() -> None:
    (finding,) = spreads(table(69.20, 4788.6))
    assert finding.row == "t, spread over 10, 50, 100 users"
    deviation = "the standard deviation of 15.38 ms, 17.35 ms, 166.38 ms"
    assert finding.figures == f"mean: {deviation} is 70.72 ms, or 86.62 ms as of a sample"
    assert finding.off == "reported 69.20 ms: 2.15 % below the nearer one"


def test_of_levels_that_are_not_all_known_nothing_is_said() -> None:
    assert list(spreads(table(12.0, known=2))) == []


def test_a_variance_is_the_square() -> None:
    (finding,) = spreads(table(OF_ALL, 4788.6))
    assert finding.figures == "mean: 70.72 ms squared is 5,001.32"
    assert finding.off == "reported variance 4,788.6"
    assert list(spreads(table(None, 4788.6))) == []


def test_rounding_moves_both_deviations() -> None:
    parts = [Interval.around(value, 0.5) for value in (10.0, 20.0, 30.0)]
    of_all, of_sample = deviations(parts)
    assert (of_all.value, of_sample.value) == pytest.approx((8.165, 10.0), abs=0.001)
    assert of_all.high - of_all.value == pytest.approx(0.5)


def test_the_papers_deviations_fit_neither_and_its_variances_are_their_squares() -> None:
    """Tables 7 and 8: two of the six fit, within the room for digits that are not printed."""
    found = [each for each in audit(table_of_plan(presets.load("crud-concurrency"))) if "spread" in each.rule]
    assert [(each.row.partition(":")[0], each.figures.partition(":")[0]) for each in found] == [
        ("fastapi", "mean"),
        ("django-asgi", "mean"),
        ("django-asgi", "rps"),
        ("django-wsgi-via-asgi", "rps"),
    ]
    assert "69.20 ms: 2.15 % below" in found[0].off
    assert not [each for each in found if "squared" in each.figures]
