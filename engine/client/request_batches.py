"""Requests whose values depend on nothing but their numbers: many are filled in at once. Pure.

One by one, a request costs a call for each of its values, and an operation on its bytes. Here each value is a
column, of the next `LANES` requests, and columns are joined without a line of Python for each request.

Rules of this file:
- a request is, byte for byte, what `Filler` makes of it by itself;
- numbers are taken when a request is sent, one at a time: none is left out, whoever else takes some.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import repeat
from typing import TYPE_CHECKING

from engine.client.random_bits import LANES, Draw, numbers_from, uuid_lanes, word_lanes
from engine.client.template_fill import escaped

if TYPE_CHECKING:
    from engine.protocol.request import Slot, Template

MOST_TEXTS = 1000
"""A random number that is one of so few is looked up as text."""
KNOWN_LENGTHS = 1024
"""Lengths of bodies whose text, or whole head, is kept."""

_Column = Callable[[int, int, int, Sequence[bytes]], Iterable[bytes]]
"""Takes a seed, the first number, the stride, and the requests' bodies; gives `LANES` texts."""

_decimal: Callable[[int], bytes] = b"%d".__mod__
_length = lru_cache(maxsize=KNOWN_LENGTHS)(_decimal)


def batch_drawer(template: "Template") -> Draw[bytes] | None:
    """A function that draws `LANES` requests; None if nothing varies, or if a value depends on more than the
    request's number."""
    made = [(slot.at, _column_of(slot)) for slot in template.slots]
    columns = [(at, column) for at, column in made if column is not None]
    if not made or len(columns) < len(made):
        return None
    body_at = template.body_at
    if columns[-1][0] < body_at:  # the body is the same in all requests
        whole = _with_fixed(template.head, columns, 0)
        return lambda seed, first, stride: _joined(whole, seed, first, stride, ())
    body = _with_fixed(template.head[body_at:], [each for each in columns if each[0] >= body_at], body_at)
    head = _with_fixed(template.head[:body_at], [each for each in columns if each[0] < body_at], 0)
    if [slot.source for slot in template.slots if slot.at < body_at] == ["length"]:
        head = [_head_by_length(template.head[:body_at], template.slots[0].at)]

    def draw(seed: int, first: int, stride: int) -> Sequence[bytes]:
        bodies = _joined(body, seed, first, stride, ())
        return _joined([*head, lambda *_: bodies], seed, first, stride, bodies)

    return draw


def _joined(
    columns: Sequence[_Column], seed: int, first: int, stride: int, bodies: Sequence[bytes]
) -> Sequence[bytes]:
    drawn = [column(seed, first, stride, bodies) for column in columns]
    return [*map(b"".join, zip(*drawn, strict=True))]


def _head_by_length(head: bytes, at: int) -> _Column:
    """Whole heads in which nothing but the length of the body varies."""
    known = lru_cache(maxsize=KNOWN_LENGTHS)(lambda length: head[:at] + b"%d" % length + head[at:])
    return lambda seed, first, stride, bodies: map(known, map(len, bodies))


def in_order(draw: Draw[bytes], numbers: Iterator[int], seed: int, stride: int) -> Iterator[bytes]:
    """The requests of `numbers`, one after another. Numbers are `stride` apart, unless others take some of
    them."""
    number = next(numbers)
    while True:
        expected = number
        for request in draw(seed, number, stride):
            if number != expected:
                break
            yield request
            number, expected = next(numbers), expected + stride


def _with_fixed(data: bytes, columns: Sequence[tuple[int, _Column]], begin: int) -> list[_Column]:
    """Columns of some bytes with what is fixed between them; `begin` is the position of `data`."""
    whole: list[_Column] = []
    done = 0
    for at, column in columns:
        whole += [_fixed(data[done : at - begin]), column]
        done = at - begin
    return [*whole, _fixed(data[done:])]


def _fixed(text: bytes) -> _Column:
    return lambda seed, first, stride, bodies: repeat(text, LANES)


def _column_of(slot: "Slot") -> _Column | None:
    """A slot's values; None if they depend on more than the request's number, or may be rejected."""
    match slot.source:
        case _ if slot.escape == "target":
            return None
        case "length":
            return lambda seed, first, stride, bodies: map(_length, map(len, bodies))
        case "n":
            return lambda seed, first, stride, bodies: map(_decimal, numbers_from(first, stride))
        case "uuid" if slot.escape != "number":
            draw = uuid_lanes(slot.salt)
            return lambda seed, first, stride, bodies: draw(seed, first, stride)
        case "random":
            return _column_of_random(slot)
        case "data" if not slot.by_user:
            return _column_of_list(slot)
        case _:
            return None


def _column_of_random(slot: "Slot") -> _Column:
    low, span, draw = slot.low, slot.high - slot.low + 1, word_lanes(slot.salt)
    if span > MOST_TEXTS:
        return lambda seed, first, stride, bodies: [
            _decimal(low + word % span) for word in draw(seed, first, stride)
        ]
    texts = [*map(_decimal, range(low, slot.high + 1))]
    return lambda seed, first, stride, bodies: [texts[word % span] for word in draw(seed, first, stride)]


def _column_of_list(slot: "Slot") -> _Column:
    values = [escaped(value, slot) for value in slot.values]
    length = len(values)
    return lambda seed, first, stride, bodies: [
        values[number % length] for number in numbers_from(first, stride)
    ]
