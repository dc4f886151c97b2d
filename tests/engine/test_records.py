"""Adding stretches up, beside each other and in turn."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.records import Stretch, beside, in_turn, last_tick_of, stretch_of, sum_counts
from tests.engine.recording import bucket, sample, stretch, tally


@st.composite
def stretches(draw: st.DrawFn) -> Stretch:
    numbers = st.integers(0, 50)
    requests = {
        name: tally(draw(st.lists(st.integers(0, 10**6), max_size=5)), refused=draw(numbers))
        for name in draw(st.sets(st.sampled_from(["list", "read"])))
    }
    return replace(
        stretch(draw(numbers), ticks=draw(st.integers(1, 5)), users=draw(numbers)),
        requests=requests,
        cancelled=draw(numbers),
        paused=draw(st.booleans()),
    )


@given(st.lists(stretches(), min_size=1, max_size=5))
def test_counts_add_up_either_way(parts: list[Stretch]) -> None:
    for total in (beside(parts), in_turn(parts)):
        assert total.cancelled == sum(part.cancelled for part in parts)
        assert total.bytes_in == sum(part.bytes_in for part in parts)
        for name, summed in total.requests.items():
            theirs = [part.requests[name] for part in parts if name in part.requests]
            assert sum(summed.ok.counts.values()) == sum(sum(each.ok.counts.values()) for each in theirs)
            assert summed.errors == sum_counts(each.errors for each in theirs)
            assert summed.ok.total_us == sum(each.ok.total_us for each in theirs)
        assert total.paused == any(part.paused for part in parts)


def test_states_add_up_beside_and_are_the_last_in_turn() -> None:
    early = replace(stretch(3, users=4), in_flight=3, oldest_in_flight_us=90, canary_waiting_us=5)
    late = replace(stretch(4, users=6), in_flight=1, oldest_in_flight_us=20, canary_waiting_us=9)
    both = beside([early, late])
    assert (both.users, both.in_flight, both.oldest_in_flight_us, both.canary_waiting_us) == (10, 4, 90, 9)
    after = in_turn([early, late])
    assert (after.users, after.in_flight, after.oldest_in_flight_us, after.canary_waiting_us) == (6, 1, 20, 9)
    assert (both.ticks, after.ticks, after.tick) == (1, 2, 4)


def test_a_sample_is_a_stretch() -> None:
    one = stretch_of(sample(3, "b", ok_us=[5], failed=2, cancelled=1, canary_us=8, waiting_us=7, paused=True))
    assert (one.target, one.tick, one.started, one.cancelled, one.paused) == ("b", 3, 4, 1, True)
    assert one.requests["hello"].errors == {"refused": 2}
    assert (one.canary.max_us, one.canary_waiting_us) == (8, 7)


@pytest.mark.parametrize(("second", "last"), [(-1, -1), (0, 4), (1, 9)])
def test_the_last_tick_of_a_second(second: int, last: int) -> None:
    assert last_tick_of(second) == last


def test_what_is_measured() -> None:
    assert bucket(1).is_measured
    assert not bucket(1, warm_up=True).is_measured
    assert not bucket(1, winding_down=True).is_measured
    assert not replace(bucket(1), stretch=replace(stretch(9), paused=True)).is_measured
