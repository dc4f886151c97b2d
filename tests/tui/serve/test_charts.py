"""The page's charts as data."""

from dataclasses import replace
from itertools import pairwise

import pytest

from engine.metrics.snapshot import ChosenView
from tests.tui.serve.test_view import at_second
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


def test_who_comes_late_sees_a_long_session_from_its_first_second() -> None:
    snapshot = at_second(1300, seconds=1300, rps=4)
    charts = charts_after(snapshot, -1)
    seconds = charts["seconds"]
    assert seconds[0] == snapshot.step_s == 4
    assert seconds[-600:] == tuple(range(701, 1301))
    assert list(seconds) == sorted(set(seconds))
    assert max(after - before for before, after in pairwise(seconds)) == 4
    for lists in charts["values"].values():
        assert [len(each) for each in lists] == [len(seconds)] * 2
    first = snapshot.targets[1].whole_series
    assert first is not None
    assert charts["values"]["goodput"][1][:20] == pytest.approx(first.goodput[:20], rel=1e-3)
    assert charts["values"]["goodput"][1][-1] == snapshot.targets[1].series.goodput[-1]
    assert charts_after(snapshot, 1298)["seconds"] == (1299, 1300)


def test_what_is_broken_is_that_of_the_terminal_for_each_chart_and_target() -> None:
    picture = replace(at_second(20), chosen_view=ChosenView(("health",)))
    first, *others = picture.targets
    none = (0.0,) * 20
    signals = replace(
        first.signals,
        silent_s=(*none[:17], 2.0, 3.0, 4.0),
        health_waiting_ms=(*none[:18], 1000.0, 2000.0),
        has_failures=(True,) * 20,
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


def test_what_was_broken_stays_to_the_end_of_a_long_session() -> None:
    picture = at_second(1300, seconds=1300, rps=4)
    first, *others = picture.targets
    whole, signals = first.whole_series, first.whole_signals
    assert whole is not None
    assert signals is not None
    steps = len(picture.steps)
    at = picture.steps.index(700)
    silent = [0.0] * steps
    silent[at] = 20.0
    errors = [100.0 if end in {4, 8} else 0.0 for end in picture.steps]
    goodput = [0.0 if end in {4, 8} else 4.0 for end in picture.steps]
    now = replace(first.signals, silent_s=(21.0, 22.0, *(0.0,) * 598))
    first = replace(
        first,
        signals=now,
        whole_series=replace(whole, error_pct=tuple(errors), goodput=tuple(goodput)),
        whole_signals=replace(signals, silent_s=tuple(silent), has_failures=(True,) * steps),
    )
    broken = charts_after(replace(picture, targets=(first, *others)), 1299)["broken"]
    assert broken["goodput"][0] == [("silent", 680.0, 702.0), ("errors", 0.0, 8.0)]
    assert broken["goodput"][1] == []
