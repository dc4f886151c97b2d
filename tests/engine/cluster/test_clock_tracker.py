"""A clock that runs away is followed and corrected; one that jumps is found, whatever the network does."""

from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.cluster.clock_offset import ClockOffset, offset_of
from engine.cluster.clock_tracker import MOST_DRIFT, ClockTracker

S = 10**9


@dataclass
class DriftingClock:
    """A worker's clock that runs faster by `drift` seconds a second, and a network that takes its time."""

    drift: float
    apart_ns: int = 3_600 * S
    now_ns: int = 10**12
    rng: Random = field(default_factory=lambda: Random(1))
    quickest_ns: int = 100_000

    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.now_ns += round(seconds * S)
        self.apart_ns += round(seconds * S * self.drift)

    def ping(self) -> ClockOffset:
        """One round trip: nobody knows how it divides into there and back."""
        sent_ns = self.now_ns
        self.wait(self.rng.uniform(1, 20) * self.quickest_ns / S)
        read_ns = self.now_ns + self.apart_ns
        self.wait(self.rng.uniform(1, 20) * self.quickest_ns / S)
        return offset_of(sent_ns, read_ns, self.now_ns)


def measured(clock: DriftingClock, tracker: ClockTracker, times: int = 25) -> None:
    """The series of round trips before the start."""
    for _ in range(times):
        tracker.take(clock.ping(), clock.now_ns)
    tracker.use()


@pytest.mark.parametrize("drift", [0.0, 50e-6, -120e-6, 400e-6])
def test_an_hour_of_drift_never_moves_figures_by_more_than_the_error(drift: float) -> None:
    clock, tracker = DriftingClock(drift), ClockTracker()
    measured(clock, tracker)
    first_ns, corrections = clock.apart_ns, 0
    for _ in range(3600):
        clock.wait(1.0)
        tracker.take(clock.ping(), clock.now_ns)
        corrections += tracker.correct() is not None
        assert abs(tracker.now.offset_ns - clock.apart_ns) <= tracker.now.error_ns + 20_000
        assert abs(tracker.used.offset_ns - clock.apart_ns) < 5_000_000, "of a second, half a percent"
    assert abs(clock.apart_ns - first_ns) >= abs(drift) * 3600 * S
    assert (corrections > 0) == (drift != 0)


def test_a_correction_says_how_much_and_since_when() -> None:
    clock, tracker = DriftingClock(0.0), ClockTracker()
    measured(clock, tracker)
    clock.wait(1.0)
    tracker.take(clock.ping(), clock.now_ns)
    assert tracker.correct() is None
    right_ns = clock.now_ns
    clock.apart_ns -= S // 3  # a virtual machine was paused
    clock.wait(1.0)
    tracker.take(clock.ping(), clock.now_ns)
    change = tracker.correct()
    assert change is not None
    assert change.by_ns == pytest.approx(-S / 3, abs=5_000_000)
    assert change.since_ns == right_ns
    assert change.now == tracker.used == tracker.now
    assert tracker.correct() is None, "it is corrected"


def test_nothing_is_corrected_before_it_is_used() -> None:
    tracker = ClockTracker()
    assert tracker.correct() is None
    tracker.take(ClockOffset(5 * S, 100), 10)
    assert tracker.correct() is None
    assert tracker.use() == ClockOffset(5 * S, 100)


@given(
    drift=st.floats(-0.9 * MOST_DRIFT, 0.9 * MOST_DRIFT),
    seed=st.integers(0, 1000),
    waits_s=st.lists(st.floats(0.0, 600.0), max_size=20),
)
def test_what_is_known_always_holds(drift: float, seed: int, waits_s: list[float]) -> None:
    clock, tracker = DriftingClock(drift, rng=Random(seed)), ClockTracker()
    measured(clock, tracker, 3)
    for wait_s in waits_s:
        clock.wait(wait_s)
        tracker.take(clock.ping(), clock.now_ns)
        within_a_trip_ns = 4_000_000 * MOST_DRIFT
        assert abs(tracker.now.offset_ns - clock.apart_ns) <= tracker.now.error_ns + within_a_trip_ns + 2
