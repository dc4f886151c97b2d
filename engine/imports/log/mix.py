"""The mix of a log's requests: which paths there are, how often each was requested, and with which ids. Pure.

Requests with the same method, path and names of parameters are one kind, apart from ids in the path and the
values of parameters. Rules of this file:
- memory is bounded, however long a log is: so many kinds, and of each a sample of ids (Vitter's algorithm R),
  in which an id is as frequent as in the log;
- ids that occur together are kept together: a plan's lists are gone through in step.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random
from urllib.parse import unquote_plus

from engine.imports.id_kinds import is_id

MAX_KINDS = 2000
"""Kinds of requests that are counted; those that come later are only counted together."""
SAMPLE = 100
"""Ids, or sets of ids, that are kept of each kind."""
MANY_NAMES = 50
"""So many names at one place of otherwise equal paths are data too, such as articles."""
MAX_PARAMETERS = 50

SLOT = "\0"
"""Stands for an id in a path."""
BARE = "\0"
"""Ends the name of a parameter without an equals sign: `?debug`."""
_WITH_SUFFIX = re.compile(r"(?P<id>[\w-]+)(?P<suffix>\.[A-Za-z]{1,5})?", re.ASCII)

Row = tuple[str, ...]
Key = tuple[str, tuple[str, ...], tuple[str, ...]]
"""Method, the parts of the path with slots, names of parameters."""


@dataclass(slots=True)
class Kind:
    """Requests that differ only in ids and in values of parameters."""

    method: str
    segments: tuple[str, ...]
    """The parts of the path, encoded as they were sent, with `SLOT` for ids."""
    parameters: tuple[str, ...]
    """Names of the query's parameters; one without a value ends with `BARE`."""
    place: str
    """Where the first one is."""
    count: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    rows: list[Row] = field(default_factory=list)
    """A sample of the ids in the path, followed by the values of the parameters."""

    def columns(self) -> list[tuple[str, ...]]:
        """The sampled values of each id, and of each parameter."""
        return [tuple(column) for column in zip(*self.rows, strict=True)]


@lru_cache(maxsize=1 << 12)
def split_target(target: str) -> tuple[tuple[str, ...], tuple[str, ...], Row]:
    """The parts of a path with slots for ids, the names of its query's parameters in order, and the ids and
    values."""
    path, _, query = target.partition("?")
    segments: list[str] = []
    values: list[str] = []
    for segment in path[1:].split("/"):
        found = _WITH_SUFFIX.fullmatch(segment)
        if found and is_id(found["id"]):
            values.append(found["id"])
            segments.append(SLOT + (found["suffix"] or ""))
        else:
            segments.append(segment.replace(SLOT, ""))
    parts = [part for part in query.split("&") if part][:MAX_PARAMETERS]
    pairs = sorted(map(_pair, parts), key=lambda pair: pair[0])
    return tuple(segments), tuple(name for name, _ in pairs), (*values, *(value for _, value in pairs))


def _pair(part: str) -> tuple[str, str]:
    """Name and value of a parameter."""
    name, equals, value = part.partition("=")
    return unquote_plus(name).replace(BARE, "") + ("" if equals else BARE), unquote_plus(value)


class Mix:
    """Counts requests by their kinds."""

    def __init__(self) -> None:
        self.uncounted = 0
        """Requests of kinds for which there was no room."""
        self._kinds: dict[Key, Kind] = {}
        self._rng = Random(0)  # noqa: S311 - a sample, no secret; the same log gives the same plan
        self._is_full = False

    def add(self, method: str, target: str, status: int, place: str) -> None:
        """Counts one request; its target begins with a slash."""
        segments, parameters, row = split_target(target)
        key = method, segments, parameters
        kind = self._kinds.get(key)
        if kind is None:
            if not self._has_room():
                self.uncounted += 1
                return
            kind = self._kinds[key] = Kind(method, segments, parameters, place)
        kind.count += 1
        kind.statuses[status] += 1
        if len(kind.rows) < SAMPLE:
            kind.rows.append(row)
        elif (at := self._rng.randrange(kind.count)) < SAMPLE:
            kind.rows[at] = row

    def kinds(self) -> list[Kind]:
        """All kinds, the most frequent first."""
        self._merge()
        return sorted(self._kinds.values(), key=lambda kind: -kind.count)

    def _has_room(self) -> bool:
        if len(self._kinds) >= MAX_KINDS and not self._is_full:
            self._merge()
            self._is_full = len(self._kinds) > MAX_KINDS * 3 // 4  # else it would merge again and again
        return len(self._kinds) < MAX_KINDS

    def _merge(self) -> None:
        """Makes one kind of many whose paths differ in one name only."""
        longest = max((len(kind.segments) for kind in self._kinds.values()), default=0)
        for at in reversed(range(longest)):
            groups: defaultdict[Key, list[Kind]] = defaultdict(list)
            for kind in self._kinds.values():
                if at < len(kind.segments) and kind.segments[at] and SLOT not in kind.segments[at]:
                    masked = (*kind.segments[:at], SLOT, *kind.segments[at + 1 :])
                    groups[kind.method, masked, kind.parameters].append(kind)
            for key, group in groups.items():
                if len(group) >= MANY_NAMES:
                    self._unite(key, group, at)

    def _unite(self, key: Key, group: list[Kind], at: int) -> None:
        for kind in group:
            del self._kinds[kind.method, kind.segments, kind.parameters]
        ids_before = sum(SLOT in segment for segment in key[1][:at])
        members = [
            (kind, [_with_name(row, ids_before, kind.segments[at]) for row in kind.rows]) for kind in group
        ]
        if (existing := self._kinds.get(key)) is not None:
            members.append((existing, existing.rows))
        united = Kind(*key, place=min(members, key=lambda each: _line_of(each[0].place))[0].place)
        for kind, _ in members:
            united.count += kind.count
            united.statuses += kind.statuses
        weights = [kind.count for kind, _ in members]
        united.rows = [
            self._rng.choice(rows)
            for _, rows in self._rng.choices(members, weights, k=min(SAMPLE, united.count))
        ]
        self._kinds[key] = united

    def __iter__(self) -> Iterator[Kind]:
        return iter(self._kinds.values())


def _with_name(row: Row, at: int, name: str) -> Row:
    return (*row[:at], name, *row[at:])


def _line_of(place: str) -> int:
    return int(place.rpartition(" ")[2])
