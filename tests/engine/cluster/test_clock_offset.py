"""How far a clock is from this one's follows from round trips, whatever the network does meanwhile."""

from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.cluster.clock_offset import ClockOffset, offset_of


@dataclass
class FarClock:
    """A worker on another machine: its clock is set apart, and messages take their time both ways."""

    apart_ns: int
    now_ns: int = 10**12
    rng: Random = field(default_factory=lambda: Random(1))

    def ping(self) -> ClockOffset:
        """One round trip: nobody knows how it divides into there and back."""
        sent_ns = self.now_ns
        self.now_ns += self.rng.randrange(100_000, 5_000_000)
        read_ns = self.now_ns + self.apart_ns
        self.now_ns += self.rng.randrange(100_000, 50_000_000)
        return offset_of(sent_ns, read_ns, self.now_ns)


@pytest.mark.parametrize("apart_ns", [0, 3_600 * 10**9, -7_250_000_123])
def test_a_clock_set_apart_is_found_within_the_error(apart_ns: int) -> None:
    far, best = FarClock(apart_ns), ClockOffset()
    errors_ns = []
    for _ in range(25):
        best = best.better_of(far.ping())
        errors_ns.append(best.error_ns)
        assert abs(best.offset_ns - apart_ns) <= best.error_ns
    assert errors_ns == sorted(errors_ns, reverse=True), "more pings never make it worse"
    assert best.error_ns < errors_ns[0]


@given(
    apart_ns=st.integers(-(10**15), 10**15),
    there_ns=st.integers(0, 10**10),
    back_ns=st.integers(0, 10**10),
)
def test_the_error_holds_for_any_round_trip(apart_ns: int, there_ns: int, back_ns: int) -> None:
    found = offset_of(5, 5 + there_ns + apart_ns, 5 + there_ns + back_ns)
    assert abs(found.offset_ns - apart_ns) <= found.error_ns


@pytest.mark.parametrize(
    ("offset", "text"),
    [
        (ClockOffset(), "not measured"),
        (ClockOffset(1_250_000, 400_000), "+1.25 ms ± 0.40 ms"),
        (ClockOffset(-3_600_500_000_000, 250_000), "-3,600.500 s ± 0.25 ms"),
    ],
)
def test_it_is_shown_with_its_error(offset: ClockOffset, text: str) -> None:
    assert str(offset) == text


def test_two_measurements_leave_what_both_allow() -> None:
    assert ClockOffset(100, 50).narrowed(ClockOffset(170, 40)) == ClockOffset(140, 10)
    assert ClockOffset(100, 50).agrees_with(ClockOffset(190, 40))
    assert not ClockOffset(100, 50).agrees_with(ClockOffset(191, 40))
    assert ClockOffset().agrees_with(ClockOffset(5, 1))
    assert ClockOffset().narrowed(ClockOffset(5, 1)) == ClockOffset(5, 1)


def test_the_shortest_round_trip_wins() -> None:
    exact, rough = ClockOffset(5, 100), ClockOffset(70, 1000)
    assert rough.better_of(exact) is exact
    assert exact.better_of(rough) is exact
    assert not ClockOffset().is_measured
    assert exact.is_measured
