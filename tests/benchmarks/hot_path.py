"""What a request costs within the worker's own code: answers are handed to it without a network in between.

So that figures repeat to a few percent where throughput over a socket does not, and so that what the kernel
and the event loop cost is seen to be theirs: the rest of what `throughput` shows.
"""

import asyncio
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from time import monotonic_ns, process_time_ns
from typing import TYPE_CHECKING, cast

import anyio
from httptools import HttpResponseParser

from engine.client.byte_counters import ByteCounters
from engine.client.connection import Connection
from engine.protocol.messages import Begin
from engine.worker.ids import IdAllocator
from engine.worker.user_pool import UserPool
from tests.benchmarks.report import Options, Table
from tests.benchmarks.varying import KINDS, Kind
from tests.support.worker_process import target

if TYPE_CHECKING:
    from engine.client.endpoint import Endpoint

ANSWER = (
    b"HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
    b"Content-Type: application/json\r\nContent-Length: 19\r\nConnection: keep-alive\r\n\r\n"
    b'{"message":"hello"}'
)
REQUEST = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
EXCHANGES = 20_000
SAME = (ANSWER,) * EXCHANGES
DIFFERING = tuple(ANSWER.replace(b"hello", b"%05d" % number) for number in range(EXCHANGES))
LONG_BYTES = 30_000
LONG = (ANSWER.replace(b"19\r\n", b"%d\r\n" % LONG_BYTES)[:-19] + b"x" * LONG_BYTES,) * EXCHANGES

Receive = Callable[[bytes, int], None]
"""Takes an answer, and when it arrived."""


class _Wire:
    """Takes whatever is sent."""

    def send(self, data: bytes, /) -> int:
        return len(data)

    def recv(self, limit: int, /) -> bytes:
        return b""

    def getsockopt(self, level: int, option: int, /) -> int:
        return 0


class _Transport(asyncio.Transport):
    """Has nothing to give up."""

    def abort(self) -> None:
        pass


class _Listener:
    """Hears of answers, and does nothing."""

    def on_message_begin(self) -> None: ...
    def on_message_complete(self) -> None: ...


@dataclass
class _Endpoint:
    """Gives connections that lead nowhere."""

    made: list[Connection] = field(default_factory=list)

    async def dial(self, traffic: ByteCounters, within_s: float = math.inf) -> Connection:
        connection = Connection(traffic, _Wire())
        connection.connection_made(_Transport())
        self.made.append(connection)
        return connection


def hot_path(options: Options) -> Table:
    """Nanoseconds a request, piece by piece."""
    repeats = max(3, options.rounds)
    parse_ns = median(_timed(_parser()) for _ in range(repeats))
    connection_ns = median(anyio.run(_through_connection) for _ in range(repeats))
    wholes_ns = {kind.name: median(anyio.run(_through_user, kind) for _ in range(repeats)) for kind in KINDS}
    differing_ns = median(anyio.run(_through_user, KINDS[0], DIFFERING) for _ in range(repeats))
    long_ns = median(anyio.run(_through_user, KINDS[0], LONG) for _ in range(repeats))
    constant_ns = wholes_ns[KINDS[0].name]
    rows = [
        ("the connection", connection_ns),
        ("user, counters, clock", constant_ns - connection_ns),
        *((f"all, {name}", whole_ns) for name, whole_ns in wholes_ns.items()),
        (f"all, {KINDS[0].name}, no response twice", differing_ns),
        (f"all, {KINDS[0].name}, a body of {LONG_BYTES // 1000} kB", long_ns),
        ("parsing alone (httptools)", parse_ns),
    ]
    return Table(
        "The worker's own code, without a network",
        ("part of a request", "µs", "of the constant one"),
        tuple((name, f"{ns / 1000:.2f}", f"{ns / constant_ns:.2f}") for name, ns in rows),
        (f"Medians of {repeats} × {EXCHANGES:,} answers handed to a connection; asyncio's own loop.",),
    )


def _timed(receive: Receive, answers: Sequence[bytes] = SAME) -> float:
    """Nanoseconds of processor time for each answer."""
    for answer in answers[: EXCHANGES // 10]:
        receive(answer, monotonic_ns())
    began_ns = process_time_ns()
    for answer in answers:
        receive(answer, monotonic_ns())
    return (process_time_ns() - began_ns) / len(answers)


def _parser() -> Receive:
    feed = HttpResponseParser(_Listener()).feed_data
    return lambda answer, _: feed(answer)


async def _through_connection() -> float:
    connection = await _Endpoint().dial(ByteCounters())
    connection.follow_up = lambda *_: REQUEST
    connection.send(REQUEST, False)
    return _timed(connection.take_read)


async def _through_user(kind: Kind, answers: Sequence[bytes] = SAME) -> float:
    endpoint = _Endpoint()
    async with anyio.create_task_group() as tasks:
        begin = Begin(monotonic_ns(), 0, 1)
        pool = UserPool("t", begin, IdAllocator(begin), tasks)
        pool.open(target(1, *kind.make(1), users=1, journey=kind.journey), 0)
        pool.load.endpoint = cast("Endpoint", endpoint)
        pool.adjust(0.0, monotonic_ns())
        await anyio.wait_all_tasks_blocked()
        took_ns = _timed(endpoint.made[0].take_read, answers)
        assert len(endpoint.made) == 1
        tasks.cancel_scope.cancel()
    return took_ns
