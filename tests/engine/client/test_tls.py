"""TLS: what is accepted, what is refused, and by what name."""

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme

from engine.client.byte_counters import ByteCounters
from engine.client.connection import Connection
from engine.client.endpoint import Endpoint
from engine.client.tls import client_context, read_authorities
from engine.protocol.address import Address, Tls
from engine.protocol.outcome import (
    CLOSED_EARLY,
    CONNECT_TIMEOUT,
    STALE,
    TLS_CERTIFICATE,
    TLS_HANDSHAKE,
    Outcome,
)
from engine.protocol.outcome import RESET as WAS_RESET
from targets.errors import UsageError
from tests.support.certificates import AUTHORITY, TRUSTED, server_context
from tests.support.servers import (
    HANG,
    CountingServer,
    Handler,
    answer,
    read_request,
    reset_when_closed,
    scripted,
    serving,
    wait_until,
)

pytestmark = pytest.mark.anyio

REQUEST = b"GET / HTTP/1.1\r\nHost: test\r\n\r\n"


async def dial(port: int, tls: Tls, host: str = "127.0.0.1", patience_s: float = 5.0) -> Connection | str:
    return await Endpoint(Address(host, port, tls=tls, ips=("127.0.0.1",)), patience_s).dial(ByteCounters())


async def dialled(port: int, tls: Tls = TRUSTED, host: str = "127.0.0.1") -> Connection:
    connection = await dial(port, tls, host)
    assert isinstance(connection, Connection), connection
    return connection


async def test_answers_come_as_they_do_without_it() -> None:
    body = bytes(3_000_000)
    exchanges: list[list[bytes | str]] = [
        [answer()],
        [answer(body)],
        [answer(headers="Connection: close\r\n"), HANG],
    ]
    async with serving(scripted(*exchanges), tls=server_context("127.0.0.1")) as port:
        connection = await dialled(port)
        request = b"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        assert await connection.send(REQUEST, False) == 200
        assert await connection.send(request, False) == 200
        assert connection.usable
        assert await connection.send(REQUEST, False) == 200
        assert not connection.usable


async def test_requests_follow_each_other() -> None:
    waiting = [REQUEST, REQUEST]
    async with serving(scripted(*[[answer()]] * 3), tls=server_context("127.0.0.1")) as port:
        connection = await dialled(port)
        connection.follow_up = lambda *_: waiting.pop() if waiting else None
        assert await connection.send(REQUEST, False) == 200
        assert not waiting
        connection.close()


@pytest.mark.parametrize(
    ("context", "host", "tls", "kind"),
    [
        (server_context("127.0.0.1"), "127.0.0.1", Tls(), TLS_CERTIFICATE),
        (server_context("127.0.0.1", expired=True), "127.0.0.1", TRUSTED, TLS_CERTIFICATE),
        (server_context("other.test"), "127.0.0.1", TRUSTED, TLS_CERTIFICATE),
        (server_context("other.test"), "localhost", TRUSTED, TLS_CERTIFICATE),
        (server_context("127.0.0.1", authority=trustme.CA()), "127.0.0.1", TRUSTED, TLS_CERTIFICATE),
    ],
    ids=["unknown authority", "expired", "for another address", "for another name", "another authority"],
)
async def test_a_certificate_that_cannot_be_trusted(
    context: ssl.SSLContext, host: str, tls: Tls, kind: str
) -> None:
    async with serving(scripted(), tls=context) as port:
        assert await dial(port, tls, host) == kind


async def test_any_certificate_is_accepted_where_a_person_asked_for_it() -> None:
    context = server_context("other.test", authority=trustme.CA(), expired=True)
    async with serving(scripted([answer()]), tls=context) as port:
        connection = await dialled(port, Tls(insecure=True))
        assert await connection.send(REQUEST, False) == 200
        connection.close()


@pytest.mark.parametrize(
    ("host", "tls", "asked_for"),
    [
        ("localhost", TRUSTED, "localhost"),
        ("127.0.0.1", Tls(TRUSTED.ca_pem, server_name="shop.test"), "shop.test"),
        ("127.0.0.1", Tls(insecure=True), None),
    ],
)
async def test_the_name_that_is_asked_for(host: str, tls: Tls, asked_for: str | None) -> None:
    names: list[str | None] = []
    protocols: list[str | None] = []
    context = server_context("localhost", "shop.test")
    context.set_alpn_protocols(["h2", "http/1.1"])
    context.sni_callback = lambda _sock, name, _context: names.append(name)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        protocols.append(writer.get_extra_info("ssl_object").selected_alpn_protocol())
        writer.write(answer())
        await reader.read()

    async with serving(handle, tls=context) as port:
        connection = await dialled(port, tls, host)
        assert await connection.send(REQUEST, False) == 200
        connection.close()
    assert names == [asked_for]
    assert protocols == ["http/1.1"]


