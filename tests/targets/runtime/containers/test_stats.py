"""A container's stats as readings, in both versions of control groups."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import pytest

from targets.runtime.containers.stats import Frame, cpu_pct, frame_of, reading, throttled_pct

RECORDED: list[dict[str, Any]] = [
    orjson.loads(line) for line in Path(__file__).with_name("stats_v1.jsonl").read_bytes().splitlines()
]
"""Of a real engine on version 1: a loop that never ends, under half a processor and 64 MiB."""


def in_version_2(stats: dict[str, Any]) -> dict[str, Any]:
    """The same container as an engine on version 2 tells of it: no `percpu_usage`, no `total_…`."""
    cpu, memory = stats["cpu_stats"], stats["memory_stats"]
    usage = {name: value for name, value in cpu["cpu_usage"].items() if name != "percpu_usage"}
    kept = {"anon": memory["stats"]["rss"], "file": memory["stats"]["cache"], "inactive_file": 100_000}
    return stats | {
        "cpu_stats": cpu | {"cpu_usage": usage},
        "memory_stats": {"usage": memory["usage"], "limit": memory["limit"], "stats": kept},
    }


def frames(version: int) -> list[Frame]:
    found = [frame_of(stats if version == 1 else in_version_2(stats)) for stats in RECORDED]
    return [frame for frame in found if frame]


@pytest.mark.parametrize("version", [1, 2])
def test_half_a_processor_is_fifty_per_cent_of_a_core_whatever_the_cores(version: int) -> None:
    found = frames(version)
    pairs = list(pairwise(found))
    assert {frame.cores for frame in found} == {2}
    assert [cpu_pct(*pair) for pair in pairs] == pytest.approx([50, 50, 50], abs=4)
    assert [throttled_pct(*pair) for pair in pairs] == [80, 50, 100]


def test_it_agrees_with_the_engines_own_pair_of_counts() -> None:
    """From its second line on, an engine sends the counts before along with those of now."""
    for before, stats in zip(frames(1), RECORDED[1:], strict=False):
        own = frame_of({**stats, "cpu_stats": stats["precpu_stats"]})
        assert own is not None
        assert own.usage_ns == before.usage_ns
        assert own.system_ns == before.system_ns


def test_memory_is_without_the_cache_that_can_be_dropped_at_once() -> None:
    stats = RECORDED[0]
    usage = stats["memory_stats"]["usage"]
    (first, *_), (second, *_) = frames(1), frames(2)
    assert first.memory_bytes == usage - stats["memory_stats"]["stats"]["total_inactive_file"]
    assert second.memory_bytes == usage - 100_000
    v1 = stats["memory_stats"]["stats"] | {"total_inactive_file": 4096, "inactive_file": 1}
    cached = frame_of(stats | {"memory_stats": stats["memory_stats"] | {"stats": v1}})
    assert cached is not None
    assert cached.memory_bytes == usage - 4096


def test_what_a_machine_does_not_account_is_unknown() -> None:
    frame = frame_of(RECORDED[0] | {"memory_stats": {}, "pids_stats": {}})
    assert frame is not None
    assert frame.memory_bytes is None
    assert frame.tasks is None


def test_a_container_that_does_not_run_has_no_frame() -> None:
    empty = {"cpu_stats": {"cpu_usage": {"total_usage": 0}, "throttling_data": {}}, "memory_stats": {}}
    assert frame_of(empty) is None
    assert frame_of({}) is None


def test_the_first_reading_knows_no_rates() -> None:
    first, second, *_ = frames(1)
    made = reading(None, first, cpus=0.5, memory_bytes=64 * 1024**2)
    assert (made.cpu_pct, made.throttled_pct) == (None, None)
    assert (made.cpu_limit_pct, made.memory_limit_bytes, made.threads) == (50.0, 67_108_864, 1)
    assert reading(first, second, cpus=0.5, memory_bytes=None).cpu_pct is not None


def test_counts_that_began_anew_give_no_rate() -> None:
    first, second, *_ = frames(1)
    assert cpu_pct(second, first) is None
    assert cpu_pct(first, first) is None
    assert throttled_pct(first, first) is None
