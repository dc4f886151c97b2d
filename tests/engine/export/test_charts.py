"""What the charts of a report show, and what they say in words."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from engine.export.chart_data import RATE, Chart, Line
from engine.export.charts import POINTS, charts, over_load, over_time, seconds_a_point
from engine.export.document import folded
from engine.export.loaded import LoadedSession
from engine.metrics.session_result import SessionResult, session_result
from tests.support.made_sessions import Shape, records


@cache
def session(seconds: int = 60, targets: tuple[str, ...] = ("fastapi", "django-wsgi")) -> LoadedSession:
    timeline = folded(records(Shape(seconds=seconds, targets=targets, rps=200)))
    return LoadedSession(Path("made"), timeline)


def chart(name: str, seconds: int = 60) -> Chart:
    made = session(seconds)
    return next(each for each in charts(made.timeline, made.snapshot, made.result) if each.name == name)


def test_charts_over_time_against_users_and_of_percentiles() -> None:
    made = session()
    found = charts(made.timeline, made.snapshot, made.result)
    assert [each.name for each in found] == [
        *("goodput", "p50", "p95", "p99", "errors", "users", "cpu", "memory", "health"),
        *("load-throughput", "load-errors", "load-cpu", "load-duration", "load-p95", "load-requests"),
        "percentiles",
    ]
    assert all([line.label for line in each.lines] == ["fastapi", "django-wsgi"] for each in found)
    assert all(len(line.texts) == len(each.stops) for each in found for line in each.lines)


def test_a_short_session_shows_every_second_as_it_is() -> None:
    goodput, made = chart("goodput"), session()
    for line, target in zip(goodput.lines, made.snapshot.targets, strict=True):
        drawn = [(point.x, point.y) for point in line.points if point]
        assert drawn == list(zip(made.snapshot.seconds, target.series.goodput, strict=True))
    assert goodput.lines[0].texts[0] == "199"
    assert (goodput.stops[0].x, goodput.stops[0].text, goodput.stops[-1].text) == (0.5, "00:00", "00:59")


def test_a_long_session_keeps_its_extremes_and_says_which_seconds_a_stop_covers() -> None:
    made = session(800)
    assert seconds_a_point(len(made.snapshot.seconds), 2) == 5
    p95 = chart("p95", 800)
    assert len(p95.stops) == 160 <= POINTS
    assert p95.stops[1].text == "00:05–00:10"
    values = made.snapshot.targets[1].series.p95_ms
    known = [value for value in values if value is not None]
    drawn = [point.y for point in p95.lines[1].points if point]
    assert (min(drawn), max(drawn)) == (min(known), max(known))
    assert len(drawn) <= 2 * len(p95.stops)


def test_ten_hours_take_no_more_points_than_one() -> None:
    assert [3600 * hours / seconds_a_point(3600 * hours, lines=6) for hours in (1, 10)] == [360, 300]
    assert 3600 / seconds_a_point(3600, lines=30) == 60


def test_events_are_marks() -> None:
    assert [(mark.t_s, mark.text) for mark in chart("cpu", 120).marks] == [(60.0, "minute 1")]


def test_a_line_over_time_in_words() -> None:
    assert chart("users").lines[0].words == "median 50 users, 10 to 100 users, highest at 00:40"
    assert chart("goodput").lines[0].words == "199 ok/s throughout"
    words = chart("p95").lines[0].words
    assert words.startswith("median ")
    assert words.endswith(" with 100 users")


def test_a_line_against_users_in_words() -> None:
    found = chart("load-duration")
    assert [stop.text for stop in found.stops] == ["10 users", "50 users", "100 users"]
    first, *_, last = (point for point in found.lines[0].points if point)
    text = found.unit.text
    assert found.lines[0].words == f"{text(first.y)} to {text(last.y)}, highest at 100 users"


def test_the_figures_at_a_level_are_those_of_the_result() -> None:
    level = session().result.targets[1].levels[2]
    for name, value in (
        ("load-throughput", level.stats.goodput),
        ("load-errors", 100 * level.stats.error_rate),
        ("load-cpu", level.usage.cpu_mean_pct),
        ("load-p95", level.stats.p95.value_ms),
        ("load-requests", level.stats.requests),
    ):
        point = chart(name).lines[1].points[2]
        assert point is not None
        assert (point.x, point.y) == (100, value)


def repeated(**changes: Any) -> tuple[SessionResult, Line]:
    """A session of three repetitions, and its first target's line of throughput against users."""
    made = folded(records(Shape(seconds=180, repetitions=3, noise=0.2)))
    result = session_result(made.final_snapshot())
    first = result.targets[0]
    levels = tuple(replace(level, **changes) if level.repetition == 1 else level for level in first.levels)
    result = replace(result, targets=(replace(first, levels=levels),))
    return result, over_load(result)[0].lines[0]


def test_a_level_that_was_repeated_has_its_mean_and_faint_points() -> None:
    result, line = repeated()
    assert [point.x for point in line.points if point] == [10, 50, 100]
    for point, text, level in zip(line.points, line.texts, result.targets[0].repeated, strict=True):
        assert point is not None
        singles = [each.stats.goodput for each in level.repetitions]
        assert point.y == pytest.approx(fmean(singles))
        assert [each.y for each in line.single if each.x == point.x] == singles
        assert text.startswith(RATE.text(point.y))
        assert " – " in text


def test_a_steered_repetition_is_no_part_of_a_mean() -> None:
    result, line = repeated(is_steered=True)
    (first, *_) = [point for point in line.points if point]
    kept = [each.stats.goodput for each in result.targets[0].levels if each.wanted == 10][1:]
    assert first.y == pytest.approx(fmean(kept))
    assert len(line.single) == 6


def test_a_level_that_was_measured_once_has_no_faint_point() -> None:
    assert all(line.single == () for line in chart("load-throughput").lines)


def test_percentiles_are_shown_as_far_as_there_are_samples() -> None:
    found = chart("percentiles")
    names = [stop.text for stop in found.stops]
    assert names[:3] == ["min", "p25", "p50"]
    assert names[-1] == "p99.95"  # 11,940 requests: p99.99 needs 36,887
    point = found.lines[0].points[2]
    whole = session().timeline.targets["fastapi"].whole.ok
    assert point is not None
    assert point.y == pytest.approx(whole.quantile_us(0.5) / 1000)


def test_one_level_needs_no_charts_against_users() -> None:
    made = session(3)
    assert not [each for each in charts(made.timeline, made.snapshot, made.result) if each.group == "load"]


def test_a_session_without_targets_has_no_charts() -> None:
    made = session(5, ())
    assert charts(made.timeline, made.snapshot, made.result) == ()
    assert over_time(made.snapshot)[0].is_empty
