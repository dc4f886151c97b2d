"""What is known of a recorded session without its figures."""

from engine.metrics.records import Began, Ended, Event, Record
from engine.playback.outline import NOT_BEGUN, Outline, complete_after, complete_before
from tests.support.recording import ENDED_AT, STARTED_AT, bucket, generator_second, header


def outline_of(*records: Record) -> Outline:
    outline = Outline()
    for record in records:
        outline.apply(record)
    return outline


def test_a_second_is_complete_with_the_record_that_closes_it() -> None:
    assert outline_of(header("fastapi")).complete == NOT_BEGUN
    assert outline_of(header("fastapi"), Began(STARTED_AT)).complete == 0
    assert outline_of(Began(STARTED_AT), bucket(0)).complete == 0
    assert outline_of(Began(STARTED_AT), bucket(0), generator_second(0)).complete == 1


def test_where_that_record_was_lost_a_later_second_ends_it() -> None:
    assert complete_before(bucket(5), 3) == 5
    assert complete_after(bucket(5), 3) == 5
    assert complete_after(generator_second(5), 3) == 6
    assert complete_after(generator_second(1), 3) == 3


def test_an_event_is_marked_at_the_second_that_shows_it_first() -> None:
    note = Event(0.0, "note", "", "look")
    outline = outline_of(
        header("fastapi"), note, Began(STARTED_AT), note, note, bucket(0), note, generator_second(0), note
    )
    assert outline.marks == [0, 1, 2]
    assert outline_of(Ended(3.0, ENDED_AT, "completed")).ended == Ended(3.0, ENDED_AT, "completed")
