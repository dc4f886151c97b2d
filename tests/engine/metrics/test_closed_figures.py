"""Figures over closed seconds: of the whole run, of each level and of each stretch."""

from engine.metrics.closed_figures import ClosedFigures, level_stats
from engine.metrics.figures import StatsOptions
from engine.metrics.planned_load import PlannedLoad
from engine.metrics.target_timeline import TargetTimeline
from engine.protocol.planned_stages import PlannedStage
from tests.support.recording import added, bucket, steering

STAGES = (
    PlannedStage("hold", 0, 10, 2, level=1, repetition=1),
    PlannedStage("hold", 10, 20, 5, level=2, repetition=1),
)


def timeline() -> TargetTimeline:
    """A target that has held two levels."""
    made = TargetTimeline(
        added(), history_s=None, planned=PlannedLoad(STAGES), state="ready", steering=steering()
    )
    for second in range(20):
        users = STAGES[second // 10].users
        made.take_bucket(bucket(second, users=users, ok_us=[1000] * 10 * users))
    return made


def figures(made: TargetTimeline) -> ClosedFigures:
    finished = [
        level_stats(each, made.whole.ok, made.planned, StatsOptions()) for each in made.levels.finished
    ]
    return ClosedFigures.of(
        made.whole, made.levels, finished, made.stretches.all, made.planned, StatsOptions()
    )


def test_levels_and_stretches_are_those_of_the_plan() -> None:
    found = figures(timeline())
    assert [(each.wanted, each.number, each.repetition) for each in found.levels] == [(2, 1, 1), (5, 2, 1)]
    assert [each.stats.goodput for each in found.levels] == [20.0, 50.0]
    assert [(each.wanted, each.planned) for each in found.stretches] == [(2, 0), (5, 1)]
    assert found.steady.goodput == 50.0
    assert found.whole.ok == 10 * 20 + 10 * 50
    assert [(each.name, each.ok) for each in found.requests] == [("hello", 700)]
    assert not any(each.is_steered for each in found.levels)
    assert not any(each.is_steered for each in found.stretches)


def test_what_a_person_changed_is_marked_in_levels_that_have_ended_too() -> None:
    made = timeline()
    made.planned.note_steered(0, for_good=False)
    found = figures(made)
    assert [each.is_steered for each in found.levels] == [True, False]
    assert [each.is_steered for each in found.stretches] == [True, False]


def test_a_target_shows_them_until_its_next_second() -> None:
    made = timeline()
    assert made.whole_stats() is made.whole_stats()
    assert made.stretch_stats() is made.stretch_stats()
    before = made.stretch_stats()
    made.take_bucket(bucket(20, users=5, ok_us=[1000] * 60))
    assert made.stretch_stats() != before
