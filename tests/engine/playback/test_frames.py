"""At the end of every second a recorded session shows what was shown live.

Live, a second is shown at its end once it is complete: all its ticks, and its records up to the load workers'
own second. A live screen also shows the ticks of a second that is not over; no journal has those.
"""

import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.metrics.records import Event, FaultBegan, FaultEnded, LoadChanged, Record
from engine.metrics.snapshot import Snapshot
from engine.metrics.timeline import View
from engine.playback.frames import Frames
from engine.protocol.messages import TICK_S, TICKS_A_BUCKET, Sample
from engine.recording.journal_lines import encode_record
from targets.errors import UsageError
from tests.support.examples import examples
from tests.support.made_sessions import Shape, records, write
from tests.support.recording import Recording, bucket, generator_second, header, heartbeat, sample, steering

VIEW = View(baseline="a")
PATH = Path("journal.jsonl")


def frames_of(*records: Record) -> Frames:
    lines = [encode_record(record, number) for number, record in enumerate(records)]
    return Frames(io.BytesIO(b"".join(lines)), PATH)


def shown_at(frames: Frames, second: int, view: View = VIEW) -> Snapshot:
    assert frames.move_to(second)
    snapshot = frames.snapshot(view)
    assert snapshot is not None
    return snapshot


class Life:
    """A session with everything that can happen in it, its workers' reports late and merged."""

    def __init__(self, draw: st.DataObject, recording: Recording) -> None:
        self.draw = draw.draw
        self.recording = recording
        self.waiting = [0, 0]
        self.shown: dict[int, Snapshot] = {}
        """What was shown live at the end of each second, once it was complete."""
        self.fault = 0

    def tick(self, tick: int) -> None:
        """Both workers may report on this tick, and on those that they held back."""
        for worker in range(2):
            self.waiting[worker] += 1
            if self.draw(st.integers(0, 5)) == 0 and self.waiting[worker] < 4:
                continue
            for target in ("a", "b"):
                self.recording.take(self.sample(tick, worker, target))
            late_us = self.draw(st.sampled_from([100, 100, 90_000]))
            ticks, self.waiting[worker] = self.waiting[worker], 0
            self.recording.take(heartbeat(tick, worker=worker, ticks=ticks, cpu_s=tick * 0.1, lag_us=late_us))
        before = self.newest_second()
        self.recording.advance((tick + 1) * TICK_S + 0.05)
        closed = self.newest_second()
        if closed > before and self.recording.newest_tick == closed * TICKS_A_BUCKET - 1:
            self.shown[closed] = self.recording.book.timeline.snapshot(float(closed), VIEW)
        self.happen((tick + 1) * TICK_S + 0.1)

    def sample(self, tick: int, worker: int, target: str) -> Sample:
        draw = self.draw
        return sample(
            tick,
            target,
            worker=worker,
            ticks=self.waiting[worker],
            users=draw(st.integers(1, 3)) if tick % 20 == 0 else 2,
            ok_us=[draw(st.integers(50, 500_000))] * draw(st.sampled_from([0, 1, 100])),
            failed=draw(st.sampled_from([0, 0, 2])),
            health_us=draw(st.sampled_from([None, 300, 9000])),
            paused=draw(st.integers(0, 19)) == 0,
        )

    def happen(self, at_s: float) -> None:
        """Somebody steers, injects or notes something."""
        recording = self.recording
        match self.draw(st.integers(0, 24)):
            case 0:
                recording.change("b", "died", at_s, "exit code 1")
            case 1:
                recording.change("b", "ready", at_s)
            case 2:
                recording.steer("a", steering().set_users(5, at_s), at_s)
            case 3:
                recording.book.record(LoadChanged(at_s, "", "tasks", "1 s", 1.0))
            case 4:
                self.fault += 1
                recording.book.record(FaultBegan(at_s, self.fault, "a", "pause"))
            case 5 if self.fault:
                recording.book.record(FaultEnded(at_s, self.fault))
            case 6:
                recording.book.record(Event(at_s, "note", "", "look"))

    def newest_second(self) -> int:
        generator = self.recording.book.timeline.generator
        return generator[-1].second + 1 if generator else 0


