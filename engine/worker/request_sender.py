"""One virtual user's requests: sends one at a time and counts what becomes of it.

Rules of this file:
- `RequestSender._follow_up` is the hot path: while users neither think nor pause, one request follows the
  other there, from within the read that completed the response, and the user's task sleeps on; it wakes for
  everything else;
- a WebSocket is a new connection for each request, beside the one that the user keeps for HTTP: a
  conversation is closed when it is over, and cannot be resumed;
- a request is in flight from `began_ns` being set until it is 0 again, and is counted once, when it ends;
- only the user's own task writes to this state, apart from `stopping` and `due_ns`.
"""

from time import monotonic_ns
from typing import TYPE_CHECKING

from engine.client.connection import Connection
from engine.client.redirects import RedirectError
from engine.client.stream import StreamCapture
from engine.client.template_fill import TemplateFillError
from engine.protocol.outcome import (
    BAD_VALUE,
    CLOSED_EARLY,
    GENERATOR_FAULTS,
    MALFORMED,
    REDIRECTS,
    STALE,
    Outcome,
    failure_kind,
)
from engine.worker.scenario import ScenarioRun

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.client.http2_share import Http2Share
    from engine.client.httpx_client import HttpxConnection
    from engine.client.response_checks import Fault
    from engine.client.websocket import WebSocket
    from engine.worker.counters import PreparedRequest
    from engine.worker.scenario import ScenarioStep
    from engine.worker.target_load import TargetLoad


