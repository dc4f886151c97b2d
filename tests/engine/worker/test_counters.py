"""What is counted within a tick, and the ledgers that it must add up to."""

from dataclasses import replace

import pytest

from engine.protocol.messages import Sample, Template
from engine.worker.counters import MAX_EXAMPLE_CHARACTERS, LoadState, TargetCounters, bucketed

GET = Template("get", "GET", b"12345", (200,))


def state(in_flight: int = 0, *, notes_arrivals: bool = False) -> LoadState:
    return LoadState(
        notes_arrivals=notes_arrivals,
        users=1,
        in_flight=in_flight,
        oldest_in_flight_us=0,
        open_ages={},
        health_probe_waiting_us=0,
        paused=False,
    )


def test_a_sample_holds_the_tick_and_counting_starts_anew() -> None:
    counters = TargetCounters("t", worker=3)
    (get,) = counters.prepare([GET])
    get.started = 3
    get.counters.ok[1000] += 1
    get.counters.fail("reset", 5, "x" * 1000)
    get.counters.fail("reset", 6, "later")
    first = counters.close(7, 2, state())
    assert (first.worker, first.target, first.tick, first.ticks) == (3, "t", 7, 2)
    assert (first.started, first.bytes_out) == (3, 15)
    stats = first.requests["get"]
    assert sum(stats.ok.counts.values()) == 1
    assert stats.errors == {"reset": 2}
    assert stats.examples == {"reset": "x" * MAX_EXAMPLE_CHARACTERS}
    assert_empty(counters.close(8, 1, state()))


def assert_empty(sample: Sample) -> None:
    assert (sample.started, sample.bytes_out, sample.requests) == (0, 0, {})


def test_a_replaced_workload_counts_until_its_tick_is_closed() -> None:
    counters = TargetCounters("t")
    (before,) = counters.prepare([GET])
    before.started = 1
    before.counters.ok[1] += 1
    (after,) = counters.prepare([GET])
    after.started = 1
    after.counters.ok[2] += 1
    sample = counters.close(0, 1, state())
    assert (sample.started, sample.requests["get"].ok.total_us) == (2, 3)


def test_requests_that_are_lost_to_the_ledger_stop_the_worker() -> None:
    counters = TargetCounters("t")
    (get,) = counters.prepare([GET])
    get.started = 2
    with pytest.raises(RuntimeError, match="2 requests started, 0 ended, 1 in flight"):
        counters.close(0, 1, state(in_flight=1))


def test_arrivals_that_are_lost_to_the_ledger_stop_the_worker() -> None:
    counters = TargetCounters("t")
    counters.arrivals, counters.begun, counters.waiting = 5, 2, 3
    counters.close(0, 1, state())
    counters.arrivals = 1
    with pytest.raises(RuntimeError, match="3 were waiting, 1 came, 0 began, 0 were dropped, 3 are waiting"):
        counters.close(1, 1, state())


@pytest.mark.parametrize(("notes_arrivals", "unnoted", "noted"), [(True, 0, 2), (True, 1, 0), (False, 0, 0)])
def test_responses_are_noted_if_all_of_the_tick_ended_when_they_arrived(
    notes_arrivals: bool, unnoted: int, noted: int
) -> None:
    counters = TargetCounters("t")
    (get,) = counters.prepare([GET])
    get.started = 2
    get.counters.ok[1000] += 2
    counters.unnoted = unnoted
    sample = counters.close(1, 1, state(notes_arrivals=notes_arrivals))
    assert (sample.noted, sample.is_noted) == (noted, noted == 2)
    get.started = 1
    get.counters.ok[1000] += 1
    assert counters.close(2, 1, state(notes_arrivals=True)).noted == 1


def test_a_latency_below_0_by_a_clock_that_was_set_counts_as_0() -> None:
    found = bucketed({-5: 1, 300: 1})
    assert (found.min_us, found.max_us, found.count, found.total_us) == (0, 300, 2, 300)


def test_a_timeout_however_short_is_one() -> None:
    """0 stands for that of the target."""
    counters = TargetCounters("a")
    timeouts_ns = [each.timeout_ns for each in counters.prepare([replace(GET, timeout_s=1e-12), GET])]
    assert timeouts_ns == [1, 0]
