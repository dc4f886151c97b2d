"""Numbers drawn for requests: they depend on nothing but the seed, the request and the place. Pure.

The values of consecutive requests are worked out together, as lanes of one long number: that takes a tenth of
the time that each would take by itself.
"""

import struct
from binascii import hexlify
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from engine.client.fill_context import FillContext

Value = TypeVar("Value")

Draw = Callable[[int, int, int], Sequence[Value]]
"""Takes a seed, the number of the first request, and what the next requests' numbers are apart; returns the
values of `LANES` requests."""

LANES = 64
"""Few enough that they are worth it even if only every tenth request needs its value."""
MAX_UNUSED = 1024
"""Values kept for requests that may still come, such as those of users who are behind in their journeys."""

_WORD = (1 << 64) - 1
_DIGITS = 36
"""Characters of a UUID, its dashes included: so many hexadecimal digits fill a lane."""
_LANE = 4 * _DIGITS
"""Bits of a lane, which also holds the product of two words."""
_ONES = sum(1 << _LANE * lane for lane in range(LANES))
"""A one in each lane."""
_COUNTING = sum(lane << _LANE * (LANES - 1 - lane) for lane in range(LANES))
"""0 in the first lane, which is the highest, 1 in the next, and so on."""
_WORDS = _ONES * _WORD
_UUID_KEPT = _ONES * (~(0xF000 << 64 | 0b11 << 62) & (1 << 128) - 1)
_UUID_SET = _ONES * (0x4000 << 64 | 0b10 << 62)
"""Version 4 and the variant of RFC 9562."""
_DASHES = (8, 13, 18, 23)
_AFTER_DASHES = tuple(
    (_ONES * (((1 << size) - 1) << low), 4 * dashes)
    for low, size, dashes in ((96, 32, 4), (80, 16, 3), (64, 16, 2), (48, 16, 1))
)
"""Of a UUID's first four groups: which bits they are, and by how many they make room for the dashes behind
them. The last group stays where it is."""
_LAST_GROUP = _ONES * ((1 << 48) - 1)
_AS_WORDS = struct.Struct(">" + f"{_LANE // 8 - 8}xQ" * LANES)
_AS_TEXTS = struct.Struct(f"{_DIGITS}s" * LANES)


def number_drawer(salt: int, low: int, high: int) -> "Callable[[FillContext], int]":
    """A function that draws a number for a request, both ends included; `salt` is that of the place."""
    span, draw_words = high - low + 1, word_lanes(salt)

    def draw(seed: int, first: int, stride: int) -> Sequence[int]:
        return [low + word % span for word in draw_words(seed, first, stride)]

    return _by_request(draw)


def uuid_drawer(salt: int) -> "Callable[[FillContext], bytes]":
    """A function that draws a version 4 UUID (RFC 9562) for a request, as text."""
    return _by_request(uuid_lanes(salt))


def word_lanes(salt: int) -> Draw[int]:
    """Draws a number of 64 bits for each request; `salt` is that of the place."""

    def draw(seed: int, first: int, stride: int) -> Sequence[int]:
        return _AS_WORDS.unpack(_drawn(seed, first, stride, salt).to_bytes(_AS_WORDS.size, "big"))

    return draw


def uuid_lanes(salt: int) -> Draw[bytes]:
    """Draws a version 4 UUID (RFC 9562) for each request, as text."""

    def draw(seed: int, first: int, stride: int) -> Sequence[bytes]:
        drawn = _drawn(seed, first, stride, salt) << 64 | _drawn(seed, first, stride, ~salt)
        drawn = drawn & _UUID_KEPT | _UUID_SET
        spread = drawn & _LAST_GROUP
        for group, bits in _AFTER_DASHES:
            spread |= (drawn & group) << bits
        texts = bytearray(hexlify(spread.to_bytes(_AS_TEXTS.size // 2, "big")))
        for at in _DASHES:
            texts[at::_DIGITS] = b"-" * LANES
        return _AS_TEXTS.unpack(texts)

    return draw


def _by_request(draw: Draw[Value]) -> "Callable[[FillContext], Value]":
    """A function for a single request's value."""
    known: dict[int, Value] = {}
    """By request number: those that were drawn with others, and not asked for yet."""
    known_seed = 0

    def value(context: "FillContext") -> Value:
        found = known.pop(context.number, None) if context.seed == known_seed else None
        return drawn(context) if found is None else found

    def drawn(context: "FillContext") -> Value:
        nonlocal known_seed
        if len(known) > MAX_UNUSED or context.seed != known_seed:
            known.clear()
        known_seed, number, stride = context.seed, context.number, context.stride
        known.update(zip(numbers_from(number, stride), draw(known_seed, number, stride), strict=True))
        return known.pop(number)

    return value


def numbers_from(first: int, stride: int) -> range:
    """The numbers of requests whose values are drawn together."""
    return range(first, first + LANES * stride, stride)


def _drawn(seed: int, first: int, stride: int, salt: int) -> int:
    """A word in each lane: splitmix64's finaliser over the sum of seed, request number and place."""
    begin = (seed * 0x9E3779B97F4A7C15 + first * 0xD1B54A32D192ED03 + salt * 0x8CB92BA72F3D8DD7 + 1) & _WORD
    mixed = (begin * _ONES + _steps(stride)) & _WORDS
    mixed = ((mixed ^ (mixed >> 30 & _WORDS)) * 0xBF58476D1CE4E5B9) & _WORDS
    mixed = ((mixed ^ (mixed >> 27 & _WORDS)) * 0x94D049BB133111EB) & _WORDS
    return mixed ^ (mixed >> 31 & _WORDS)


@lru_cache(maxsize=16)
def _steps(stride: int) -> int:
    """What is added to the first lane's sum in each of the others."""
    return (stride * 0xD1B54A32D192ED03 & _WORD) * _COUNTING
