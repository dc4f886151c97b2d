"""Sends a server one request, for instance to see if it is healthy; only the status is read.

Rules of this file:
- it connects to addresses and never to names: whoever asks has looked the name up, and checked what it means;
- however long, compressed or endless an answer is, no more than `MOST_BYTES` of it are read; a redirect is an
  answer, and is not followed;
- it never gives an empty reason.
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
"""Interim answers (1xx) come before the one that counts: so much of them is read."""
NOT_HTTP = "speaks something else than HTTP"

_PIECE_BYTES = 4096
_STATUS_LINE = re.compile(rb"HTTP/1\.[0-9] ([1-9][0-9]{2})[ \r\n]")
_LONGEST_LINE_BYTES = 15
"""Of a status line, as far as it is looked at."""
_END_OF_HEAD = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, where, and how the one who answers is known."""

    request: bytes
    """The whole of it."""
    ips: tuple[str, ...]
    """Numeric addresses of a host, the best first."""
    port: int
    context: ssl.SSLContext | None = None
    """None: in the clear."""
    server_name: str = ""
    """With TLS: the name to ask for, and that the certificate must be for."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a question."""

    status: int = 0
    """0 where there was no answer."""
    trouble: str = ""
    """Why there was none."""
    certificate: ssl.SSLCertVerificationError | None = None
    """Why its certificate was not accepted; asking again changes nothing then."""
    is_slow: bool = False
    """It took the question, and did not answer in time."""


def get(path: str, host: str) -> bytes:
    """A request for a path that is encoded already; `host` with its port."""
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: abreast\r\nAccept: */*\r\n\r\n".encode()


async def ask(
    question: Question,
    *,
    connect_within_s: float,
    within_s: float = float("inf"),
    note: Callable[[str], None] = lambda _: None,
) -> Reply:
    """Asks once. The answer may take `within_s`; `note` hears what is waited for. Raises nothing."""
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
    """Over the first of the addresses that takes a connection. Raises OSError."""
    sock = await connected_socket(question.ips, question.port)
    if question.context is not None:
        note("it is connected, and has not shaken hands (TLS) yet")
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
    """A connection to the first of the addresses that takes one. Raises OSError."""
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
    """An address as sockets take it. Asks no name server. Raises OSError for what is a name."""
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return socket.getaddrinfo(ip, port, type=socket.SOCK_STREAM, flags=flags)[0]


def is_numeric(host: str) -> bool:
    """Whether a host is an address, and no name."""
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
    return Reply(trouble=f"has said {MOST_BYTES // 1024} KB, and no answer among it")


def status_of(said: bytes) -> int | None:
    """The status of the answer that begins so; None where it has not come so far, 0 where it is none."""
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
