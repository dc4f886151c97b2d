"""Every way an answer can go lands in exactly one named outcome."""

import asyncio
import gzip
import socket
from collections.abc import Sequence

import anyio
import anyio.to_thread
import pytest

from engine.client.byte_counters import ByteCounters
from engine.client.connection import Connection
from engine.client.endpoint import Endpoint
from engine.client.response_head import HEAD_LIMIT_BYTES
from engine.protocol.address import Address
from engine.protocol.outcome import (
    CLOSED_EARLY,
    MALFORMED,
    RESPONSE_TIMEOUT,
    STALE,
    Outcome,
)
from engine.protocol.outcome import RESET as WAS_RESET
from tests.support.servers import CLOSE, HANG, RESET, answer, scripted, serving, wait_until
from tests.support.waiting import WITHIN_S

pytestmark = [pytest.mark.anyio, pytest.mark.races]

REQUEST = b"GET / HTTP/1.1\r\nHost: test\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nTrailer: x\r\n\r\n"

Exchange = Sequence[bytes | str]

WHOLE: dict[str, tuple[bytes, int]] = {
    "with a length": (answer(), 200),
    "empty": (answer(b""), 200),
    "chunked with a trailer": (CHUNKED, 200),
    "204": (b"HTTP/1.1 204 No Content\r\n\r\n", 204),
    "304 that names a length": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304),
    "after 100": (b"HTTP/1.1 100 Continue\r\n\r\n" + answer(), 200),
    "after two interim answers": (
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + answer(),
        200,
    ),
    "404": (answer(status="404 Not Found"), 404),
    "500": (answer(status="500 Oops"), 500),
    "a redirect": (answer(status="302 Found", headers="Location: /elsewhere\r\n"), 302),
    "compressed": (answer(gzip.compress(b"hello"), headers="Content-Encoding: gzip\r\n"), 200),
    "chunked with extensions": (CHUNKED.replace(b"\r\n5\r\n", b'\r\n5;a=b;c="d"\r\n'), 200),
    "after empty lines": (b"\r\n\r\n" + answer(), 200),
    "keep-alive of HTTP/1.0": (
        b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
        200,
    ),
}

