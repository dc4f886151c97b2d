"""Sends one request to a server, for example to check its health, and reads only the status.

Rules of this file:
- it connects to addresses and never to names: the caller has resolved the name and checked the addresses;
- it reads at most `MOST_BYTES` of a response, however long, compressed or endless it is; a redirect counts as
  a response and is not followed;
- the reason for a failure is never empty.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import anyio

from targets.errors import reason_of

MOST_BYTES = 64 * 1024
"""The most that is read of a response. It leaves room for interim responses (1xx) before the final one."""
NOT_HTTP = "does not speak HTTP"

_PIECE_BYTES = 4096
_STATUS_LINE = re.compile(rb"HTTP/1\.[0-9] ([1-9][0-9]{2})[ \r\n]")
_LONGEST_LINE_BYTES = 15
"""The part of a status line that is parsed."""
_END_OF_HEAD = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Question:
    """A request, the server to send it to, and how to verify that server."""

    request: bytes
    """The complete request."""
    ips: tuple[str, ...]
    """Numeric addresses of the host, the preferred one first."""
    port: int
    context: ssl.SSLContext | None = None
    """None: without TLS."""
    server_name: str = ""
    """With TLS: the name that is sent to the server (SNI) and that the certificate must match."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The result of a request."""

    status: int = 0
    """0 if there was no response."""
    trouble: str = ""
    """Why there was no response."""
    certificate: ssl.SSLCertVerificationError | None = None
    """Why the certificate was rejected; then a retry is useless."""
    is_slow: bool = False
    """Whether the server accepted the connection but did not respond in time."""


def get(path: str, host: str) -> bytes:
    """Returns a GET request for a path that is already encoded; `host` includes the port."""
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: abreast\r\nAccept: */*\r\n\r\n".encode()


async def ask(
    question: Question,
    *,
    connect_within_s: float,
    within_s: float = float("inf"),
    note: Callable[[str], None] = lambda _: None,
) -> Reply:
    """Sends the request once. The response may take up to `within_s`; `note` receives what abreast is waiting
    for. Does not raise; failures are in the reply."""
    is_connected = False
    try:
        with anyio.fail_after(within_s):
            with anyio.fail_after(connect_within_s):
                reader, writer = await _connected(question, note)
            is_connected = True
            note("it is connected, and has not answered yet")
            try:
                writer.write(question.request)
                return await _answer(reader)
            finally:
                writer.transport.abort()
    except TimeoutError as error:
        if is_connected:
            return Reply(trouble=f"did not answer within {within_s:g} s", is_slow=True)
        limit_s = min(connect_within_s, within_s)
        return Reply(trouble=reason_of(error) if error.errno else f"took no connection within {limit_s:g} s")
    except ssl.SSLCertVerificationError as error:
        return Reply(trouble=f"its certificate is not trusted: {reason_of(error)}", certificate=error)
    except ssl.SSLError as error:
        return Reply(trouble=f"speaks no TLS: {reason_of(error)}")
    except (OSError, ValueError) as error:
        return Reply(trouble=f"does not answer: {reason_of(error)}")


async def _connected(
    question: Question, note: Callable[[str], None]
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connects to the first address that accepts a connection, with TLS if required. Raises OSError."""
    sock = await connected_socket(question.ips, question.port)
    if question.context is not None:
        note("it is connected, and has not finished the TLS handshake yet")
    try:
        return await asyncio.open_connection(
            sock=sock,
            limit=MOST_BYTES,
            ssl=question.context,
            server_hostname=question.server_name if question.context else None,
        )
    except BaseException:
        sock.close()
        raise


async def connected_socket(ips: Sequence[str], port: int) -> socket.socket:
    """Returns a socket connected to the first address that accepts a connection. Raises OSError."""
    failure: OSError | None = None
    for ip in ips:
        try:
            family, kind, _, _, place = numeric(ip, port)
            sock = socket.socket(family, kind)
        except OSError as error:
            failure = failure or error
            continue
        try:
            sock.setblocking(False)
            await asyncio.get_running_loop().sock_connect(sock, place)
        except OSError as error:
            sock.close()
            failure = failure or error
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise failure or OSError("it has no address")


def numeric(
    ip: str, port: int
) -> tuple[
    socket.AddressFamily,
    socket.SocketKind,
    int,
    str,
    tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes],
]:
    """Converts an address to the form that sockets take. Sends no DNS query. Raises OSError if `ip` is a
    name."""
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return socket.getaddrinfo(ip, port, type=socket.SOCK_STREAM, flags=flags)[0]


def is_numeric(host: str) -> bool:
    """Whether a host is an address rather than a name."""
    try:
        numeric(host, 0)
    except (OSError, UnicodeError):
        return False
    return True


async def _answer(reader: asyncio.StreamReader) -> Reply:
    said = b""
    while len(said) < MOST_BYTES:
        piece = await reader.read(_PIECE_BYTES)
        said += piece
        status = status_of(said)
        if status is not None:
            return Reply(status) if status else Reply(trouble=NOT_HTTP)
        if not piece:
            return Reply(trouble=NOT_HTTP if said else "ends connections without an answer")
    return Reply(trouble=f"has said {MOST_BYTES // 1024} KB without an answer")


def status_of(said: bytes) -> int | None:
    """The status of a response from its first bytes; None if the status is not complete yet, 0 if the bytes
    are not HTTP."""
    begin = 0
    while len(said) - begin >= _LONGEST_LINE_BYTES or b"\n" in said[begin:]:
        line = _STATUS_LINE.match(said, begin)
        if line is None:
            return 0
        status = int(line[1])
        if status >= 200 or status == 101:
            return status
        end = said.find(_END_OF_HEAD, begin)
        if end < 0:
            return None
        begin = end + len(_END_OF_HEAD)
    return None
