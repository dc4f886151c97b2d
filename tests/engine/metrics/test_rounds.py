"""The observations of a paired comparison, and their way through journal and timeline."""

import pytest

from engine.metrics.rounds import Round, Turn
from engine.metrics.timeline import Timeline
from engine.protocol.histogram import Histogram
from engine.recording.journal_lines import decode_record, encode_record
from tests.support.made_sessions import Shape, records


def a_round(number: int = 1) -> Round:
    latencies = Histogram()
    for latency_us in (900, 1_100, 25_000):
        latencies.record(latency_us)
    turns = {
        "django-wsgi": Turn(0.6, 40, 2, latencies.as_latencies(), cpu_s=0.5, memory_bytes=90_000_000),
        "fastapi": Turn(0.6, 120, 0),
    }
    return Round(number, "turns", 3.0, 4.6, turns, users=10)


def test_figures_of_a_turn() -> None:
    slow, fast = a_round().turns.values()
    assert slow.goodput == pytest.approx(66.67, abs=0.01)
    assert slow.cpu_s_per_1000_ok == pytest.approx(12.5)
    assert fast.cpu_s_per_1000_ok is None
    assert Turn(0.0, 0, 0, cpu_s=0.1).goodput == 0.0
    assert Turn(1.0, 0, 3, cpu_s=0.1).cpu_s_per_1000_ok is None


def test_a_round_survives_the_journal_with_the_order_of_its_turns() -> None:
    number, record = decode_record(encode_record(a_round(), 7))
    assert number == 7
    assert record == a_round()
    assert isinstance(record, Round)
    assert list(record.turns) == ["django-wsgi", "fastapi"]


def test_the_snapshot_has_all_rounds_in_order() -> None:
    timeline = Timeline()
    for record in records(Shape(seconds=6)):
        timeline.apply(record)
    for number in (1, 2):
        timeline.apply(a_round(number))
    assert [each.number for each in timeline.final_snapshot().rounds] == [1, 2]
