"""Histograms travel to HdrHistogram's own tools and back."""

import base64

import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given
from hypothesis import strategies as st

from engine.export.hdr import decode, encode
from engine.protocol.histogram import HIGHEST_US, Histogram, index_of

VALUES = st.lists(st.integers(0, HIGHEST_US), max_size=80)
COUNTS = st.dictionaries(st.integers(0, index_of(HIGHEST_US)), st.integers(1, 2**40), max_size=40)


def recorded(values_us: list[int]) -> Histogram:
    histogram = Histogram()
    for value_us in values_us:
        histogram.record(value_us)
    return histogram


@given(COUNTS)
def test_what_is_encoded_decodes_to_the_same(counts: dict[int, int]) -> None:
    assert decode(encode(counts)) == counts


def test_empty_buckets_are_not_there() -> None:
    assert decode(encode({3: 0, 5: 2})) == {5: 2}
    assert decode(encode({})) == {}


def theirs(values_us: list[int]) -> HdrHistogram:
    """The same values, recorded by HdrHistogram itself."""
    histogram = HdrHistogram(1, HIGHEST_US, 2)
    for value_us in values_us:
        histogram.record_value(value_us)
    return histogram


@given(VALUES)
def test_hdrhistogram_reads_the_same_counts_and_percentiles(values_us: list[int]) -> None:
    read, recorded_by_them = HdrHistogram.decode(encode(recorded(values_us).counts)), theirs(values_us)
    assert read.get_total_count() == len(values_us)
    assert (read.lowest_trackable_value, read.highest_trackable_value) == (1, HIGHEST_US)
    for share in (0, 50, 90, 95, 99, 99.9, 100):
        assert read.get_value_at_percentile(share) == recorded_by_them.get_value_at_percentile(share)
    for value_us in values_us:
        assert read.get_count_at_value(value_us) == recorded_by_them.get_count_at_value(value_us)


@given(VALUES)
def test_what_hdrhistogram_writes_is_read(values_us: list[int]) -> None:
    assert decode(theirs(values_us).encode().decode()) == recorded(values_us).counts


GOOD = base64.b64decode(encode({5: 2, 900: 1}))


@pytest.mark.parametrize(
    "raw",
    [b"", b"\x1c\x84", GOOD[:-5], GOOD[:8], b"\0" * 40, GOOD[:8] + b"\0" * 40, b"HISTFAAA"],
    ids=["empty", "short", "torn", "head", "zeros", "garbage", "text"],
)
def test_anything_else_is_an_error(raw: bytes) -> None:
    with pytest.raises(ValueError, match="histogram"):
        decode(base64.b64encode(raw).decode())


def test_another_resolution_is_an_error() -> None:
    with pytest.raises(ValueError, match="another resolution"):
        decode(HdrHistogram(1, HIGHEST_US, 3).encode().decode())


def test_what_is_no_base64_is_an_error() -> None:
    with pytest.raises(ValueError, match="base64"):
        decode("not base64!")
