"""Records become the state of a session; what was shown live, a replay shows again."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.metrics.records import Ended, Event, LoadChanged, Record, Steered, TargetChanged
from engine.metrics.timeline import Timeline, View
from engine.protocol.messages import TICK_S, Sample
from tests.engine.metrics.folded_records import VIEW, folded, same
from tests.support.examples import examples
from tests.support.recording import (
    ENDED_AT,
    Recording,
    added,
    bucket,
    generator_second,
    header,
    heartbeat,
    sample,
    steering,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.metrics.snapshot import Light


# ---------------------------------------------------------------- live and replayed


class Story:
    """A session of two targets that goes as hypothesis draws it, its workers' reports late and merged."""

    def __init__(self, draw: st.DataObject, recording: Recording, workers: int) -> None:
        self.draw = draw.draw
        self.recording = recording
        self.workers = workers
        self.on_the_way: list[list[int]] = [[] for _ in range(workers)]
        self.users = {"a": 1, "b": 2}

    def tick(self, tick: int) -> None:
        """Every worker ends a tick; what it had held back may come along as one."""
        for worker, waiting in enumerate(self.on_the_way):
            waiting.append(tick)
            if self.draw(st.integers(0, 9)) == 0 and len(waiting) < 8:
                continue
            for target in self.users:
                self.recording.take(self.report(tick, worker, target, len(waiting)))
            self.recording.take(heartbeat(tick, worker=worker, ticks=len(waiting), cpu_s=tick * 0.1))
            waiting.clear()
        self.recording.advance((tick + 1) * TICK_S + 0.05)

    def report(self, tick: int, worker: int, target: str, ticks: int) -> Sample:
        draw = self.draw
        return sample(
            tick,
            target,
            worker=worker,
            ticks=ticks,
            users=self.users[target],
            ok_us=[draw(st.integers(50, 500_000))] * draw(st.sampled_from([0, 1, 5, 100])),
            failed=draw(st.sampled_from([0, 0, 0, 2])),
            health_us=draw(st.sampled_from([None, None, 300, 9000])),
            health_failed=draw(st.integers(0, 9)) == 0,
            paused=draw(st.integers(0, 9)) == 0,
            open_us=[draw(st.integers(100_000, 9_000_000))] * draw(st.sampled_from([0, 0, 1, 3])),
        )

    def happening(self, tick: int) -> None:
        """Now and then somebody changes something, between two ticks."""
        recording, at_s = self.recording, (tick + 1) * TICK_S + 0.1
        changes: dict[int, Callable[[], None]] = {
            0: lambda: self.users.update(a=self.users["a"] % 3 + 1),
            1: lambda: recording.change("b", "died", at_s, "exit code 1"),
            2: lambda: recording.change("b", "ready", at_s),
            3: lambda: recording.steer("a", steering().set_users(5, at_s), at_s),
            4: lambda: recording.book.record(LoadChanged(at_s, "", "tasks", "1 s", 1.0)),
            5: lambda: recording.book.record(LoadChanged(at_s, "a", "tasks", "2 s", 2.0)),
            6: lambda: recording.book.record(Event(at_s, "note", "", "look")),
        }
        changes.get(self.draw(st.integers(0, 40)), lambda: None)()


@examples(0.25)
@given(st.data(), st.integers(1, 2))
def test_the_live_snapshot_equals_the_replayed_one(data: st.DataObject, workers: int) -> None:
    with (
        TemporaryDirectory() as folder,
        Recording(Path(folder) / "journal.jsonl", "a", "b", workers=workers) as recording,
    ):
        story = Story(data, recording, workers)
        for tick in range(data.draw(st.integers(6, 90))):
            story.tick(tick)
            if recording.is_at_a_second_end:
                same(recording, (tick + 1) * TICK_S)
            story.happening(tick)
        recording.flush()
        same(recording, 30.0)
        recording.end()
        same(recording, 31.0)


