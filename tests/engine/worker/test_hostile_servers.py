"""Servers that mean harm, driven by a real worker: whatever they do is counted under its name alone."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
import psutil
import pytest
import trustme

from engine.protocol.address import Tls
from engine.protocol.messages import AddTarget
from engine.protocol.outcome import (
    CLOSED_EARLY,
    CLOSED_WITH_ERROR,
    CONNECT_TIMEOUT,
    CUT_SHORT,
    MALFORMED,
    RESET,
    RESPONSE_TIMEOUT,
    TLS_CERTIFICATE,
    TLS_HANDSHAKE,
    TOO_LARGE,
    WRONG_TYPE,
)
from engine.protocol.request import Kind
from tests.support.certificates import TRUSTED, server_context
from tests.support.servers import Handler, answer, reset_when_closed, serving
from tests.support.streaming import EVENT_STREAM, chunk, shake_hands
from tests.support.worker_process import WorkerProcess, get, target, working

pytestmark = pytest.mark.anyio

TIMEOUT_S = 1.0
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@dataclass(frozen=True)
class Hostile:
    """A server, how it is spoken to, and the one kind that all of its failures must have."""

    kind: str
    serve: Handler
    context: ssl.SSLContext | None = None
    tls: Tls | None = None
    stream: Kind = "http"
    """What is asked for."""
    until: str = ""


def says(*pieces: bytes, then: Callable[[asyncio.StreamWriter], None] | None = None) -> Handler:
    """Answers each request with these; then keeps silent, or ends."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await reader.readuntil(b"\r\n\r\n")
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)
            if then is not None:
                # What was said is to be heard before the end: a reset may overtake it.
                await asyncio.sleep(0.05)
                then(writer)
                return

    return handle


