"""The audit, rule by rule: on the paper's tables it finds what does not add up, on our sessions nothing."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

import presets
from engine.answers.audit import audit
from engine.answers.audit_table import (
    AuditTable,
    Average,
    Finding,
    Printed,
    Row,
    table_of_plan,
    table_of_result,
)
from engine.answers.interval import Interval
from engine.export.loaded import load
from engine.plan.quantities import METRICS, Metric
from engine.playback import demo
from engine.recording import archive
from tests.engine.answers.sessions import result_of
from tests.support.made_sessions import Shape


def found(table: AuditTable, rule: str) -> list[Finding]:
    return [each for each in audit(table) if each.rule == rule]


def paper(rule: str) -> list[Finding]:
    return found(table_of_plan(presets.load("crud-concurrency")), rule)


# ---------------------------------------------------------------- the paper's tables


def test_every_row_breaks_littles_law_by_a_third_or_more() -> None:
    findings = paper("Little's law")
    assert len(findings) == 12
    off = [float(each.off.split("%")[0].rsplit(maxsplit=1)[-1]) for each in findings]
    assert min(off) > 100 / 3
    assert findings[0].figures == ("10 users / (mean 15.38 ms + think time 1.5 s) = 6.599/s, reported 4.12/s")


def test_averages_of_error_rates_that_no_levels_can_give() -> None:
    findings = paper("percentages no parts can give")
    assert [each.row.partition(",")[0] for each in findings] == [
        "django-asgi:workers=4",
        "django-wsgi-via-asgi:workers=4",
    ]
    assert "0.2 % at one of 3 levels makes the average at least 0.0667 %" in findings[0].figures
    assert findings[1].off.startswith("reported 0.02 %: too low by 72.7 %")


def test_an_average_latency_that_leaves_too_much_for_light_load() -> None:
    first, *_ = paper("an average whose other parts are odd")
    assert first.row == "fastapi:workers=4, average over 10, 50, 100 users"
    assert "leaves 546.7 ms for 10 and 50 users" in first.figures
    assert first.off.endswith("those of fastapi:workers=1 sum to 32.73 ms")


def test_a_growth_in_words() -> None:
    (growth,) = paper("said in words")
    assert growth.row == "claim growth"
    assert "2,941 %" in growth.off


def test_figures_that_are_printed_twice() -> None:
    rate, mean = paper("one figure, printed twice")
    assert rate.figures.startswith("rps: 11.78/s (")
    assert rate.figures.endswith("11.77/s (table 8)")
    assert mean.figures.endswith("19.62 ms (appendix A)")


def test_the_complete_averages_of_the_paper_are_right() -> None:
    assert paper("an average against its parts") == []


@pytest.mark.parametrize(
    ("preset", "claims"),
    [
        ("inference-overload", ["claim effective-users"]),
        ("io-intensive", ["claim asgi"]),
        ("io-intensive-pool", []),
        ("io-intensive-parity", []),
        ("hello", []),
    ],
)
def test_what_other_sources_say_against_their_own_figures(preset: str, claims: list[str]) -> None:
    assert [each.row for each in audit(table_of_plan(presets.load(preset)))] == claims


# ---------------------------------------------------------------- each rule on a row


def row(users: int = 10, seconds: float | None = None, **figures: float) -> Row:
    known = {metric: Interval.exact(figures[metric]) for metric in METRICS if metric in figures}
    return Row("t", users, known, seconds=seconds)


def rules(*rows: Row, think_time_s: float | None = None) -> list[str]:
    return [each.rule for each in audit(AuditTable(rows, think_time_s=think_time_s))]


@pytest.mark.parametrize(
    ("of", "think_s", "expected"),
    [
        (row(rps=9.0, mean=100.0), 1.0, []),
        (row(rps=8.0, mean=100.0), 1.0, ["Little's law"]),
        (row(rps=8.0, mean=100.0), None, []),
        (row(rps=8.0, mean=100.0, errors=0.3), 1.0, []),
        (row(rps=8.0, mean=100.0, seconds=5.0), 1.0, []),
        (row(rps=8.0, mean=100.0, seconds=60.0), 1.0, ["Little's law"]),
        (row(rps=120.0, mean=100.0), None, ["throughput × latency above the users"]),
        (row(rps=120.0, mean=100.0, seconds=1.0), None, []),
        (row(rps=12.0, mean=100.0), 1.0, ["throughput × latency above the users"]),
        (row(p50=20.0, p95=19.0), None, ["percentile order"]),
        (row(p95=20.0, max=19.0), None, ["percentile order"]),
        (row(mean=20.0, max=19.0), None, ["percentile order"]),
        (row(mean=9.0, p50=20.0), None, ["a mean below what its percentiles allow"]),
        (row(mean=9.0, p95=200.0), None, ["a mean below what its percentiles allow"]),
        (row(mean=9.0, p99=890.0), None, []),
        (row(rps=10.0, goodput=8.0, failures=1.0), None, ["totals"]),
        (row(errors=0.2, goodput=9.0, failures=1.0), None, ["totals"]),
        (row(errors=0.1, goodput=9.0, failures=1.0, rps=10.0), None, []),
        (row(rps=10.0, requests=500.0, seconds=60.0), None, ["totals"]),
        (row(rps=10.0, requests=600.0, seconds=60.0), None, []),
    ],
)
def test_rules_of_a_row(of: Row, think_s: float | None, expected: list[str]) -> None:
    assert rules(of, think_time_s=think_s) == expected


def test_rounding_is_no_finding() -> None:
    half = Interval.around(20.0, 0.5)
    assert rules(Row("t", 1, {"p50": half, "p95": Interval.around(19.6, 0.5)})) == []
    printed = [Printed("t", "mean", Interval.around(value, 0.05), "") for value in (11.8, 11.77)]
    assert (
        audit(AuditTable((), printed=(printed[0], replace(printed[1], value=Interval.around(11.77, 0.005)))))
        == []
    )


@pytest.mark.parametrize(
    ("parts", "average", "rule"),
    [
        ([10, 20, 30], 20, None),
        ([10, 20, 30], 21, "an average against its parts"),
        ([None, None, 30], 9, "an average no parts can give"),
        ([None, None, 30], 31, "an average whose other parts are odd"),
        ([None, None, 30], 15, None),
        ([None, None, None], 15, None),
    ],
)
def test_averages(parts: Iterable[float | None], average: float, rule: str | None) -> None:
    levels = (10, 50, 100)
    rows = tuple(
        Row("t", users, {"mean": Interval.around(value, 0.5)})
        for users, value in zip(levels, parts, strict=True)
        if value is not None
    )
    stated = Average("t", "mean", Interval.around(average, 0.05), levels)
    assert [each.rule for each in audit(AuditTable(rows, (stated,)))] == ([rule] if rule else [])


# ---------------------------------------------------------------- our own sessions


def test_a_session_that_adds_up_has_no_findings() -> None:
    table = table_of_result(result_of(Shape(seconds=90, rps=400)))
    without_the_law = [replace(each, figures=without_mean(each)) for each in table.rows]
    assert audit(replace(table, rows=tuple(without_the_law))) == []


def without_mean(of: Row) -> dict[Metric, Interval]:
    """Made sessions have rates that their users would not make: what follows from means is left out."""
    return {metric: value for metric, value in of.figures.items() if metric != "mean"}


def test_a_real_session_adds_up() -> None:
    table = table_of_result(load(archive.find(str(demo.PATH))).result)
    assert len(table.rows) >= 3
    assert audit(table) == []
