"""Blocks that are known again mean what hpack makes of them, and leave the same table behind."""

from collections.abc import Sequence

import pytest
from hpack import Decoder, Encoder, NeverIndexedHeaderTuple
from hpack.exceptions import HPACKDecodingError
from hypothesis import given
from hypothesis import strategies as st

from engine.client.http2_compression import KNOWN_BLOCKS, RememberingDecoder, RememberingEncoder

Fields = tuple[tuple[bytes, bytes], ...]

FIELD = st.sampled_from(
    [
        (b":status", b"200"),
        (b":status", b"404"),
        (b"server", b"nginx"),
        (b"date", b"Mon, 30 Nov 2026 13:00:00 GMT"),
        (b"x-long", b"x" * 300),
        (b"x-too-long", b"x" * 5000),
        (b"etag", b'"1"'),
        NeverIndexedHeaderTuple(b"set-cookie", b"a=1"),
    ]
)
HEADS = st.lists(FIELD, max_size=5).map(tuple)
SIZES = st.sampled_from([0, 100, 700, 4096])
STEPS = st.lists(HEADS | SIZES, max_size=30)
"""Heads that are sent one after another, and sizes that the table gets in between."""


def like_nginx(*fields: tuple[int, bytes]) -> bytes:
    """Values of names in the static table, which the other side is to add to its table each time anew."""
    return b"".join(bytes([0x40 | index, len(value)]) + value for index, value in fields)


@given(STEPS)
def test_a_decoder_that_knows_blocks_again_is_like_one_that_does_not(steps: Sequence[Fields | int]) -> None:
    encoder, plain, knowing = RememberingEncoder(), Decoder(), RememberingDecoder()
    for step in steps:
        if isinstance(step, int):
            encoder.header_table_size = step
            continue
        block = encoder.encode(step)
        assert list(knowing.decode(block, raw=True)) == list(plain.decode(block, raw=True)) == list(step)
        assert knowing.header_table.dynamic_entries == plain.header_table.dynamic_entries
        assert knowing.header_table._current_size == plain.header_table._current_size


def test_what_a_known_block_adds_to_the_table_is_added_each_time() -> None:
    plain, knowing = Decoder(), RememberingDecoder()
    nginx, date = like_nginx((54, b"nginx"), (33, b"Mon")), bytes([0x80 | 63])  # the second newest entry
    for block in (nginx, nginx, date, like_nginx((33, b"Tue")), date, nginx, date):
        assert list(knowing.decode(block, raw=True)) == list(plain.decode(block, raw=True))
        assert knowing.header_table.dynamic_entries == plain.header_table.dynamic_entries
    assert list(knowing.decode(nginx, raw=True)) == [(b"server", b"nginx"), (b"date", b"Mon")]
    assert knowing.decode(nginx, raw=True) is knowing.decode(nginx, raw=True), "it was known"


def test_a_table_larger_than_allowed_is_refused_for_known_blocks_too() -> None:
    decoder = RememberingDecoder()
    decoder.decode(b"\x88", raw=True)
    decoder.max_allowed_table_size = 100
    with pytest.raises(HPACKDecodingError):
        decoder.decode(b"\x88", raw=True)


@given(STEPS)
def test_an_encoder_that_knows_fields_again_writes_what_one_does_that_does_not(
    steps: Sequence[Fields | int],
) -> None:
    plain, knowing = Encoder(), RememberingEncoder()
    for step in steps:
        if isinstance(step, int):
            knowing.header_table_size = step
            if plain.header_table_size != step:
                plain.header_table_size = step
            continue
        for _ in range(2):
            assert knowing.encode(step) == plain.encode(step)
            assert knowing.header_table.dynamic_entries == plain.header_table.dynamic_entries


def test_a_size_that_is_set_twice_before_it_is_told_is_told() -> None:
    encoder, decoder = RememberingEncoder(), Decoder()
    for sizes in ([100], [4096, 4096]):
        for size in sizes:
            encoder.header_table_size = size
        for fields in (
            ((b"server", b"nginx"),),
            ((b"date", b"Mon"),),
            ((b"server", b"nginx"), (b"date", b"Mon")),
        ):
            assert list(decoder.decode(encoder.encode(fields), raw=True)) == list(fields)
        assert decoder.header_table.maxsize == sizes[-1]


def test_memory_stays_bounded() -> None:
    encoder, decoder = RememberingEncoder(), RememberingDecoder()
    for number in range(3 * KNOWN_BLOCKS):
        fields = ((b":path", b"/%d" % number),)
        for _ in range(2):
            assert list(decoder.decode(encoder.encode(fields), raw=True)) == list(fields)
        decoder.decode(like_nginx((54, b"nginx")), raw=True)
    for coder in (encoder, decoder):
        assert len(coder._known) <= KNOWN_BLOCKS
        assert len(coder._table.added) <= 1
