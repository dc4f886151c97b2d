"""The page's charts as data."""

from dataclasses import replace

import pytest

from engine.metrics.snapshot import ChosenView
from tests.tui.serve.test_view import at_second
from tui.serve import charts as charts_module
from tui.serve.charts import METRICS, UNITS, chart_heads, charts_after
from tui.views.chart_metrics import GOODPUT, plot_of
from tui.views.chart_view import ChartView


def test_by_default_the_charts_are_goodput_and_p95() -> None:
    assert [(each["name"], each["unit"]) for each in chart_heads(at_second(20))] == [
        ("goodput", "per second"),
        ("p95", "ms"),
    ]


def test_the_charts_that_a_plan_chooses_come_first_if_they_are_over_time() -> None:
    view = ChosenView(("health", "heat_map"), captions={"health": "late\nor never"})
    heads = chart_heads(replace(at_second(20), chosen_view=view))
    assert [each["name"] for each in heads] == ["health", "goodput", "p95"]
    assert heads[0]["caption"] == "late or never"
    assert set(charts_after(replace(at_second(20), chosen_view=view), -1)["values"]) == {
        "health",
        "goodput",
        "p95",
    }


def test_every_metric_has_a_unit() -> None:
    assert {name for name, metric in METRICS.items() if not metric.is_latency} == set(UNITS)


def test_the_values_are_those_of_the_snapshot() -> None:
    snapshot = at_second(20)
    charts = charts_after(snapshot, 18)
    series = snapshot.targets[1].series
    assert charts["seconds"] == (19, 20)
    assert charts["values"]["goodput"][1] == [series.goodput[18], series.goodput[19]]
    assert charts["values"]["p95"][1] == pytest.approx([series.p95_ms[18], series.p95_ms[19]], rel=1e-3)


def test_rates_of_a_partial_second_are_left_out() -> None:
    snapshot = at_second(20)
    target = snapshot.targets[0]
    partial = (*target.signals.is_partial[:-1], True)
    changed = replace(target, signals=replace(target.signals, is_partial=partial))
    values = charts_after(replace(snapshot, targets=(changed,)), 18)["values"]
    assert values["goodput"] == [[target.series.goodput[18], None]]


def test_only_the_newest_seconds_are_sent_of_a_long_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charts_module, "KEPT_S", 15)
    assert charts_after(at_second(40), -1)["seconds"] == tuple(range(26, 41))


def test_what_is_broken_is_that_of_the_terminal_for_each_chart_and_target() -> None:
    picture = replace(at_second(20), chosen_view=ChosenView(("health",)))
    first, *others = picture.targets
    none = (0.0,) * 20
    signals = replace(
        first.signals, silent_s=(*none[:17], 2.0, 3.0, 4.0), health_waiting_ms=(*none[:18], 1000.0, 2000.0)
    )
    series = replace(
        first.series,
        error_pct=(*first.series.error_pct[:3], 100.0, *first.series.error_pct[4:]),
        goodput=(*first.series.goodput[:3], 0.0, *first.series.goodput[4:]),
    )
    first = replace(first, signals=signals, series=series)
    picture = replace(picture, targets=(first, *others))
    broken = charts_after(picture, 18)["broken"]
    assert broken["goodput"][0] == [("silent", 16.0, 20.0), ("errors", 3.0, 4.0)]
    assert broken["health"][0] == [("silent", 18.0, 20.0)]
    assert not any(broken["goodput"][1:])
    bands = plot_of(picture, GOODPUT, "", 200, ChartView(span_s=None)).bands
    assert [(band.word, *part) for band in bands for part in band.stretches] == broken["goodput"][0]
