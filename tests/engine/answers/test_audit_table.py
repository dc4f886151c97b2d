"""Tables for an audit, from plans and from sessions."""

from dataclasses import replace

import pytest

import presets
from engine.answers.audit_table import table_of_plan, table_of_result
from engine.answers.interval import Interval
from tests.engine.answers.sessions import result_of
from tests.support.made_sessions import Shape


def test_a_plan_has_what_its_source_reported() -> None:
    table = table_of_plan(presets.load("crud-concurrency"))
    assert len(table.rows) == 12
    assert len(table.averages) == 36
    assert table.think_time_s == 1.5
    rate = table.find("fastapi:workers=1", 100, "rps")
    assert rate is not None
    assert (rate.low, rate.value, rate.high) == pytest.approx((37.825, 37.83, 37.835))
    assert table.find("fastapi:workers=1", 70, "rps") is None
    mean = table.find("django-asgi:workers=1", 10, "mean")
    assert mean is not None
    assert mean.value == 19.63, "the first of two that the source prints"


def test_a_plan_without_a_source_has_nothing() -> None:
    table = table_of_plan(presets.load("hello"))
    assert (table.rows, table.averages, table.claims, table.think_time_s) == ((), (), (), None)


def test_a_session_has_its_levels() -> None:
    result = result_of(Shape(seconds=90, rps=400))
    table = table_of_result(result)
    assert [(each.target, each.users) for each in table.rows][:3] == [
        ("fastapi", 10),
        ("fastapi", 50),
        ("fastapi", 100),
    ]
    assert table.rows[0].figures["rps"].value == 400
    assert table.think_time_s == 0
    assert table_of_result(replace(result, was_steered=True)).think_time_s is None
    assert table_of_result(replace(result, model="open")).rows == ()


def test_a_plan_has_the_deviations_that_its_source_printed() -> None:
    first, *_, last = table_of_plan(presets.load("crud-concurrency")).spreads
    assert (first.target, first.metric, first.covers) == ("fastapi:workers=1", "mean", (10, 50, 100))
    assert first.std == Interval.around(69.20, 0.005)
    assert last.variance is not None
    assert last.variance.value == 51.70
