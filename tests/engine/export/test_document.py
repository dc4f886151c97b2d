"""The session JSON: what the schema promises, whatever became of the session."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

import presets
from engine.export.hdr import decode
from engine.export.loaded import load
from engine.metrics.event_detail import EventDetail
from engine.metrics.records import Ended, Event, Record
from engine.plan.once import SetupSpec, TeardownSpec
from engine.plan.plan import make_plan
from engine.plan.workload import RequestSpec, StepSpec
from engine.protocol.messages import TICK_S
from targets.errors import UsageError
from targets.runtime import Reading
from tests.engine.export.valid_documents import of, valid
from tests.support.examples import examples
from tests.support.plan_kinds import KINDS
from tests.support.recording import (
    ENDED_AT,
    Recording,
    added,
    bucket,
    generator_second,
    header,
    heartbeat,
    latencies,
    sample,
    steering,
    tally,
)

if TYPE_CHECKING:
    from engine.metrics.snapshot import Light

# ---------------------------------------------------------------- sessions of all kinds


@pytest.mark.parametrize("kind", KINDS)
def test_a_session_of_each_kind(kind: str) -> None:
    made = make_plan(KINDS[kind], where="test")
    first = replace(header("fastapi"), plan=made.model_dump(mode="json"))
    names = [each.name for each in made.targets]
    of(first, *map(added, names), *(bucket(1, name, ok_us=[1000]) for name in names))


def test_every_field_of_a_plan_is_in_some_kind() -> None:
    seen: dict[type[BaseModel], set[str]] = {}
    same_fields: dict[type, type[BaseModel]] = {SetupSpec: StepSpec, TeardownSpec: RequestSpec}

    def note(value: object) -> None:
        if isinstance(value, BaseModel):
            kind = same_fields.get(type(value), type(value))
            seen.setdefault(kind, set()).update(value.model_fields_set)
            note([getattr(value, name) for name in type(value).model_fields])
        elif isinstance(value, dict):
            note([*value.values()])
        elif isinstance(value, list | tuple):
            for each in value:
                note(each)

    note([make_plan(values, where=kind) for kind, values in KINDS.items()])
    note([presets.load(name) for name in presets.names()])
    missing = {
        f"{kind.__name__}.{name}" for kind, found in seen.items() for name in set(kind.model_fields) - found
    }
    set_by_the_reader = {"Plan.preset", "Plan.folder"}
    assert missing <= {
        *set_by_the_reader,
        "StepSpec.weight",
    }  # steps have it from requests, and no use for it


@pytest.mark.parametrize("name", presets.names())
def test_a_session_of_each_preset(name: str) -> None:
    of(replace(header("fastapi"), plan=presets.load(name).model_dump(mode="json")))


def test_a_second_that_no_load_worker_reported_on_is_missing(tmp_path: Path) -> None:
    """The worker was stopped after 2 s and came back in the sixth second, with all that it had to tell."""
    with Recording(tmp_path / "journal", "a", warm_up_s=0) as recording:
        for tick in range(10):
            recording.tick(tick, sample(tick, ok_us=[1000] * 10, users=2))
        recording.advance(6.05)
        late = sample(30, ticks=21, ok_us=[1000] * 30, users=2)
        recording.take(late, heartbeat(30, ticks=21))
        recording.advance(6.25)
        for tick in range(31, 40):
            recording.tick(tick, sample(tick, ok_us=[1000] * 10, users=2))
        made = valid(load(recording.path).document)
    (target,) = made["targets"]
    columns = target["buckets"]
    assert columns["t_s"] == list(range(8))
    assert columns["ok"] == [50, 50, None, None, None, None, 70, 50]
    assert columns["missing_workers"] == [0, 0, 1, 1, 1, 0, 0, 0]
    assert (target["summary"]["ok"], made["health"]["light"]) == (220, "red")


def test_a_session_that_ended(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with Recording(path, "a", "b") as recording:
        for tick in range(60):
            recording.tick(
                tick,
                sample(tick, "a", users=2, ok_us=[40_000] * 10, health_us=400),
                sample(tick, "b", users=2, ok_us=[3000] * 2, failed=tick % 2),
            )
        recording.end("completed", 12.0)
        running = valid(load(path).document)
    made = valid(load(path).document)
    assert running == made
    assert (made["outcome"], made["ended_at"]) == ("completed", ENDED_AT)
    first, second = made["targets"]
    assert (first["summary"]["ok"], first["summary"]["window"]["seconds"]) == (550, 11.0)
    assert (first["summary"]["goodput"], second["summary"]["errors"]) == (50.0, {"refused": 28})
    assert first["buckets"]["health_ms"] == [0.4] * 12
    assert second["buckets"]["errors"] == {"refused": [2, 3] * 6}
    assert [level["users"] for level in first["levels"]] == [2]
    assert made["health"]["contended"] is True
    assert (made["health"]["light"], made["health"]["measured_s"]) == ("green", 11)


def test_a_session_that_still_runs(tmp_path: Path) -> None:
    with Recording(tmp_path / "journal", "a") as recording:
        for tick in range(12):
            recording.tick(tick, sample(tick, ok_us=[1000]))
        made = valid(load(recording.path).document)
    assert (made["outcome"], made["ended_at"]) == ("running", None)
    assert made["targets"][0]["buckets"]["t_s"] == [0, 1]
    assert made["targets"][0]["state"] == "ready"


def test_a_session_that_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with Recording(path, "a") as recording:
        for tick in range(12):
            recording.tick(tick, sample(tick, ok_us=[1000]))
    path.write_bytes(path.read_bytes()[:-20])
    made = valid(load(path).document)
    assert (made["outcome"], made["ended_at"]) == ("interrupted", None)
    assert made["targets"][0]["buckets"]["t_s"] == [0, 1]


def test_a_target_that_never_got_ready(tmp_path: Path) -> None:
    with Recording(tmp_path / "journal", "a", "b") as recording:
        recording.change("b", "failed", 0.0, "b did not get ready\n  why: exit code 1")
        for tick in range(10):
            recording.tick(tick, sample(tick, ok_us=[1000]))
        recording.end("failed", 2.0)
        made = valid(load(recording.path).document)
    failed = made["targets"][1]
    assert (failed["state"], failed["trouble"]) == ("failed", "b did not get ready\n  why: exit code 1")
    assert (failed["buckets"]["t_s"], failed["summary"]["requests"], failed["levels"]) == ([], 0, [])
    assert decode(failed["histogram_us"]) == {}
    assert made["outcome"] == "failed"


def test_a_target_in_which_every_request_failed(tmp_path: Path) -> None:
    with Recording(tmp_path / "journal", "a") as recording:
        for tick in range(20):
            recording.tick(tick, sample(tick, users=2, failed=8, health_failed=True, waiting_us=5_000_000))
        made = valid(load(recording.path).document)
    (target,) = made["targets"]
    assert (target["summary"]["ok"], target["summary"]["failed"]) == (0, 120)
    assert (target["summary"]["error_rate"], target["summary"]["goodput"]) == (1.0, 0.0)
    assert set(target["summary"]["latency_ms"].values()) == {None}
    assert target["summary"]["failed_latency_ms"]["p95"] == 7.0
    assert target["buckets"]["oldest_in_flight_ms"] == [5000.0] * 4
    assert target["buckets"]["p50_ms"] == [None] * 4


def test_pauses_and_notes(tmp_path: Path) -> None:
    with Recording(tmp_path / "journal", "a", warm_up_s=0) as recording:
        for tick in range(15):
            recording.tick(tick, sample(tick, ok_us=[1000], paused=5 <= tick < 10))
        recording.book.record(Event(3.0, "note", "", "schön"))
        pause = EventDetail("injected", "pause", lasts_s=3.0)
        recording.book.record(Event(3.12345, "fault", "a", "pause for 3 s", detail=pause))
        made = valid(load(recording.path).document)
    assert made["notes"] == ["schön"]
    assert made["events"][-1] == {
        "t_s": 3.123,
        "kind": "fault",
        "target": "a",
        "text": "pause for 3 s",
        "action": "injected",
        "subject": "pause",
        "reason": "",
        "lasts_s": 3.0,
    }
    assert made["targets"][0]["buckets"]["paused"] == [False, True, False]
    assert made["targets"][0]["buckets"]["measured"] == [True, False, True]


def test_sessions_in_which_nothing_happened() -> None:
    for records in (
        [header("fastapi")],
        [header("fastapi"), added("a")],
        [header("fastapi"), added("a"), Ended(0.0, ENDED_AT, "interrupted")],
    ):
        made = of(*records)
        assert made["outcome"] == "interrupted"
        assert made["health"]["light"] == "off"


def test_a_journal_without_a_session_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.touch()
    with pytest.raises(UsageError, match="the journal holds no session"):
        load(path)
    with pytest.raises(UsageError, match="cannot read the journal"):
        load(tmp_path / "nowhere")


def test_the_light_of_every_second_and_of_the_whole() -> None:
    lights: list[Light] = ["red", "green", "amber"]
    records: list[Record] = [header("fastapi"), added("a")]
    for second, light in enumerate(lights):
        records += [bucket(second, warm_up=second == 0, ok_us=[1000]), generator_second(second, light)]
    made = of(*records)
    assert made["targets"][0]["buckets"]["light"] == lights
    assert made["targets"][0]["summary"]["window"]["light"] == "amber"
    assert (made["health"]["light"], made["health"]["red_s"], made["health"]["amber_s"]) == ("amber", 0, 1)


def test_a_long_session_is_exported_from_its_beginning() -> None:
    seconds = range(1000)
    made = of(header("fastapi"), added("a"), *(bucket(second, ok_us=[1000]) for second in seconds))
    assert made["targets"][0]["buckets"]["t_s"] == list(seconds)


def test_an_open_model_has_arrivals_and_service_times_and_levels_by_rate() -> None:
    open_plan = header("fastapi", model="open", stages=[{"rate": 10, "hold": "20 s"}])
    seconds: list[Record] = []
    for second in range(10):
        one = bucket(second, users=second % 3, wanted=10)
        requests = {"hello": replace(tally([70_000] * 10), service=latencies(*[20_000] * 10))}
        counts = replace(one.tick_stats, requests=requests, arrivals=12, begun=10, dropped=2, waiting=1)
        seconds.append(replace(one, tick_stats=counts))
    (target,) = of(open_plan, added("a"), *seconds)["targets"]
    assert target["summary"]["arrivals"] == {
        "due": 120,
        "per_s": 12,
        "begun": 100,
        "dropped": 20,
        "waiting": 1,
    }
    assert target["summary"]["latency_ms"]["max"] == target["requests"][0]["latency_ms"]["max"] == 70
    assert target["summary"]["service_ms"]["max"] == target["requests"][0]["service_ms"]["max"] == 20
    assert [(level["users"], level["arrivals_per_s"]) for level in target["levels"]] == [(None, 10)]
    assert target["buckets"]["dropped"] == [2] * 10
    (closed,) = of(header("fastapi"), added("a"), bucket(1, ok_us=[1000]))["targets"]
    assert closed["summary"]["arrivals"] is closed["summary"]["service_ms"] is None
    assert closed["buckets"]["arrivals"] == [None]


def test_intervals_connections_and_bytes() -> None:
    one = bucket(1)
    counts = replace(
        one.tick_stats,
        requests={
            "hello": replace(tally([1000, 3000] * 20, refused=1), examples={"refused": "nobody listens"})
        },
        started=50,
        connects=latencies(*[500] * 8),
        reconnects=1,
    )
    (target,) = of(header("fastapi"), added("a"), replace(one, tick_stats=counts))["targets"]
    figures = target["summary"]
    low, high = figures["error_rate_interval"]
    assert low < figures["error_rate"] < high < 0.15
    assert figures["latency_ms_interval"]["p50"] == pytest.approx([1, 3], rel=0.01)
    assert figures["latency_ms_interval"]["p99"] is figures["latency_ms"]["p99"] is None
    assert figures["connections"] == {
        "new": 8,
        "share": 0.16,
        "connect_ms": {"p50": 0.5, "p95": None},
        "reconnects": 1,
    }
    assert (figures["bytes_in_per_s"], figures["bytes_out_per_s"], figures["bytes_out"]) == (100, 50, 50)
    assert target["requests"][0]["examples"] == {"refused": "nobody listens"}


def test_thresholds_of_an_slo() -> None:
    asked = header("fastapi", "fastapi", slo="p90 < 2 ms, errors < 5 %")
    slow = bucket(1, "b", ok_us=[1000] * 8 + [9000] * 2)
    made = of(asked, added("a"), added("b", 1), added("c", 2), bucket(1, "a", ok_us=[1000] * 10), slow)
    assert [
        (each["target"], each["kind"], each["measured"], each["passed"]) for each in made["thresholds"]
    ] == [
        ("a", "attainment", 1, True),
        ("a", "errors", 0, True),
        ("b", "attainment", 0.8, False),
        ("b", "errors", 0, True),
        ("c", "attainment", None, False),
        ("c", "errors", None, False),
    ]
    assert (made["thresholds"][0]["limit"], made["thresholds"][0]["latency_ms"]) == (0.9, 2)
    assert made["targets"][1]["summary"]["attainment"] == 0.8
    assert of(header("fastapi"), added("a"))["thresholds"] == []


# ---------------------------------------------------------------- sums


@examples(0.2)
@given(st.data())
def test_the_columns_add_up_to_the_summary(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("sums") / "journal"
    with Recording(path, "a", workers=1) as recording:
        for tick in range(data.draw(st.integers(1, 40))):
            one = sample(
                tick,
                users=data.draw(st.sampled_from([2, 2, 2, 3])),
                ok_us=[data.draw(st.integers(1, 10**7))] * data.draw(st.integers(0, 30)),
                failed=data.draw(st.integers(0, 3)),
                cancelled=data.draw(st.integers(0, 1)),
                paused=data.draw(st.integers(0, 9)) == 0,
            )
            recording.tick(tick, one, now_s=(tick + 1) * TICK_S)
        recording.flush()
        made = valid(load(path).document)
    (target,) = made["targets"]
    figures, buckets = target["summary"], target["buckets"]

    def total(column: list[int]) -> int:
        return sum(value for value, counts in zip(column, buckets["measured"], strict=True) if counts)

    for name in ("ok", "failed", "cancelled", "bytes_in", "bytes_out"):
        assert total(buckets[name]) == figures[name]
    assert {kind: total(column) for kind, column in buckets["errors"].items() if total(column)} == figures[
        "errors"
    ]
    assert figures["requests"] == figures["ok"] + figures["failed"]
    assert sum(decode(target["histogram_us"]).values()) == figures["ok"]
    assert sum(each["requests"] for each in target["requests"]) == figures["requests"]
    assert sum(level["ok"] for level in target["levels"]) <= figures["ok"]


def test_a_hand_on_the_keys_is_seen_in_the_users(tmp_path: Path) -> None:
    with Recording(tmp_path / "journal", "a", warm_up_s=0) as recording:
        for tick in range(10):
            recording.tick(tick, sample(tick, users=2 if tick < 5 else 7))
            if tick == 4:
                recording.steer("a", steering().set_users(7, 1.0), 1.0)
        made = valid(load(recording.path).document)
    assert made["targets"][0]["buckets"]["users"] == made["targets"][0]["buckets"]["users_wanted"] == [2, 7]


def test_a_container_has_limits_and_a_throttled_share() -> None:
    limits = {"cpus": 0.5, "cpuset": "0", "memory_bytes": 64 * 1024**2, "pids": 100}
    held = replace(added(), runtime="docker", limits=limits)
    reading = Reading(
        cpu_pct=10.0,
        memory_bytes=50_000_000,
        processes=None,
        threads=4,
        throttled_pct=12.3456,
        cpu_limit_pct=50.0,
        memory_limit_bytes=64 * 1024**2,
        received_bytes=1000,
        sent_bytes=23,
    )
    second = replace(bucket(0), resources=reading)
    made = of(header(), held, second, bucket(1))
    (one,) = made["targets"]
    assert (one["runtime"], one["limits"]) == ("docker", limits)
    assert one["buckets"]["throttled_pct"] == [12.346, None]
    assert one["buckets"]["received_bytes"] == [1000, None]
    assert one["buckets"]["sent_bytes"] == [23, None]
