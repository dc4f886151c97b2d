"""A node on which load workers do not start is left alone for longer each time, and not for ever."""

from engine.cluster.offers import FIRST_WAIT_S, LONGEST_WAIT_S, RUNS_AFTER_S, Offers


class Clock:
    """Set by hand."""

    now_s = 1000.0


def offers_on(clock: Clock) -> Offers:
    return Offers(lambda: clock.now_s)


def wait_s(offers: Offers, clock: Clock, node_id: str = "1f") -> float:
    """Lets time pass until this node may be offered again; returns how long that took."""
    began_s = clock.now_s
    while node_id in offers.waiting:
        clock.now_s += 1.0
    return clock.now_s - began_s


def in_vain(offers: Offers, clock: Clock) -> float:
    """An offer comes to nothing at once; returns the wait after it."""
    offers.ended("1f", clock.now_s)
    return wait_s(offers, clock)


def test_waits_grow_up_to_a_limit() -> None:
    offers = offers_on(clock := Clock())
    assert offers.waiting == frozenset()
    waits_s = [in_vain(offers, clock) for _ in range(10)]
    assert waits_s[:3] == [FIRST_WAIT_S, 2 * FIRST_WAIT_S, 4 * FIRST_WAIT_S]
    assert waits_s[-3:] == [LONGEST_WAIT_S] * 3
    assert wait_s(offers, clock, "2e") == 0.0, "each node has waits of its own"


def test_once_a_worker_has_run_the_waits_begin_anew() -> None:
    offers = offers_on(clock := Clock())
    in_vain(offers, clock)
    in_vain(offers, clock)
    offers.ended("1f", clock.now_s - RUNS_AFTER_S)
    assert wait_s(offers, clock) == 0.0
    assert in_vain(offers, clock) == FIRST_WAIT_S


def test_several_that_end_at_once_count_as_one() -> None:
    offers = offers_on(clock := Clock())
    for _ in range(8):
        offers.ended("1f", clock.now_s)
    assert wait_s(offers, clock) == FIRST_WAIT_S
    assert in_vain(offers, clock) == 2 * FIRST_WAIT_S
