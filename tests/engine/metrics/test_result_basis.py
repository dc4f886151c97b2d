"""What the figures of a result are of: the last level that all held long enough, else the whole run."""

from dataclasses import replace

import pytest

from engine.answers.result_sentence import figures_text, summary
from engine.export.document import document, folded
from engine.metrics.records import Bucket, Record, Steered
from engine.metrics.series import HISTORY_S
from engine.metrics.session_result import SessionResult, session_result
from engine.metrics.timeline import Timeline
from engine.protocol.load_shape import Stage, Steering
from targets.runtime import NO_READING, Reading
from tests.support.recording import added, bucket, header, latencies


def result(*records: Record) -> SessionResult:
    return session_result(folded(records).final_snapshot())


def held(target: str, users: int, begin: int, end: int, count: int = 50) -> list[Bucket]:
    return [bucket(at, target, users=users, ok_us=[1000] * count) for at in range(begin, end)]


def ramp(target: str, begin: int, end: int, count: int = 50) -> list[Bucket]:
    return [bucket(at, target, users=at + 1, ok_us=[1000] * count) for at in range(begin, end)]


def test_figures_are_of_the_last_level_that_was_held_long_enough() -> None:
    found = result(header("fastapi"), added(), *held("a", 2, 0, 10), *held("a", 20, 10, 20, 90))
    assert figures_text(found) == "figures of the last level, 20 users"
    assert summary(found) == "At 20 users a served 90.0 ok/s."
    assert found.targets[0].stats.seconds == 7


def test_a_session_that_ends_in_its_ramp_has_the_figures_of_the_whole_run() -> None:
    found = result(header("fastapi"), added(), *ramp("a", 0, 12))
    assert figures_text(found) == "figures of the whole measured run, 12 s: it ended in its ramp"
    assert summary(found) == "a served 50.0 ok/s."
    assert found.targets[0].stats == found.targets[0].whole


def test_requests_that_were_still_open_at_the_end_make_no_level() -> None:
    """The window since the last change of load then has nothing but them."""
    stopping = bucket(12, "a", users=12, winding_down=True)
    still_open = {"hello": latencies(9_000_000)}
    stopping = replace(stopping, tick_stats=replace(stopping.tick_stats, open=still_open))
    found = result(header("fastapi"), added(), *ramp("a", 0, 12), stopping)
    assert found.figures_of == "whole"
    assert summary(found) == "a served 50.0 ok/s."


def test_after_a_level_the_ramp_at_the_end_does_not_count() -> None:
    found = result(header("fastapi"), added(), *held("a", 5, 0, 10, 70), *ramp("a", 10, 22))
    assert figures_text(found) == "figures of the last level, 5 users"
    assert summary(found) == "At 5 users a served 70.0 ok/s."


def test_a_sliver_is_no_level() -> None:
    """A change just before the end leaves one settled second."""
    first = held("a", 5, 0, 10, 70)
    assert figures_text(result(header("fastapi"), added(), *first, *held("a", 9, 10, 14, 10))) == (
        "figures of the last level, 5 users"
    )
    only = result(header("fastapi"), added(), *held("a", 9, 0, 4))
    assert figures_text(only) == "figures of the whole measured run, 4 s: no level was held long enough"


def test_all_figures_are_of_a_level_that_all_targets_held() -> None:
    both = [*held("a", 5, 0, 10), *held("b", 5, 0, 10, 25)]
    alone = [*held("a", 20, 10, 20, 200), *ramp("b", 10, 20)]
    found = result(header("fastapi", "fastapi"), added("a"), added("b", 1), *both, *alone)
    assert figures_text(found) == "figures of the last level that all targets held, 5 users"
    assert summary(found) == "At 5 users a served 50.0 ok/s, 2.0× b (race: no verdict)."


def test_targets_that_never_held_the_same_load_are_compared_over_the_whole_run() -> None:
    found = result(
        header("fastapi", "fastapi"), added("a"), added("b", 1), *held("a", 5, 0, 10), *held("b", 7, 0, 10)
    )
    assert figures_text(found) == (
        "figures of the whole measured run, 10 s: no level was held by all targets at once"
    )


def test_a_target_that_left_early_has_no_figures_of_a_level_that_it_never_had() -> None:
    found = result(
        header("fastapi", "fastapi"),
        added("a"),
        added("b", 1),
        *held("a", 5, 0, 30),
        *held("b", 9, 0, 10),
    )
    assert figures_text(found) == "figures of the last level, 5 users"
    assert [target.stats.requests for target in found.targets] == [50 * 27, 0]


