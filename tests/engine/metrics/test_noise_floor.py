"""The noise floor travels in the header."""

from dataclasses import replace

from engine.export.document import folded
from engine.metrics.noise_floor import NoiseFloor
from engine.metrics.records import Header
from engine.metrics.session_result import session_result
from engine.recording.journal_lines import decode_record, encode_record
from tests.support.made_sessions import Shape, records

FLOOR = NoiseFloor(
    "2026-11-29T12:00:00+00:00",
    {"turns.goodput": 0.02},
    {"turns.goodput": 0.1},
    {"turns": 120},
    {"turns": 1.6},
    age_days=31,
)


def test_it_is_in_the_header_of_the_journal_and_in_the_result() -> None:
    made = list(records(Shape(seconds=3)))
    made = [replace(each, noise_floor=FLOOR) if isinstance(each, Header) else each for each in made]
    read = [decode_record(encode_record(each, number))[1] for number, each in enumerate(made)]
    result = session_result(folded(each for each in read if each).final_snapshot())
    assert result.noise_floor == FLOOR
    assert FLOOR.is_old


def test_what_was_not_measured_is_unknown() -> None:
    assert FLOOR.share("turns", "goodput") == 0.02
    assert FLOOR.share("duel", "cpu") is None
    assert FLOOR.spread("turns", "p95") is None
    assert not NoiseFloor("").is_old