def test_a_second_that_was_paused_in_part_is_left_out_as_a_whole(tmp_path: Path) -> None:
    with Recording(tmp_path / "journal", "a", warm_up_s=0) as recording:
        for tick in range(15):
            recording.tick(tick, sample(tick, ok_us=[1000], paused=tick in (8, 9)))
        snapshot = same(recording, 3.0)
    assert (snapshot.targets[0].window.seconds, snapshot.targets[0].window.ok) == (1.0, 5)
    assert snapshot.targets[0].totals.ok == 10


def test_live_figures_are_fresh_to_the_tick(tmp_path: Path) -> None:
    with Recording(tmp_path / "journal", "a", warm_up_s=0) as recording:
        for tick in range(7):
            recording.tick(tick, sample(tick, users=tick, ok_us=[1000], health_us=100 * (tick + 1)))
        live = recording.book.timeline.snapshot(1.4, VIEW).targets[0]
    assert (live.window.seconds, live.window.ok, live.load.users, live.health_probe.latency_ms) == (
        1.4,
        7,
        6,
        0.7,
    )
    assert live.totals.ok == 5


# ---------------------------------------------------------------- windows


def test_the_window_ends_with_the_sessions_newest_tick_whoever_is_dead(tmp_path: Path) -> None:
    with Recording(tmp_path / "journal", "a", "b", warm_up_s=0) as recording:
        for tick in range(10):
            recording.tick(tick, sample(tick, ok_us=[1000]), sample(tick, "b", ok_us=[1000]))
        recording.change("b", "died", 2.0, "exit code 1")
        for tick in range(10, 40):
            recording.tick(tick, sample(tick, ok_us=[1000]))
        eight = same(recording, 8.0).targets[1]
        for tick in range(40, 65):
            recording.tick(tick, sample(tick, ok_us=[1000]))
        late = same(recording, 13.0)
    assert (eight.window.seconds, eight.load.users, eight.trouble) == (2.0, 0, "exit code 1")
    assert (late.targets[1].window.seconds, late.targets[1].window.goodput) == (0.0, 0.0)
    assert late.targets[1].totals.ok == 10
    assert late.targets[0].window.seconds == 10.0


@pytest.mark.parametrize(("window_s", "seconds"), [(5, 5.0), (10, 10.0), (60, 14.0)])
def test_the_window_is_for_the_person_to_choose(tmp_path: Path, window_s: float, seconds: float) -> None:
    with Recording(tmp_path / "journal", "a", warm_up_s=0) as recording:
        for tick in range(70):
            recording.tick(tick, sample(tick, ok_us=[1000]))
        snapshot = recording.book.timeline.snapshot(14.0, replace(VIEW, window_s=window_s))
    assert (snapshot.window_asked_s, snapshot.targets[0].window.seconds) == (window_s, seconds)
    assert snapshot.targets[0].window.ok == seconds * 5


def test_ratios_are_taken_against_the_baseline() -> None:
    timeline = folded(header("fastapi", "fastapi", "fastapi"), *(added(name) for name in "abc"))
    for name, times in (("a", 10), ("b", 25), ("c", 0)):
        timeline.apply(bucket(0, name, ok_us=[1000] * times))
    ratios = {name: [each.ratio for each in timeline.snapshot(1, View(name)).targets] for name in "abc"}
    assert ratios == {"a": [None, 2.5, None], "b": [0.4, None, None], "c": [None, None, None]}
    assert timeline.snapshot(1, View("unknown")).baseline == "a"
    timeline.apply(TargetChanged(1, "a", "failed", "no such program"))
    assert timeline.snapshot(1, View()).baseline == "b", "one that did not start is none"
    assert timeline.snapshot(1, View("a")).baseline == "a", "unless it was chosen"


