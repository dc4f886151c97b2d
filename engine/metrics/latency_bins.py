"""Latencies in coarse bins, a quarter of an octave each: what a heat map of a second needs. Pure.

A bin joins `PER_BIN` buckets of `engine.protocol.histogram`, so that a histogram of thousands of buckets
becomes some dozens of counts, and a second costs some additions.
"""

from collections.abc import Iterable
from typing import NamedTuple

from engine.protocol.histogram import Histogram, bounds_of, index_of

PER_BIN = 32
"""Buckets in a bin: from 256 µs on, an octave has four bins."""


class LatencyBins(NamedTuple):
    """Counts of successful requests by latency."""

    first: int
    """The number of the lowest bin."""
    counts: tuple[int, ...]
    """From there on."""


def binned(histogram: Histogram) -> LatencyBins | None:
    """A histogram in bins; None if it is empty."""
    if not histogram.count:
        return None
    counts: dict[int, int] = {}
    for index, count in histogram.counts.items():
        counts[index // PER_BIN] = counts.get(index // PER_BIN, 0) + count
    return _made(counts)


def added(parts: Iterable[LatencyBins | None]) -> LatencyBins | None:
    """The sum of several; None if there is none."""
    known = [part for part in parts if part is not None]
    if len(known) < 2:
        return known[0] if known else None
    first = min(part.first for part in known)
    counts = [0] * (max(part.first + len(part.counts) for part in known) - first)
    for part in known:
        for at, count in enumerate(part.counts, part.first - first):
            counts[at] += count
    return LatencyBins(first, tuple(counts))


def lowest_ms(number: float) -> float:
    """The latency at which a bin begins, in milliseconds; of a fraction of a bin, that much into it."""
    whole = int(number)
    low_us, next_us = bounds_of(whole * PER_BIN)[0], bounds_of((whole + 1) * PER_BIN)[0]
    return (low_us + (next_us - low_us) * (number - whole)) / 1000


def number_at(value_ms: float) -> float:
    """Where a latency is among the bins: the number of its bin, and how far it is into it."""
    number = index_of(round(value_ms * 1000)) // PER_BIN
    low_ms, next_ms = lowest_ms(number), lowest_ms(number + 1)
    return number + min(max((value_ms - low_ms) / (next_ms - low_ms), 0.0), 1.0)


def _made(counts: dict[int, int]) -> LatencyBins:
    first, last = min(counts), max(counts)
    return LatencyBins(first, tuple(counts.get(number, 0) for number in range(first, last + 1)))
