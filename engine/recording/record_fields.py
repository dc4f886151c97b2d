"""A record's fields ↔ plain JSON values, without what goes without saying. Pure.

Rules of this file:
- a field that has its default value is left out; so are, in a second of a target, counts that are 0 or empty
  and flags that are false;
- latencies are `[total_us, min_us, max_us, gap, [counts], gap, [counts], …]`: runs of counts of neighbouring
  buckets of the histogram, and before each run how many empty buckets there are;
- reading is strict, and fast, because an hour has tens of thousands of seconds: how a kind is read is worked
  out once. Fields that this version does not know are skipped.
"""

import types
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from typing import Any, Literal, get_args, get_origin, get_type_hints

from engine.metrics.records import Bucket
from engine.protocol.histogram import HIGHEST_US, Counts, Latencies, Run, index_of
from engine.protocol.tick_stats import RequestTickStats, TickStats, no_requests_of
from targets.runtime import NO_READING, Reading

Unpack = Callable[[Any], Any]
"""JSON value → a field's value. Raises ValueError, TypeError, OverflowError, AttributeError or LookupError
for any other."""

_LAST_INDEX = index_of(HIGHEST_US)
_NO_LATENCIES = Latencies()
_GAP_WRITTEN_OUT = 3
_DENSE_UP_TO = 2
"""How many times as many buckets as are not empty are written as one run."""
_NOTHING: Mapping[Any, tuple[Any, tuple[str, ...]]] = {
    Bucket: (
        Bucket(0, no_requests_of("", 0), 0, warm_up=False, winding_down=False, missing_workers=0),
        ("second", "tick_stats", "users_wanted"),
    ),
    TickStats: (no_requests_of("", 0), ("target", "tick")),
    RequestTickStats: (RequestTickStats(_NO_LATENCIES, _NO_LATENCIES, {}), ()),
    Reading: (NO_READING, ()),
}
"""For kinds whose fields are left out although they have no default: an empty value of the kind, and the
names of the fields that are never left out."""


def packed(value: Any) -> Any:
    """A value of a record as plain JSON values."""
    if isinstance(value, Latencies):
        return [value.total_us, value.min_us, value.max_us, *_packed_counts(value.counts)]
    if is_dataclass(value):
        kind: Any = type(value)
        neutral = _neutral(kind)
        items = ((each.name, getattr(value, each.name)) for each in fields(value))
        return {name: packed(item) for name, item in items if name not in neutral or item != neutral[name]}
    if isinstance(value, dict):
        return {key: packed(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [packed(item) for item in value]
    return value


@cache
def unpacker(kind: Any) -> Unpack:
    """How values of a type, as a field is declared with it, are read."""
    if kind is Latencies:
        return _latencies
    if is_dataclass(kind):
        return _dataclass(kind)
    origin, inner = get_origin(kind), get_args(kind)
    if origin is tuple:
        return _tuple(unpacker(inner[0]))
    if origin is dict:
        return _dict(inner[1])
    if origin is types.UnionType:
        return _optional(unpacker(inner[0]))
    if origin is Literal:
        return _one_of(inner)
    return _anything if kind is Any else _plain((int, float) if kind is float else (kind,))


@cache
def _neutral(kind: Any) -> dict[str, Any]:
    """The values that a kind's fields have if they are left out."""
    if kind in _NOTHING:
        empty, required = _NOTHING[kind]
        return {each.name: getattr(empty, each.name) for each in fields(kind) if each.name not in required}
    return {each.name: _default(each) for each in fields(kind) if _has_default(each)}


def _has_default(each: Field[Any]) -> bool:
    return each.default is not MISSING or each.default_factory is not MISSING


def _default(each: Field[Any]) -> Any:
    return each.default if each.default_factory is MISSING else each.default_factory()


def _dataclass(kind: Any) -> Unpack:
    hints = get_type_hints(kind)
    by_name = {each.name: unpacker(hints[each.name]) for each in fields(kind)}
    neutral = _neutral(kind)

    def unpack(value: Any) -> Any:
        found = dict(neutral)
        for name, item in value.items():
            if name in by_name:
                found[name] = by_name[name](item)
        return kind(**found)

    return unpack


def _latencies(value: Any) -> Latencies:
    total_us, min_us, max_us, *counts = value
    if type(total_us) is not int or type(min_us) is not int or type(max_us) is not int:
        raise TypeError("not whole microseconds")
    if not counts and value == [0, 0, 0]:
        return _NO_LATENCIES
    return Latencies(_counts(counts), total_us, min_us, max_us)


def _counts(value: list[Any]) -> Counts:
    """Counts as `_packed_counts` writes them; a single run is kept as one."""
    gaps, runs = value[::2], value[1::2]
    if set(map(type, value)) != {int, list} or set(map(type, gaps)) != {int} or len(gaps) != len(runs):
        raise ValueError("not gaps and counts")
    if gaps[0] < 0 or min(gaps[1:], default=1) < 1 or sum(gaps) + sum(map(len, runs)) > _LAST_INDEX + 1:
        raise ValueError("not the gaps of a histogram")
    if not all(run and run[0] and run[-1] for run in runs):
        raise ValueError("not the counts of a histogram")
    if len(runs) == 1:
        return Run(gaps[0], _small(runs[0]), sum(runs[0]))
    return _sparse(gaps, runs)


def _small(counts: list[int]) -> Sequence[int]:
    """The counts in a byte each or, if they are too high for that, 4. Raises TypeError or OverflowError
    unless they are whole and not negative."""
    try:
        return bytes(counts)
    except ValueError:
        return array("I", counts)


def _sparse(gaps: list[int], runs: list[list[int]]) -> Counts:
    counts: dict[int, int] = {}
    index = 0
    for gap, run in zip(gaps, runs, strict=True):
        index += gap
        for n in run:
            if n:
                counts[index] = n
            index += 1
    array("I", counts.values())  # raises an error unless they are whole and not negative
    return counts


def _packed_counts(counts: Counts) -> list[Any]:
    """Gaps and runs. A few empty buckets between others are written as zeros, which take no more room than a
    new run; so are all of them where few are empty, because a single run is read faster."""
    if not counts:
        return []
    indexes = sorted(counts)
    is_dense = indexes[-1] - indexes[0] < _DENSE_UP_TO * len(indexes)
    value: list[Any] = []
    end = 0
    for index in indexes:
        if not value or (index - end > _GAP_WRITTEN_OUT and not is_dense):
            value += [index - end, []]
        else:
            value[-1] += [0] * (index - end)
        value[-1].append(counts[index])
        end = index + 1
    return value


def _tuple(unpack_item: Unpack) -> Unpack:
    def unpack(value: Any) -> tuple[Any, ...]:
        if type(value) is not list:
            raise TypeError("not a list")
        return tuple(map(unpack_item, value))

    return unpack


def _dict(item_kind: Any) -> Unpack:
    unpack_item = unpacker(item_kind)
    return lambda value: {key: unpack_item(item) for key, item in value.items()}


def _optional(unpack_item: Unpack) -> Unpack:
    return lambda value: None if value is None else unpack_item(value)


def _one_of(values: tuple[Any, ...]) -> Unpack:
    def unpack(value: Any) -> Any:
        if value not in values:
            raise ValueError("a value of another version")
        return value

    return unpack


def _plain(kinds: tuple[type, ...]) -> Unpack:
    def unpack(value: Any) -> Any:
        if type(value) not in kinds:
            raise TypeError(f"not {kinds[-1].__name__}")
        return value

    return unpack


def _anything(value: Any) -> Any:
    return value
