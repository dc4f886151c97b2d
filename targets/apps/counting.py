"""Counts the work of one request, for the parity check: SQL statements and file operations.

Other requests have no counter, and are not observed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from targets.contract.rows import COUNTED


class Counter:
    """One request's counts."""

    def __init__(self) -> None:
        self._counts = dict.fromkeys(COUNTED, 0)

    def statement(self, sql: object) -> None:
        """Counts a statement. Kinds that are not compared (BEGIN, SET, SAVEPOINT) do not count: each driver
        begins transactions in its own way."""
        text = (
            sql
            if isinstance(sql, str)
            else bytes(sql).decode(errors="replace")
            if isinstance(sql, bytes | bytearray)
            else str(sql)
        )
        self.add((text.split(None, 1) or [""])[0].rstrip(";").upper())

    def add(self, kind: str) -> None:
        """Adds one to a kind of work."""
        if kind in self._counts:
            self._counts[kind] += 1

    @property
    def text(self) -> str:
        """The counts as the value of the header."""
        return ";".join(f"{kind}={count}" for kind, count in self._counts.items() if count)


_current: ContextVar[Counter | None] = ContextVar("counter", default=None)


def current() -> Counter | None:
    """The counter of the current request; None if it is not counted."""
    return _current.get()


def add(kind: str) -> None:
    """Adds one to a kind of work, if the current request is counted."""
    counter = _current.get()
    if counter is not None:
        counter.add(kind)


@contextmanager
def counted(*, wanted: bool) -> Iterator[Counter | None]:
    """Counts the work within the block; yields the counter, or None if `wanted` is false."""
    if not wanted:
        yield None
        return
    counter = Counter()
    token = _current.set(counter)
    try:
        yield counter
    finally:
        _current.reset(token)
