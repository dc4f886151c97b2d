"""Conversations over a WebSocket, with a real server and with one that misbehaves."""

import asyncio
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import anyio
import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from engine.client.byte_counters import ByteCounters
from engine.client.endpoint import Endpoint
from engine.client.stream import Ending, StreamCapture
from engine.client.websocket import MESSAGE_LIMIT_BYTES, SWITCHED, WebSocket
from engine.protocol.address import Address
from engine.protocol.outcome import (
    CLOSED_EARLY,
    CLOSED_WITH_ERROR,
    CUT_SHORT,
    MALFORMED,
    RESPONSE_TIMEOUT,
    TOO_LARGE,
    Outcome,
)
from engine.protocol.outcome import RESET as WAS_RESET
from tests.support.certificates import TRUSTED, server_context
from tests.support.servers import (
    CLOSE,
    HANG,
    RESET,
    Handler,
    answer,
    reset_when_closed,
    scripted,
    serving,
    wait_until,
)
from tests.support.streaming import shake_hands
from tests.support.templates import rendered

pytestmark = pytest.mark.anyio


def asking(path: str = "/ws", message: str | None = None, **headers: str) -> bytes:
    """A handshake, and the message after it."""
    return rendered("http://host.test:81", path=path, body=message, headers=headers, kind="websocket").head


async def opened(port: int, traffic: ByteCounters | None = None, *, tls: bool = False) -> WebSocket:
    address = Address("127.0.0.1", port, tls=TRUSTED if tls else None)
    connection = await Endpoint(address, 5.0).open(WebSocket, traffic or ByteCounters())
    assert isinstance(connection, WebSocket), connection
    return connection


async def converse(
    port: int, request: bytes, ending: Ending | None = None, *, tls: bool = False
) -> tuple[Outcome, StreamCapture]:
    capture = StreamCapture()
    connection = await opened(port, tls=tls)
    with anyio.fail_after(10):
        outcome = await connection.converse(request, ending or Ending(), capture)
    assert not connection.usable
    return outcome, capture


# ---------------------------------------------------------------- a server that behaves


async def generate(connection: ServerConnection) -> None:
    """What `/generate?5` asks for: so many tokens, then the end; `/echo` says what it hears, for ever."""
    assert connection.request is not None
    path, _, count = connection.request.path.partition("?")
    try:
        if path == "/echo":
            async for message in connection:
                await connection.send([message[:2], message[2:]])
                await connection.ping()
            return
        for number in range(int(count)):
            await connection.send(f"token {number}")
    except ConnectionClosed:
        return
    if path == "/fails":
        await connection.close(1011)


@asynccontextmanager
async def generating(*, tls: bool = False) -> AsyncIterator[int]:
    context = server_context("127.0.0.1") if tls else None
    async with serve(generate, "127.0.0.1", 0, ssl=context) as server:
        yield next(iter(server.sockets)).getsockname()[1]


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "TLS"])
async def test_until_the_peer_closes(tls: bool) -> None:
    async with generating(tls=tls) as port:
        outcome, capture = await converse(port, asking("/generate?20"), tls=tls)
    assert outcome == SWITCHED
    assert capture.tokens == 20
    assert bytes(capture.body).startswith(b"token 0token 1")
    assert 0 < capture.first_byte_ns <= capture.first_token_ns


async def test_until_enough_has_come() -> None:
    async with generating() as port:
        outcome, capture = await converse(port, asking("/generate?20"), Ending(receive=3))
    assert (outcome, capture.tokens) == (SWITCHED, 3)


async def test_a_message_is_answered_in_fragments() -> None:
    async with generating() as port:
        outcome, capture = await converse(port, asking("/echo", "grüße"), Ending(receive=1))
    assert (outcome, capture.tokens, capture.body.decode()) == (SWITCHED, 1, "grüße")


@pytest.mark.parametrize("until", ["token 3", "[DONE]"])
async def test_a_message_that_ends_it(until: str) -> None:
    async with generating() as port:
        outcome, capture = await converse(port, asking("/generate?20"), Ending(until.encode()))
    assert (outcome, capture.tokens) == ((SWITCHED, 3) if until == "token 3" else (CUT_SHORT, 20))


async def test_a_message_in_fragments_ends_it() -> None:
    async with generating() as port:
        ending = Ending(b"grim")
        outcome, capture = await converse(port, asking("/echo", "grim"), ending)
    assert (outcome, capture.tokens) == (SWITCHED, 0)


