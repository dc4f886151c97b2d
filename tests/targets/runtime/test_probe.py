"""One question to a server: what is read of its answer is bounded, and a reason is never empty."""

import asyncio
import socket
import ssl
import zlib
from contextlib import ExitStack

import anyio
import pytest
import trustme

from targets.runtime import Address
from targets.runtime.probe import MOST_BYTES, NOT_HTTP, Question, Reply, ask, get, status_of
from targets.runtime.readiness import Seen, poll_health
from tests.support.servers import CLOSE, HANG, RESET, Handler, read_request, scripted, serving, unused_port

pytestmark = pytest.mark.anyio

A_PIECE = b"x" * 65_536
BOMB = zlib.compress(bytes(10_000_000))
SOCKETS_HOLD_BYTES = 16 * 1024 * 1024
"""More than what the kernel takes over for a server whose client does not read."""


async def asked(handler: Handler, *, within_s: float = 20.0) -> Reply:
    async with serving(handler) as port:
        return await ask(question(port), connect_within_s=5.0, within_s=within_s)


def question(port: int, context: ssl.SSLContext | None = None, name: str = "127.0.0.1") -> Question:
    return Question(get("/", f"127.0.0.1:{port}"), ("127.0.0.1",), port, context, name)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"", None),
        (b"HTTP/1.1 20", None),
        (b"HTTP/1.1 200 OK\r\n", 200),
        (b"HTTP/1.1 200\r\n", 200),
        (b"HTTP/1.0 404 Not Found\r\n", 404),
        (b"HTTP/1.1 100 Continue\r\n", None),
        (b"HTTP/1.1 100 Continue\r\n\r\n", None),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 302 Found\r\n", 302),
        (b"HTTP/1.1 101 Switching Protocols\r\n", 101),
        (b"SSH-2.0-x\r\n", 0),
        (b"HTTP/2 200\r\n", 0),
        (b"hi\n", 0),
        (b"HTTP/1.1 1xx Whatever\r\n", 0),
    ],
)
def test_the_status_of_what_has_come_so_far(said: bytes, status: int | None) -> None:
    assert status_of(said) == status


@pytest.mark.parametrize(
    ("exchange", "reply"),
    [
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"], Reply(200)),
        ([b"HTTP/1.1 200 OK\r\n", HANG], Reply(200)),
        ([b"HTTP/1.1 302 Found\r\nLocation: http://203.0.113.1/\r\n\r\n", HANG], Reply(302)),
        ([b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 204 None\r\n\r\n", HANG], Reply(204)),
        ([b"nothing of the kind\r\n"], Reply(trouble=NOT_HTTP)),
        ([b"HTTP/1.1 2", CLOSE], Reply(trouble=NOT_HTTP)),
        ([CLOSE], Reply(trouble="ends connections without an answer")),
    ],
)
async def test_what_a_server_says(exchange: list[bytes | str], reply: Reply) -> None:
    assert await asked(scripted(exchange)) == reply


async def test_one_that_resets_connections_has_a_reason() -> None:
    reply = await asked(scripted([RESET]))
    assert reply.trouble.startswith("does not answer: ")
    assert "reset" in reply.trouble.lower()


async def test_nobody_listens() -> None:
    reply = await ask(question(unused_port()), connect_within_s=5.0)
    assert "refused" in reply.trouble.lower()


async def test_one_that_is_slow_is_told_from_one_that_is_not_there() -> None:
    reply = await asked(scripted([HANG]), within_s=0.2)
    assert reply == Reply(trouble="did not answer within 0.2 s", is_slow=True)
    with socket.socket() as full, ExitStack() as waiting:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        for _ in range(3):  # a backlog of 0 holds one connection; the kernel lets further ones wait
            client = waiting.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))
        reply = await ask(question(port), connect_within_s=0.2)
    assert reply == Reply(trouble="took no connection within 0.2 s")


async def test_nothing_is_looked_up() -> None:
    """A name is no address: it is not asked for, whatever it might mean."""
    reply = await ask(Question(b"", ("localhost",), 80), connect_within_s=5.0)
    assert reply.trouble.startswith("does not answer: ")


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", A_PIECE),
        (b"HTTP/1.1 200 OK\r\n\r\n", A_PIECE),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\n\r\n", BOMB),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n", b"data: again\n\n"),
        (b"HTTP/1.1 200 OK\r\n", b"X-More: headers\r\n"),
    ],
    ids=["large", "endless", "compressed", "stream", "head"],
)
async def test_of_an_endless_answer_only_the_beginning_is_read(head: bytes, body: bytes) -> None:
    sent = 0

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await read_request(reader)
        writer.write(head)
        while True:
            writer.write(body)
            sent += len(body)
            await writer.drain()
            await asyncio.sleep(0)

    assert await asked(endless) == Reply(200)
    assert sent < SOCKETS_HOLD_BYTES


@pytest.mark.parametrize("piece", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\nX: y\r\n"])
async def test_who_never_comes_to_the_answer_is_heard_out_only_so_far(piece: bytes) -> None:
    sent = 0

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await read_request(reader)
        while True:
            writer.write(piece)
            sent += len(piece)
            await writer.drain()

    reply = await asked(endless)
    assert reply.trouble
    assert not reply.is_slow
    assert sent >= MOST_BYTES or reply.trouble == NOT_HTTP


async def test_certificates() -> None:
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server)
    trusting, other = ssl.create_default_context(), ssl.create_default_context()
    authority.configure_trust(trusting)
    exchange: list[bytes | str] = [b"HTTP/1.1 200 OK\r\n\r\n", HANG]
    async with serving(scripted(exchange), tls=server) as port:
        assert await ask(question(port, trusting), connect_within_s=20.0) == Reply(200)
        reply = await ask(question(port, other), connect_within_s=20.0)
        assert reply.certificate is not None
        assert reply.trouble.startswith("its certificate is not trusted: ")
        reply = await ask(question(port, trusting, "elsewhere.test"), connect_within_s=20.0)
        assert reply.certificate is not None
        assert "elsewhere.test" in reply.trouble
    async with serving(scripted([b"HTTP/1.1 400 Bad\r\n\r\n"])) as port:
        reply = await ask(question(port, trusting), connect_within_s=0.5)
        assert reply.certificate is None
        assert reply.trouble


async def test_of_several_addresses_the_one_that_takes_a_connection() -> None:
    async with serving(scripted([b"HTTP/1.1 200 OK\r\n\r\n"]), host="127.0.0.2") as port:
        ips = ("127.0.0.3", "127.0.0.2")
        assert await ask(Question(get("/", "x"), ips, port), connect_within_s=20.0) == Reply(200)


async def test_a_target_of_ours_whose_health_never_ends() -> None:
    """The same bound for targets that abreast starts itself; and a path is sent as it can be."""
    paths = []

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, path, _ = await read_request(reader)
        paths.append(path)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(A_PIECE)
            await writer.drain()

    seen = Seen()
    async with serving(endless) as port:
        with anyio.fail_after(20):
            await poll_health(Address("127.0.0.1", port), "/gr\u00fc\u00dfe %20?a=b c", seen)
    assert seen.is_healthy
    assert paths == ["/gr%C3%BC%C3%9Fe%20%20?a=b%20c"]
