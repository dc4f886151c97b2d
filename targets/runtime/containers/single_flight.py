"""Work that several callers request at about the same time and that runs once, such as building an image.

A caller that asks while the work is under way gets its result, a failure included. Asking again after a
failure tries again.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import anyio

from targets.errors import AbreastError


@dataclass(slots=True)
class _Attempt:
    done: anyio.Event = field(default_factory=anyio.Event)
    result: str = ""
    """Empty if it failed, or if the caller that ran it was cancelled."""
    error: AbreastError | None = None
    told: set[str] = field(default_factory=set)
    """The callers that got this error, or that of an earlier attempt."""


class SharedWork:
    """The newest attempt of each piece of work, by its name."""

    def __init__(self) -> None:
        self._attempts: dict[str, _Attempt] = {}

    async def get(self, name: str, asker: str, work: Callable[[], Awaitable[str]]) -> str:
        """Returns what `work` returns. Raises AbreastError if it does; callers that shared the attempt get a
        copy."""
        while True:
            before = self._attempts.get(name)
            if before is None or before.done.is_set():
                if before is None or before.error is None or asker in before.told:
                    return await self._attempt(name, asker, work, before)
            else:
                await before.done.wait()
            if before.error is not None:
                before.told.add(asker)
                error = before.error
                raise type(error)(error.what, why=error.why, hint=error.hint)
            if before.result:
                return before.result

    async def _attempt(
        self, name: str, asker: str, work: Callable[[], Awaitable[str]], before: _Attempt | None
    ) -> str:
        told = before.told if before is not None and before.error is not None else ()
        attempt = self._attempts[name] = _Attempt(told={asker, *told})
        try:
            attempt.result = await work()
        except AbreastError as error:
            attempt.error = error
            raise
        finally:
            attempt.done.set()
        return attempt.result