@examples(0.15)
@given(st.data())
def test_every_second_shows_what_was_shown_live(data: st.DataObject) -> None:
    with (
        TemporaryDirectory() as folder,
        Recording(Path(folder) / "journal.jsonl", "a", "b", workers=2) as recording,
    ):
        life = Life(data, recording)
        for tick in range(data.draw(st.integers(10, 60))):
            life.tick(tick)
        recording.flush()
        recording.end(at_s=14.2)
        with recording.path.open("rb") as file:
            frames = Frames(file, recording.path)
            for second in data.draw(st.permutations(sorted(life.shown))):
                assert shown_at(frames, second) == life.shown[second]
            assert shown_at(frames, 99) == recording.book.timeline.snapshot(14.2, VIEW)


def test_forwards_backwards_and_anywhere_it_is_the_same(tmp_path: Path) -> None:
    path = write(tmp_path, Shape(seconds=12, rps=20))
    with path.open("rb") as file:
        forwards = Frames(file, path)
        shown = [shown_at(forwards, second) for second in range(14)]
        for second in (13, 12, 3, 4, 13, 0, 7):
            assert shown_at(forwards, second) == shown[second]
            assert shown_at(Frames(file, path), second) == shown[second]
    assert [each.now_s for each in shown] == [*map(float, range(13)), 12.0]
    assert [each.phase for each in shown] == ["running"] * 13 + ["ended"]


def test_the_view_changes_nothing_else(tmp_path: Path) -> None:
    path = write(tmp_path, Shape(seconds=36, rps=20))
    with path.open("rb") as file:
        frames = Frames(file, path)
        seen = shown_at(frames, 36, View(baseline="django-wsgi", window_s=5.0))
        assert (seen.baseline, seen.window_asked_s, seen.targets[0].window.seconds) == (
            "django-wsgi",
            5.0,
            5.0,
        )
        assert shown_at(frames, 36) == shown_at(frames, 36, VIEW)


def test_a_fold_that_is_interrupted_goes_on(tmp_path: Path) -> None:
    path = write(tmp_path, Shape(seconds=12, rps=20))
    with path.open("rb") as file:
        frames, times = Frames(file, path), 0
        while not frames.move_to(12, lambda: True):
            times += 1
        assert times > 12
        assert frames.snapshot(VIEW) == shown_at(Frames(file, path), 12)


def test_events_of_the_next_second_are_not_shown_yet() -> None:
    note = Event(1.05, "note", "", "in the second second")
    frames = frames_of(
        header("fastapi"), bucket(0), generator_second(0), note, bucket(1), generator_second(1)
    )
    assert [len(shown_at(frames, second).events) for second in (1, 2)] == [0, 1]


def test_a_second_whose_records_were_lost_is_shown_as_the_last_one_before() -> None:
    frames = frames_of(header("fastapi"), bucket(0), generator_second(0), bucket(3), generator_second(3))
    assert [shown_at(frames, second).seconds[-1] for second in (1, 2, 3, 4)] == [1, 1, 1, 4]


def test_a_recording_without_an_end_is_shown_as_what_became_of_it(tmp_path: Path) -> None:
    *without_end, _ = records(Shape(seconds=3))
    frames = frames_of(*without_end)
    frames.move_to(4)
    cut_off = frames.snapshot(VIEW, unfinished="interrupted")
    assert cut_off is not None
    assert (cut_off.phase, cut_off.outcome, cut_off.now_s) == ("ended", "interrupted", 3.0)


def test_before_the_first_record_there_is_nothing() -> None:
    frames = frames_of()
    assert frames.move_to(5)
    assert frames.snapshot(VIEW) is None


def test_records_that_do_not_go_together_are_reported() -> None:
    odd = header("fastapi")
    odd.plan["slo"] = {"latency": "soon"}
    with pytest.raises(UsageError, match="is damaged"):
        frames_of(odd, bucket(0, ok_us=[1])).move_to(1)