def test_live_it_is_of_the_same_as_in_files_however_long_nothing_follows() -> None:
    """Charts keep ten minutes of single seconds, files keep all."""
    records: list[Record] = [
        header("fastapi", "fastapi"),
        added("a"),
        added("b", 1),
        *held("a", 5, 0, 40),
        *held("b", 9, 0, 20),
        *(bucket(at, "a", users=0) for at in range(40, 40 + HISTORY_S - 4)),
    ]
    live = Timeline()
    for record in records:
        live.apply(record)
    shown = session_result(live.final_snapshot())
    assert figures_text(shown) == figures_text(result(*records)) == "figures of the last level, 5 users"


def test_in_solo_each_target_has_the_level_in_its_own_turn() -> None:
    found = result(
        header("fastapi", "fastapi", schedule="solo"),
        added("a"),
        added("b", 1),
        *held("a", 5, 0, 10),
        *held("a", 20, 10, 20, 100),
        *held("b", 5, 20, 30, 25),
        *held("b", 20, 30, 34, 7),
    )
    assert figures_text(found) == "figures of the last level that all targets held, 5 users"
    assert [target.stats.goodput for target in found.targets] == [50.0, 25.0], "not of a sliver"
    alone = result(
        header("fastapi", "fastapi", schedule="solo"), added("a"), added("b", 1), *held("a", 5, 0, 10)
    )
    assert summary(alone) == "At 5 users a served 50.0 ok/s."


def test_in_the_open_model_a_level_is_a_rate() -> None:
    records = [
        replace(one, tick_stats=replace(one.tick_stats, arrivals=20, begun=20), users_wanted=20)
        for one in (bucket(at, users=at % 3, ok_us=[70_000] * 20) for at in range(10))
    ]
    found = result(
        header("fastapi", model="open", max_users=9, stages=[{"rate": 20, "hold": "20 s"}]),
        added("a"),
        *records,
    )
    assert figures_text(found) == "figures of the last level, 20 arrivals/s"
    assert summary(found) == "a served 20.0 ok/s."


def test_after_a_change_by_hand_it_says_that_it_ended_too_soon() -> None:
    by_hand = Steered(3.0, "a", Steering((Stage(2, 0.0),), 0.0).set_users(7, 3.0))
    found = result(header("fastapi"), added(), by_hand, *ramp("a", 0, 12))
    assert figures_text(found).endswith(": it ended too soon after a change of load")


def test_a_hold_that_was_too_short_is_no_ramp() -> None:
    found = result(header("fastapi"), added(), *ramp("a", 0, 9), *held("a", 10, 9, 13))
    assert figures_text(found).endswith(": it ended too soon after a change of load")


def test_usage_is_of_the_same_seconds_where_it_was_read() -> None:
    def read(records: list[Bucket], cpu_pct: float) -> list[Bucket]:
        reading = Reading(cpu_pct, 20_000_000, 1, 4)
        return [replace(each, resources=reading) for each in records]

    level = read(held("a", 20, 10, 20), 80.0)
    (target,) = result(header("fastapi"), added(), *read(held("a", 2, 0, 10), 10.0), *level).targets
    assert target.usage.cpu_mean_pct == pytest.approx(80.0)
    unread_level = [replace(each, resources=NO_READING) for each in held("a", 9, 10, 20)]
    (unread,) = result(header("fastapi"), added(), *read(held("a", 2, 0, 10), 10.0), *unread_level).targets
    assert unread.usage.cpu_mean_pct == pytest.approx(10.0)


def test_the_document_names_the_same_figures() -> None:
    records: list[Record] = [header("fastapi"), added(), *held("a", 2, 0, 10), *held("a", 20, 10, 20, 90)]
    found = document(folded(records), outcome="completed")
    assert found["result"] == {
        "sentence": "At 20 users a served 90.0 ok/s.",
        "figures_of": "level",
        "figures": "figures of the last level, 20 users",
        "targets": [{"target": "a", "level": 1, "ratio": None}],
    }
    assert found["targets"][0]["levels"][1]["goodput"] == 90.0
    of_ramp = document(folded([header("fastapi"), added(), *ramp("a", 0, 9)]), outcome="completed")["result"]
    assert (of_ramp["figures_of"], of_ramp["targets"][0]["level"]) == ("whole", None)
