"""All of a session in a bounded number of steps."""

import pytest

from engine.metrics.chart_rows import NO_ROW, NO_SIGNALS
from engine.metrics.overview import MOST, Overview, step_of, steps_until


def filled(seconds: range) -> Overview:
    """An overview in which each second's goodput is the number of its end."""
    made = Overview()
    for end_s in seconds:
        made.add(end_s, (float(end_s), *NO_ROW[1:]), NO_SIGNALS)
    return made


def goodput(of: Overview, end_s: int) -> tuple[float | None, ...]:
    return of.columns(steps_until(end_s), step_of(end_s))[0].goodput


@pytest.mark.parametrize(
    ("end_s", "step_s"), [(1, 1), (600, 1), (601, 2), (1200, 2), (1201, 4), (86_400, 256)]
)
def test_steps_double_so_that_there_are_never_too_many(end_s: int, step_s: int) -> None:
    assert step_of(end_s) == step_s
    assert len(steps_until(end_s)) <= MOST


@pytest.mark.parametrize("end_s", [600, 601, 602, 900, 1200, 1201, 1203, 2400, 2500, 5001])
def test_each_step_is_the_mean_of_its_seconds(end_s: int) -> None:
    step_s = step_of(end_s)
    means = goodput(filled(range(1, end_s + 1)), end_s)
    assert len(means) == end_s // step_s
    for number, mean in enumerate(means):
        assert mean == pytest.approx(number * step_s + (step_s + 1) / 2)


def test_a_target_that_joined_later_has_no_values_before() -> None:
    means = goodput(filled(range(1001, 1301)), 1300)
    assert means[:250] == (None,) * 250
    assert means[250] == pytest.approx(1002.5)


def test_a_target_that_left_keeps_its_values_where_they_were() -> None:
    means = goodput(filled(range(1, 301)), 1300)
    assert means[0] == pytest.approx(2.5)
    assert means[74] == pytest.approx(298.5)
    assert set(means[75:]) == {None}


def test_seconds_that_are_missing_leave_a_hole() -> None:
    made = filled(range(1, 401))
    for end_s in range(501, 1301):
        made.add(end_s, (float(end_s), *NO_ROW[1:]), NO_SIGNALS)
    means = goodput(made, 1300)
    assert set(means[100:125]) == {None}
    assert means[125] == pytest.approx(502.5)


def test_columns_are_built_again_only_for_other_steps() -> None:
    made = filled(range(1, 1301))
    steps = steps_until(1300)
    assert made.columns(steps, 4) is made.columns(steps, 4)