async def test_the_peer_is_told_of_the_end_and_hangs_up_itself() -> None:
    codes: list[int | None] = []

    async def chatter(connection: ServerConnection) -> None:
        for _ in range(100):
            await connection.send("token")
        async for _ in connection:
            pass
        codes.append(connection.close_code)

    async with serve(chatter, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        traffic = ByteCounters()
        connection = await opened(port, traffic)
        assert await connection.converse(asking(), Ending(receive=3), StreamCapture()) == SWITCHED
        await wait_until(lambda: bool(codes))
    assert codes == [1000]
    assert traffic.bytes_out == len(asking()) + 45 + 8, "handshake, key, and a close frame"


async def test_a_peer_that_closes_before_enough_has_come() -> None:
    async with generating() as port:
        outcome, capture = await converse(port, asking("/generate?2"), Ending(receive=3))
    assert (outcome, capture.tokens) == (CUT_SHORT, 2)


async def test_a_peer_that_closes_with_an_error() -> None:
    async with generating() as port:
        outcome, capture = await converse(port, asking("/fails?2"))
    assert (outcome, capture.tokens) == (CLOSED_WITH_ERROR, 2)


async def test_headers_of_the_handshake_and_who_is_asked() -> None:
    heads: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer(status="403 Forbidden"))
        await reader.read()

    async with serving(handle) as port:
        assert (await converse(port, asking("/ws?a=b", Authorization="Bearer x")))[0] == 403
    assert heads[0].startswith(b"GET /ws?a=b HTTP/1.1\r\n")
    assert b"\r\nHost: host.test:81\r\n" in heads[0]
    assert b"\r\nauthorization: Bearer x\r\n" in heads[0]


@pytest.mark.parametrize(
    ("offered", "served", "outcome"),
    [
        ("graphql-ws, chat", ["chat"], SWITCHED),
        ("chat", None, SWITCHED),
        ("", None, SWITCHED),
    ],
)
async def test_a_subprotocol_that_is_offered_may_be_chosen(
    offered: str, served: list[str] | None, outcome: Outcome
) -> None:
    chosen: list[str | None] = []

    async def note(connection: ServerConnection) -> None:
        chosen.append(connection.subprotocol)

    protocols = [Subprotocol(each) for each in served] if served else None
    async with serve(note, "127.0.0.1", 0, subprotocols=protocols, select_subprotocol=_if_any) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        headers = {"Sec-WebSocket-Protocol": offered} if offered else {}
        assert (await converse(port, asking(**headers)))[0] == outcome
    assert chosen == [served[0] if served else None]


