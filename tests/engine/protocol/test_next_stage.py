"""The next stage is moved: the users at each moment, and what stays as it was."""

import pytest

from engine.protocol.load_shape import Stage, Steering, length_s
from engine.protocol.next_stage import moved, moved_text, next_stage, put_off_s, with_next_users

HOLDS = (Stage(20, 0.0), Stage(20, 15.0), Stage(300, 0.0), Stage(300, 15.0), Stage(20, 0.0), Stage(20, 20.0))
RAMP = (Stage(5, 2.0), Stage(5, 10.0), Stage(20, 5.0), Stage(20, 10.0))


def steps(steering: Steering, until_s: int = 60, *, from_s: int = 0) -> list[tuple[int, int]]:
    """The seconds at which the number of users changes, and the new number."""
    found: list[tuple[int, int]] = []
    for second in range(from_s, until_s):
        users = steering.users(float(second))
        if not found or found[-1][1] != users:
            found.append((second, users))
    return found


def test_the_next_stage_of_holds() -> None:
    steering = Steering(HOLDS, began_s=2.0)
    following = next_stage(steering, 12.0)
    assert following is not None
    assert (following.users, following.begins_s, following.left_s) == (300, 15.0, 5.0)
    assert not following.follows_ramp
    later = next_stage(steering, 18.0)
    assert later is not None
    assert (later.users, later.left_s) == (20, 14.0)
    assert next_stage(steering, 33.0) is None, "the last stage"
    assert next_stage(steering, 1.0) is None, "its turn has not come"
    assert next_stage(steering.set_users(7, 12.0), 13.0) is None, "no stage sets the users"


@pytest.mark.parametrize(
    ("by_s", "expected"),
    [
        (-5.0, [(8, 20), (10, 300), (25, 20)]),
        (-100.0, [(8, 300), (23, 20)]),
        (7.0, [(8, 20), (22, 300), (37, 20)]),
        (0.0, [(8, 20), (15, 300), (30, 20)]),
    ],
)
def test_it_comes_earlier_or_later_and_the_rest_keeps_its_distance(
    by_s: float, expected: list[tuple[int, int]]
) -> None:
    before = Steering(HOLDS, began_s=0.0)
    after = moved(before, by_s, 8.0)
    assert steps(after, from_s=8) == expected
    assert put_off_s(before, after) == max(by_s, -7.0)


def test_moves_add_up() -> None:
    steering = Steering(HOLDS, began_s=0.0)
    for by_s, now_s in ((5.0, 3.0), (5.0, 4.0), (-3.0, 17.0)):
        steering = moved(steering, by_s, now_s)
    assert steps(steering, from_s=17) == [(17, 20), (22, 300), (37, 20)]
    following = next_stage(steering, 20.0)
    assert following is not None
    assert following.left_s == pytest.approx(2.0)


def test_while_it_waits_it_can_begin_at_once_and_the_stage_after_can_be_put_off_too() -> None:
    steering = moved(Steering(HOLDS, began_s=0.0), 10.0, 8.0)
    assert steering.users(20.0) == 20
    steering = moved(steering, float("-inf"), 20.0)
    assert steps(steering, from_s=20) == [(20, 300), (35, 20)]
    steering = moved(steering, 5.0, 25.0)
    assert steps(steering, from_s=25) == [(25, 300), (40, 20)]


def test_it_waits_through_a_pause() -> None:
    steering = moved(Steering(HOLDS, began_s=0.0), 5.0, 8.0).pause(10.0).resume(30.0)
    assert steps(steering, 80, from_s=30) == [(30, 20), (40, 300), (55, 20)]


def test_what_follows_a_ramp_only_comes_earlier() -> None:
    ramping = Steering(RAMP, began_s=0.0)
    assert moved(ramping, 5.0, 13.0) is ramping
    now = moved(ramping, -100.0, 13.0)
    assert now.users(13.0) == 20
    assert next_stage(ramping, 5.0) is not None
    held = moved(ramping, 4.0, 5.0)
    assert (held.users(15.9), held.users(21.0)) == (5, 20)


def test_without_a_next_stage_nothing_changes() -> None:
    last = Steering(HOLDS, began_s=0.0)
    assert moved(last, -5.0, 40.0) is last
    assert with_next_users(last, 9, 40.0) is last


def test_another_number_of_users_holds_as_long_as_the_stage_did() -> None:
    steering = with_next_users(Steering(HOLDS, began_s=0.0), 310, 8.0)
    assert steps(steering) == [(0, 20), (15, 310), (30, 20)]
    again = with_next_users(steering, 320, 9.0)
    assert steps(again) == [(0, 20), (15, 320), (30, 20)]


def test_a_stage_that_only_went_on_begins_with_a_jump() -> None:
    goes_on = (Stage(8, 0.0), Stage(8, 6.0), Stage(8, 8.0), Stage(32, 0.0), Stage(32, 6.0))
    steering = with_next_users(Steering(goes_on, began_s=0.0), 18, 2.0)
    assert steps(steering, 30) == [(0, 8), (6, 18), (14, 32)]
    assert length_s(steering.stages) == length_s(goes_on)


def test_a_ramp_goes_to_the_other_number_and_its_hold_with_it() -> None:
    steering = with_next_users(Steering(RAMP, began_s=0.0), 40, 5.0)
    assert [stage.users for stage in steering.stages] == [5, 5, 40, 40]
    assert steering.users(20.0) == 40


def test_what_was_done_in_words() -> None:
    assert moved_text(5.0) == "next stage 5 s later (manual)"
    assert moved_text(-5.0) == "next stage 5 s earlier (manual)"
    assert moved_text(-3.2, is_now=True) == "next stage begun 3 s early (manual)"
