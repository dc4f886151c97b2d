"""A trial's figures, and its way through journal and timeline."""

import pytest

from engine.metrics.timeline import Timeline
from engine.metrics.trials import Trial
from engine.recording.journal_lines import decode_record, encode_record
from tests.support.made_sessions import Shape, records


def a_trial(number: int = 1) -> Trial:
    return Trial(number, "fastapi", 48, "search", 3.0, 4.0, 6.0, asked=200, attained=190, bad=4, ok=196)


def test_figures_of_a_trial() -> None:
    trial = a_trial()
    assert (trial.seconds, trial.goodput) == (2.0, 98.0)
    assert trial.attainment == pytest.approx(0.95)
    assert trial.error_rate == pytest.approx(0.02)


def test_a_trial_without_requests_has_no_shares() -> None:
    trial = Trial(1, "a", 1, "search", 0.0, 1.0, 1.0, asked=0, attained=0, bad=0, ok=0)
    assert (trial.attainment, trial.error_rate, trial.goodput) == (None, None, 0.0)


def test_a_trial_survives_the_journal() -> None:
    assert decode_record(encode_record(a_trial(), 7)) == (7, a_trial())


def test_the_snapshot_has_all_trials_in_order() -> None:
    timeline = Timeline()
    for record in records(Shape(seconds=6)):
        timeline.apply(record)
    for number in (1, 2):
        timeline.apply(a_trial(number))
    assert [each.number for each in timeline.final_snapshot().trials] == [1, 2]