def test_a_live_window_never_reaches_back_over_a_change_of_load(tmp_path: Path) -> None:
    """Live, tick by tick, and replayed at the end of every second."""
    seconds = {}
    with Recording(tmp_path / "journal", "a", warm_up_s=0) as recording:
        for tick in range(100):
            users = 2 if tick < 62 else 9
            if tick == 62:  # at 12.4 s
                recording.steer("a", steering().set_users(9, 12.4), 12.4)
            recording.tick(tick, sample(tick, users=users, ok_us=[1000] * users))
            now_s = (tick + 1) * TICK_S
            shown = recording.book.timeline.snapshot(now_s, VIEW).targets[0].window
            seconds[round(now_s, 1)] = (shown.seconds, shown.goodput)
            if recording.is_at_a_second_end:
                assert same(recording, now_s).targets[0].window == shown
    assert seconds[12.4] == (10.0, 10.0)
    assert seconds[12.6][0] == 1.0, "from the change on it is the last second"
    assert seconds[13.0] == (1.0, 31.0)
    assert seconds[14.0] == (1.0, 45.0)
    assert seconds[15.0] == (2.0, 45.0), "the second of the change belongs to neither load"
    assert seconds[20.0] == (7.0, 45.0)


@pytest.mark.parametrize(
    "change",
    [
        LoadChanged(12.4, "", "tasks", "1 s", 1.0),
        LoadChanged(12.4, "a", "hello", "1 s", 1.0),
        Event(12.4, "model", "", "model takes 2 s"),
        Event(12.4, "upstream", "a", "the upstream takes 2 s"),
    ],
    ids=["workload", "think time", "model", "upstream"],
)
def test_whatever_changes_the_load_begins_a_window(change: Record) -> None:
    timeline = folded(header("fastapi"), added("a"), Steered(0.0, "a", steering()))
    timeline.apply(TargetChanged(0.0, "a", "ready"))
    for second in range(20):
        timeline.apply(bucket(second, "a", ok_us=[1000] * 10))
        if second == 11:
            timeline.apply(change)
    assert timeline.snapshot(20.0, VIEW).targets[0].window.seconds == 7.0


def test_events_that_change_no_load_begin_no_window() -> None:
    timeline = folded(header("fastapi"), added("a"), Steered(0.0, "a", steering()))
    timeline.apply(TargetChanged(0.0, "a", "ready"))
    for second in range(20):
        timeline.apply(bucket(second, "a", ok_us=[1000] * 10))
        timeline.apply(Event(second + 0.5, "note", "", "look"))
    assert timeline.snapshot(20.0, VIEW).targets[0].window.seconds == 10.0


def test_another_workload_has_its_own_question() -> None:
    timeline = folded(header("fastapi", question="What does it cost?", workload="hello"), added("a"))
    assert timeline.snapshot(1, VIEW).question == "What does it cost?"
    timeline.apply(LoadChanged(1.0, "", "tasks", "none", 0.0))
    assert timeline.snapshot(2, VIEW).question.startswith("List, read, create")
    timeline.apply(LoadChanged(2.0, "", "hello", "none", 0.0))
    assert timeline.snapshot(3, VIEW).question == "What does it cost?"


def test_the_newest_second_is_shown_beside_the_window() -> None:
    timeline = folded(header("fastapi"), added("a"), Steered(0.0, "a", steering()))
    timeline.apply(TargetChanged(0.0, "a", "ready"))
    assert timeline.snapshot(0, VIEW).targets[0].second is None
    for second in range(20):
        timeline.apply(bucket(second, "a", ok_us=[1000] * (10 if second < 19 else 90)))
    target = timeline.snapshot(20.0, VIEW).targets[0]
    assert target.second is not None
    assert (target.second.seconds, target.second.goodput) == (1.0, 90.0)
    assert target.window.goodput == 18.0
    assert (target.second.p95.window_s, target.second.p99.value_ms) == (1.0, None)


