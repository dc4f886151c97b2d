"""Plans that are shortened for a demonstration."""

from typing import Any

import pytest

import presets
from engine.plan.levels import levels_of
from engine.plan.plan import Plan, make_plan
from engine.plan.quick import LEAST_LEVEL_S, QUICK_S, spread_out


def plan_of(**values: Any) -> Plan:
    return make_plan({"title": "T", "targets": ["fastapi"]} | values, where="plan")


def test_levels_stay_and_times_shrink() -> None:
    made = plan_of(levels=[10, 50, 100], hold="60 s", gap="5 s", spawn_rate=10, repetitions=3, warm_up="auto")
    quick = made.changed(quick=True)
    assert (quick.levels, quick.repetitions, quick.quick) == ((10, 50, 100), 1, True)
    assert 50 <= quick.length_s <= 70
    assert quick.hold == 17
    assert quick.gap == 1
    assert len(levels_of(quick)) == 3


def test_a_short_plan_stays_as_it_is() -> None:
    made = plan_of(levels=[10, 50], hold="20 s")
    assert made.changed(quick=True) == made


def test_no_level_is_too_short_to_settle_so_that_some_are_left_out() -> None:
    """Four targets one after another: a quarter of a minute is three levels."""
    plan = presets.load("io-intensive")
    quick = plan.changed(quick=True)
    assert quick.hold == LEAST_LEVEL_S
    assert quick.gap == 2.0
    assert quick.levels == (10, 50, 100)
    assert quick.left_out_levels == (20, 30, 40, 60, 70, 80, 90)
    assert sorted((*quick.levels, *quick.left_out_levels)) == list(plan.levels)
    assert quick.length_s <= 1.1 * QUICK_S


def test_captions_stay_with_their_levels() -> None:
    made = plan_of(levels=[1, 2, 3, 4, 5], hold="60 s", gap="5 s", say=["a", "b", "c", "d"], schedule="solo")
    made = made.changed(targets=("fastapi", "django-wsgi", "django-asgi", "hybrid"))
    quick = made.changed(quick=True)
    assert (quick.levels, quick.say) == ((1, 3, 5), ("a", "c"))


@pytest.mark.parametrize(
    ("places", "count", "kept"),
    [
        (10, 3, (0, 4, 9)),
        (10, 2, (0, 9)),
        (10, 10, tuple(range(10))),
        (3, 5, (0, 1, 2)),
        (5, 4, (0, 1, 3, 4)),
        (1, 1, (0,)),
    ],
)
def test_levels_are_left_out_evenly(places: int, count: int, kept: tuple[int, ...]) -> None:
    assert spread_out(places, count) == kept


def test_stages_and_faults_shrink_together() -> None:
    made = plan_of(
        stages=[{"ramp_to": 20, "over": "60 s"}, {"hold": "240 s"}, {"users": 5, "hold": "2 s"}],
        fault=[{"at": "100 s", "fault": "pause for 50 s"}],
    )
    quick = made.changed(quick=True)
    scale = (QUICK_S - 1) / 302
    assert [step.seconds for step in quick.stages] == [pytest.approx(60 * scale), 47, 2.0]
    (fault,) = quick.fault
    assert fault.at == pytest.approx(100 * scale)
    assert fault.fault.lasts_s == pytest.approx(50 * scale)


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_can_be_shortened(name: str) -> None:
    plan = presets.load(name)
    quick = plan.changed(quick=True)
    assert quick.length_s <= 70
    kept = [each.users for each in levels_of(quick)]
    whole = [each.users for each in levels_of(plan) if each.repetition == 1]
    assert sorted((*kept, *quick.left_out_levels)) == sorted(whole)
    assert (kept[0], kept[-1]) == (whole[0], whole[-1])
