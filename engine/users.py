"""Virtual users: each is one task with one connection of its own, sending one request after another.

Rules of this file:
- `User._follow_up` is the hot path: while users neither think nor pause, one request follows the other there,
  from within the read that completed the answer, and the user's task sleeps on; it wakes for all else;
- a request is in flight from `began_ns` being set until it is 0 again, and is counted once, when it ends;
- only a user's own task writes to its state, `leave` and `hurry` excepted;
- a user asked to leave ends at once unless a request is in flight; that one gets a grace time.
"""

import asyncio
from time import monotonic_ns
from typing import TYPE_CHECKING

import anyio

from engine.client.outcome import STALE, Outcome, failure_kind

if TYPE_CHECKING:
    from random import Random

    from engine.client.connection import Connection
    from engine.crew import Crew
    from engine.tally import Prepared

BACKOFF_FIRST_S = 0.05
BACKOFF_LONGEST_S = 1.0


def backoff_s(setbacks: int, dice: "Random") -> float:
    """How long to wait after the nth connection in a row that brought no answer: doubling, with jitter."""
    longest_s = min(BACKOFF_FIRST_S * 2.0 ** min(setbacks - 1, 16), BACKOFF_LONGEST_S)
    return longest_s * dice.uniform(0.5, 1.0)


class User:
    """One virtual user: request, answer, thought, and again."""

    __slots__ = (
        "_alarm",
        "_awake",
        "_crew",
        "_first_thought_s",
        "_prepared",
        "_setbacks",
        "_thinking",
        "began_ns",
        "connection",
        "leave_by_ns",
        "leaving",
        "scope",
    )

    def __init__(self, crew: "Crew", first_thought_s: float) -> None:
        self._crew = crew
        self._first_thought_s = first_thought_s
        self.scope = anyio.CancelScope()
        self.connection: Connection | None = None
        self._prepared: Prepared
        """The request in flight; the last one while there is none."""
        self.began_ns = 0
        """When the request in flight began; 0 while there is none."""
        self.leaving = False
        self.leave_by_ns = 0
        self._setbacks = 0
        """Connections in a row that brought no answer."""
        self._thinking = False
        self._awake: asyncio.Future[None] | None = None
        self._alarm: asyncio.TimerHandle | None = None

    async def live(self) -> None:
        """Runs until it has left."""
        with self.scope:
            try:
                if self._first_thought_s:
                    await self._think(self._first_thought_s)
                await self._send_for_ever()
            finally:
                if self.began_ns:
                    self._crew.tally.cancelled += 1
                    self.began_ns = 0
                if self.connection is not None:
                    self.connection.close()
                self._crew.forget(self)

    def leave(self, by_ns: int) -> None:
        """Asks it to end; a request in flight may take until `by_ns`."""
        self.leaving = True
        self.leave_by_ns = by_ns
        if not self.began_ns:
            self.scope.cancel()

    def hurry(self, factor: float) -> None:
        """Makes what is left of its thought this many times as long."""
        if self._thinking and self._alarm is not None:
            loop = asyncio.get_running_loop()
            left_s = max(0.0, self._alarm.when() - loop.time())
            self._alarm.cancel()
            self._alarm = loop.call_later(left_s * factor, self._wake)

    async def _send_for_ever(self) -> None:
        crew = self._crew
        while not self.leaving:
            if crew.paused:
                await self._wait_out_pause()
                continue
            self._prepared = prepared = crew.next_request()
            prepared.started += 1
            self.began_ns = monotonic_ns()
            outcome = await self._exchange()
            while outcome == STALE and self._prepared.repeatable:
                crew.tally.reconnects += 1
                outcome = await self._exchange()
            self._count(outcome)
            if isinstance(outcome, str):
                await self._back_off()
            if crew.thinks:
                await self._think(crew.think_time.draw_s(crew.dice))

    def _follow_up(self, status: int) -> bytes | None:
        """Counts the answer and gives the next request, where nothing needs the user's task in between."""
        crew, prepared = self._crew, self._prepared
        if not crew.brisk or self.leaving or status not in prepared.expect_status or self.connection is None:
            return None
        prepared.tally.ok[(self.connection.ended_ns - self.began_ns) // 1000] += 1
        prepared = self._prepared = crew.only or next(crew.order)
        prepared.started += 1
        self.began_ns = monotonic_ns()
        return prepared.data

    async def _exchange(self) -> Outcome:
        """Sends the request in flight, on a new connection where the last cannot be used again."""
        connection = self.connection
        if connection is None or not connection.usable:
            tally = self._crew.tally
            self.connection = None
            dialled = await self._crew.endpoint.dial(tally)
            if isinstance(dialled, str):
                return dialled
            tally.connects[dialled.connect_us] += 1
            self.connection = connection = dialled
            connection.follow_up = self._follow_up
        return await connection.send(self._prepared.data, self._prepared.head_only)

    def _count(self, outcome: Outcome) -> None:
        """The request in flight has ended."""
        prepared = self._prepared
        ended_ns = self.connection.ended_ns if self.connection is not None else monotonic_ns()
        latency_us = (ended_ns - self.began_ns) // 1000
        self.began_ns = 0
        if outcome in prepared.expect_status:
            prepared.tally.ok[latency_us] += 1
        else:
            prepared.tally.fail(failure_kind(outcome), latency_us)

    async def _back_off(self) -> None:
        """Waits before the next connection, the longer the more of them in a row brought no answer."""
        if self.connection is not None and self.connection.used:
            self._setbacks = 0
        self.connection = None
        self._setbacks += 1
        await self._nap(backoff_s(self._setbacks, self._crew.dice))

    async def _wait_out_pause(self) -> None:
        """Waits for the end of the pause, and then a part of a thought: users must not come back in step."""
        await self._crew.gate.wait()
        await self._think(self._crew.dice.uniform(0, self._crew.think_time.mean_s))

    async def _think(self, seconds: float) -> None:
        self._thinking = True
        await self._nap(seconds)
        self._thinking = False

    async def _nap(self, seconds: float) -> None:
        """Sleeps, in a way that `hurry` can change: one future and one timer."""
        if self.leaving or seconds <= 0:
            return
        loop = asyncio.get_running_loop()
        self._awake = loop.create_future()
        self._alarm = loop.call_later(seconds, self._wake)
        try:
            await self._awake
        finally:
            self._alarm.cancel()
            self._awake = self._alarm = None

    def _wake(self) -> None:
        if self._awake is not None and not self._awake.done():
            self._awake.set_result(None)