def test_a_baseline_that_does_not_answer_is_stood_in_for_and_returns() -> None:
    timeline = folded(header("fastapi", "fastapi", "fastapi"), *(added(name) for name in "abc"))
    for name in "abc":
        timeline.apply(TargetChanged(0.0, name, "ready"))
        timeline.apply(bucket(0, name, ok_us=[1000] * 10))
    timeline.apply(TargetChanged(1.0, "a", "down", "killed"))
    shown = timeline.snapshot(7.0, View("a"))
    assert (shown.baseline, shown.compared_with) == ("a", "b")
    assert (shown.targets[0].state_s, shown.targets[0].ratio) == (6.0, None)
    assert shown.targets[2].ratio == 1.0
    timeline.apply(TargetChanged(8.0, "a", "ready"))
    timeline.apply(bucket(8, "a", ok_us=[1000] * 10))
    assert timeline.snapshot(9.0, View("a")).compared_with == "a"


# ---------------------------------------------------------------- targets that come and go


def test_series_are_aligned_when_targets_join_leave_and_come_back() -> None:
    timeline = folded(header("fastapi"), added("a"), added("b", 1))
    for second in range(2, 8):
        timeline.apply(bucket(second, "a", ok_us=[1000] * 8))
        if second in (4, 5, 7):
            timeline.apply(bucket(second, "b", ok_us=[2000] * 8))
    snapshot = timeline.snapshot(8.0, VIEW)
    assert snapshot.seconds == (3, 4, 5, 6, 7, 8)
    first, second_target = (target.series for target in snapshot.targets)
    assert first.goodput == (8.0,) * 6
    assert second_target.goodput == (None, None, 8.0, 8.0, None, 8.0)
    assert second_target.users == (None, None, 2.0, 2.0, None, 2.0)


def test_a_target_that_is_stopped_is_not_on_the_live_screen_but_in_the_results() -> None:
    timeline = folded(header("fastapi"), added("a"), added("b", 1))
    with_both = timeline.snapshot(0, VIEW)
    timeline.targets["b"].state = "stopped"
    without = timeline.snapshot(0, VIEW)
    timeline.apply(Ended(9, ENDED_AT, "completed"))
    at_the_end = timeline.snapshot(9, VIEW)
    names = [[target.name for target in each.targets] for each in (with_both, without, at_the_end)]
    assert names == [["a", "b"], ["a"], ["a", "b"]]


def test_a_target_whose_introduction_was_lost_is_known_by_its_name() -> None:
    timeline = folded(
        header("fastapi"),
        TargetChanged(0.0, "ghost", "ready", address="127.0.0.1:18000"),
        Steered(0.0, "ghost", steering()),
        bucket(0, "ghost", ok_us=[1]),
    )
    (ghost,) = timeline.snapshot(1, VIEW).targets
    assert (ghost.name, ghost.state, ghost.address) == ("ghost", "ready", "127.0.0.1:18000")
    assert ghost.totals.ok == 1


def test_only_a_change_of_all_targets_changes_what_the_session_says() -> None:
    timeline = folded(
        header("fastapi"), added("a"), added("b", 1), LoadChanged(1.0, "b", "tasks", "9 s", 9.0)
    )
    assert timeline.snapshot(1, VIEW).think_time == "none"
    timeline.apply(LoadChanged(2.0, "", "tasks", "1 s to 2 s", 1.5))
    snapshot = timeline.snapshot(2, VIEW)
    assert (snapshot.workload, snapshot.think_time, snapshot.think_time_mean_s) == (
        "tasks",
        "1 s to 2 s",
        1.5,
    )


def test_a_session_begins_with_its_header() -> None:
    with pytest.raises(ValueError, match="header"):
        Timeline().snapshot(0.0)


