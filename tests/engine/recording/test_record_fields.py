"""What goes without saying is left out and comes back; what is odd is an error."""

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.metrics.records import Bucket, GeneratorSecond, Header, Steered
from engine.protocol.histogram import HIGHEST_US, Latencies
from engine.protocol.tick_stats import RequestTickStats, TickStats
from engine.recording.record_fields import packed, unpacker
from targets.runtime import NO_READING, Reading
from tests.support.recording import bucket, generator_second, header, latencies, steering, tally

EMPTY = bucket(3)
ODD = (AttributeError, LookupError, OverflowError, TypeError, ValueError)
FULL = {"ok": latencies(1, 255, 256, 70_000, HIGHEST_US)}
OTHERS: dict[type, Any] = {
    int: 7,
    str: "other",
    bool: True,
    float: 1.5,
    Latencies: FULL["ok"],
    dict: {"a": 2},
}
OF_ITS_OWN = {
    "requests": {"hello": tally([5, 6], refused=2)},
    "open": {"hello": latencies(300_000)},
    "distrust": "1 load worker did not report",
    "examples": {"refused": "nobody listens"},
    "between_turns": replace(EMPTY.tick_stats, started=3, unmeasured=True, length_us=400_000),
}


def again(value: Any) -> Any:
    kind: Any = type(value)
    return unpacker(kind)(orjson.loads(orjson.dumps(packed(value))))


def changed(value: Any) -> Iterator[tuple[str, Any]]:
    """The value with one field changed, once for each field."""
    for each in fields(value):
        now = getattr(value, each.name)
        other = OF_ITS_OWN.get(each.name, 1.5 if now is None else OTHERS.get(type(now)))
        if other is not None:
            yield each.name, replace(value, **{each.name: other})


@pytest.mark.parametrize(
    "empty", [EMPTY.tick_stats, RequestTickStats(Latencies(), Latencies(), {}), EMPTY, generator_second(3)]
)
def test_each_field_comes_back(empty: Any) -> None:
    assert again(empty) == empty
    names = []
    for name, value in changed(empty):
        if isinstance(empty, GeneratorSecond) and name in ("light", "lag_bounds_ms"):
            continue
        names.append(name)
        assert again(value) == value, name
        assert name in packed(value)
    assert len(names) >= len(fields(empty)) - 3


def test_readings_come_back() -> None:
    for name in (each.name for each in fields(Reading)):
        number: Any = 2.5 if name.endswith("_pct") else 2
        reading = replace(NO_READING, **{name: number})
        assert packed(reading) == {name: number}
        assert again(reading) == reading


@given(st.dictionaries(st.integers(0, 3000), st.integers(1, 2**32 - 1)), st.integers(0, 2**50))
def test_histograms_come_back_in_order(counts: dict[int, int], total_us: int) -> None:
    found = again(Latencies(counts, total_us if counts else 0, 0, 5 if counts else 0))
    assert found.counts == counts
    assert list(found.counts) == sorted(counts)


def test_what_goes_without_saying_is_left_out() -> None:
    assert packed(EMPTY) == {
        "second": 3,
        "tick_stats": {
            "target": "a",
            "tick": 19,
            "ticks": 5,
            "users": 2,
            "bytes_in": 100,
            "bytes_out": 50,
        },
        "users_wanted": 2,
        "resources": {"cpu_pct": 10.0, "memory_bytes": 50_000_000, "processes": 1, "threads": 4},
    }


@pytest.mark.parametrize(
    ("values_us", "runs"),
    [
        ((3, 3, 5), [3, [2, 0, 1]]),
        ((0,), [0, [1]]),
        ((1, 5), [1, [1, 0, 0, 0, 1]]),
        ((1, 6, 7), [1, [1], 4, [1, 1]]),
    ],
)
def test_counts_are_runs_of_neighbours(values_us: tuple[int, ...], runs: list[Any]) -> None:
    value = packed(latencies(*values_us))
    assert value == [sum(values_us), min(values_us), max(values_us), *runs]
    assert again(latencies(*values_us)) == latencies(*values_us)


@pytest.mark.parametrize(
    "odd",
    [
        5,
        [],
        [0, 0, 0, 1],
        [1, 1, 1],
        [0, 0, 0, 1, []],
        [1, 1, 1, 1, [1], 0, [1]],
        [1, 1, 1, -1, [1]],
        [1, 1, 1, 1, [0, 1]],
        [1, 1, 1, 1, [1, 0]],
        [1, 1, 1, 1, [1, -1, 1]],
        [1, 1, 1, 1.5, [1]],
        [1, 1, 1, 1, [1, 1.0]],
        [1, 1, 1, 1, ["1"]],
        [1, 1, 1, 1, "11"],
        [1, 1, 1, 1, [2**32]],
        [1.5, 1, 1, 1, [1]],
        [None, 1, 1, 1, [1]],
        [True, 1, 1, 1, [1]],
        [1, 1, 1, 99_999, [1]],
        [1, 1, 1, 1, [1], 1],
    ],
)
def test_no_odd_histogram_is_read(odd: Any) -> None:
    with pytest.raises(ODD):
        unpacker(Latencies)(odd)


@pytest.mark.parametrize(
    ("kind", "odd"),
    [
        (Bucket, {}),
        (Bucket, []),
        (Bucket, packed(EMPTY) | {"second": "3"}),
        (Bucket, packed(EMPTY) | {"tick_stats": None}),
        (Bucket, packed(EMPTY) | {"warm_up": 1}),
        (Bucket, packed(EMPTY) | {"resources": {"cpu_pct": "much"}}),
        (TickStats, packed(EMPTY.tick_stats) | {"requests": {"hello": 5}}),
        (TickStats, packed(EMPTY.tick_stats) | {"unsent": {"out of files": 1.5}}),
        (GeneratorSecond, packed(generator_second(1)) | {"light": "blue"}),
        (GeneratorSecond, packed(generator_second(1)) | {"reasons": "late"}),
        (Header, packed(header()) | {"id": 5}),
        (Steered, packed(Steered(1.0, "a", steering())) | {"steering": {"stages": [5], "began_s": 0.0}}),
    ],
)
def test_nothing_odd_is_read(kind: Any, odd: Any) -> None:
    with pytest.raises(ODD):
        unpacker(kind)(odd)


def test_fields_of_a_later_version_are_skipped() -> None:
    assert unpacker(Bucket)(packed(EMPTY) | {"mood": "good"}) == EMPTY