def _if_any(connection: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    known = connection.protocol.available_subprotocols or []
    return next((each for each in offered if each in known), None)


# ---------------------------------------------------------------- servers that do not


def switching(*pieces: bytes | str) -> Handler:
    """A server that shakes hands properly, and then sends these."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await shake_hands(reader, writer)
        for piece in pieces:
            if isinstance(piece, bytes):
                writer.write(piece)
                await asyncio.sleep(0)
        if pieces[-1] == RESET:
            await reader.readexactly(1)  # what came before was heard: a reset must not overtake it
            reset_when_closed(writer.get_extra_info("socket"))
        elif pieces[-1] == HANG:
            await reader.read()

    return handle


def frame(opcode: int, data: bytes = b"", *, fin: bool = True, reserved: int = 0) -> bytes:
    """One frame as a server sends it."""
    assert len(data) < 126
    return bytes([fin << 7 | reserved << 4 | opcode, len(data)]) + data


TEXT = frame(1, b"hello")
MANY = frame(8, struct.pack("!H", 1000))
WRONG_KEY = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n"
)

REFUSED: dict[str, tuple[list[bytes | str], Outcome]] = {
    "not found": ([answer(status="404 Not Found"), HANG], 404),
    "with a body until the end": ([b"HTTP/1.1 503 Busy\r\n\r\nlater", CLOSE], 503),
    "an ordinary answer": ([answer(), HANG], 200),
    "another key": ([WRONG_KEY, HANG], MALFORMED),
    "no upgrade": ([b"HTTP/1.1 101 Switching Protocols\r\n\r\n", HANG], MALFORMED),
    "no HTTP": ([b"SSH-2.0-OpenSSH_9.6\r\n", HANG], MALFORMED),
    "endless headers": ([b"HTTP/1.1 101 Switching\r\n", b"A: b\r\n" * 100_000, HANG], MALFORMED),
    "a line without end": ([b"HTTP/1.1 101 " + b"x" * 100_000, HANG], MALFORMED),
    "half an answer": ([b"HTTP/1.1 101 Swi", CLOSE], CLOSED_EARLY),
    "closed": ([CLOSE], CLOSED_EARLY),
    "reset": ([RESET], WAS_RESET),
}

BROKEN: dict[str, tuple[list[bytes | str], int, Outcome]] = {
    "closed without a code": ([TEXT, frame(8), HANG], 0, SWITCHED),
    "a ping first": ([frame(9, b"?"), TEXT, MANY, HANG], 0, SWITCHED),
    "more after enough": ([TEXT, TEXT, HANG], 1, SWITCHED),
    "rubbish after enough": ([TEXT + b"\xff\xff\xff", HANG], 1, SWITCHED),
    "going away": ([frame(8, struct.pack("!H", 1001)), HANG], 0, SWITCHED),
    "policy violation": ([frame(8, struct.pack("!H", 1008)), HANG], 0, CLOSED_WITH_ERROR),
    "no close frame": ([TEXT, CLOSE], 0, CUT_SHORT),
    "half a frame": ([TEXT[:3], CLOSE], 0, CUT_SHORT),
    "half a message": ([frame(1, b"a", fin=False), CLOSE], 0, CUT_SHORT),
    "reset after a ping": ([frame(9), RESET], 0, WAS_RESET),
    "an unknown opcode": ([frame(3), HANG], 0, MALFORMED),
    "reserved bits": ([frame(1, reserved=4), HANG], 0, MALFORMED),
    "a continuation of nothing": ([frame(0, b"a"), HANG], 0, MALFORMED),
    "a masked frame": ([b"\x81\x85\0\0\0\0hello", HANG], 0, MALFORMED),
    "a ping in fragments": ([frame(9, fin=False), HANG], 0, MALFORMED),
    "a text that is not UTF-8": ([frame(1, b"\xff\xfe"), HANG], 0, MALFORMED),
    "and a close with it": ([frame(1, b"\xff\xfe") + MANY, HANG], 0, MALFORMED),
    "a text that ends within a character": (
        [frame(1, b"a", fin=False) + frame(0, b"\xc3"), HANG],
        0,
        MALFORMED,
    ),
    "a character in two fragments": ([frame(1, b"\xc3", fin=False) + frame(0, b"\xa9"), HANG], 1, SWITCHED),
    "bytes that are no text": ([frame(2, b"\xff\xfe"), HANG], 1, SWITCHED),
    "a close code that is none": ([frame(8, struct.pack("!H", 5)), HANG], 0, MALFORMED),
    "too large": ([b"\x82\x7f" + struct.pack("!Q", MESSAGE_LIMIT_BYTES + 1), HANG], 0, TOO_LARGE),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_a_handshake_that_is_not_accepted(case: str) -> None:
    exchange, expected = REFUSED[case]
    async with serving(scripted(exchange)) as port:
        outcome, capture = await converse(port, asking())
    assert (outcome, capture.tokens) == (expected, 0)


@pytest.mark.parametrize("case", BROKEN)
async def test_every_end_of_a_conversation_has_a_name(case: str) -> None:
    pieces, receive, expected = BROKEN[case]
    async with serving(switching(*pieces)) as port:
        outcome, _ = await converse(port, asking(), Ending(receive=receive))
    assert outcome == expected


class FaultyCapture(StreamCapture):
    """Fails once it is given a message."""

    def on_body(self, part: bytes) -> None:
        raise LookupError(part)


async def test_a_fault_in_what_takes_a_message_is_raised_where_the_outcome_is_awaited() -> None:
    async with serving(switching(TEXT, HANG)) as port:
        connection = await opened(port)
        with anyio.fail_after(10), pytest.raises(LookupError, match="hello"):
            await connection.converse(asking(), Ending(), FaultyCapture())
        assert not connection.usable


async def test_giving_up() -> None:
    async with serving(switching(TEXT, HANG)) as port:
        connection = await opened(port)
        outcome = connection.converse(asking(), Ending(), StreamCapture())
        connection.fail(RESPONSE_TIMEOUT)
        assert await outcome == RESPONSE_TIMEOUT


async def test_a_connection_holds_one_conversation() -> None:
    async with generating() as port:
        connection = await opened(port)
        assert await connection.converse(asking("/generate?1"), Ending(), StreamCapture()) == SWITCHED
        assert await connection.converse(asking("/generate?1"), Ending(), StreamCapture()) == CLOSED_EARLY
