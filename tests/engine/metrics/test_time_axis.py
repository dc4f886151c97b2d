"""The seconds that charts show: of the newest, in order, and the same object while nothing changes."""

from engine.metrics.time_axis import TimeAxis


def axis(*ends: int, length_s: int | None = 5) -> TimeAxis:
    made = TimeAxis(length_s)
    for end in ends:
        made.add(end)
    return made


def test_it_begins_with_the_first_second_and_keeps_the_newest() -> None:
    assert axis().seconds == ()
    assert axis(3, 3, 4).seconds == (3, 4)
    assert axis(1, 2, 9).seconds == (5, 6, 7, 8, 9)
    assert axis(1, 2, 9, length_s=None).seconds == tuple(range(1, 10))


def test_it_is_another_object_only_if_it_is_another_axis() -> None:
    made = axis(1, 2)
    before = made.seconds
    made.add(2)
    assert made.seconds is before
    made.add(3)
    assert made.seconds == (1, 2, 3)


def test_a_long_session_has_steps_beside_it() -> None:
    assert axis(1, 2).steps == ((), 1)
    steps, step_s = axis(1, 10_000).steps
    assert step_s > 1
    assert 10_000 - step_s < steps[-1] <= 10_000, "only whole steps"
    assert axis(1, 10_000, length_s=None).steps == ((), 1)


def test_bare_it_goes_on_as_before() -> None:
    made = axis(1, 2, 3, 9)
    bare = made.bare()
    bare.add(10)
    assert bare.seconds == (6, 7, 8, 9, 10)
    assert made.seconds == (5, 6, 7, 8, 9)
