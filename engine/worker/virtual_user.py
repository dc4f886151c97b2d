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

from engine.client.stream import StreamCapture
from engine.client.template_fill import TemplateFillError
from engine.protocol.outcome import (
    BAD_BODY,
    BAD_VALUE,
    CLOSED_EARLY,
    GENERATOR_FAULTS,
    MALFORMED,
    STALE,
    Outcome,
    failure_kind,
)
from engine.worker.scenario import ScenarioRun

if TYPE_CHECKING:
    from random import Random

    from engine.client.connection import Connection
    from engine.client.httpx_client import HttpxConnection
    from engine.client.websocket import WebSocket
    from engine.worker.arrivals import ArrivalScheduler
    from engine.worker.counters import PreparedRequest, RequestCounters
    from engine.worker.scenario import ScenarioStep
    from engine.worker.user_pool import UserPool

BACKOFF_FIRST_S = 0.05
BACKOFF_LONGEST_S = 1.0


def backoff_s(setbacks: int, rng: "Random") -> float:
    """How long to wait after the nth connection in a row that brought no answer: doubling, with jitter."""
    longest_s = min(BACKOFF_FIRST_S * 2.0 ** min(setbacks - 1, 16), BACKOFF_LONGEST_S)
    return longest_s * rng.uniform(0.5, 1.0)


