"""A journal's lines: records as bytes, and what is noticed when they were changed."""

from pathlib import Path

import pytest

from engine.metrics.records import Event, Record
from engine.recording.journal_lines import decode_header, decode_number, decode_record, encode_record
from tests.support.recording import added, bucket, generator_second, header

RECORDS = (header(), added(), Event(1.5, "note", "a", "ü"), bucket(3, ok_us=[1000]), generator_second(3))


@pytest.mark.parametrize("record", RECORDS)
def test_a_record_reads_back_as_it_was(record: Record) -> None:
    line = encode_record(record, 7)
    assert line.endswith(b"\n")
    assert decode_record(line) == (7, record)
    assert decode_number(line) == (7, None)


def test_the_header_is_read_from_the_first_line() -> None:
    assert decode_header(encode_record(header(), 0), Path("journal.jsonl")) == header()


@pytest.mark.parametrize("changed", [b"", b"\n", b"[]\n", b'["Event",{},1,"00000000"]\n'])
def test_a_line_that_is_none_is_an_error(changed: bytes) -> None:
    for decode in (decode_record, decode_number):
        with pytest.raises(ValueError, match="check sum"):
            decode(changed)


def test_every_changed_byte_is_noticed() -> None:
    line = encode_record(Event(1.5, "note", "a", "b"), 7)
    for at in range(len(line) - 1):
        with pytest.raises(ValueError, match=r".+"):
            decode_record(line[:at] + bytes([line[at] ^ 1]) + line[at + 1 :])
