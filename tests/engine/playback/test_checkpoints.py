"""A fold that goes on from a checkpoint shows what a fold from the start shows, at every second."""

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from engine.metrics.records import (
    Bucket,
    Event,
    FaultBegan,
    FaultEnded,
    GeneratorSecond,
    LoadChanged,
    Record,
    Round,
    Steered,
    TargetChanged,
    WarmUpEnded,
    last_tick_of,
)
from engine.metrics.rounds import Turn
from engine.metrics.snapshot import Snapshot
from engine.metrics.timeline import View
from engine.playback.checkpoints import Checkpoints
from engine.playback.frames import Frames
from engine.protocol.tick_stats import no_requests_of
from engine.recording.journal_lines import encode_record
from targets.errors import UsageError
from tests.support.made_sessions import TARGETS, Shape, records
from tests.support.made_trials import a_trial
from tests.support.recording import latencies, steering

PATH = Path("journal.jsonl")
SECONDS = 240
VIEW = View(baseline=TARGETS[0], window_s=30.0)


def eventful(shape: Shape) -> Iterator[Record]:
    """A session in which everything happens that a checkpoint has to keep."""
    happens: dict[int, list[Record]] = {
        10: [WarmUpEnded(10.0, "", 10.0, 5.0)],
        40: [FaultBegan(40.2, 1, TARGETS[0], "pause")],
        47: [FaultEnded(47.1, 1), LoadChanged(47.5, "", "tasks", "1 s", 1.0)],
        60: [Steered(60.0, TARGETS[1], steering().pause(60.0))],
        66: [Steered(66.0, TARGETS[1], steering().pause(60.0).resume(66.0))],
        90: [TargetChanged(90.0, TARGETS[1], "died", "exit code 1"), Event(90.0, "end of one", "", "gone")],
        170: [TargetChanged(170.0, TARGETS[1], "ready"), FaultBegan(170.5, 2, "", "cpus 0.5")],
        180: [LoadChanged(180.0, TARGETS[0], "tasks", "2 s", 2.0)],
    }
    for record in records(shape):
        if isinstance(record, Bucket):
            if (record.tick_stats.target, record.second in range(90, 170)) == (TARGETS[1], True):
                continue
            yield changed(record)
            continue
        if isinstance(record, GeneratorSecond):
            yield from happens.get(record.second, ())
            if record.second in range(100, 200):
                yield round_of(record.second)
            if record.second % 30 == 0:
                yield a_trial(record.second, number=record.second // 30 + 1)
        yield record


def round_of(second: int) -> Round:
    """A second of a duel, whose round has as much in it as one of turns."""
    turn = Turn(1.0, 30, 0, latencies(*(1000 * (second % 7 + ms) for ms in range(30))), 0.5, 10_000_000)
    turns = dict.fromkeys(TARGETS[:2], turn)
    return Round(second, "duel", float(second), second + 1.0, turns, users=10)


def changed(bucket: Bucket) -> Bucket:
    """A second that is paused, spoiled, missing, part of the warm-up, or that leaves requests open."""
    second, stats = bucket.second, bucket.tick_stats
    if second < 10:
        return replace(bucket, warm_up=True)
    if second in range(60, 66) and stats.target == TARGETS[1]:
        return replace(bucket, tick_stats=replace(stats, requests={}, paused=True))
    if second in (100, 101):
        return replace(bucket, tick_stats=replace(stats, spoiled="the proxy was down"))
    if second in range(120, 124) or (second > 176 and stats.target == TARGETS[0]):
        return replace(
            bucket, tick_stats=no_requests_of(stats.target, last_tick_of(second)), missing_workers=1
        )
    if second in range(42, 46):
        return replace(
            bucket, tick_stats=replace(stats, requests={}, open={"GET /test": latencies(2_000_000)})
        )
    return replace(bucket, winding_down=second >= SECONDS - 2)


def journal_of(shape: Shape) -> bytes:
    return b"".join(encode_record(record, number) for number, record in enumerate(eventful(shape)))


def shown(frames: Frames, second: int) -> Snapshot | None:
    assert frames.move_to(second)
    return frames.snapshot(VIEW)


@pytest.fixture(scope="module", params=[2, 60])
def rps(request: pytest.FixtureRequest) -> int:
    found: int = request.param
    return found


@pytest.fixture(scope="module")
def journal(rps: int) -> bytes:
    return journal_of(Shape(seconds=SECONDS, rps=rps))


@pytest.fixture(scope="module")
def expected(journal: bytes) -> list[Snapshot | None]:
    """Every second, folded from the start."""
    frames = Frames(io.BytesIO(journal), PATH, Checkpoints(every_s=10_000))
    return [shown(frames, second) for second in range(SECONDS + 2)]


def test_every_second_is_the_same_after_a_jump(
    rps: int, journal: bytes, expected: list[Snapshot | None]
) -> None:
    """With all checkpoints, and where they become so many that most are given up."""
    checkpoints = Checkpoints(every_s=7, most={2: 256, 60: 6}[rps])
    assert Frames(io.BytesIO(journal), PATH, checkpoints).move_to(SECONDS)
    frames = Frames(io.BytesIO(journal), PATH, checkpoints)
    seconds = list(range(SECONDS + 2))
    Random(1).shuffle(seconds)
    for second in seconds:
        assert shown(frames, second) == expected[second], second


def test_whatever_is_folded_first_makes_the_checkpoints(
    journal: bytes, expected: list[Snapshot | None]
) -> None:
    checkpoints = Checkpoints(every_s=10)
    frames, other = (Frames(io.BytesIO(journal), PATH, checkpoints) for _ in range(2))
    for second in (35, 20, 100, 60, 130, 1, 129, 241):
        assert shown(frames, second) == expected[second]
        assert shown(other, second // 2) == expected[second // 2]
    assert checkpoints.reached == SECONDS
    assert checkpoints.noted_bytes == len(journal)


def test_there_are_only_so_many(journal: bytes) -> None:
    checkpoints = Checkpoints(every_s=1, most=16)
    assert Frames(io.BytesIO(journal), PATH, checkpoints).move_to(SECONDS)
    assert checkpoints.every_s == 16
    found = [each.second for second in range(SECONDS) if (each := checkpoints.before(second))]
    assert 8 <= len(set(found)) < 16


def test_a_checkpoint_takes_no_more_room_late_in_a_long_session() -> None:
    """Else the memory of all checkpoints would grow with the square of its length."""
    seconds = 1200
    lines: list[Record] = []
    for record in records(Shape(seconds=seconds, rps=2)):
        if isinstance(record, GeneratorSecond):
            lines += [round_of(record.second), a_trial(record.second % 50 + 1)]
        lines.append(record)
    checkpoints = Checkpoints(every_s=100)
    journal = io.BytesIO(b"".join(encode_record(record, number) for number, record in enumerate(lines)))
    frames = Frames(journal, PATH, checkpoints)
    assert frames.move_to(seconds)
    early, late = checkpoints.before(200), checkpoints.before(seconds)
    assert early is not None
    assert late is not None
    assert (early.rounds, late.rounds, late.trials) == (200, seconds, seconds)
    assert len(late.state) < 2 * len(early.state), "histograms have more buckets, of which there is a limit"
    snapshot = shown(Frames(journal, PATH, checkpoints), 200)
    assert snapshot is not None
    assert snapshot.rounds == tuple(round_of(second) for second in range(200))
    assert len(snapshot.trials) == 200


def test_a_journal_that_was_changed_meanwhile_is_an_error(journal: bytes) -> None:
    file = io.BytesIO(journal)
    checkpoints = Checkpoints(every_s=10)
    assert Frames(file, PATH, checkpoints).move_to(100)
    file.seek(0)
    file.write(b"x" * len(journal))
    with pytest.raises(UsageError, match="was changed"):
        Frames(file, PATH, checkpoints).move_to(90)
