"""Values as people write them: durations and think times."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.plan.values import parse_duration, parse_think_time
from engine.protocol.load_shape import ThinkTime

SECONDS = st.integers(0, 86_400_000).map(lambda ms: ms / 1000)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("500 ms", 0.5), ("500ms", 0.5), ("10s", 10.0), ("10", 10.0), (" 1.5 s ", 1.5), ("2m", 120.0),
        ("2 M", 120.0), ("1h", 3600.0), (3, 3.0), (0.25, 0.25), ("0", 0.0), ("24 h", 86_400.0),
        ("2 min", 120.0), ("1m30s", 90.0), ("1 h 5 min", 3900.0), ("90", 90.0),
    ],
)  # fmt: skip
def test_durations(text: object, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "soon", "10 x", "--5s", "1 2 s", "1e3", "s", ".5 s", None, True, [], "10 s s"]
)
def test_what_is_no_duration(text: object) -> None:
    with pytest.raises(ValueError, match="is not a duration; write one like"):
        parse_duration(text)


@pytest.mark.parametrize("value", [-1, -0.001, "-5s", "-0.5 h", float("-inf")])
def test_a_duration_is_not_negative(value: object) -> None:
    with pytest.raises(ValueError, match="a duration cannot be negative"):
        parse_duration(value)


@pytest.mark.parametrize("value", [86_401, "25 h", float("nan"), float("inf")])
def test_a_duration_has_limits(value: object) -> None:
    with pytest.raises(ValueError, match="a duration is between 0 and 24 h"):
        parse_duration(value)


@given(SECONDS)
def test_a_duration_means_the_same_in_every_unit(seconds: float) -> None:
    assert parse_duration(seconds) == seconds
    assert parse_duration(f"{seconds:.3f} s") == seconds
    assert parse_duration(f"{seconds * 1000:.0f} ms") == pytest.approx(seconds)
    assert parse_duration(f"{seconds / 60:.9f}m") == pytest.approx(seconds, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "think_time"),
    [
        ("none", ThinkTime()), ("None", ThinkTime()), ("0", ThinkTime()), (0, ThinkTime()),
        ("0 s", ThinkTime()), ("1 s", ThinkTime(1.0, 1.0)), (1.5, ThinkTime(1.5, 1.5)),
        ("500ms..1s", ThinkTime(0.5, 1.0)), ("1s to 2s", ThinkTime(1.0, 2.0)), ("1s-2s", ThinkTime(1.0, 2.0)),
        ("50 to 150 ms", ThinkTime(0.05, 0.15)), ("1 to 2", ThinkTime(1.0, 2.0)),
        ("1-2 m", ThinkTime(60.0, 120.0)), ("1 to 2 min", ThinkTime(60.0, 120.0)),
        ("10 s to 1m30s", ThinkTime(10.0, 90.0)),
        ("about 1 s", ThinkTime(1.0, 1.0, exponential=True)), ("about 0", ThinkTime()),
        (ThinkTime(3.0, 4.0), ThinkTime(3.0, 4.0)),
    ],
)  # fmt: skip
def test_think_times(text: object, think_time: ThinkTime) -> None:
    assert parse_think_time(text) == think_time


@pytest.mark.parametrize(
    "text", ["", "soon", "2s to 1s", "1s to 2s to 3s", "-1 s", -1, True, "about", "about soon"]
)
def test_what_is_no_think_time(text: object) -> None:
    with pytest.raises(ValueError, match=r'is not a think time .*; write "none"'):
        parse_think_time(text)


@pytest.mark.parametrize("text", ["", "about soon", "2 s to never"])
def test_one_advice_is_enough(text: str) -> None:
    with pytest.raises(ValueError, match="is not a think time") as caught:
        parse_think_time(text)
    assert str(caught.value).count("write") == 1


@given(st.integers(0, 99_999), st.integers(0, 99_999), st.booleans())
def test_a_think_time_reads_back_as_it_is_shown(low_ms: int, more_ms: int, exponential: bool) -> None:
    low_s, high_s = low_ms / 1000, (low_ms + more_ms) / 1000
    shown = ThinkTime(low_s, low_s, exponential=low_s > 0) if exponential else ThinkTime(low_s, high_s)
    read = parse_think_time(str(shown))
    assert read.exponential == shown.exponential
    assert (read.low_s, read.high_s) == pytest.approx((shown.low_s, shown.high_s), rel=1e-5)
