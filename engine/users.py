"""Virtual users: each is one task with one connection of its own, sending one request after another.

In the closed model a user sends for as long as it is wanted; in the open model it waits at the crew's door,
and sends one request, or travels one journey, for each arrival that it is given.

Rules of this file:
- `User._follow_up` is the hot path: while users neither think nor pause, one request follows the other there,
  from within the read that completed the answer, and the user's task sleeps on; it wakes for all else;
- a WebSocket is a new connection for each request, beside the one that the user keeps for HTTP: a
  conversation is closed when it is over, and cannot be resumed;
- a request is in flight from `began_ns` being set until it is 0 again, and is counted once, when it ends;
- only a user's own task writes to its state, `leave` and `hurry` excepted;
- a user asked to leave ends at once unless a request is in flight; that one gets a grace time.
"""

import asyncio
from time import monotonic_ns
from typing import TYPE_CHECKING

import anyio

from engine.client.filling import UnfillableError
from engine.client.outcome import (
    BAD_BODY,
    BAD_VALUE,
    CLOSED_EARLY,
    GENERATOR_FAULTS,
    MALFORMED,
    STALE,
    Outcome,
    failure_kind,
)
from engine.client.stream import StreamWitness
from engine.script import Part

if TYPE_CHECKING:
    from random import Random

    from engine.client.connection import Connection
    from engine.client.slow import SlowConnection
    from engine.client.websocket import WebSocket
    from engine.crew import Crew
    from engine.door import Door
    from engine.script import Line
    from engine.tally import NameTally, Prepared

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
        "_arrived_ns",
        "_awake",
        "_carrier",
        "_crew",
        "_data",
        "_door",
        "_due_ns",
        "_first_thought_s",
        "_heard_ns",
        "_intended_ns",
        "_part",
        "_prepared",
        "_setbacks",
        "_thinking",
        "_unfillable",
        "began_ns",
        "connection",
        "leave_by_ns",
        "leaving",
        "number",
        "scope",
    )

    def __init__(
        self, crew: "Crew", number: int, first_thought_s: float = 0.0, door: "Door | None" = None
    ) -> None:
        self.number = number
        """From 0; no other user of the target has it at the same time, in whatever worker."""
        self._crew = crew
        self._first_thought_s = first_thought_s
        self._door = door
        """In the open model, where it waits for arrivals."""
        self._intended_ns = 0
        """When the arrival that it was given should have begun; 0 once it has."""
        self._arrived_ns = 0
        """When the arrival whose request is in flight should have begun; 0 where it is none's."""
        self._heard_ns = 0
        """When something of the stream in flight was last counted."""
        self._part: Part | None = None
        """Its part in a workload that varies."""
        self._data = b""
        """What goes over the wire for the request in flight, where the workload varies."""
        self._unfillable = ""
        """Why the request in flight could not be filled in, until its task counts that."""
        self.scope = anyio.CancelScope()
        self.connection: Connection | SlowConnection | None = None
        self._carrier: Connection | SlowConnection | WebSocket | None = None
        """What carries the request in flight, or carried the last one; None while it is being connected."""
        self._prepared: Prepared
        """The request in flight; the last one while there is none."""
        self.began_ns = 0
        """When the request in flight began; 0 while there is none."""
        self.leaving = False
        self.leave_by_ns = 0
        self._due_ns = 0
        """When its next request should begin, where it follows an answer and maybe a thought; 0 elsewhere."""
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
                if self._door is None:
                    await self._send_for_ever()
                else:
                    await self._serve_arrivals(self._door)
            finally:
                if self.began_ns:
                    self.count_tokens()
                    self._crew.tally.cancelled += 1
                    self._prepared.tally.given_up[self.open_us(monotonic_ns())] += 1
                    self.began_ns = 0
                    self.give_up(CLOSED_EARLY)
                if self._door is not None:
                    self._leave_door(self._door)
                if self.connection is not None:
                    self.connection.close()
                self._crew.forget(self)

    @property
    def request_name(self) -> str:
        """The name of the request in flight, or of the last one."""
        return self._prepared.name

    def open_us(self, now_ns: int) -> int:
        """How long the request in flight has been open at a moment of the monotonic clock: an arrival's since
        its intended start; a stream since something last came, as far as that was counted."""
        return (now_ns - max(self._arrived_ns or self.began_ns, self._heard_ns)) // 1000

    def leave(self, by_ns: int) -> None:
        """Asks it to end; a request in flight may take until `by_ns`."""
        self.leaving = True
        self.leave_by_ns = by_ns
        if not self.began_ns:
            self.scope.cancel()

    def give_up(self, kind: str) -> None:
        """The request in flight ends as this kind of failure, its connection with it."""
        if self._carrier is not None:
            self._carrier.fail(kind)

    def count_tokens(self) -> None:
        """Counts what has come of the stream in flight and was not counted yet."""
        part = self._part
        if part is not None and part.witness is not None:
            tokens = part.witness.untold_tokens()
            self._prepared.tally.tokens += tokens
            if tokens:
                self._heard_ns = monotonic_ns()

    def hurry(self, factor: float) -> None:
        """Makes what is left of its thought this many times as long."""
        if self._thinking and self._alarm is not None:
            loop = asyncio.get_running_loop()
            left_s = max(0.0, self._alarm.when() - loop.time())
            self._alarm.cancel()
            self._alarm = loop.call_later(left_s * factor, self._wake)
            self._due_ns = 0

    def admit(self, intended_ns: int) -> None:
        """Gives it an arrival, which should begin now or should have begun."""
        self._intended_ns = intended_ns
        self._wake()

    async def _send_for_ever(self) -> None:
        crew = self._crew
        while not self.leaving:
            if crew.paused:
                await self._wait_out_pause()
                continue
            outcome = await self._send_next()
            if isinstance(outcome, str):
                await self._back_off()
                self._due_ns = 0
            if crew.thinks:
                thought_s = crew.think_time.draw_s(crew.dice)
                if self._due_ns:
                    self._due_ns += int(thought_s * 1e9)
                await self._think(thought_s)

    async def _serve_arrivals(self, door: "Door") -> None:
        """One request or journey for each arrival. No back-off: the rate says how often it tries."""
        crew = self._crew
        while not self.leaving:
            if not self._intended_ns:
                await self._wait_at(door)
            intended_ns, self._intended_ns = self._intended_ns, 0
            door.begin()
            await self._send_next(intended_ns)
            while self._part is not None and self._part.is_midway and not self.leaving:
                await self._think(crew.think_time.draw_s(crew.dice))
                if crew.paused:
                    await crew.gate.wait()
                await self._send_next()

    async def _wait_at(self, door: "Door") -> None:
        self._awake = asyncio.get_running_loop().create_future()
        door.wait(self)
        try:
            await self._awake
        finally:
            self._awake = None

    def _leave_door(self, door: "Door") -> None:
        if self._intended_ns:
            self._intended_ns = 0
            door.give_up()
        door.leave(self)

    async def _send_next(self, intended_ns: int = 0) -> Outcome:
        """Sends one request and counts what becomes of it; an arrival's first from its intended start."""
        self._arrived_ns, self._heard_ns = intended_ns, 0
        try:
            self._begin_next()
        except UnfillableError as error:
            self._count_unsent(str(error))
            return BAD_VALUE
        outcome = await self._exchange()
        while outcome == STALE and self._prepared.repeatable:
            self._crew.tally.reconnects += 1
            outcome = await self._exchange()
        if self._unfillable:
            self._count_unsent(self._unfillable)
            return BAD_VALUE
        self._count(outcome)
        if self._prepared.closes and self.connection is not None:
            self.connection.close()
        return outcome

    def _begin_next(self) -> None:
        """Chooses the next request, which is in flight from now on, even where UnfillableError is raised."""
        part = self._part_in_script()
        prepared = self._prepared = self._crew.next_request() if part is None else part.next()
        prepared.started += 1
        try:
            if part is not None:
                self._data = part.fill()
        except UnfillableError:
            prepared.unsent += 1
            raise
        finally:
            self.began_ns = monotonic_ns()
            if self._due_ns:
                self._crew.tally.late_ns += max(0, self.began_ns - self._due_ns)
                self._due_ns = 0

    def _part_in_script(self) -> Part | None:
        """Its part in what the crew sends now; None where that does not vary."""
        script = self._crew.script
        if script is None:
            self._part = None
        elif self._part is None or self._part.script is not script:
            self._part = Part(script, self.number)
        return self._part

    def _follow_up(self, status: int) -> bytes | None:
        """Counts the answer and gives the next request, where nothing needs the user's task in between."""
        crew, prepared, connection = self._crew, self._prepared, self.connection
        if not crew.brisk or self.leaving or status not in prepared.expect_status or connection is None:
            return None
        if self._part is not None or crew.script is not None:
            return self._play_on(connection)
        prepared.tally.ok[(connection.ended_ns - self.began_ns) // 1000] += 1
        prepared = self._prepared = crew.only or next(crew.order)
        prepared.started += 1
        self.began_ns = monotonic_ns()
        return prepared.data

    def _play_on(self, connection: "Connection | SlowConnection") -> bytes | None:
        """`_follow_up` where the workload varies, or did."""
        part = self._part
        if part is not None:
            if isinstance(part.witness, StreamWitness) or part.look():
                return None  # the user's task will look at it as well, and count it
            part.end(well=True)
        self._prepared.tally.ok[(connection.ended_ns - self.began_ns) // 1000] += 1
        self._due_ns = connection.ended_ns
        try:
            self._begin_next()
        except UnfillableError as error:
            self._unfillable = str(error)
            return None
        connection.next_witness = None if self._part is None else self._part.new_witness()
        return self._prepared.data if self._part is None else self._data

    async def _exchange(self) -> Outcome:
        """Sends the request in flight, on a new connection where the last cannot be used again."""
        part = self._part
        witness = None if part is None else part.new_witness()
        self._carrier = None
        if part is not None and isinstance(witness, StreamWitness) and part.line.kind == "websocket":
            return await self._converse(part.line, witness)
        connection = self.connection
        if connection is None or not connection.usable:
            tally = self._crew.tally
            self.connection = None
            dialled = await self._crew.endpoint.dial(tally, self._crew.left_s(self.began_ns))
            if isinstance(dialled, str):
                return dialled
            tally.connects[dialled.connect_us] += 1
            self.connection = connection = dialled
            connection.follow_up = self._follow_up
        self._carrier = connection
        if self._part is None:
            return await connection.send(self._prepared.data, self._prepared.head_only)
        return await connection.send(self._data, self._prepared.head_only, witness)

    async def _converse(self, line: "Line", witness: StreamWitness) -> Outcome:
        """The request in flight as a conversation, on a connection of its own; the user's other one stays."""
        dialled = await self._crew.open_websocket(self._crew.left_s(self.began_ns))
        if isinstance(dialled, str):
            return dialled
        self._crew.tally.connects[dialled.connect_us] += 1
        self._carrier = dialled
        return await dialled.converse(self._data, line.ending, witness)

    def _count(self, outcome: Outcome) -> None:
        """The request in flight has ended."""
        part, prepared, began_ns = self._part, self._prepared, self.began_ns
        ended_ns = self._carrier.ended_ns if self._carrier is not None else monotonic_ns()
        latency_us = (ended_ns - (self._arrived_ns or began_ns)) // 1000
        is_expected = outcome in prepared.expect_status
        fault = ""
        if part is not None:
            self.count_tokens()
            if part.witness is not None and (is_expected or isinstance(outcome, str)):
                outcome = part.witness.judged(outcome)
                is_expected = outcome in prepared.expect_status
            fault = part.look() if is_expected else ""
            part.end(well=is_expected and not fault)
        self.began_ns, self._due_ns = 0, 0 if self._door else ended_ns
        if fault:
            prepared.tally.fail(BAD_BODY, latency_us, fault)
        elif is_expected:
            prepared.tally.ok[latency_us] += 1
            if self._door is not None:
                prepared.tally.service[(ended_ns - began_ns) // 1000] += 1
            if part is not None and isinstance(part.witness, StreamWitness):
                _count_beginning(prepared.tally, part.witness, began_ns)
        elif outcome in GENERATOR_FAULTS:
            self._crew.tally.cancelled += 1
            self._crew.tally.unsent[failure_kind(outcome)] += 1
        else:
            prepared.tally.fail(failure_kind(outcome), latency_us, self._why_malformed(outcome))

    def _why_malformed(self, outcome: Outcome) -> str:
        """What was malformed, for the first such answer of a tick: finding the byte parses it again."""
        if outcome != MALFORMED or self._carrier is None or MALFORMED in self._prepared.tally.examples:
            return ""
        return self._carrier.why

    def _count_unsent(self, fault: str) -> None:
        """The request in flight could not even be made; its user begins anew."""
        self.began_ns, self._unfillable = 0, ""
        self._prepared.tally.fail(BAD_VALUE, 0, fault)
        if self._part is not None:
            self._part.end(well=False)

    async def _back_off(self) -> None:
        """Waits before the next connection, the longer the more of them in a row brought no answer."""
        if self._carrier is not None and self._carrier.used:
            self._setbacks = 0
        if self.connection is not None and not self.connection.usable:
            self.connection = None
        self._setbacks += 1
        await self._nap(backoff_s(self._setbacks, self._crew.dice))

    async def _wait_out_pause(self) -> None:
        """Waits for the end of the pause, and then a part of a thought: users must not come back in step."""
        self._due_ns = 0
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


def _count_beginning(tally: "NameTally", witness: StreamWitness, began_ns: int) -> None:
    """When a stream that went well began to come."""
    tally.first_byte[(witness.first_byte_ns - began_ns) // 1000] += 1
    if witness.first_token_ns:
        tally.first_token[(witness.first_token_ns - began_ns) // 1000] += 1
