"""What is derived of a session once it is over."""

from dataclasses import replace

import pytest

from engine.export.document import document, folded
from engine.metrics.records import Event, Record
from engine.metrics.session_result import SessionResult, session_result
from targets.runtime import Reading
from tests.support.recording import added, bucket, header


def result(*records: Record) -> SessionResult:
    return session_result(folded(records).final_snapshot())


def held(target: str, users: int, begin: int, end: int, count: int) -> list[Record]:
    return [bucket(at, target, users=users, ok_us=[1000] * count) for at in range(begin, end)]


def test_levels_are_those_of_the_export() -> None:
    """The timeline sums each level as it goes; the export groups all seconds."""
    records = [
        header("fastapi"),
        added(),
        *held("a", 2, 0, 8, 100),
        *(bucket(at, "a", users=at, ok_us=[1000] * 30) for at in range(8, 12)),
        *held("a", 20, 12, 30, 200),
    ]
    (target,) = result(*records).targets
    exported = document(folded(records), outcome="completed")["targets"][0]["levels"]
    assert [(level.wanted, level.stats.requests, level.stats.seconds) for level in target.levels] == [
        (level["users"], level["requests"], level["window"]["seconds"]) for level in exported
    ]
    assert [level.wanted for level in target.levels] == [2, 20]


def test_resources_are_the_mean_and_the_highest_of_all_measured_seconds() -> None:
    readings = [(20.0, 10_000_000), (40.0, 30_000_000), (None, None)]
    seconds = [
        replace(bucket(at), resources=Reading(cpu, memory, 1, 4)) for at, (cpu, memory) in enumerate(readings)
    ]
    warm = replace(bucket(9, warm_up=True), resources=Reading(99.0, 99_000_000, 1, 4))
    (target,) = result(header("fastapi"), added(), *seconds, warm).targets
    assert target.usage.cpu_mean_pct == pytest.approx(30.0)
    assert target.usage.memory_max_mb == pytest.approx(30.0)


def test_the_best_is_compared_with_the_baseline_and_else_with_the_slowest() -> None:
    first: list[Record] = [header("fastapi", "fastapi", "fastapi"), added("a"), added("b", 1), added("c", 2)]
    others = [*held("b", 2, 0, 8, 100), *held("c", 2, 0, 8, 25)]
    of_b = result(*first, *held("a", 2, 0, 8, 50), *others)
    assert (of_b.baseline, of_b.best, of_b.compared_with) == ("a", "b", "a")
    assert of_b.best_ratio == pytest.approx(2.0)
    assert [target.ratio for target in of_b.targets] == [None, pytest.approx(2.0), pytest.approx(0.5)]
    of_a = result(*first, *held("a", 2, 0, 8, 200), *others)
    assert (of_a.best, of_a.compared_with) == ("a", "c")


def test_remarks_are_kept_however_many_events_follow() -> None:
    remark = Event(0.5, "difference", "", "fastapi and django answer differently")
    others = [Event(1.0, "note", "", str(at)) for at in range(300)]
    assert [each.text for each in result(header("fastapi"), added(), remark, *others).remarks] == [
        remark.text
    ]
