"""Merging stats of several workers, and of successive ticks."""

from collections.abc import Sequence
from dataclasses import fields, replace

from hypothesis import given
from hypothesis import strategies as st

from engine.protocol.histogram import Latencies
from engine.protocol.tick_stats import RequestTickStats, TickStats, merge_ticks, merge_workers, sum_counts
from tests.support.recording import sample, tally, tick_stats
from tests.support.windows import seconds


@st.composite
def all_tick_stats(draw: st.DrawFn) -> TickStats:
    numbers = st.integers(0, 50)
    requests = {
        name: tally(draw(st.lists(st.integers(0, 10**6), max_size=5)), refused=draw(numbers))
        for name in draw(st.sets(st.sampled_from(["list", "read"])))
    }
    return replace(
        tick_stats(draw(numbers), ticks=draw(st.integers(1, 5)), users=draw(numbers)),
        requests=requests,
        cancelled=draw(numbers),
        paused=draw(st.booleans()),
    )


@given(st.lists(all_tick_stats(), min_size=1, max_size=5))
def test_counts_add_up_either_way(parts: list[TickStats]) -> None:
    for total in (merge_workers(parts), merge_ticks(parts)):
        assert total.cancelled == sum(part.cancelled for part in parts)
        assert total.bytes_in == sum(part.bytes_in for part in parts)
        for name, summed in total.requests.items():
            merged = [part.requests[name] for part in parts if name in part.requests]
            assert sum(summed.ok.counts.values()) == sum(sum(each.ok.counts.values()) for each in merged)
            assert summed.errors == sum_counts(each.errors for each in merged)
            assert summed.ok.total_us == sum(each.ok.total_us for each in merged)
        assert total.paused == any(part.paused for part in parts)


def test_states_add_up_over_workers_and_are_the_last_over_ticks() -> None:
    early = replace(tick_stats(3, users=4), in_flight=3, oldest_in_flight_us=90, health_probe_waiting_us=5)
    late = replace(tick_stats(4, users=6), in_flight=1, oldest_in_flight_us=20, health_probe_waiting_us=9)
    both = merge_workers([early, late])
    assert (both.users, both.in_flight, both.oldest_in_flight_us, both.health_probe_waiting_us) == (
        10,
        4,
        90,
        9,
    )
    after = merge_ticks([early, late])
    assert (after.users, after.in_flight, after.oldest_in_flight_us, after.health_probe_waiting_us) == (
        6,
        1,
        20,
        9,
    )
    assert (both.ticks, after.ticks, after.tick) == (1, 2, 4)


def test_merged_samples_of_one_worker_are_a_sample_of_that_worker() -> None:
    early, late = sample(3, worker=2, ok_us=[5], failed=1), sample(4, worker=2, ok_us=[6, 7], failed=2)
    both = merge_ticks([early, late])
    assert (both.worker, both.tick, both.ticks, both.started) == (2, 4, 2, 6)
    assert both.requests["hello"].errors == {"refused": 3}


def test_every_field_states_how_it_is_merged() -> None:
    rules = {each.metadata.get("adds", "added") for each in fields(TickStats)}
    assert rules == {"added", "state", "worst", "newest", "length", "same"}
    states = {each.name for each in fields(TickStats) if each.metadata.get("adds") == "state"}
    assert states == {"users", "in_flight", "open", "waiting"}


def part(open_s: Sequence[float], given_up_s: Sequence[float] = ()) -> TickStats:
    requests = {"hello": RequestTickStats(Latencies(), Latencies(), {}, given_up=seconds(*given_up_s))}
    return replace(tick_stats(4), requests=requests, open={"hello": seconds(*open_s)})


def test_workers_add_up_and_the_newest_tick_says_what_is_open() -> None:
    together = merge_workers([part([1.0], [3.0]), part([2.0, 3.0])])
    assert sum(together.open["hello"].counts.values()) == 3
    later = merge_ticks([together, part([4.0], [4.0])])
    assert sum(later.open["hello"].counts.values()) == 1
    assert sum(later.requests["hello"].given_up.counts.values()) == 2
    assert merge_ticks([together, replace(part([]), open={})]).open == {}
