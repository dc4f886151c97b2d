"""Rounds are judged once they are in a snapshot, and once only."""

from dataclasses import replace
from pathlib import Path

from engine.metrics.rounds import Round
from engine.session.round_judge import RoundJudge
from tests.support.made_rounds import MadeTarget, turns
from tests.support.recording import Recording, bucket

TARGETS = {"a": MadeTarget(), "b": MadeTarget(rps=1600, cpu_ms=0.7, latency_ms=5)}


def record(recording: Recording, rounds: list[Round]) -> None:
    for each in rounds:
        recording.book.record(each)
    recording.book.publish()


def test_the_same_rounds_are_judged_once(tmp_path: Path) -> None:
    rounds = turns(TARGETS, 30)
    with Recording(tmp_path / "journal.jsonl", "a", "b") as recording:
        judge = RoundJudge(recording.book)
        assert judge.verdicts() == ()
        record(recording, rounds[:20])
        first = judge.verdicts()
        assert {each.rounds for each in first if each.metric == "goodput"} == {20}
        recording.book.publish()
        assert judge.verdicts() is first
        record(recording, rounds[20:])
        assert {each.rounds for each in judge.verdicts() if each.metric == "goodput"} == {30}


def test_a_series_is_judged_by_itself(tmp_path: Path) -> None:
    rounds = turns(TARGETS, 20)
    with Recording(tmp_path / "journal.jsonl", "a", "b") as recording:
        judge = RoundJudge(recording.book)
        record(recording, rounds)
        assert judge.verdicts(2) == ()
        record(recording, [replace(each, series=2) for each in rounds[:10]])
        assert {each.rounds for each in judge.verdicts(2) if each.metric == "goodput"} == {10}
        assert {each.rounds for each in judge.verdicts(1) if each.metric == "goodput"} == {20}


def test_another_baseline_turns_the_comparison_round(tmp_path: Path) -> None:
    with Recording(tmp_path / "journal.jsonl", "a", "b") as recording:
        judge = RoundJudge(recording.book)
        for name in TARGETS:  # a target that served nothing is no baseline
            recording.book.record(bucket(1, name, ok_us=[1000]))
        record(recording, turns(TARGETS, 20))
        assert {each.baseline for each in judge.verdicts()} == {"a"}
        recording.book.view = replace(recording.book.view, baseline="b")
        recording.book.publish()
        assert {each.baseline for each in judge.verdicts()} == {"b"}