class RequestSender:
    """Sends a user's requests over a connection that only this user has."""

    __slots__ = (
        "_arrived_ns",
        "_carrier",
        "_connection",
        "_data",
        "_load",
        "_prepared",
        "_received_ns",
        "_redirect_fault",
        "_scenario_run",
        "_unfillable",
        "_user_number",
        "began_ns",
        "due_ns",
        "last_took_ns",
        "stopping",
    )

    def __init__(self, load: "TargetLoad", user_number: int) -> None:
        self._load = load
        self._user_number = user_number
        self.began_ns = 0
        """When the request in flight began; 0 while there is none."""
        self.due_ns = 0
        """When the next request should begin, if it follows a response and perhaps a think time; else 0."""
        self.last_took_ns = 0
        """How long the last request took that no other followed at once; 0 before the first."""
        self.stopping = False
        """No further request may follow on its own."""
        self._arrived_ns = 0
        """When the arrival whose request is in flight should have begun; 0 if it is not an arrival's
        first."""
        self._received_ns = 0
        """When a part of the stream in flight was last counted."""
        self._scenario_run: ScenarioRun | None = None
        """This user's state in a workload that varies."""
        self._data = b""
        """What is sent for the request in flight, if the workload varies."""
        self._unfillable = ""
        """Why the request in flight could not be filled in, until the user's task counts that."""
        self._redirect_fault = ""
        """Why a redirect of the request in flight is not followed, until that is counted."""
        self._connection: Connection | HttpxConnection | Http2Share | None = None
        self._carrier: Connection | HttpxConnection | Http2Share | WebSocket | None = None
        """The connection of the request in flight, or of the last one; None while it is being made."""
        self._prepared: PreparedRequest
        """The request in flight; the last one while there is none."""

    @property
    def request_name(self) -> str:
        """The name of the request in flight, or of the last one."""
        return self._prepared.name

    @property
    def is_midway(self) -> bool:
        """Whether the user is within a journey that goes on."""
        return self._scenario_run is not None and self._scenario_run.is_midway

    @property
    def next_step(self) -> int:
        """The number of the step that the user sends next in its journey, from 0; -1 without a journey."""
        return -1 if self._scenario_run is None else self._scenario_run.next_step

    @property
    def got_response(self) -> bool:
        """Whether the last request's connection has brought any response."""
        return self._carrier is not None and self._carrier.used

    def open_us(self, now_ns: int) -> int:
        """How long the request in flight has been open at a moment of the monotonic clock: an arrival's since
        its intended start; a stream since its last part, as far as that was counted."""
        return (now_ns - max(self._arrived_ns or self.began_ns, self._received_ns)) // 1000

    def has_timed_out(self, now_ns: int) -> bool:
        """Whether the request in flight has taken longer than its timeout, and has no response that arrived
        in time and is only read late."""
        ends_ns = self.began_ns + self._load.timeout_ns_of(self._prepared)
        carrier = self._carrier
        return now_ns >= ends_ns and not (isinstance(carrier, Connection) and carrier.may_have_ended(ends_ns))

    def fail(self, kind: str) -> None:
        """Ends the request in flight as this kind of failure, and closes its connection."""
        if self._carrier is not None:
            self._carrier.fail(kind)

    def close(self) -> None:
        """Cancels the request in flight, which is counted, and closes the connection."""
        if self.began_ns:
            self.count_tokens()
            self._load.counters.cancelled += 1
            self._prepared.counters.given_up[self.open_us(monotonic_ns())] += 1
            self.began_ns = 0
            self.fail(CLOSED_EARLY)
        if self._connection is not None:
            self._connection.close()

    def drop_closed_connection(self) -> None:
        """Forgets a connection that can no longer be used."""
        if self._connection is not None and not self._connection.usable:
            self._connection = None

    def count_tokens(self) -> None:
        """Counts what has arrived of the stream in flight and was not counted yet."""
        scenario_run = self._scenario_run
        if scenario_run is not None and scenario_run.capture is not None:
            tokens = scenario_run.capture.new_tokens()
            self._prepared.counters.tokens += tokens
            if tokens:
                self._received_ns = monotonic_ns()

    async def send_next(self, intended_ns: int = 0) -> Outcome:
        """Sends one request and counts what becomes of it; `intended_ns` is when an arrival's first request
        should have begun."""
        self._arrived_ns, self._received_ns = intended_ns, 0
        try:
            self._begin_next()
        except TemplateFillError as error:
            self._count_unsent(str(error))
            return BAD_VALUE
        outcome = await self._exchange_fresh()
        if outcome in REDIRECTS:
            outcome = await self._follow_redirects(outcome)
        if self._unfillable:
            self._count_unsent(self._unfillable)
            return BAD_VALUE
        self._count(outcome)
        if self._prepared.closes and self._connection is not None:
            self._connection.close()
        return outcome

    def _begin_next(self) -> None:
        """Chooses the next request, which is in flight from now on, even if TemplateFillError is raised."""
        scenario_run = self._scenario_run
        if scenario_run is None or scenario_run.scenario is not self._load.scenario:
            scenario_run = self._current_run()
        prepared = self._prepared = self._load.next_request() if scenario_run is None else scenario_run.next()
        prepared.started += 1
        try:
            if scenario_run is not None:
                self._data = scenario_run.fill()
        except TemplateFillError:
            prepared.unsent += 1
            raise
        finally:
            self.began_ns = monotonic_ns()
            if self.due_ns:
                if self.began_ns > self.due_ns:
                    self._load.counters.late_ns += self.began_ns - self.due_ns
                self.due_ns = 0

    def _current_run(self) -> ScenarioRun | None:
        """This user's run of the target's scenario; None if the workload does not vary."""
        scenario = self._load.scenario
        if scenario is None:
            self._scenario_run = None
        elif self._scenario_run is None or self._scenario_run.scenario is not scenario:
            self._scenario_run = ScenarioRun(scenario, self._user_number)
        return self._scenario_run

    def _follow_up(self, status: int, ended_ns: int) -> bytes | None:
        """Counts the response and gives the next request, if nothing needs the user's task in between."""
        load, prepared = self._load, self._prepared
        if not load.can_follow_up or self.stopping or status not in prepared.expect_status:
            return None
        if self._scenario_run is not None or load.scenario is not None:
            return self._follow_up_in_scenario(ended_ns)
        prepared.counters.ok[(ended_ns - self.began_ns) // 1000] += 1
        prepared = self._prepared = load.only or next(load.order)
        prepared.started += 1
        began_ns = self.began_ns = monotonic_ns()
        load.counters.late_ns += began_ns - ended_ns
        return prepared.data

    def _follow_up_in_scenario(self, ended_ns: int) -> bytes | None:
        """`_follow_up` if the workload varies, or did."""
        connection, scenario_run, scenario = self._connection, self._scenario_run, self._load.scenario
        if connection is None:
            return None
        if scenario_run is not None:
            if scenario is scenario_run.scenario and scenario.blind_requests is not None:
                return self._follow_up_blindly(ended_ns, scenario.blind_requests)
            capture = scenario_run.capture
            if capture is not None and (
                (capture.judgement is None and isinstance(capture, StreamCapture)) or scenario_run.check()
            ):
                return None  # the user's task checks it again, and counts it
            scenario_run.end(ok=True)
        self._prepared.counters.ok[(ended_ns - self.began_ns) // 1000] += 1
        self.due_ns = ended_ns
        try:
            self._begin_next()
        except TemplateFillError as error:
            self._unfillable = str(error)
            return None
        scenario_run = self._scenario_run
        if scenario_run is None:
            connection.next_capture = None
            return self._prepared.data
        connection.next_capture = scenario_run.new_capture()
        return self._data

    def _follow_up_blindly(self, ended_ns: int, requests: "Iterator[bytes]") -> bytes:
        """`_follow_up` if requests vary and nothing looks at responses: the user's run has nothing to do."""
        prepared = self._prepared
        prepared.counters.ok[(ended_ns - self.began_ns) // 1000] += 1
        prepared.started += 1
        data = self._data = next(requests)
        prepared.filled_bytes += len(data) - len(prepared.data)
        began_ns = self.began_ns = monotonic_ns()
        self._load.counters.late_ns += began_ns - ended_ns
        return data

    async def _exchange_fresh(self, *, is_hop: bool = False) -> Outcome:
        """`_exchange`, again if a reused connection had been closed and the request may be repeated."""
        outcome = await self._exchange(is_repeated=is_hop)
        while outcome == STALE and self._is_repeatable:
            self._load.counters.reconnects += 1
            outcome = await self._exchange(is_repeated=True)
        return outcome

    @property
    def _is_repeatable(self) -> bool:
        """Whether the request in flight may be sent again; a redirect can have made a GET of it."""
        run = self._scenario_run
        return self._prepared.repeatable or (run is not None and run.hops > 0 and self._data[:4] == b"GET ")

    async def _follow_redirects(self, outcome: Outcome) -> Outcome:
        """Follows redirects as far as the step in flight allows, and returns the outcome of the last request.

        The chain is one request, with one latency; each redirect that is followed is counted and timed beside
        it. Meanwhile other requests may have followed the last one (`_follow_up`), with chains of their own.
        """
        hop_began_ns = 0
        while isinstance(outcome, int) and outcome in REDIRECTS and not self._unfillable:
            run, carrier, prepared = self._scenario_run, self._carrier, self._prepared
            if run is None or carrier is None or not run.step.follow_redirects:
                break
            took_ns = carrier.ended_ns - (hop_began_ns if run.hops else self.began_ns)
            try:
                hop = run.redirect(outcome)
            except RedirectError as error:
                self._redirect_fault = str(error)
                return error.kind
            if not hop:
                break
            prepared.counters.redirects[took_ns // 1000] += 1
            self._data = hop
            if prepared.closes:
                carrier.close()
            hop_began_ns = monotonic_ns()
            outcome = await self._exchange_fresh(is_hop=True)
        return outcome

    async def _exchange(self, *, is_repeated: bool) -> Outcome:
        """Sends the request in flight, on a new connection if the last cannot be used again; `is_repeated`:
        what was read before is part of its latency."""
        scenario_run = self._scenario_run
        capture = None if scenario_run is None else scenario_run.new_capture()
        self._carrier = None
        if (
            scenario_run is not None
            and isinstance(capture, StreamCapture)
            and scenario_run.step.kind == "websocket"
        ):
            return await self._converse(scenario_run.step, capture)
        connection = self._connection
        if connection is None or not connection.usable:
            self._connection = None
            dialled = await self._load.endpoint.dial(
                self._load.counters, self._load.left_s(self._prepared, self.began_ns)
            )
            if isinstance(dialled, str):
                return dialled
            if dialled.connect_us is not None:  # None: of a connection that others opened
                self._load.counters.connects[dialled.connect_us] += 1
            self._connection = connection = dialled
            connection.follow_up = self._follow_up
        connection.next_capture = None
        self._carrier = connection
        if is_repeated and isinstance(connection, Connection):
            connection.expect_delay()
        if self._scenario_run is None:
            return await connection.send(self._prepared.data, self._prepared.head_only)
        return await connection.send(self._data, self._prepared.head_only, capture)

    async def _converse(self, step: "ScenarioStep", capture: StreamCapture) -> Outcome:
        """Runs the request in flight as a conversation on a connection of its own; the HTTP one is kept."""
        dialled = await self._load.open_websocket(self._load.left_s(self._prepared, self.began_ns))
        if isinstance(dialled, str):
            return dialled
        self._load.counters.connects[dialled.connect_us] += 1
        self._carrier = dialled
        return await dialled.converse(self._data, step.ending, capture)

    def _count(self, outcome: Outcome) -> None:
        """Counts the request in flight, which has ended."""
        prepared, began_ns = self._prepared, self.began_ns
        ended_ns = self._carrier.ended_ns if self._carrier is not None else monotonic_ns()
        self.last_took_ns = ended_ns - began_ns
        latency_us = (ended_ns - (self._arrived_ns or began_ns)) // 1000
        outcome, fault = self._judge(outcome)
        self.began_ns, self.due_ns = 0, 0 if self._load.is_open_model else ended_ns
        if fault:
            prepared.counters.fail(fault.kind, latency_us, fault.text)
        elif outcome in prepared.expect_status:
            prepared.counters.ok[latency_us] += 1
            if self._load.is_open_model:
                prepared.counters.service[(ended_ns - began_ns) // 1000] += 1
            if self._scenario_run is not None and isinstance(self._scenario_run.capture, StreamCapture):
                prepared.counters.count_first_parts(self._scenario_run.capture, began_ns)
        elif outcome in GENERATOR_FAULTS:
            self._load.counters.cancelled += 1
            self._load.counters.unsent[failure_kind(outcome)] += 1
        else:
            prepared.counters.fail(failure_kind(outcome), latency_us, self._example_of(outcome))

    def _judge(self, outcome: Outcome) -> "tuple[Outcome, Fault | None]":
        """The outcome after a look at what was captured, and what is wrong with an expected response; the
        scenario goes on, or starts anew."""
        scenario_run = self._scenario_run
        if scenario_run is None:
            return outcome, None
        self.count_tokens()
        expect_status = self._prepared.expect_status
        if scenario_run.capture is not None and (outcome in expect_status or isinstance(outcome, str)):
            outcome = scenario_run.capture.judge(outcome)
        is_expected = outcome in expect_status
        fault = scenario_run.check() if is_expected else None
        scenario_run.end(ok=is_expected and not fault)
        return outcome, fault

    def _example_of(self, outcome: Outcome) -> str:
        """What was wrong in the request that failed, if that is known. What was malformed is only looked for
        in the tick's first such response: finding the byte parses it again."""
        if self._redirect_fault:
            fault, self._redirect_fault = self._redirect_fault, ""
            return fault
        if outcome != MALFORMED or self._carrier is None or MALFORMED in self._prepared.counters.examples:
            return ""
        return self._carrier.why

    def _count_unsent(self, fault: str) -> None:
        """Counts a request that could not be filled in; its user's journey starts anew."""
        self.began_ns, self._unfillable = 0, ""
        self._prepared.counters.fail(BAD_VALUE, 0, fault)
        if self._scenario_run is not None:
            self._scenario_run.end(ok=False)
