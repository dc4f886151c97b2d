"""Samples of several workers become complete ticks and closed seconds, and none is lost or counted twice."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from engine.metrics.aggregator import Aggregator
from engine.protocol.messages import Sample
from engine.protocol.tick_stats import TickStats
from tests.support.recording import heartbeat, latencies, sample


def collector(workers: int = 1) -> Aggregator:
    made = Aggregator()
    for worker in range(workers):
        made.worker_joined(worker)
    return made


def ok_in(all_tick_stats: list[TickStats]) -> int:
    return sum(sum(tally.ok.counts.values()) for each in all_tick_stats for tally in each.requests.values())


def test_a_tick_is_complete_when_every_worker_has_reported_it() -> None:
    both = collector(2)
    both.take(sample(0, worker=0, users=3, ok_us=[10]))
    both.take(heartbeat(0, worker=0))
    assert both.advance(0.2).ticks == []
    both.take(sample(0, worker=1, users=2, ok_us=[20], waiting_us=900))
    both.take(heartbeat(0, worker=1))
    (tick,) = both.advance(0.25).ticks
    assert (tick.users, tick.in_flight, tick.oldest_in_flight_us, tick.ticks) == (5, 5, 900, 1)
    assert ok_in([tick]) == 2


def test_a_second_is_closed_with_its_fifth_tick() -> None:
    one = collector()
    for tick in range(4):
        one.take(sample(tick, users=tick, ok_us=[10]))
        one.take(heartbeat(tick, cpu_s=0.1 * (tick + 1)))
        assert one.advance(tick / 5).seconds == []
    one.take(sample(4, users=9, ok_us=[10]))
    one.take(heartbeat(4, cpu_s=0.5))
    (second,) = one.advance(1.0).seconds
    assert (second.second, second.missing_workers, second.workers) == (0, 0, 1)
    assert second.cpu_pct == 50.0
    assert sum(second.lag.counts.values()) == 100
    assert (second.all_tick_stats["a"].ticks, second.all_tick_stats["a"].users) == (5, 9)
    assert ok_in([second.all_tick_stats["a"]]) == 5


def test_processor_time_before_the_session_is_no_part_of_it() -> None:
    one = Aggregator()
    one.worker_joined(0, cpu_s=7.0)
    for tick in range(5):
        one.take(heartbeat(tick, cpu_s=7.5))
    assert one.advance(1.0).seconds[0].cpu_pct == 50.0


def test_a_second_is_closed_one_second_late_whoever_is_missing() -> None:
    both = collector(2)
    for tick in range(5):
        both.take(sample(tick, worker=0, ok_us=[10]))
        both.take(heartbeat(tick, worker=0))
    assert both.advance(1.9).seconds == []
    (second,) = both.advance(2.0).seconds
    assert second.missing_workers == 1
    assert ok_in([second.all_tick_stats["a"]]) == 5


def test_what_comes_late_counts_in_the_next_second_and_takes_no_time_of_its_own() -> None:
    both = collector(2)
    for tick in range(5):
        both.take(sample(tick, worker=0, ok_us=[10], users=1))
        both.take(heartbeat(tick, worker=0))
    both.advance(2.0)
    for tick in range(10):
        both.take(sample(tick, worker=1, ok_us=[20], users=1))
        both.take(heartbeat(tick, worker=1))
    for tick in range(5, 10):
        both.take(sample(tick, worker=0, ok_us=[10], users=1))
        both.take(heartbeat(tick, worker=0))
    advance = both.advance(2.1)
    (second,) = advance.seconds
    assert second.missing_workers == 0
    assert ok_in([second.all_tick_stats["a"]]) == 15
    assert (second.all_tick_stats["a"].ticks, second.all_tick_stats["a"].users) == (5, 2)
    assert [each.tick for each in advance.ticks] == [5, 6, 7, 8, 9]
    assert {each.users for each in advance.ticks} == {2}


def test_the_only_worker_that_was_held_up_covers_the_time_it_was_silent() -> None:
    one = collector()
    one.take(sample(4, ticks=5, ok_us=[10]))
    one.take(heartbeat(4, ticks=5))
    assert one.advance(1.0).seconds[0].all_tick_stats["a"].ticks == 5
    assert [each.all_tick_stats for each in one.advance(3.5).seconds] == [{}]
    one.take(sample(14, ticks=10, ok_us=[10]))
    one.take(heartbeat(14, ticks=10))
    (third,) = one.advance(3.5).seconds
    assert (third.second, third.all_tick_stats["a"].ticks) == (2, 10)


def test_merged_ticks_of_one_worker_beside_single_ones_of_another() -> None:
    both = collector(2)
    for tick in range(5):
        both.take(sample(tick, worker=0, ok_us=[10]))
        both.take(heartbeat(tick, worker=0))
    both.take(sample(4, worker=1, ticks=5, ok_us=[10, 20, 30]))
    both.take(heartbeat(4, worker=1, ticks=5))
    advance = both.advance(1.0)
    assert sum(each.ticks for each in advance.ticks) == 5
    assert advance.seconds[0].all_tick_stats["a"].ticks == 5
    assert ok_in([advance.seconds[0].all_tick_stats["a"]]) == 8


def test_nobody_waits_for_a_worker_that_left() -> None:
    both = collector(2)
    both.take(sample(0, worker=1, ok_us=[10]))
    both.worker_left(1)
    for tick in range(5):
        both.take(sample(tick, worker=0, ok_us=[10]))
        both.take(heartbeat(tick, worker=0))
    (second,) = both.advance(1.0).seconds
    assert (second.missing_workers, second.workers) == (1, 1)
    assert ok_in([second.all_tick_stats["a"]]) == 6
    both.take(heartbeat(9, worker=1))
    assert both.advance(1.1).ticks == []


def test_a_worker_that_joins_later_is_waited_for_from_then_on() -> None:
    one = collector()
    one.take(heartbeat(0))
    one.advance(0.2)
    one.worker_joined(1)
    one.take(sample(1, ok_us=[10]))
    one.take(heartbeat(1))
    assert one.advance(0.4).ticks == []
    one.take(heartbeat(1, worker=1))
    assert ok_in(one.advance(0.4).ticks) == 1


def test_the_end_takes_what_is_left_of_a_second() -> None:
    one = collector()
    for tick in range(7):
        one.take(sample(tick, ok_us=[10]))
        one.take(heartbeat(tick))
    one.take(sample(7, ok_us=[10]))
    one.advance(1.5)
    rest = one.flush()
    assert [(each.second, each.all_tick_stats["a"].ticks) for each in rest.seconds] == [(1, 3)]
    assert ok_in([rest.seconds[0].all_tick_stats["a"]]) == 3
    assert one.flush() == type(rest)([], [])


@st.composite
def deliveries(draw: st.DrawFn) -> list[tuple[int, Sample]]:
    """Samples of some workers with the tick at whose end they arrive: late, merged, in order by worker."""
    arrivals: list[tuple[int, Sample]] = []
    for worker in range(draw(st.integers(1, 3))):
        last, arrives = -1, 0
        while last < 29:
            ticks = draw(st.integers(1, 6))
            last = min(last + ticks, 29)
            arrives = max(arrives, last + draw(st.sampled_from([0, 0, 0, 1, 7, 20])))
            ok_us = [10] * draw(st.integers(0, 2))
            arrivals.append((arrives, sample(last, worker=worker, ticks=ticks, users=1, ok_us=ok_us)))
    return sorted(arrivals, key=lambda arrival: arrival[0])


@given(deliveries())
def test_whatever_comes_late_every_request_counts_once_and_time_passes_once(
    arrivals: list[tuple[int, Sample]],
) -> None:
    workers = len({each.worker for _, each in arrivals})
    some = collector(workers)
    ticks: list[TickStats] = []
    seconds: list[TickStats] = []
    numbers: list[int] = []
    for tick in range(60):
        for _, each in (arrival for arrival in arrivals if arrival[0] == tick):
            some.take(each)
            some.take(heartbeat(each.tick, worker=each.worker, ticks=each.ticks))
        advance = some.advance((tick + 1) / 5)
        ticks += advance.ticks
        seconds += [second.all_tick_stats["a"] for second in advance.seconds if second.all_tick_stats]
        numbers += [second.second for second in advance.seconds]
    rest = some.flush()
    seconds += [second.all_tick_stats["a"] for second in rest.seconds if second.all_tick_stats]
    numbers += [second.second for second in rest.seconds]
    asked = sum(each.started for _, each in arrivals)
    assert ok_in(seconds) == ok_in(ticks + rest.ticks) == asked
    assert sum(each.ticks for each in seconds) <= 60
    assert numbers == list(range(len(numbers)))
    assert all(each.users <= workers for each in seconds)
    shown = [each.tick for each in ticks]
    assert shown == sorted(set(shown))


def test_what_is_not_measured_in_a_second_is_kept_apart() -> None:
    one = collector()
    one.is_measured = lambda tick_stats: tick_stats.tick in (2, 3)
    for tick in range(10):
        one.take(sample(tick, users=4, ok_us=[10] * (tick + 1), waiting_us=5))
        one.take(heartbeat(tick))
    advance = one.advance(2.0)
    assert [each.tick for each in advance.ticks if not each.unmeasured] == [2, 3]
    first, second = advance.seconds
    assert (first.all_tick_stats["a"].ticks, ok_in([first.all_tick_stats["a"]])) == (2, 3 + 4)
    assert (first.between_turns["a"].ticks, ok_in([first.between_turns["a"]])) == (3, 1 + 2 + 5)
    assert (first.all_tick_stats["a"].tick, first.all_tick_stats["a"].counts) == (4, True)
    nothing = second.all_tick_stats["a"]
    assert (nothing.ticks, nothing.users, nothing.tick, nothing.requests) == (0, 4, 9, {})
    assert second.between_turns["a"].ticks == 5


def test_the_health_probe_goes_on_between_turns() -> None:
    one = collector()
    one.is_measured = lambda _: False
    for tick in range(5):
        one.take(replace(sample(tick), health_probe=latencies(700), health_probe_errors={"refused": 1}))
        one.take(heartbeat(tick))
    (second,) = one.advance(1.0).seconds
    assert second.all_tick_stats["a"].health_probe.count == 5
    assert second.all_tick_stats["a"].health_probe_errors == {"refused": 5}


def test_a_second_says_what_each_worker_did() -> None:
    both = collector(2)
    for tick in range(5):
        both.take(heartbeat(tick, worker=0, cpu_s=0.1 * (tick + 1)))
    both.take(heartbeat(3, worker=1, cpu_s=0.2))
    (second,) = both.advance(2.1).seconds
    assert [(each.worker, each.is_missing) for each in second.by_worker] == [(0, False), (1, True)]
    assert [round(each.cpu_pct) for each in second.by_worker] == [50, 100]
    assert second.missing_workers == 1
    assert sum(sum(each.lag.counts.values()) for each in second.by_worker) == sum(second.lag.counts.values())
