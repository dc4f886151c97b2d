"""The plots of a published source with both series."""

from dataclasses import replace
from pathlib import Path

import pytest

from engine.answers.reported import answers_of
from engine.export.chart_data import Chart
from engine.export.document import folded
from engine.export.html import page
from engine.export.loaded import LoadedSession
from engine.export.published_charts import published_charts
from engine.export.vega import chart_spec, page_colours
from engine.metrics.palette import LIGHT, SURFACES_LIGHT
from engine.metrics.records import Header
from tests.engine.answers.sessions import result_of
from tests.support.made_sessions import Shape, records

REPORTED = [
    {"target": "fastapi", "metric": "errors", "values": {"10": 0.5, "100": 8}},
    {"target": "django-wsgi", "metric": "p50", "values": {"10": 40, "50": 90, "100": 260}},
    {"target": "hybrid", "metric": "p50", "values": {"10": 30, "50": 60}},
    {"target": "fastapi", "metric": "p95", "values": {"50": 30}},
    {"target": "hybrid", "metric": "rps", "values": {"10": 30, "50": 60}},
]


def charts() -> list[Chart]:
    result = result_of(Shape(seconds=60, rps=400), reported=REPORTED)
    return published_charts(answers_of(result), result)


def test_a_chart_for_each_metric_of_several_levels_that_was_measured() -> None:
    found = charts()
    assert [each.name for each in found] == ["published-errors", "published-p50"]
    assert all(len(line.texts) == len(each.stops) for each in found for line in each.lines)


def test_each_target_has_both_series() -> None:
    errors, p50 = charts()
    fast, slow = p50.lines
    assert (fast.points, fast.reported, fast.words) == ((), (), "not reported")
    assert [(point.x, point.y) for point in slow.reported] == [(10, 40), (50, 90), (100, 260)]
    assert [point.x for point in slow.points if point] == [10, 50, 100]
    assert slow.texts[0].endswith(" · reported 40 ms")
    assert [point.y for point in errors.lines[0].reported] == [0.5, 8]


def test_the_reported_line_is_dashed_and_within_the_axis() -> None:
    _, p50 = charts()
    spec = chart_spec(p50, page_colours((*LIGHT, *SURFACES_LIGHT)))
    assert next(each for each in spec["data"] if each["name"] == "reported1")["values"][0] == {
        "x": 10,
        "y": 40,
    }
    groups = [each for each in spec["marks"] if each.get("name") == "target-1"]
    assert "strokeDash" in groups[0]["marks"][0]["encode"]["enter"]
    assert spec["scales"][1]["domain"][1] >= 260


def test_repetitions_are_faint_points_around_the_measured_mean() -> None:
    result = result_of(Shape(seconds=180, repetitions=3, noise=0.2), reported=REPORTED)
    p50 = next(each for each in published_charts(answers_of(result), result) if each.name == "published-p50")
    slow = p50.lines[1]
    for point in slow.points:
        assert point is not None
        singles = [each.y for each in slow.single if each.x == point.x]
        assert len(singles) == 3
        assert point.y == pytest.approx(sum(singles) / 3)


def test_the_page_has_them() -> None:
    plan = {"reported": REPORTED}
    changed = (
        replace(each, plan=each.plan | plan) if isinstance(each, Header) else each
        for each in records(Shape(seconds=60, rps=400))
    )
    text = page(LoadedSession(Path("made"), folded(changed)))
    assert "Beside what the source reported" in text
    assert 'id="published-p50"' in text
    assert "Reported beside measured" in text
