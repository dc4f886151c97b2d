"""What a session writes down of its own accord."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.protocol.histogram import Latencies
from engine.protocol.messages import TICK_S, Sample
from engine.protocol.tick_stats import RequestTickStats
from tests.support.disks import fill, make_room, small_disk
from tests.support.recording import Recording, heartbeat, latencies, sample

if TYPE_CHECKING:
    from engine.metrics.snapshot import Snapshot


def test_the_first_example_of_a_failure_is_told_once(tmp_path: Path) -> None:
    def failing(tick: int) -> Sample:
        failed = RequestTickStats(
            Latencies(), latencies(5), {"bad body": 1}, examples={"bad body": f"number {tick}"}
        )
        return replace(sample(tick), requests={"list": failed})

    with Recording(tmp_path / "journal.jsonl", "a") as recording:
        for tick in range(11):
            recording.take(failing(tick), heartbeat(tick))
        recording.book.fold(recording.collector.advance(2.2), steerings={}, readings={})
        told = [each for each in recording.book.timeline.events if each.kind == "failure"]
    assert [(each.target, each.text) for each in told] == [("a", "list: bad body: number 0")]


def test_what_the_generator_could_not_send_makes_its_second_red(tmp_path: Path) -> None:
    with Recording(tmp_path / "journal.jsonl", "a") as recording:
        for tick in range(15):
            unsent = {"out of files": 2} if tick in {6, 7} else {}
            recording.tick(tick, replace(sample(tick, ok_us=[1000], cancelled=len(unsent)), unsent=unsent))
        seconds = list(recording.book.timeline.generator)
        (target,) = recording.book.snapshot.targets
    assert [second.light for second in seconds] == ["green", "red", "green"]
    (reason,) = seconds[1].reasons
    assert reason.startswith("the load workers ran out of files; requests not sent: 4 (raise the limit")
    assert (target.totals.errors, target.window.error_rate) == ((), 0.0)


def test_changes_of_the_generators_light_are_told_with_their_reason(tmp_path: Path) -> None:
    with Recording(tmp_path / "journal.jsonl", "a") as recording:
        for tick in range(190):
            late = 25 <= tick < 45
            recording.take(
                sample(tick, users=0, ok_us=[1000]), heartbeat(tick, lag_us=50_000 if late else 100)
            )
            recording.advance((tick + 1) * TICK_S)
        told = [each for each in recording.book.timeline.events if each.kind == "health"]
        lights = [each.light for each in recording.book.timeline.generator]
    assert [each.text.partition(":")[0] for each in told] == ["generator red", "generator green again"]
    assert "a's p50 of 1.00 ms may be up to" in told[0].text
    assert lights[-1] == "green"


def test_a_snapshot_is_of_its_publication_whenever_it_is_looked_at(tmp_path: Path) -> None:
    with Recording(tmp_path / "journal.jsonl", "a") as recording:
        book = recording.book
        recording.take(sample(0, ok_us=[1000]), heartbeat(0))
        recording.advance(0.25)
        before, published = book.snapshot, book.published_records
        assert book.snapshot is before
        book.event("note", "", "news")
        assert (book.snapshot is before, book.published_records) == (True, published), "it is in none yet"
        book.publish()
        assert book.published_records == published + 1
        assert book.snapshot is not before
        assert [each.text for each in book.snapshot.events if each not in before.events] == ["news"]


def test_a_snapshot_says_since_when_nothing_is_recorded_until_all_is(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk, Recording(disk / "journal.jsonl", "a") as recording:

        def noted(text: str) -> float | None:
            recording.book.event("note", "", text)
            recording.book.publish()
            return recording.book.snapshot.unrecorded_since_s

        recording.tick(0, sample(0))
        assert noted("fits") is None
        fill(disk)
        assert noted("x" * 70_000) is not None
        make_room(disk)
        assert noted("fits again") is None


def test_a_second_that_was_over_when_load_stopped_counts_however_late_it_is_closed(tmp_path: Path) -> None:
    with Recording(tmp_path / "journal.jsonl", "a") as recording:
        for tick in range(18):
            recording.take(sample(tick, ok_us=[1000]), heartbeat(tick))
        recording.flush(stopped_s=3.1)
        buckets = list(recording.book.timeline.targets["a"].buckets)
    assert [bucket.second for bucket in buckets] == [0, 1, 2, 3]
    assert [bucket.winding_down for bucket in buckets] == [False, False, False, True]


def test_each_second_of_load_is_handed_on_with_its_own_figures(tmp_path: Path) -> None:
    with Recording(tmp_path / "journal.jsonl", "a") as recording:
        handed: list[Snapshot] = []
        recording.book.after_second.append(handed.append)
        for tick in range(18):
            users = 1 + tick // 5
            recording.take(sample(tick, users=users, ok_us=[1000] * users), heartbeat(tick))
        recording.book.fold(recording.collector.advance(3.05), steerings={}, readings={})
        recording.book.fold(recording.collector.flush(), steerings={}, readings={}, stopped_s=3.0)
    figures = [each.targets[0].second for each in handed]
    assert [each.now_s for each in handed] == [1.0, 2.0, 3.0]
    assert [figure.goodput for figure in figures if figure] == [5.0, 10.0, 15.0]
    assert [each.targets[0].load.users for each in handed] == [1, 2, 3]
