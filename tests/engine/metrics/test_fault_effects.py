"""Faults that overlap or follow each other are each compared with what was before."""

from engine.metrics.records import FaultBegan, FaultEnded, Record, TargetChanged
from engine.metrics.timeline import Timeline
from tests.engine.metrics.steady_seconds import SLOW_US, good, second
from tests.support.recording import added, header


def folded(*records: Record) -> Timeline:
    """Their timeline."""
    timeline = Timeline()
    for record in records:
        timeline.apply(record)
    return timeline


def test_a_second_fault_is_compared_with_what_was_before_the_first() -> None:
    timeline = folded(
        header(),
        added("a"),
        *good(*range(1, 10)),
        FaultBegan(10.2, 1, "a", "cpus 0.5"),
        *(second(at, us=SLOW_US) for at in range(10, 20)),
        FaultBegan(20.2, 2, "a", "pause"),
        FaultEnded(20.3, 2),
        *(second(at, us=SLOW_US) for at in range(20, 30)),
        FaultEnded(30.0, 1),
        *good(*range(30, 34)),
    )
    assert [each.recovered_s for each in timeline.recoveries()] == [30.0, 30.0]


def test_a_fault_that_could_not_be_done_leaves_nothing() -> None:
    timeline = folded(header(), added("a"), *good(1, 2, 3), FaultBegan(4.2, 1, "a", "cpus 9"))
    assert timeline.snapshot(5.0).targets[0].faults == ("cpus 9",)
    timeline.apply(FaultEnded(4.3, 1, void=True))
    assert timeline.recoveries() == ()
    assert timeline.snapshot(5.0).targets[0].faults == ()


def test_what_the_fault_before_left_behind_is_not_what_was_before() -> None:
    frozen = [second(at, ok=0) for at in (10, 11)]
    weak = [second(at, ok=25) for at in range(20, 28)]
    timeline = folded(
        header(),
        added("a"),
        *good(*range(1, 10)),
        FaultBegan(10.0, 1, "a", "pause"),
        FaultEnded(12.0, 1),
        *frozen,
        *good(*range(12, 20)),
        FaultBegan(20.0, 2, "a", "kill-worker"),
        FaultEnded(20.0, 2),
        *weak,
    )
    first, then = timeline.recoveries()
    assert (first.recovered_s, then.recovered_s) == (12.0, None), "a quarter of its answers is no recovery"


def test_what_never_recovered_under_another_load_is_no_measure_of_a_later_fault() -> None:
    slower = [second(at, us=SLOW_US, users=4) for at in range(11, 40)]
    timeline = folded(
        header(),
        added("a"),
        *good(*range(1, 10)),
        FaultBegan(10.0, 1, "a", "kill-worker"),
        FaultEnded(10.0, 1),
        *slower,
        FaultBegan(40.0, 2, "a", "kill-worker"),
        FaultEnded(40.0, 2),
        *(second(at, us=SLOW_US, users=4) for at in range(40, 44)),
    )
    first, then = timeline.recoveries()
    assert (first.recovered_s, then.took_s) == (None, 0.0)


def test_a_fault_of_all_targets_applies_to_those_that_take_load() -> None:
    timeline = folded(
        header(),
        added("a"),
        added("b"),
        TargetChanged(1.0, "a", "ready"),
        TargetChanged(1.0, "b", "failed"),
        FaultBegan(2.0, 1, "", "delay 10 ms"),
    )
    assert [each.target for each in timeline.recoveries()] == ["a"]