async def read_head(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")


def repeats(begin: bytes, again: bytes, *, every_s: float = 0.005, after: Handler = read_head) -> Handler:
    """Begins an answer after a request, or after a handshake, and never ends it."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await after(reader, writer)
        writer.write(begin)
        while not writer.transport.is_closing():
            writer.write(again)
            await writer.drain()
            await asyncio.sleep(every_s)

    return handle


def close(writer: asyncio.StreamWriter) -> None:
    writer.close()


def reset(writer: asyncio.StreamWriter) -> None:
    reset_when_closed(writer.get_extra_info("socket"))
    writer.transport.abort()


async def end_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Ends its side before it has heard anything. (To close would be a reset: there is something unread.)"""
    writer.write_eof()
    await reader.read()


async def reset_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Resets before it has heard anything."""
    reset(writer)


def after_hello(*pieces: bytes, then: Callable[[asyncio.StreamWriter], None] | None = None) -> Handler:
    """Answers the first bytes of a handshake with these; then keeps silent, or ends."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10_000)
        writer.writelines(pieces)
        if then is not None:
            then(writer)
        await reader.read()

    return handle


def switches(*pieces: bytes, then: Callable[[asyncio.StreamWriter], None] | None = None) -> Handler:
    """Shakes hands as a WebSocket server does, says these, and then keeps silent, or ends."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await shake_hands(reader, writer)
        writer.writelines(pieces)
        await writer.drain()
        if then is not None:
            await asyncio.sleep(0.05)
            then(writer)
        await reader.read()

    return handle


async def keep_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Listens, and never answers."""
    while await reader.read(1000):
        pass


OURS = server_context("127.0.0.1")
EVENTS = EVENT_STREAM + chunk(b"data: a\n\n")
UNFRAMED_EVENTS = HEAD + b"Content-Type: text/event-stream\r\nConnection: close\r\n\r\ndata: a\n\n"
EVENT = chunk(b"data: a\n\n")
TEXT = b"\x81\x05hello"

HOSTILE: dict[str, Hostile] = {
    "never answers": Hostile(RESPONSE_TIMEOUT, keep_silent),
    "half a status line, then silence": Hostile(RESPONSE_TIMEOUT, says(b"HTTP/1.1 2")),
    "half a head, then silence": Hostile(RESPONSE_TIMEOUT, says(HEAD + b"Content-")),
    "half a body, then silence": Hostile(RESPONSE_TIMEOUT, says(answer(b"hello")[:-2])),
    "a length that is too long": Hostile(RESPONSE_TIMEOUT, says(HEAD + b"Content-Length: 9\r\n\r\nhello")),
    "a head that drips": Hostile(RESPONSE_TIMEOUT, repeats(HEAD + b"A: ", b"x", every_s=0.02)),
    "a body that drips": Hostile(RESPONSE_TIMEOUT, repeats(HEAD + b"\r\n", b"x", every_s=0.02)),
    "an endless body": Hostile(RESPONSE_TIMEOUT, repeats(HEAD + b"\r\n", bytes(65536))),
    "an endless chunk": Hostile(RESPONSE_TIMEOUT, repeats(CHUNKED + b"fffffffffff\r\n", bytes(65536))),
    "endless chunks": Hostile(RESPONSE_TIMEOUT, repeats(CHUNKED, b"1\r\nx\r\n" * 1000)),
    "endless trailers": Hostile(RESPONSE_TIMEOUT, repeats(CHUNKED + b"0\r\n", b"A: b\r\n" * 1000)),
    "endless interim answers": Hostile(MALFORMED, repeats(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100)),
    "endless headers": Hostile(MALFORMED, repeats(HEAD, b"A: b\r\n" * 4000)),
    "an endless header": Hostile(MALFORMED, repeats(HEAD + b"A: ", b"x" * 20_000)),
    "rubbish": Hostile(MALFORMED, says(b"\x00\xff\x00\xff\r\n\r\n")),
    "another protocol": Hostile(MALFORMED, says(b"SSH-2.0-OpenSSH_9.6\r\n")),
    "HTTP/2 in the clear": Hostile(MALFORMED, says(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00")),
    "TLS in the clear": Hostile(MALFORMED, says(b"\x15\x03\x01\x00\x02\x02\x46")),
    "a length and chunks": Hostile(MALFORMED, says(CHUNKED[:-2] + b"Content-Length: 5\r\n\r\n0\r\n\r\n")),
    "two lengths": Hostile(MALFORMED, says(answer(headers="Content-Length: 4\r\n"))),
    "a negative length": Hostile(MALFORMED, says(HEAD + b"Content-Length: -1\r\n\r\n")),
    "a chunk size beyond numbers": Hostile(MALFORMED, says(CHUNKED + b"f" * 17 + b"\r\n")),
    "closes at once": Hostile(CLOSED_EARLY, end_at_once),
    "closes without a word": Hostile(CLOSED_EARLY, says(then=close)),
    "closes within the head": Hostile(CLOSED_EARLY, says(HEAD + b"Content-", then=close)),
    "closes within the body": Hostile(CLOSED_EARLY, says(answer(b"hello")[:-2], then=close)),
    "closes within a chunk": Hostile(CLOSED_EARLY, says(CHUNKED + b"5\r\nhel", then=close)),
    "closes before the last chunk": Hostile(CLOSED_EARLY, says(CHUNKED + b"5\r\nhello\r\n", then=close)),
    "closes after an interim answer": Hostile(
        CLOSED_EARLY, says(b"HTTP/1.1 100 Continue\r\n\r\n", then=close)
    ),
    "resets at once": Hostile(RESET, reset_at_once),
    "resets without a word": Hostile(RESET, says(then=reset)),
    "resets within the head": Hostile(RESET, says(HEAD + b"Content-", then=reset)),
    "resets within the body": Hostile(RESET, says(answer(b"hello")[:-2], then=reset)),
    "resets a body without length": Hostile(RESET, says(HEAD + b"\r\nhello", then=reset)),
    "a certificate of nobody we know": Hostile(TLS_CERTIFICATE, says(answer()), OURS, Tls()),
    "a certificate of another authority": Hostile(
        TLS_CERTIFICATE, says(answer()), server_context("127.0.0.1", authority=trustme.CA()), TRUSTED
    ),
    "a certificate that has expired": Hostile(
        TLS_CERTIFICATE, says(answer()), server_context("127.0.0.1", expired=True), TRUSTED
    ),
    "another host's certificate": Hostile(
        TLS_CERTIFICATE, says(answer()), server_context("elsewhere.test"), TRUSTED
    ),
    "no TLS on a TLS port": Hostile(
        TLS_HANDSHAKE, after_hello(answer(status="400 Bad Request")), None, TRUSTED
    ),
    "closes within the handshake": Hostile(TLS_HANDSHAKE, after_hello(then=close), None, TRUSTED),
    "resets within the handshake": Hostile(TLS_HANDSHAKE, after_hello(then=reset), None, TRUSTED),
    "never shakes hands": Hostile(CONNECT_TIMEOUT, keep_silent, None, TRUSTED),
    "TLS, then silence": Hostile(RESPONSE_TIMEOUT, keep_silent, OURS, TRUSTED),
    "TLS, then rubbish": Hostile(MALFORMED, says(b"\x00\xff\r\n\r\n"), OURS, TRUSTED),
    "TLS, then half an answer": Hostile(CLOSED_EARLY, says(HEAD, then=close), OURS, TRUSTED),
}

HOSTILE_STREAMS: dict[str, Hostile] = {
    "an endless event stream": Hostile(RESPONSE_TIMEOUT, repeats(EVENTS, EVENT * 20), stream="sse"),
    "an endless event": Hostile(RESPONSE_TIMEOUT, repeats(EVENTS, chunk(b"data: x\n" * 20)), stream="sse"),
    "an endless line": Hostile(RESPONSE_TIMEOUT, repeats(EVENTS, chunk(b"x" * 9000)), stream="sse"),
    "events that drip": Hostile(RESPONSE_TIMEOUT, repeats(EVENTS, b"1\r\nx\r\n", every_s=0.02), stream="sse"),
    "events, then silence": Hostile(RESPONSE_TIMEOUT, says(EVENTS), stream="sse"),
    "events that never come": Hostile(RESPONSE_TIMEOUT, says(EVENT_STREAM), stream="sse"),
    "closes within an event": Hostile(
        CUT_SHORT, says(EVENTS + chunk(b"data: b\n"), then=close), stream="sse"
    ),
    "closes before the last events": Hostile(CUT_SHORT, says(EVENTS, then=close), stream="sse"),
    "ends within an event": Hostile(CUT_SHORT, says(EVENTS + chunk(b"data: b\n") + chunk(b"")), stream="sse"),
    "ends without its last event": Hostile(
        CUT_SHORT, says(EVENTS + chunk(b"")), stream="sse", until="[DONE]"
    ),
    "ends within an event, and the connection with it": Hostile(
        CUT_SHORT, says(UNFRAMED_EVENTS + b"data: b\n", then=close), stream="sse"
    ),
    "closes before any event's head": Hostile(CLOSED_EARLY, says(HEAD, then=close), stream="sse"),
    "resets within events": Hostile(RESET, says(EVENTS, then=reset), stream="sse"),
    "broken chunks of events": Hostile(MALFORMED, says(EVENTS + b"zz\r\n"), stream="sse"),
    "no events, but a page": Hostile(WRONG_TYPE, says(answer(b"data: a\n\n")), stream="sse"),
    "an error instead of events": Hostile(
        "status 503", says(answer(b"busy", "503 Service Unavailable")), stream="sse"
    ),
    "an endless conversation": Hostile(
        RESPONSE_TIMEOUT, repeats(TEXT, TEXT * 20, after=shake_hands), stream="websocket"
    ),
    "a conversation that drips": Hostile(
        RESPONSE_TIMEOUT,
        repeats(b"\x81\x7e\x10\x00", b"x", every_s=0.02, after=shake_hands),
        stream="websocket",
    ),
    "an endless message in fragments": Hostile(
        TOO_LARGE,
        repeats(b"\x01\x01x", b"\x00\x7e\xff\xff" + bytes(65535), after=shake_hands),
        stream="websocket",
    ),
    "pings without end, and no pong is read": Hostile(
        RESPONSE_TIMEOUT,
        repeats(TEXT, (b"\x89\x7d" + bytes(125)) * 50, after=shake_hands),
        stream="websocket",
    ),
    "never shakes a WebSocket's hands": Hostile(RESPONSE_TIMEOUT, keep_silent, stream="websocket"),
    "no WebSocket": Hostile("status 200", says(answer()), stream="websocket"),
    "an endless refusal": Hostile(
        MALFORMED,
        repeats(b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n", chunk(bytes(65536))),
        stream="websocket",
    ),
    "another key": Hostile(
        MALFORMED,
        says(b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
        stream="websocket",
    ),
    "a masked frame": Hostile(MALFORMED, switches(b"\x81\x85\0\0\0\0hello"), stream="websocket"),
    "an unknown frame": Hostile(MALFORMED, switches(TEXT + b"\x83\x00"), stream="websocket"),
    "an oversized frame": Hostile(TOO_LARGE, switches(b"\x82\x7f" + b"\x7f" * 8), stream="websocket"),
    "hangs up within a frame": Hostile(CUT_SHORT, switches(TEXT[:4], then=close), stream="websocket"),
    "hangs up without a word of parting": Hostile(CUT_SHORT, switches(TEXT, then=close), stream="websocket"),
    "parts before the last message": Hostile(
        CUT_SHORT, switches(TEXT + b"\x88\x02\x03\xe8"), stream="websocket", until="bye"
    ),
    "parts with an error": Hostile(
        CLOSED_WITH_ERROR, switches(TEXT + b"\x88\x02\x03\xf3"), stream="websocket"
    ),
    "resets within a conversation": Hostile(RESET, switches(TEXT, then=reset), stream="websocket"),
}


@asynccontextmanager
async def all_serving(hostiles: dict[str, Hostile]) -> AsyncIterator[list[AddTarget]]:
    """One target for each hostile server, named as it is."""
    async with AsyncExitStack() as stack:
        orders = []
        for name, hostile in hostiles.items():
            port = await stack.enter_async_context(serving(hostile.serve, tls=hostile.context))
            orders.append(
                target(
                    port,
                    get(port, kind=hostile.stream, until=hostile.until),
                    users=1,
                    name=name,
                    tls=hostile.tls,
                    timeout_s=TIMEOUT_S,
                    connect_timeout_s=TIMEOUT_S,
                )
            )
        yield orders


@pytest.mark.timeout(180)
@pytest.mark.parametrize("hostiles", [HOSTILE, HOSTILE_STREAMS], ids=["answers", "streams"])
async def test_everything_that_hostile_servers_do_has_a_failure_kind(
    hostiles: dict[str, Hostile], tmp_path: Path
) -> None:
    async with all_serving(hostiles) as orders, working(tmp_path) as worker:
        await worker.begin()
        await worker.say(*orders)
        failed: set[str] = set()
        with anyio.fail_after(120):
            while failed != hostiles.keys():
                sample = await worker.until(lambda each: any(t.errors for t in each.requests.values()))
                failed.add(sample.target)
        memory_bytes = psutil.Process(worker.process.pid).memory_info().rss
        await worker.stop(grace_s=0.0)
    assert {name: outcomes(worker, name) for name in hostiles} == {
        name: {hostile.kind} for name, hostile in hostiles.items()
    }
    assert memory_bytes < 200_000_000
    for name in hostiles:
        samples = [sample for sample in worker.samples if sample.target == name]
        started = sum(sample.started for sample in samples)
        ended = sum(sum(stats.errors.values()) for sample in samples for stats in sample.requests.values())
        assert started == ended + sum(sample.cancelled for sample in samples) + samples[-1].in_flight, name


def outcomes(worker: WorkerProcess, name: str) -> set[str]:
    """Every kind that was counted of a target; `ok` for what must not be."""
    all_stats = [stats for each in worker.samples if each.target == name for stats in each.requests.values()]
    kinds = {kind for stats in all_stats for kind in stats.errors}
    return kinds | {"ok" for stats in all_stats if stats.ok.counts}
