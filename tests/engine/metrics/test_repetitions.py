"""Levels over repetitions: mean, spread, and what a person steered."""

import pytest

from engine.metrics.records import Steered
from engine.metrics.repetitions import RepeatedLevel, Spread, repeated_levels
from engine.metrics.session_result import SessionResult, session_result
from engine.metrics.target_timeline import TargetTimeline
from engine.metrics.timeline import Timeline
from engine.metrics.window_stats import LevelStats, ResourceUsage
from engine.protocol.load_shape import Steering
from tests.support import made_sessions
from tests.support.made_sessions import Shape

SERIES = Shape(seconds=90, repetitions=3, gap_s=4, targets=("fastapi",), noise=0.2)


def timeline(shape: Shape = SERIES, *, history_s: int | None = None) -> Timeline:
    made = Timeline(history_s=history_s)
    for record in made_sessions.records(shape):
        made.apply(record)
    return made


def result(shape: Shape = SERIES) -> SessionResult:
    return session_result(timeline(shape).final_snapshot())


def test_mean_and_standard_deviation_as_published_tables_give_them() -> None:
    spread = Spread.of([4.12, 21.70, 37.83])
    assert (round(spread.mean, 2), round(spread.stdev or 0, 2)) == (21.22, 16.86)
    assert Spread.of([3.0]) == Spread(3.0, None)
    with pytest.raises(ValueError, match="no value"):
        Spread.of([])


def test_every_level_has_its_figures_for_each_repetition() -> None:
    (target,) = result().targets
    assert [(each.repetition, each.number, each.wanted) for each in target.levels] == [
        (repetition, number, users)
        for repetition in (1, 2, 3)
        for number, users in enumerate(made_sessions.USERS, 1)
    ]
    assert [(each.number, each.wanted, len(each.repetitions)) for each in target.repeated] == [
        (1, 10, 3),
        (2, 50, 3),
        (3, 100, 3),
    ]
    goodputs = [each.stats.goodput for each in target.levels if each.number == 2]
    assert target.repeated[1].spread("goodput") == Spread.of(goodputs)
    assert len(set(goodputs)) == 3


def test_gaps_are_in_no_summary() -> None:
    (target,) = result().targets
    assert target.whole.seconds == 90
    assert {each.stats.seconds for each in target.levels} == {7.0}


def test_a_live_session_has_the_same_levels_as_its_export() -> None:
    assert session_result(timeline(history_s=300).final_snapshot()).targets[0].repeated == (
        result().targets[0].repeated
    )


def test_stages_that_somebody_wrote_have_no_repetitions() -> None:
    assert not result(Shape(seconds=30)).has_repetitions
    assert result(Shape(seconds=30)).targets[0].repeated == ()


def steered_at(t_s: float) -> TargetTimeline:
    made = Timeline(history_s=None)
    for record in made_sessions.records(SERIES):
        made.apply(record)
        if isinstance(record, Steered):
            made.apply(Steered(t_s, "fastapi", record.steering.set_users(10, t_s)))
            made.apply(Steered(t_s, "fastapi", record.steering))
    return made.targets["fastapi"]


def test_a_level_that_a_person_steered_does_not_count() -> None:
    levels = steered_at(20.0).level_stats()
    assert [(each.number, each.repetition) for each in levels if each.is_steered] == [(2, 1)]
    assert [(each.number, each.steered, len(each.repetitions)) for each in repeated_levels(levels)] == [
        (1, (), 3),
        (2, (1,), 2),
        (3, (), 3),
    ]


def test_a_changed_think_time_spoils_all_that_follows() -> None:
    made = timeline().targets["fastapi"]
    made.change_load(70.0)
    levels = made.level_stats()
    assert [(each.number, each.repetition) for each in levels if not each.is_steered] == [
        (1, 1),
        (2, 1),
        (3, 1),
        (1, 2),
        (2, 2),
    ]


def test_a_pause_marks_its_level() -> None:
    made = timeline().targets["fastapi"]
    steering = made.steering or Steering((), 0.0)
    made.steer(steering.pause(5.0), 5.0)
    assert [(each.number, each.repetition) for each in made.level_stats() if each.is_steered] == [(1, 1)]


def test_the_longest_stretch_of_an_interrupted_level_counts() -> None:
    (target,) = result().targets
    short, whole = target.levels[0], target.levels[3]
    both = [whole, short] if whole.stats.seconds > short.stats.seconds else [short, whole]
    parts = [LevelStats(10, each.stats, ResourceUsage(), number=1, repetition=1) for each in both]
    (level,) = repeated_levels(parts)
    assert level == RepeatedLevel(1, 10, (max(parts, key=lambda each: each.stats.seconds),), ())


def test_a_figure_that_a_repetition_lacks_has_no_mean() -> None:
    (target,) = result().targets
    level = RepeatedLevel(
        1, 10, (*target.repeated[0].repetitions, LevelStats(10, target.whole, ResourceUsage())), ()
    )
    assert level.spread("cpu_pct") is None
    assert RepeatedLevel(1, 10, (), (1,)).spread("goodput") is None
