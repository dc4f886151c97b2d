"""The answers of `io`, with any ORM: what was done, or that the database is down."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import orjson

from targets.apps.counting import Counter
from targets.apps.records.connection import database
from targets.apps.work import Answer
from targets.contract.rows import COUNT_HEADER, DATABASE_DOWN
from targets.database import scrubbed

LOG_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Done:
    """Numbers of rows, as the database counted them."""

    created: int
    updated: int
    deleted: int


def is_counted(header: str | None) -> bool:
    """Whether the header asks to count a request."""
    return header == "1"


def answer(items: int, done: Done, counter: Counter | None) -> Answer:
    """The answer after everything was done."""
    body = {"items": items, "created": done.created, "updated": done.updated, "deleted": done.deleted}
    return Answer(200, orjson.dumps(body), work=counter.text if counter else "")


class _Log:
    """Logs what is wrong with the database, at most once a second: it fails thousands of times a second."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next_s = 0.0

    def write(self, error: BaseException) -> None:
        if self._clock() >= self._next_s:
            self._next_s = self._clock() + LOG_EVERY_S
            first_line = str(error).partition("\n")[0]
            reason = scrubbed(f"{type(error).__name__}: {first_line}", database())
            print(f"io: database unavailable: {reason}", file=sys.stderr)


_log = _Log()


def unavailable(error: BaseException) -> Answer:
    """The database cannot be reached, or refuses; the reason is logged."""
    _log.write(error)
    return Answer(503, DATABASE_DOWN)


__all__ = ["COUNT_HEADER", "Done", "answer", "is_counted", "unavailable"]
