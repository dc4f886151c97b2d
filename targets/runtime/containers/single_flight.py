"""Work that several callers request at about the same time and that runs once, such as building an image or
starting a database.

A caller that asks while the work is under way gets its result, a failure included. Asking again after a
failure tries again.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import anyio

from targets.errors import AbreastError

T = TypeVar("T")


@dataclass(slots=True)
class _Attempt(Generic[T]):
    done: anyio.Event = field(default_factory=anyio.Event)
    results: list[T] = field(default_factory=list)
    """The result; empty if it failed, or if the caller that ran it was cancelled."""
    error: AbreastError | None = None
    told: set[str] = field(default_factory=set)
    """The callers that got this error, or that of an earlier attempt."""


class SharedWork(Generic[T]):
    """The newest attempt of each piece of work, by its name."""

    def __init__(self) -> None:
        self._attempts: dict[str, _Attempt[T]] = {}

    async def get(self, name: str, work: Callable[[], Awaitable[T]], *, asker: str = "") -> T:
        """Returns what `work` returns. Raises AbreastError if it does; callers that shared the attempt get a
        copy. An `asker` that comes after a failure gets it, too, if it has not got it yet; callers without a
        name count as one."""
        while True:
            before = self._attempts.get(name)
            if before is None or before.done.is_set():
                if before is None or before.error is None or asker in before.told:
                    return await self._attempt(name, work, asker, before)
            else:
                await before.done.wait()
            if before.error is not None:
                before.told.add(asker)
                error = before.error
                raise type(error)(error.what, why=error.why, hint=error.hint)
            if before.results:
                return before.results[0]

    async def _attempt(
        self, name: str, work: Callable[[], Awaitable[T]], asker: str, before: _Attempt[T] | None
    ) -> T:
        told = before.told if before is not None and before.error is not None else ()
        attempt = self._attempts[name] = _Attempt[T](told={asker, *told})
        try:
            result = await work()
            attempt.results.append(result)
        except AbreastError as error:
            attempt.error = error
            raise
        finally:
            attempt.done.set()
        return result
