"""Runs reduced to what a comparison needs."""

import pytest

from engine.comparison.subjects import run_of
from engine.comparison.sums import added, figures_of
from engine.metrics.timeline import Timeline
from tests.engine.comparison.conftest import MakeRun
from tests.support.made_sessions import Shape, records


def test_a_levels_figures_equal_those_of_the_session() -> None:
    timeline = Timeline(history_s=None)
    for record in records(Shape(seconds=48, rps=400)):
        timeline.apply(record)
    run = run_of(timeline, "interrupted", None)
    for subject, target in zip(run.subjects, timeline.final_snapshot().targets, strict=True):
        assert [level.wanted for level in subject.levels] == [10, 50, 100]
        for level, expected in zip(subject.levels, target.levels, strict=True):
            figures, stats = figures_of(added(level.blocks)), expected.stats
            assert figures["goodput"] == stats.goodput
            assert figures["rps"] == stats.rps
            assert figures["errors"] == stats.error_rate
            assert figures["p50"] == stats.p50.value_ms
            assert figures["p99"] == stats.p99.value_ms


def test_what_the_target_used_is_of_the_levels_own_seconds(made_run: MakeRun) -> None:
    figures = figures_of(added(made_run().subjects[0].levels[0].blocks))
    assert figures["memory"] == pytest.approx(80.0, abs=0.1)
    assert figures["cpu"] == pytest.approx(0.505 / 40 * 1000, rel=0.02)


def test_series_begin_with_the_first_second_under_load(made_run: MakeRun) -> None:
    subject = made_run().subjects[0]
    assert subject.seconds == 48
    assert subject.series.users[0] == 10.0


def test_a_run_says_what_it_was(made_run: MakeRun) -> None:
    run = made_run(outcome="threshold")
    assert (run.shown_name, run.outcome, run.light) == ("20250101-120000-hello-0001", "threshold", "green")
    assert (run.contended, run.is_open) == (False, False)
