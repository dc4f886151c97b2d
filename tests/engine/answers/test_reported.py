"""Reported figures beside measured ones."""

from dataclasses import replace

import pytest

from engine.answers.reported import NOTHING, answers_of
from tests.engine.answers.sessions import result_of
from tests.support.made_sessions import Shape

REPORTED = [
    {"target": "fastapi", "metric": "p50", "values": {"50": 20, "70": 30}, "where": "table 1"},
    {"target": "django-wsgi", "metric": "p50", "unit": "s", "values": {"50": 0.05}},
    {"target": "hybrid", "metric": "p50", "values": {"50": 40}},
    {"target": "fastapi", "metric": "p50", "values": {"50": 21}, "where": "appendix"},
]


def test_figures_and_ratios() -> None:
    result = result_of(Shape(seconds=60), reported=REPORTED)
    first, other, slower, missing = answers_of(result).figures
    assert (first.label, first.reported.value, first.reported.where) == ("fastapi", 20, "table 1")
    assert first.measured is not None
    assert first.measured.value == pytest.approx(25, rel=0.1)
    assert (first.reported_ratio, first.measured_ratio) == (None, None)
    assert (other.measured, other.why) == (None, "fastapi never had 70 users")
    assert slower.reported.value == 50
    assert slower.reported_ratio == 2.5
    assert slower.measured_ratio == pytest.approx(2, rel=0.1)
    assert (missing.label, missing.slot, missing.why) == ("hybrid", None, "hybrid did not take part")
    assert (missing.reported_ratio, missing.measured_ratio) == (2, None)


def test_a_plan_without_a_source_answers_nothing() -> None:
    assert answers_of(result_of(Shape(seconds=30))) is NOTHING


def test_what_this_version_cannot_read_is_left_out() -> None:
    result = result_of(Shape(seconds=30), claims=["fastapi.joy > 3 at 5 users"])
    assert answers_of(result) is NOTHING
    assert answers_of(replace(result, plan={"reported": 3})) is NOTHING