LAST: dict[str, tuple[Exchange, int]] = {
    "Connection: close": ([answer(headers="Connection: close\r\n"), CLOSE], 200),
    "HTTP/1.0": ([b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", CLOSE], 200),
    "body until the end, HTTP/1.0": ([b"HTTP/1.0 200 OK\r\n\r\nsome", b" words", CLOSE], 200),
    "body until the end, HTTP/1.1": ([b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\nsome words", CLOSE], 200),
    "no body until the end": ([b"HTTP/1.1 200 OK\r\n\r\n", CLOSE], 200),
    "until the end, after 100": ([b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nwords", CLOSE], 200),
    "more than was asked for": ([answer() + answer(status="500 Oops"), HANG], 200),
    "a part of a second answer": ([answer() + b"HTTP/1.1 2", HANG], 200),
    "the first byte of a second answer": ([answer() + b"H", HANG], 200),
    "a part of a second answer, after chunks": ([CHUNKED + b"HTTP/1.1 200 OK\r\nContent-Len", HANG], 200),
    "shorter than its length said": ([answer(b"hello").replace(b"5", b"3"), HANG], 200),
    "coded but not chunked, until the end": (
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nwords", CLOSE],
        200,
    ),
    "after 100 in two reads, until the end": (
        [b"HTTP/1.1 100 Cont", b"inue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nwords", CLOSE],
        200,
    ),
    "rubbish after the answer": ([answer() + b"rubbish", HANG], 200),
    "switched protocols": (
        [b"HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x00", HANG],
        101,
    ),
}

FAILED: dict[str, tuple[Exchange, str]] = {
    "closed without a word": ([CLOSE], CLOSED_EARLY),
    "half a head": ([b"HTTP/1.1 200 OK\r\nContent-Le", CLOSE], CLOSED_EARLY),
    "half a body": ([b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", CLOSE], CLOSED_EARLY),
    "half a body, said to be the last": (
        [b"HTTP/1.0 200 OK\r\ncontent-length: 10\r\n\r\nhello", CLOSE],
        CLOSED_EARLY,
    ),
    "half a body after 100 in two reads": (
        [b"HTTP/1.1 100 Cont", b"inue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", CLOSE],
        CLOSED_EARLY,
    ),
    "half a body after empty lines": (
        [b"\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", CLOSE],
        CLOSED_EARLY,
    ),
    "half a chunked body": ([CHUNKED[:-10], CLOSE], CLOSED_EARLY),
    "only an interim answer": ([b"HTTP/1.1 100 Continue\r\n\r\n", CLOSE], CLOSED_EARLY),
    "reset without a word": ([RESET], WAS_RESET),
    "rubbish": ([b"\x00\xffthis is not HTTP\r\n\r\n", HANG], MALFORMED),
    "another protocol": ([b"SSH-2.0-OpenSSH_9.6\r\n", HANG], MALFORMED),
    "a status that is none": ([b"HTTP/1.1 abc OK\r\n\r\n", HANG], MALFORMED),
    "a status below 100": ([b"HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n", HANG], MALFORMED),
    "a status below 100, until the end": ([b"HTTP/1.1 003 Low\r\n\r\nwords", CLOSE], MALFORMED),
    "a status of zero, until the end": ([b"HTTP/1.0 000 None\r\n\r\nwords", CLOSE], MALFORMED),
    "a status of zero": ([b"HTTP/1.1 000 None\r\nContent-Length: 0\r\n\r\n", HANG], MALFORMED),
    "both a length and chunks": (
        [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n" + CHUNKED.split(b"\r\n", 1)[1], HANG],
        MALFORMED,
    ),
    "two lengths": ([answer(headers="Content-Length: 6\r\n"), HANG], MALFORMED),
    "a length that is none": ([b"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\n", HANG], MALFORMED),
    "a chunk size that is none": (
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", HANG],
        MALFORMED,
    ),
    "endless headers": ([b"HTTP/1.1 200 OK\r\n"] + [b"X: " + b"y" * 4000 + b"\r\n"] * 20 + [HANG], MALFORMED),
}


async def dial(port: int, traffic: ByteCounters | None = None) -> Connection:
    connection = await Endpoint(Address("127.0.0.1", port), 5.0).dial(traffic or ByteCounters())
    assert isinstance(connection, Connection)
    return connection


async def ask(connection: Connection, request: bytes = REQUEST, *, head_only: bool = False) -> Outcome:
    with anyio.fail_after(10):
        return await connection.send(request, head_only)


def by_byte(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


@pytest.mark.parametrize("case", WHOLE)
async def test_a_whole_answer_is_its_status_and_the_connection_serves_again(case: str) -> None:
    data, status = WHOLE[case]
    half = len(data) // 2
    async with serving(scripted([data], by_byte(data), [data[:half], data[half:]], [data])) as port:
        connection = await dial(port)
        for _ in range(4):
            assert await ask(connection) == status
            assert connection.usable
        connection.close()


@pytest.mark.parametrize("case", LAST)
async def test_an_answer_that_ends_the_connection_is_whole_all_the_same(case: str) -> None:
    exchange, status = LAST[case]
    async with serving(scripted(exchange)) as port:
        connection = await dial(port)
        assert await ask(connection) == status
        await wait_until(lambda: not connection.usable)


@pytest.mark.parametrize("case", FAILED)
async def test_a_broken_answer_has_a_name(case: str) -> None:
    exchange, kind = FAILED[case]
    async with serving(scripted(exchange)) as port:
        connection = await dial(port)
        assert await ask(connection) == kind
        assert not connection.usable


async def test_a_reset_in_the_middle_of_an_answer() -> None:
    # The peer's first bytes must have been read before the reset throws away what was not.
    arrived = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
        await arrived.wait()
        sock: socket.socket = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")

    async with serving(handle) as port:
        traffic = ByteCounters()
        connection = await dial(port, traffic)
        outcome = connection.send(REQUEST, False)
        await wait_until(lambda: traffic.bytes_in > 0)
        arrived.set()
        assert await outcome == WAS_RESET


@pytest.mark.parametrize("end", [CLOSE, RESET])
async def test_a_reused_connection_that_is_closed_before_the_first_byte_is_stale(end: str) -> None:
    async with serving(scripted([answer()], [end])) as port:
        connection = await dial(port)
        assert await ask(connection) == 200
        assert await ask(connection) == STALE
        assert not connection.usable


async def test_a_connection_closed_while_idle_is_not_usable() -> None:
    async with serving(scripted([answer(), CLOSE])) as port:
        connection = await dial(port)
        assert await ask(connection) == 200
        await wait_until(lambda: not connection.usable)


async def test_the_answer_to_head_has_no_body_and_the_next_one_has() -> None:
    promise = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"
    async with serving(scripted([promise], by_byte(promise), [answer()], [promise])) as port:
        connection = await dial(port)
        head = b"HEAD / HTTP/1.1\r\nHost: test\r\n\r\n"
        assert await ask(connection, head, head_only=True) == 200
        assert await ask(connection, head, head_only=True) == 200
        assert await ask(connection) == 200
        assert await ask(connection, head, head_only=True) == 200
        connection.close()


async def test_giving_up_ends_the_request_with_that_kind() -> None:
    async with serving(scripted([HANG])) as port:
        connection = await dial(port)
        outcome = connection.send(REQUEST, False)
        connection.fail(RESPONSE_TIMEOUT)
        assert await outcome == RESPONSE_TIMEOUT
        assert not connection.usable


async def test_an_answer_that_comes_after_its_user_was_cancelled_is_dropped() -> None:
    async with serving(scripted([answer()])) as port:
        traffic = ByteCounters()
        connection = await dial(port, traffic)
        outcome = connection.send(REQUEST, False)
        outcome.cancel()
        await wait_until(lambda: traffic.bytes_in == len(answer()))
        assert outcome.cancelled()
        connection.close()


async def test_requests_follow_each_other_without_waking_whoever_waits() -> None:
    statuses: list[int] = []

    def follow_up(status: int, ended_ns: int) -> bytes | None:
        statuses.append(status)
        return REQUEST if len(statuses) < 3 else None

    exchanges = [[answer()], by_byte(answer(status="404 Not Found")), [CHUNKED]]
    async with serving(scripted(*exchanges)) as port:
        connection = await dial(port)
        connection.follow_up = follow_up
        assert await ask(connection) == 200
        assert statuses == [200, 404, 200]
        connection.close()


@pytest.mark.parametrize(
    ("exchange", "outcome"),
    [
        ([CLOSE], STALE),
        ([RESET], STALE),
        ([b"rubbish\r\n\r\n", HANG], MALFORMED),
        ([b"HTTP", CLOSE], CLOSED_EARLY),
    ],
)
async def test_a_failure_of_a_request_that_followed_is_its_own(exchange: Exchange, outcome: str) -> None:
    async with serving(scripted([answer()], exchange)) as port:
        connection = await dial(port)
        connection.follow_up = lambda *_: REQUEST
        assert await ask(connection) == outcome
        assert not connection.usable


async def test_nothing_follows_on_a_connection_that_brought_more_than_was_asked_for() -> None:
    async with serving(scripted([answer() + answer(), HANG])) as port:
        connection = await dial(port)
        connection.follow_up = lambda *_: REQUEST
        assert await ask(connection) == 200
        assert not connection.usable


async def test_a_request_larger_than_the_sockets_buffer_arrives_whole() -> None:
    body = bytes(range(256)) * 40_000
    request = b"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: %d\r\n\r\n" % len(body)
    async with serving(scripted([answer()], [answer()])) as port:
        connection = await dial(port)
        assert await ask(connection, request + body) == 200
        assert await ask(connection) == 200
        connection.close()


async def test_an_answer_before_the_request_was_sent_ends_the_connection() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer(status="413 Too Large"))
        await asyncio.Event().wait()

    async with serving(handle) as port:
        connection = await dial(port)
        request = b"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 99999999\r\n\r\n" + bytes(50_000_000)
        assert await ask(connection, request) == 413
        assert not connection.usable


async def test_an_answer_outlives_the_reset_that_follows_it() -> None:
    # Servers that refuse a request answer and hang up at once: the kernel resets what is still being sent.
    request = b"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 5000000\r\n\r\n" + bytes(5_000_000)
    refusal = answer(status="413 Too Large", headers="Connection: close\r\n")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(WITHIN_S)

        def refuse() -> None:
            for _ in range(40):
                peer, _ = listener.accept()
                with peer:
                    peer.recv(1000)
                    peer.sendall(refusal)

        async with anyio.create_task_group() as group:
            group.start_soon(anyio.to_thread.run_sync, refuse)
            for _ in range(40):
                connection = await dial(listener.getsockname()[1])
                assert await ask(connection, request) == 413
                assert not connection.usable


async def test_the_answer_to_head_that_has_a_body_ends_the_connection() -> None:
    async with serving(scripted([answer(), HANG])) as port:
        connection = await dial(port)
        assert await ask(connection, b"HEAD / HTTP/1.1\r\nHost: test\r\n\r\n", head_only=True) == 200
        assert not connection.usable


async def test_a_request_on_a_connection_that_was_lost_fails_as_it_was_lost() -> None:
    async with serving(scripted([answer(), CLOSE])) as port:
        connection = await dial(port)
        assert await ask(connection) == 200
        await wait_until(lambda: not connection.usable)
        assert await ask(connection) == STALE


async def test_a_large_answer_is_counted_and_not_kept() -> None:
    body = bytes(20_000_000)
    async with serving(scripted([answer(body)])) as port:
        traffic = ByteCounters()
        connection = await dial(port, traffic)
        assert await ask(connection) == 200
        assert traffic.bytes_in == len(answer(body))
        connection.close()


async def test_times_are_those_of_the_request() -> None:
    async with serving(scripted([answer()])) as port:
        connection = await dial(port)
        assert connection.connect_us >= 0
        assert connection.ended_ns == 0
        await ask(connection)
        assert connection.ended_ns > 0
        connection.close()


def test_the_limit_of_a_head_is_beyond_what_servers_send() -> None:
    assert HEAD_LIMIT_BYTES >= 32 * 1024


async def test_a_fault_in_what_follows_a_response_is_raised_where_it_is_awaited() -> None:
    def fail(status: int, ended_ns: int) -> None:
        raise LookupError(status)

    async with serving(scripted([answer()])) as port:
        dialled = await Endpoint(Address("127.0.0.1", port), 5.0).dial(ByteCounters())
        assert isinstance(dialled, Connection)
        dialled.follow_up = fail
        with anyio.fail_after(WITHIN_S), pytest.raises(LookupError):
            await dialled.send(REQUEST, False)
        assert not dialled.usable
