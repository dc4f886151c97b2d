"""What a plan shows first."""

from dataclasses import replace
from typing import Any

import pytest

import presets
from engine.metrics.timeline import Timeline
from engine.plan.plan import make_plan
from engine.plan.view import DEFAULT_CHARTS
from targets.errors import UsageError
from tests.support.recording import header

BASE: dict[str, Any] = {"title": "T", "targets": ["fastapi"], "stages": [{"users": 1, "hold": "1 m"}]}


def test_a_plan_chooses_charts_headline_and_captions() -> None:
    written = {"charts": ["health"], "headline": "health", "captions": {"health": "is it blocked?"}}
    view = make_plan(BASE | {"view": written}, where="test").view
    assert view is not None
    assert (view.charts, view.headline, view.captions) == (
        ("health",),
        "health",
        {"health": "is it blocked?"},
    )
    assert make_plan(BASE, where="test").view is None
    empty = make_plan(BASE | {"view": {}}, where="test").view
    assert empty is not None
    assert empty.charts == DEFAULT_CHARTS


@pytest.mark.parametrize(
    ("view", "says"),
    [
        ({"charts": ["helth"]}, "goodput"),
        ({"charts": ["p95", "p95"]}, "both charts are"),
        ({"charts": ["p50", "p95", "p99"]}, "at most 2"),
        ({"headline": "knee"}, "goodput"),
        ({"captions": {"p95": "x" * 61}}, "at most 60 characters"),
        ({"captions": {"p95": "two\nlines"}}, "line"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_view_is_refused_in_words(view: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError) as caught:
        make_plan(BASE | {"view": view}, where="test")
    assert says in str(caught.value)


def test_a_preset_about_health_shows_health_first() -> None:
    view = presets.load("blocking-model").view
    assert view is not None
    assert view.charts[0] == view.headline == "health"


def test_the_snapshot_carries_it() -> None:
    plan = make_plan(BASE | {"view": {"charts": ["knee"], "headline": "p95", "log": True}}, where="test")
    timeline = Timeline()
    timeline.apply(replace(header(), plan=plan.model_dump(mode="json")))
    chosen = timeline.snapshot(0.0).chosen_view
    assert (chosen.charts, chosen.headline, dict(chosen.captions)) == (("knee",), "p95", {})
    assert chosen.is_log


def test_a_session_of_an_older_version_has_the_default() -> None:
    old = {key: value for key, value in header().plan.items() if key != "view"}
    timeline = Timeline()
    timeline.apply(replace(header(), plan=old))
    assert timeline.snapshot(0.0).chosen_view.charts == DEFAULT_CHARTS
