"""From seconds to a recovery: when a target is as it was."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from engine.metrics.records import Bucket, FaultBegan
from engine.metrics.recovery import STAYS_S, PreFaultBaseline, RecoveryTracker, recovery_text
from engine.metrics.snapshot import Recovery
from tests.engine.metrics.steady_seconds import FAST_US, SLOW_US, good, second
from tests.support.recording import latencies


def watched(
    after: Iterable[Bucket],
    *,
    before: Iterable[Bucket] | None = None,
    began_s: float = 10.5,
    ended_s: float | None = 10.5,
) -> Recovery:
    """What becomes of a target that was struck at 10.5 s, `ended_s` being when that was over."""
    seconds = [second(at) for at in range(10)] if before is None else list(before)
    watch = RecoveryTracker(FaultBegan(began_s, 1, "a", "pause"), "a", PreFaultBaseline.of(seconds), ended_s)
    for each in after:
        watch.take(each)
    return watch.recovery()


def test_a_target_that_goes_on_as_before_took_no_harm() -> None:
    recovery = watched(good(10, 11, 12))
    assert (recovery.recovered_s, recovery.took_s, recovery.failed) == (10.5, 0.0, 0)
    assert "no effect" in recovery_text(recovery)


@pytest.mark.parametrize(
    "harm",
    [
        {"us": SLOW_US},
        {"failed": 1},
        {"ok": 0},
        {"ok": 0, "failed": 100},
        {"ok": 49},
    ],
    ids=["slower", "one failure", "frozen", "gone", "half of it hangs"],
)
def test_it_has_recovered_at_the_first_second_after_the_last_bad_one(harm: dict[str, int]) -> None:
    bad = [second(at, **harm) for at in (10, 11, 12)]
    recovery = watched([*bad, *good(13, 14, 15, 16)])
    assert (recovery.recovered_s, recovery.took_s) == (13.0, 2.5)
    assert recovery.failed == 3 * harm.get("failed", 0)
    assert recovery.before_p95_ms == pytest.approx(10, rel=0.02)
    assert recovery.after_p95_ms == pytest.approx(10, rel=0.02)
    assert "recovered within 3 s" in recovery_text(recovery)


def test_it_must_stay_well_for_a_while() -> None:
    seconds = [second(10, us=SLOW_US), *good(11, 12), second(13, us=SLOW_US), *good(14, 15)]
    assert watched(seconds).recovered_s is None
    assert watched([*seconds, *good(16)]).recovered_s == 14.0
    assert STAYS_S == 3


def test_within_a_fifth_is_as_before() -> None:
    assert watched([second(at, us=FAST_US * 119 // 100) for at in (10, 11, 12)]).took_s == 0
    assert watched([second(at, us=FAST_US * 123 // 100) for at in (10, 11, 12)]).took_s is None


def test_failures_before_are_no_reason_never_to_recover() -> None:
    before = [second(at, failed=10) for at in range(10)]
    assert watched([second(at, failed=11) for at in (10, 11, 12)], before=before).took_s == 0
    assert watched([second(at, failed=20) for at in (10, 11, 12)], before=before).took_s is None


def hanging(at: int, *ages_s: int) -> Bucket:
    """A second as before, at whose end requests have been open for so long."""
    made = second(at)
    ages = latencies(*(age_s * 1_000_000 for age_s in ages_s))
    return replace(made, tick_stats=replace(made.tick_stats, open={"hello": ages}, in_flight=len(ages_s)))


def test_requests_that_are_never_answered_count_as_failures() -> None:
    stuck = [hanging(at, at - 6) for at in range(10, 20)]
    assert watched(stuck).recovered_s is None
    assert watched([*stuck, *good(20, 21, 22)]).recovered_s == 18.0, "they were answered in the end"
    before = PreFaultBaseline.of([*good(*range(9)), hanging(9, 5)])
    assert before is not None
    assert before.error_rate == pytest.approx(1 / 1001)


def test_while_a_fault_lasts_nobody_has_recovered() -> None:
    seconds = good(10, 11, 12, 13, 14)
    assert watched(seconds, ended_s=None).recovered_s is None
    assert "while it lasted" in recovery_text(watched(seconds, ended_s=None))
    late = [*good(10, 11, 12), second(13, us=SLOW_US), *good(14, 15, 16)]
    assert watched(late, ended_s=13.5).recovered_s == 14.0


def test_the_time_since_its_end_is_said_too() -> None:
    bad = [second(at, ok=0) for at in range(10, 16)]
    recovery = watched([*bad, *good(16, 17, 18)], ended_s=14.0)
    assert "recovered within 6 s, 2 s after its end" in recovery_text(recovery)


def test_too_few_answers_before_are_nothing_to_compare_with() -> None:
    recovery = watched(good(10, 11, 12), before=[second(at, ok=1) for at in range(10)])
    assert (recovery.before_p95_ms, recovery.recovered_s) == (None, None)
    assert "too few responses" in recovery_text(recovery)
    assert PreFaultBaseline.of([]) is None


def test_before_is_of_the_same_load_and_few_answers_take_longer() -> None:
    before = PreFaultBaseline.of(
        [*(second(at, us=SLOW_US, users=9) for at in range(5)), *good(5, 6, 7, 8, 9)]
    )
    assert before is not None
    assert before.p95_us == pytest.approx(FAST_US, rel=0.02)
    assert before.users == 2
    few = PreFaultBaseline.of([second(at, ok=8) for at in range(10)])
    assert few is not None
    assert few.stays_s == 9, "as many seconds as 72 answers take"


def test_another_load_meanwhile_is_said() -> None:
    recovery = watched([second(at, users=5) for at in (10, 11, 12)])
    assert recovery.load_changed
    assert "the load changed meanwhile" in recovery_text(recovery)


def test_who_was_well_again_before_its_end_recovered_at_its_end() -> None:
    recovery = watched([second(10, us=SLOW_US), *good(*range(11, 22))], ended_s=20.5)
    assert (recovery.recovered_s, recovery.took_s) == (20.5, 10.0)
    assert "recovered within 10 s, when it ended" in recovery_text(recovery)