def test_phases_and_outcome(tmp_path: Path) -> None:
    timeline = folded(header("fastapi"), added("a"))
    assert timeline.snapshot(0).phase == "starting"
    with Recording(tmp_path / "journal", "a") as recording:
        live = recording.book.timeline
        assert (live.snapshot(0).phase, live.snapshot(0).outcome) == ("running", "running")
        recording.book.event("end", "", "the session ends")
        assert live.snapshot(0).phase == "stopping"
        recording.end("interrupted")
        assert (live.snapshot(0).phase, live.snapshot(0).outcome) == ("ended", "interrupted")


# ---------------------------------------------------------------- the generator's light


def test_the_light_now_is_that_of_the_newest_second() -> None:
    timeline = folded(header("fastapi"), added("a"))
    assert timeline.health().light == "off"
    lights: tuple[Light, ...] = ("green", "red", "amber")
    for second, light in enumerate(lights):
        timeline.apply(generator_second(second, light, f"{light} it is", cpu_pct=10.0 * second))
    health = timeline.health()
    assert (health.light, health.reasons, health.generator_cpu_pct) == ("amber", ("amber it is",), 10.0)


def test_at_the_end_measured_seconds_alone_are_judged() -> None:
    timeline = folded(
        header("fastapi"), added("a"), bucket(0, warm_up=True), generator_second(0, "red", "warm 1")
    )
    for second in (1, 2, 3):
        timeline.apply(bucket(second))
        light: Light = "amber" if second == 2 else "green"
        reasons = ("timers came 2.5 ms late (p99)",) if second == 2 else ()
        timeline.apply(generator_second(second, light, *reasons, cpu_pct=30.0 * (second == 3), lag_us=2500))
    timeline.apply(bucket(4, winding_down=True))
    timeline.apply(generator_second(4, "red", "the end"))
    timeline.apply(Ended(5.0, ENDED_AT, "completed"))
    health = timeline.health()
    assert health.light == "amber"
    assert health.reasons == (
        "amber for 1 s of 3 s measured",
        "at worst: timers came 2.5 ms late (p99)",
    )
    assert health.generator_cpu_pct == 10.0
    assert health.loop_lag_p99_ms == pytest.approx(2.5, rel=0.01)


def test_a_session_that_measured_nothing_has_no_light() -> None:
    warm: list[Record] = [bucket(0, warm_up=True), generator_second(0, "red", "busy")]
    assert (
        folded(header("fastapi"), added("a"), *warm, Ended(1, ENDED_AT, "interrupted")).health().light
        == "off"
    )


def test_while_one_of_two_workers_is_silent_no_figures_pass_for_live(tmp_path: Path) -> None:
    with Recording(tmp_path / "journal", "a", workers=2, warm_up_s=0) as recording:
        for tick in range(10):
            both = (sample(tick, worker=worker, ok_us=[1000] * 10) for worker in (0, 1))
            recording.take(*both, *(heartbeat(tick, worker=worker) for worker in (0, 1)))
            recording.advance((tick + 1) * TICK_S + 0.05)
        assert same(recording, 2.0).targets[0].window.goodput == 100
        for tick in range(10, 25):
            recording.take(sample(tick, worker=0, ok_us=[1000] * 10), heartbeat(tick, worker=0))
            recording.advance((tick + 1) * TICK_S + 0.05)
        (silent,) = recording.book.timeline.snapshot(5.0, VIEW).targets
        assert (silent.missing_s, silent.window.seconds, silent.window.goodput) == (3.0, 0.0, 0.0)
        late = sample(24, worker=1, ticks=15, ok_us=[1000] * 5)
        recording.take(late, heartbeat(24, worker=1, ticks=15))
        for tick in range(25, 40):
            both = (sample(tick, worker=worker, ok_us=[1000] * 10) for worker in (0, 1))
            recording.take(*both, *(heartbeat(tick, worker=worker) for worker in (0, 1)))
            recording.advance((tick + 1) * TICK_S + 0.05)
        (back,) = same(recording, 8.0).targets
        assert (back.missing_s, back.totals.ok) == (0.0, 10 * (2 * 10 + 15 + 2 * 15) + 5)
