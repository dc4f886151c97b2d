"""Counts what one request does, for the parity check: statements as a driver sends them, and file operations.

A request that is not counted has no counter, and nothing listens.
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
        """A statement was sent. What is of no kind that is compared (BEGIN, SET, SAVEPOINT) does not count:
        each driver opens a transaction in its own way."""
        text = (
            sql
            if isinstance(sql, str)
            else bytes(sql).decode(errors="replace")
            if isinstance(sql, bytes | bytearray)
            else str(sql)
        )
        self.add((text.split(None, 1) or [""])[0].rstrip(";").upper())

    def add(self, kind: str) -> None:
        """Something was done once more."""
        if kind in self._counts:
            self._counts[kind] += 1

    @property
    def text(self) -> str:
        """As the header says it."""
        return ";".join(f"{kind}={count}" for kind, count in self._counts.items() if count)


_current: ContextVar[Counter | None] = ContextVar("counter", default=None)


def current() -> Counter | None:
    """The counter of the request that is being served here; None where it is not counted."""
    return _current.get()


def add(kind: str) -> None:
    """Something was done, by a request that may be counted."""
    counter = _current.get()
    if counter is not None:
        counter.add(kind)


@contextmanager
def counted(*, wanted: bool) -> Iterator[Counter | None]:
    """Counts what is done within; the counter, or None where that is not wanted."""
    if not wanted:
        yield None
        return
    counter = Counter()
    token = _current.set(counter)
    try:
        yield counter
    finally:
        _current.reset(token)