async def test_over_a_unix_socket(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    async with serving(CountingServer(), tls=server_context("shop.test"), unix_path=path):
        connection = await Endpoint(Address("shop.test", 443, path, TRUSTED), 5.0).dial(ByteCounters())
        assert isinstance(connection, Connection), connection
        assert await connection.send(REQUEST, False) == 200
        connection.close()


async def say_ssh_first(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.6\r\n")
    await reader.read()


async def answer_in_the_clear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.write(answer(status="400 Bad Request"))
    await reader.read()


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)


async def hang_up_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    return


@pytest.mark.parametrize("handle", [say_ssh_first, answer_in_the_clear, hang_up, hang_up_at_once])
async def test_a_port_that_speaks_no_tls(handle: Handler) -> None:
    async with serving(handle) as port:
        for _ in range(5):
            assert await dial(port, TRUSTED) == TLS_HANDSHAKE


async def test_nothing_in_common() -> None:
    context = server_context("127.0.0.1")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")  # the certificate's key is none of RSA
    async with serving(scripted(), tls=context) as port:
        assert await dial(port, TRUSTED) == TLS_HANDSHAKE


async def test_a_handshake_that_is_never_answered_is_a_connect_timeout() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1000):
            pass

    async with serving(handle) as port:
        assert await dial(port, TRUSTED, patience_s=0.2) == CONNECT_TIMEOUT


End = Callable[[asyncio.StreamWriter], None]


def say_goodbye(writer: asyncio.StreamWriter) -> None:
    writer.close()


def cut_the_wire(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


def reset(writer: asyncio.StreamWriter) -> None:
    reset_when_closed(writer.get_extra_info("socket"))
    writer.transport.abort()


UNTIL_THE_END = b"HTTP/1.1 200 OK\r\n\r\nwords"


@pytest.mark.parametrize(
    ("said", "end", "outcome"),
    [
        (UNTIL_THE_END, say_goodbye, 200),
        (b"HTTP/1.1 200", say_goodbye, CLOSED_EARLY),
        (b"HTTP/1.1 200", cut_the_wire, CLOSED_EARLY),
        (b"", say_goodbye, CLOSED_EARLY),
        (b"", reset, WAS_RESET),
    ],
)
async def test_an_end_within_an_answer(said: bytes, end: End, outcome: int | str) -> None:
    assert await outcome_of(said, end) == outcome


@pytest.mark.parametrize("anyio_backend", [("asyncio", {"use_uvloop": True})])
async def test_only_the_proper_end_of_tls_ends_a_body() -> None:
    # Whoever cuts the wire could cut off a part of the body (RFC 9112, 9.8).
    assert await outcome_of(UNTIL_THE_END, cut_the_wire) == CLOSED_EARLY


async def outcome_of(said: bytes, end: End) -> Outcome:
    heard = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(said)
        if said:
            await heard.wait()
        end(writer)
        await reader.read()

    async with serving(handle, tls=server_context("127.0.0.1")) as port:
        traffic = ByteCounters()
        connection = await Endpoint(Address("127.0.0.1", port, tls=TRUSTED), 5.0).dial(traffic)
        assert isinstance(connection, Connection), connection
        answer_to_come = connection.send(REQUEST, False)
        if said:
            await wait_until(lambda: traffic.bytes_in == len(said))
            heard.set()
        outcome = await answer_to_come
        assert not connection.usable
        return outcome


async def test_a_request_on_a_connection_that_was_lost_fails() -> None:
    async with serving(scripted([answer()], []), tls=server_context("127.0.0.1")) as port:
        connection = await dialled(port)
        assert await connection.send(REQUEST, False) == 200
        connection.close()
        assert await connection.send(REQUEST, False) == STALE


async def test_an_answer_before_the_request_was_sent_ends_the_connection() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer(status="413 Too Large"))
        await asyncio.Event().wait()

    async with serving(handle, tls=server_context("127.0.0.1")) as port:
        connection = await dialled(port)
        request = b"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 50000000\r\n\r\n" + bytes(50_000_000)
        assert await connection.send(request, False) == 413
        assert not connection.usable


def test_a_ca_file_is_read_and_checked(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    AUTHORITY.cert_pem.write_to_path(path)
    assert read_authorities(path) == TRUSTED.ca_pem


def test_a_bundle_may_name_its_authorities_in_any_language(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_bytes("# Főtanúsítvány\n".encode() + AUTHORITY.cert_pem.bytes())
    client_context(Tls(ca_pem=read_authorities(path)))


@pytest.mark.parametrize("content", [b"x" * 4_000_001, None], ids=["large", "endless"])
def test_of_a_ca_file_only_so_much_is_read(tmp_path: Path, content: bytes | None) -> None:
    path = Path("/dev/zero") if content is None else tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match="cannot be used") as caught:
        read_authorities(path)
    assert caught.value.why


@pytest.mark.parametrize(
    "content",
    [None, b"", b"no certificate", b"\xff\xfe", AUTHORITY.issue_cert("a.test").cert_chain_pems[0].bytes()],
    ids=["missing", "empty", "text", "no text", "a server's certificate"],
)
def test_a_ca_file_that_cannot_be_used(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError):
        read_authorities(path)
