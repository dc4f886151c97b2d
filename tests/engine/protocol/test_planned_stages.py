"""Which planned stage a moment belongs to."""

import pytest

from engine.protocol.planned_stages import PlannedStage, is_in_gap, levels_in, planned_at, repetitions_in

PLANNED = (
    PlannedStage("ramp", 1.0, 2.0, 10, 1, 1),
    PlannedStage("hold", 2.0, 8.0, 10, 1, 1),
    PlannedStage("gap", 8.0, 10.0, 0),
    PlannedStage("hold", 10.0, 16.0, 10, 1, 2),
)


@pytest.mark.parametrize(
    ("shape_s", "at"), [(-1.0, None), (0.9, None), (1.0, 0), (2.0, 1), (8.0, 2), (15.9, 3), (99.0, 3)]
)
def test_the_stage_of_a_moment(shape_s: float, at: int | None) -> None:
    assert planned_at(PLANNED, shape_s) == at
    assert planned_at((), shape_s) is None


def test_a_second_that_touches_a_gap_is_in_it() -> None:
    stretches = [(6.0, 6.9), (7.0, 7.9), (7.5, 8.4), (9.5, 10.4), (10.0, 10.9), (-3.0, -2.1)]
    assert [is_in_gap(PLANNED, *stretch) for stretch in stretches] == [False, False, True, True, False, False]


def test_how_many_there_are() -> None:
    assert (levels_in(PLANNED), repetitions_in(PLANNED)) == (1, 2)
    assert (levels_in(()), repetitions_in(())) == (0, 0)