class VirtualUser:
    """One virtual user: request, answer, thought, and again."""

    __slots__ = (
        "_alarm",
        "_arrival_scheduler",
        "_arrived_ns",
        "_awake",
        "_carrier",
        "_data",
        "_due_ns",
        "_first_thought_s",
        "_heard_ns",
        "_intended_ns",
        "_pool",
        "_prepared",
        "_scenario_run",
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
        self,
        pool: "UserPool",
        number: int,
        first_thought_s: float = 0.0,
        arrival_scheduler: "ArrivalScheduler | None" = None,
    ) -> None:
        self.number = number
        """From 0; no other user of the target has it at the same time, in whatever worker."""
        self._pool = pool
        self._first_thought_s = first_thought_s
        self._arrival_scheduler = arrival_scheduler
        """In the open model, where it waits for arrivals."""
        self._intended_ns = 0
        """When the arrival that it was given should have begun; 0 once it has."""
        self._arrived_ns = 0
        """When the arrival whose request is in flight should have begun; 0 where it is none's."""
        self._heard_ns = 0
        """When something of the stream in flight was last counted."""
        self._scenario_run: ScenarioRun | None = None
        """Its part in a workload that varies."""
        self._data = b""
        """What goes over the wire for the request in flight, where the workload varies."""
        self._unfillable = ""
        """Why the request in flight could not be filled in, until its task counts that."""
        self.scope = anyio.CancelScope()
        self.connection: Connection | HttpxConnection | None = None
        self._carrier: Connection | HttpxConnection | WebSocket | None = None
        """What carries the request in flight, or carried the last one; None while it is being connected."""
        self._prepared: PreparedRequest
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
                if self._arrival_scheduler is None:
                    await self._send_for_ever()
                else:
                    await self._serve_arrivals(self._arrival_scheduler)
            finally:
                if self.began_ns:
                    self.count_tokens()
                    self._pool.counters.cancelled += 1
                    self._prepared.counters.given_up[self.open_us(monotonic_ns())] += 1
                    self.began_ns = 0
                    self.give_up(CLOSED_EARLY)
                if self._arrival_scheduler is not None:
                    self._leave_door(self._arrival_scheduler)
                if self.connection is not None:
                    self.connection.close()
                self._pool.forget(self)

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
        scenario_run = self._scenario_run
        if scenario_run is not None and scenario_run.capture is not None:
            tokens = scenario_run.capture.untold_tokens()
            self._prepared.counters.tokens += tokens
            if tokens:
                self._heard_ns = monotonic_ns()

    def rescale_wait(self, factor: float) -> None:
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
        pool = self._pool
        while not self.leaving:
            if pool.paused:
                await self._wait_out_pause()
                continue
            outcome = await self._send_next()
            if isinstance(outcome, str):
                await self._back_off()
                self._due_ns = 0
            if pool.thinks:
                thought_s = pool.think_time.draw_s(pool.rng)
                if self._due_ns:
                    self._due_ns += int(thought_s * 1e9)
                await self._think(thought_s)

    async def _serve_arrivals(self, arrival_scheduler: "ArrivalScheduler") -> None:
        """One request or journey for each arrival. No back-off: the rate says how often it tries."""
        pool = self._pool
        while not self.leaving:
            if not self._intended_ns:
                await self._wait_at(arrival_scheduler)
            intended_ns, self._intended_ns = self._intended_ns, 0
            arrival_scheduler.begin()
            await self._send_next(intended_ns)
            while self._scenario_run is not None and self._scenario_run.is_midway and not self.leaving:
                await self._think(pool.think_time.draw_s(pool.rng))
                if pool.paused:
                    await pool.gate.wait()
                await self._send_next()

    async def _wait_at(self, arrival_scheduler: "ArrivalScheduler") -> None:
        self._awake = asyncio.get_running_loop().create_future()
        arrival_scheduler.wait(self)
        try:
            await self._awake
        finally:
            self._awake = None

    def _leave_door(self, arrival_scheduler: "ArrivalScheduler") -> None:
        if self._intended_ns:
            self._intended_ns = 0
            arrival_scheduler.give_up()
        arrival_scheduler.leave(self)

    async def _send_next(self, intended_ns: int = 0) -> Outcome:
        """Sends one request and counts what becomes of it; an arrival's first from its intended start."""
        self._arrived_ns, self._heard_ns = intended_ns, 0
        try:
            self._begin_next()
        except TemplateFillError as error:
            self._count_unsent(str(error))
            return BAD_VALUE
        outcome = await self._exchange()
        while outcome == STALE and self._prepared.repeatable:
            self._pool.counters.reconnects += 1
            outcome = await self._exchange()
        if self._unfillable:
            self._count_unsent(self._unfillable)
            return BAD_VALUE
        self._count(outcome)
        if self._prepared.closes and self.connection is not None:
            self.connection.close()
        return outcome

    def _begin_next(self) -> None:
        """Chooses the next request, which is in flight from now on, even if TemplateFillError is raised."""
        scenario_run = self._part_in_script()
        prepared = self._prepared = self._pool.next_request() if scenario_run is None else scenario_run.next()
        prepared.started += 1
        try:
            if scenario_run is not None:
                self._data = scenario_run.fill()
        except TemplateFillError:
            prepared.unsent += 1
            raise
        finally:
            self.began_ns = monotonic_ns()
            if self._due_ns:
                self._pool.counters.late_ns += max(0, self.began_ns - self._due_ns)
                self._due_ns = 0

    def _part_in_script(self) -> ScenarioRun | None:
        """Its part in what the crew sends now; None where that does not vary."""
        scenario = self._pool.scenario
        if scenario is None:
            self._scenario_run = None
        elif self._scenario_run is None or self._scenario_run.scenario is not scenario:
            self._scenario_run = ScenarioRun(scenario, self.number)
        return self._scenario_run

    def _follow_up(self, status: int) -> bytes | None:
        """Counts the answer and gives the next request, where nothing needs the user's task in between."""
        pool, prepared, connection = self._pool, self._prepared, self.connection
        if (
            not pool.can_follow_up
            or self.leaving
            or status not in prepared.expect_status
            or connection is None
        ):
            return None
        if self._scenario_run is not None or pool.scenario is not None:
            return self._play_on(connection)
        prepared.counters.ok[(connection.ended_ns - self.began_ns) // 1000] += 1
        prepared = self._prepared = pool.only or next(pool.order)
        prepared.started += 1
        self.began_ns = monotonic_ns()
        return prepared.data

    def _play_on(self, connection: "Connection | HttpxConnection") -> bytes | None:
        """`_follow_up` where the workload varies, or did."""
        scenario_run = self._scenario_run
        if scenario_run is not None:
            if isinstance(scenario_run.capture, StreamCapture) or scenario_run.look():
                return None  # the user's task will look at it as well, and count it
            scenario_run.end(well=True)
        self._prepared.counters.ok[(connection.ended_ns - self.began_ns) // 1000] += 1
        self._due_ns = connection.ended_ns
        try:
            self._begin_next()
        except TemplateFillError as error:
            self._unfillable = str(error)
            return None
        connection.next_capture = None if self._scenario_run is None else self._scenario_run.new_capture()
        return self._prepared.data if self._scenario_run is None else self._data

    async def _exchange(self) -> Outcome:
        """Sends the request in flight, on a new connection where the last cannot be used again."""
        scenario_run = self._scenario_run
        capture = None if scenario_run is None else scenario_run.new_capture()
        self._carrier = None
        if (
            scenario_run is not None
            and isinstance(capture, StreamCapture)
            and scenario_run.step.kind == "websocket"
        ):
            return await self._converse(scenario_run.step, capture)
        connection = self.connection
        if connection is None or not connection.usable:
            counters = self._pool.counters
            self.connection = None
            dialled = await self._pool.endpoint.dial(counters, self._pool.left_s(self.began_ns))
            if isinstance(dialled, str):
                return dialled
            counters.connects[dialled.connect_us] += 1
            self.connection = connection = dialled
            connection.follow_up = self._follow_up
        self._carrier = connection
        if self._scenario_run is None:
            return await connection.send(self._prepared.data, self._prepared.head_only)
        return await connection.send(self._data, self._prepared.head_only, capture)

    async def _converse(self, step: "ScenarioStep", capture: StreamCapture) -> Outcome:
        """The request in flight as a conversation, on a connection of its own; the user's other one stays."""
        dialled = await self._pool.open_websocket(self._pool.left_s(self.began_ns))
        if isinstance(dialled, str):
            return dialled
        self._pool.counters.connects[dialled.connect_us] += 1
        self._carrier = dialled
        return await dialled.converse(self._data, step.ending, capture)

    def _count(self, outcome: Outcome) -> None:
        """The request in flight has ended."""
        scenario_run, prepared, began_ns = self._scenario_run, self._prepared, self.began_ns
        ended_ns = self._carrier.ended_ns if self._carrier is not None else monotonic_ns()
        latency_us = (ended_ns - (self._arrived_ns or began_ns)) // 1000
        is_expected = outcome in prepared.expect_status
        fault = ""
        if scenario_run is not None:
            self.count_tokens()
            if scenario_run.capture is not None and (is_expected or isinstance(outcome, str)):
                outcome = scenario_run.capture.judged(outcome)
                is_expected = outcome in prepared.expect_status
            fault = scenario_run.look() if is_expected else ""
            scenario_run.end(well=is_expected and not fault)
        self.began_ns, self._due_ns = 0, 0 if self._arrival_scheduler else ended_ns
        if fault:
            prepared.counters.fail(BAD_BODY, latency_us, fault)
        elif is_expected:
            prepared.counters.ok[latency_us] += 1
            if self._arrival_scheduler is not None:
                prepared.counters.service[(ended_ns - began_ns) // 1000] += 1
            if scenario_run is not None and isinstance(scenario_run.capture, StreamCapture):
                _count_beginning(prepared.counters, scenario_run.capture, began_ns)
        elif outcome in GENERATOR_FAULTS:
            self._pool.counters.cancelled += 1
            self._pool.counters.unsent[failure_kind(outcome)] += 1
        else:
            prepared.counters.fail(failure_kind(outcome), latency_us, self._why_malformed(outcome))

    def _why_malformed(self, outcome: Outcome) -> str:
        """What was malformed, for the first such answer of a tick: finding the byte parses it again."""
        if outcome != MALFORMED or self._carrier is None or MALFORMED in self._prepared.counters.examples:
            return ""
        return self._carrier.why

    def _count_unsent(self, fault: str) -> None:
        """The request in flight could not even be made; its user begins anew."""
        self.began_ns, self._unfillable = 0, ""
        self._prepared.counters.fail(BAD_VALUE, 0, fault)
        if self._scenario_run is not None:
            self._scenario_run.end(well=False)

    async def _back_off(self) -> None:
        """Waits before the next connection, the longer the more of them in a row brought no answer."""
        if self._carrier is not None and self._carrier.used:
            self._setbacks = 0
        if self.connection is not None and not self.connection.usable:
            self.connection = None
        self._setbacks += 1
        await self._nap(backoff_s(self._setbacks, self._pool.rng))

    async def _wait_out_pause(self) -> None:
        """Waits for the end of the pause, and then a part of a thought: users must not come back in step."""
        self._due_ns = 0
        await self._pool.gate.wait()
        await self._think(self._pool.rng.uniform(0, self._pool.think_time.mean_s))

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


def _count_beginning(counters: "RequestCounters", capture: StreamCapture, began_ns: int) -> None:
    """When a stream that went well began to come."""
    counters.first_byte[(capture.first_byte_ns - began_ns) // 1000] += 1
    if capture.first_token_ns:
        counters.first_token[(capture.first_token_ns - began_ns) // 1000] += 1
