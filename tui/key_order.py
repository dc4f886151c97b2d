"""Keys are worked off one after another, as they were typed, however fast they come.

A key passes from the part that has the focus up to the app, each with a queue of its own; what it does may
open a page or move the focus. The next key must see that, or `u42⏎` on a slow machine starts the preset in
place of asking for users. So a key that comes early waits until the one before has passed and the page is
there.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from textual import events
from textual.app import App
from textual.message_pump import MessagePump

ROUNDS = 3
"""The key itself; what the part says about it, as an input that is submitted; what the page makes of it."""
PASSES_WITHIN_S = 2.0
"""A key whose way breaks off, as parts of it are taken away, holds the next one up no longer."""


class KeyOrder:
    """Of one app: it asks `take` about every key, and gets those that had to wait again."""

    def __init__(self, app: App[None]) -> None:
        self._app = app
        self._waiting: deque[events.Key] = deque()
        self._released: events.Key | None = None
        self._is_passing = False

    def take(self, key: events.Key) -> bool:
        """Whether it is this key's turn; else it is kept, and comes again."""
        if key is self._released:
            self._released = None
            return True
        if self._is_passing:
            self._waiting.append(key)
            return False
        self._is_passing = True
        self._app.run_worker(self._work_off, group="keys")  # type: ignore[arg-type]  # it gives nothing
        return True

    async def _work_off(self) -> None:
        """Waits for the key that was let through, and lets the next one follow, until there is none."""
        try:
            await self._passed()
            while self._waiting:
                self._released = self._waiting.popleft()
                self._app.post_message(self._released)
                await self._passed()
        finally:
            self._is_passing = False

    async def _passed(self) -> None:
        """Returns once what was typed so far has had its effect."""
        try:
            async with asyncio.timeout(PASSES_WITHIN_S):
                for _ in range(ROUNDS):
                    async for pump in self._way():
                        passed = asyncio.Event()
                        if pump.call_later(passed.set):
                            await passed.wait()
        except TimeoutError:
            return

    async def _way(self) -> AsyncIterator[MessagePump]:
        """The queues that a key passes: those from the focus up to the app, after the app's own."""
        yield self._app
        screen = self._app.screen
        for node in (screen.focused or screen).ancestors_with_self:
            yield node
