"""Keys are handled one after another, in the order they were typed, however fast they come.

A key passes from the focused part up to the app, each with its own message queue; it may open a page or move
the focus. The next key must see that, or `u42⏎` on a slow machine starts the preset instead of asking for
users. So each key waits until the one before has been handled and its page is open.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress

from textual import events
from textual.app import App
from textual.message_pump import MessagePump

ROUNDS = 3
"""The key itself; a part's message about it, for example a submitted input; the page's reaction."""
PASSES_WITHIN_S = 20.0
"""The longest wait for a key: a machine under load may take seconds for one."""
LOOKS_EVERY_S = 0.1
"""How often it is looked whether a part was removed before the key came to it."""


class KeyOrder:
    """The keys of one app: it calls `take` for every key, and gets keys that had to wait again."""

    def __init__(self, app: App[None]) -> None:
        self._app = app
        self._waiting: deque[events.Key] = deque()
        self._released: events.Key | None = None
        self._is_passing = False

    def take(self, key: events.Key) -> bool:
        """Whether it is this key's turn; otherwise the key is kept and posted again later. Ctrl+C waits for
        nothing: it ends what may hold the others up."""
        if key.key == "ctrl+c":
            return True
        if key is self._released:
            self._released = None
            return True
        if self._is_passing:
            self._waiting.append(key)
            return False
        self._is_passing = True
        self._app.run_worker(self._release_waiting, group="keys")  # type: ignore[arg-type]  # it returns nothing
        return True

    async def _release_waiting(self) -> None:
        """Waits for the key that was let through, then releases the next one, until none is left."""
        try:
            await self._passed()
            while self._waiting:
                self._released = self._waiting.popleft()
                self._app.post_message(self._released)
                await self._passed()
        finally:
            self._is_passing = False

    async def _passed(self) -> None:
        """Returns once the keys typed so far have taken effect."""
        try:
            async with asyncio.timeout(PASSES_WITHIN_S):
                for _ in range(ROUNDS):
                    async for pump in self._queues():
                        await _come_to(pump)
        except TimeoutError:
            return

    async def _queues(self) -> AsyncIterator[MessagePump]:
        """The message queues that a key passes: the app's, then those from the focus up to the app."""
        yield self._app
        for screen in self._app.screen_stack[-1:]:  # none while one replaces another
            for node in (screen.focused or screen).ancestors_with_self:
                yield node


async def _come_to(pump: MessagePump) -> None:
    """Returns once a part has handled all that it had been sent, or is gone."""
    passed = asyncio.Event()
    if pump.call_later(passed.set):
        while not (passed.is_set() or pump._closed):
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOKS_EVERY_S):
                    await passed.wait()
