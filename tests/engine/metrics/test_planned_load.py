"""Which planned stage a moment belongs to, and what a person changed of it."""

from engine.metrics.levels import Level
from engine.metrics.planned_load import PlannedLoad
from engine.metrics.window import Window
from engine.metrics.window_stats import ResourceUsage, StretchStats
from engine.protocol.planned_stages import PlannedStage
from tests.support.recording import steering

STAGES = (
    PlannedStage("ramp", 0, 5, 10),
    PlannedStage("hold", 5, 15, 10, level=1, repetition=1),
    PlannedStage("gap", 15, 20, 0),
    PlannedStage("hold", 20, 30, 20, level=2, repetition=1),
)


def stretch(planned: int | None, users: int = 10) -> StretchStats:
    return StretchStats(users, planned, seconds=3, peak_rps=1.0, health_unanswered=None, health_max_ms=None)


def test_a_moment_is_in_a_stage_as_far_as_its_target_is_steered() -> None:
    load = PlannedLoad(STAGES)
    assert [load.at(t_s, steering()) for t_s in (0, 5, 14.9, 15, 29, 99)] == [0, 1, 1, 2, 3, 3]
    assert load.at(5, None) is None
    assert PlannedLoad().at(5, steering()) is None


def test_a_change_concerns_its_stage_or_all_that_follow() -> None:
    load = PlannedLoad(STAGES)
    assert not load.is_steered(stretch(1))
    load.note_steered(None, for_good=False)
    assert load.steered == frozenset()
    load.note_steered(1, for_good=False)
    assert load.steered == {1}
    assert load.is_steered(stretch(1))
    assert not load.is_steered(stretch(3, users=20))
    load.note_steered(2, for_good=True)
    assert load.steered == {1, 2, 3}
    assert PlannedLoad(STAGES).steered == frozenset()


def test_a_change_before_the_first_stage_concerns_all_if_it_lasts() -> None:
    load = PlannedLoad(STAGES)
    load.note_steered(None, for_good=True)
    assert load.steered == {0, 1, 2, 3}


def test_other_users_than_planned_are_a_change() -> None:
    assert PlannedLoad(STAGES).is_steered(stretch(1, users=11))
    assert not PlannedLoad(STAGES).is_steered(stretch(None, users=11))


def test_only_holds_of_levels_have_a_place() -> None:
    load = PlannedLoad(STAGES)
    levels = [Level(10, 0, 9, Window(), ResourceUsage(), planned=at) for at in (None, 0, 1, 2, 3)]
    places = [load.place_of(level) for level in levels]
    assert places == [(0, 0), (0, 0), (1, 1), (0, 0), (2, 1)]
