"""Makes connections to one target: connect and TLS handshake, only to numeric addresses (no look-up here)."""

import asyncio
import errno
import math
import os
import socket
from contextlib import suppress
from time import monotonic, monotonic_ns
from typing import TYPE_CHECKING, TypeVar

import anyio

from engine.client.connection import Connection
from engine.client.tls import HTTP_1, client_context, handshake_failure
from engine.client.transports import DirectTransport, ReadySockets, loop_transport
from engine.protocol.connect_verdict import check_verdict
from engine.protocol.outcome import CONNECT_TIMEOUT, OUT_OF_PORTS, TLS_HANDSHAKE, UNREACHABLE, connect_failure
from targets.runtime.probe import numeric

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

    from engine.client.base_connection import BaseConnection
    from engine.client.byte_counters import ByteCounters
    from engine.protocol.address import Address

AnyConnection = TypeVar("AnyConnection", bound="BaseConnection")

SocketAddress = tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes] | str
"""As from `getaddrinfo` for IPv4 and IPv6; or the path of a UNIX socket."""

BACKLOG_FULL_S = 0.005
"""How long to wait before retrying at a UNIX socket whose backlog is full: the kernel sends no event."""


_NON_BLOCKING_STREAM = socket.SOCK_STREAM | getattr(socket, "SOCK_NONBLOCK", 0)
_IN_PROGRESS = frozenset({errno.EINPROGRESS, errno.EALREADY, errno.EAGAIN, errno.EINTR})


class Endpoint:
    """Where a target listens."""

    __slots__ = ("_address", "_addresses", "_connect_timeout_s", "_context", "_ready_sockets")

    def __init__(self, address: "Address", connect_timeout_s: float, alpn: str = HTTP_1) -> None:
        """`alpn` is offered in TLS handshakes. Raises ssl.SSLError for authorities that are not PEM."""
        self._address = address
        self._connect_timeout_s = connect_timeout_s
        self._context: ssl.SSLContext | None = client_context(address.tls, alpn) if address.tls else None
        self._ready_sockets = None if address.tls else ReadySockets.of_this_loop()
        self._addresses = list(_addresses_of(address))
        """Socket families and addresses, in the order to try them."""

    async def dial(self, byte_counters: "ByteCounters", within_s: float = math.inf) -> Connection | str:
        """A new connection for HTTP/1.1, or the kind of the failure."""
        return await self.open(Connection, byte_counters, within_s)

    async def open(
        self, kind: "type[AnyConnection]", byte_counters: "ByteCounters", within_s: float = math.inf
    ) -> "AnyConnection | str":
        """A new connection of this kind, or the kind of the failure. It may take up to the connect timeout,
        and no more than `within_s`, which is what is left of a request's timeout.

        All addresses of a host are tried, each for its share of the time that is left, so that one that never
        responds cannot use it all up; the one that worked is tried first the next time.
        """
        deadline_s = monotonic() + min(self._connect_timeout_s, within_s)
        places, failures = self._addresses, []
        for tried, place in enumerate(places):
            share_s = (deadline_s - monotonic()) / (len(places) - tried)
            connection = await self._connect(kind, byte_counters, *place, share_s)
            if not isinstance(connection, str):
                self._prefer(place)
                return connection
            failures.append(connection)
        return _most_informative(failures)

    def _prefer(self, place: tuple[int, SocketAddress]) -> None:
        if self._addresses[0] != place:
            self._addresses = [place, *(each for each in self._addresses if each != place)]

    async def _connect(
        self,
        kind: "type[AnyConnection]",
        byte_counters: "ByteCounters",
        family: int,
        address: SocketAddress,
        within_s: float,
    ) -> "AnyConnection | str":
        """A connection over one address, or the kind of the failure; leaves no socket behind."""
        began_ns = monotonic_ns()
        if within_s <= 0:
            return CONNECT_TIMEOUT
        try:
            sock, has_waited = await _connected_socket(family, address, within_s)
            if self._address.proxy_port:
                await _receive_verdict(sock, within_s)
            connect_us = (monotonic_ns() - began_ns) // 1000
            connection = kind(byte_counters, sock)
            transport = await self._transport_of(sock, connection)
        except OSError as error:
            return connect_failure(error)
        if self._context is not None:
            failure = CONNECT_TIMEOUT
            with anyio.move_on_after(within_s - (monotonic_ns() - began_ns) / 1e9):
                failure = await self._encrypt(connection, transport, self._context)
            if failure:
                return failure
            connect_us = (monotonic_ns() - began_ns) // 1000
        connection.connect_us = connect_us
        if isinstance(connection, Connection) and (has_waited or self._address.proxy_port):
            connection.expect_delay()
        return connection

    async def _transport_of(self, sock: socket.socket, connection: "BaseConnection") -> asyncio.Transport:
        """The transport of a new socket. Raises OSError if there is none, and closes the socket."""
        if self._ready_sockets is not None and isinstance(connection, Connection):
            try:
                return DirectTransport(self._ready_sockets, sock, connection)
            except OSError:  # the kernel watches no more sockets
                sock.close()
                raise
        return await loop_transport(sock, connection)

    async def _encrypt(
        self, connection: "BaseConnection", transport: asyncio.Transport, context: "ssl.SSLContext"
    ) -> str:
        """Does the TLS handshake; returns the kind of the failure, or nothing. A connection that failed is
        closed."""
        failure = TLS_HANDSHAKE
        try:
            # What a server sends before the handshake would be lost to it, and is not TLS.
            if connection.usable and not connection.heard_early:
                encrypted = await asyncio.get_running_loop().start_tls(
                    transport,
                    connection,
                    context,
                    server_hostname=self._server_name,
                    ssl_handshake_timeout=self._connect_timeout_s + 1,
                )
                # A loop may report a connection that was lost meanwhile as ready.
                if encrypted is not None and encrypted.get_extra_info("ssl_object") is not None:
                    connection.encrypt(encrypted)
                    return ""
        except (OSError, ValueError) as error:
            failure = handshake_failure(error)
        except BaseException:
            connection.close()
            raise
        connection.close()
        return failure

    @property
    def _server_name(self) -> str:
        tls = self._address.tls
        return (tls.server_name if tls else "") or self._address.host or "localhost"


def _addresses_of(address: "Address") -> "Iterator[tuple[int, SocketAddress]]":
    """Socket families and addresses; what is not a numeric address is left out."""
    if address.proxy_port:
        yield socket.AF_INET, ("127.0.0.1", address.proxy_port)
        return
    if address.unix_path:
        yield socket.AF_UNIX, address.unix_path
        return
    for ip in address.ips or (address.host,):
        with suppress(OSError, UnicodeError):
            family, _, _, _, place = numeric(ip, address.port)
            yield family, place


async def _connected_socket(
    family: int, address: SocketAddress, within_s: float
) -> tuple[socket.socket, bool]:
    """A connected socket, and whether the connection had to be awaited. Raises OSError if it cannot be
    connected, TimeoutError if that takes too long; leaves no socket open.

    Usually there is nothing to wait for: to the same machine, the kernel has made the connection when
    `connect` returns, even if it reports it as in progress. Then nothing is awaited, and no timer is set:
    with a server that closes each connection this is a cost of every request.
    """
    sock = socket.socket(family, _NON_BLOCKING_STREAM)
    try:
        if not hasattr(socket, "SOCK_NONBLOCK"):
            sock.setblocking(False)
        if family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if has_to_wait := not _is_connected(sock, address):
            await _wait_connected(sock, address, within_s)
    except BaseException:
        sock.close()
        raise
    return sock, has_to_wait


async def _receive_verdict(sock: socket.socket, within_s: float) -> None:
    """Returns once a delay proxy reports that it is connected. Raises OSError, and closes the socket, if it
    is not, or does not report it in time."""
    try:
        with anyio.move_on_after(within_s) as patience:
            check_verdict(await asyncio.get_running_loop().sock_recv(sock, 1))
    except BaseException:
        sock.close()
        raise
    if patience.cancelled_caught:
        sock.close()
        raise TimeoutError(errno.ETIMEDOUT, "no connection was made")


def _is_connected(sock: socket.socket, address: SocketAddress) -> bool:
    """Starts to connect, and returns whether that is done already. Raises OSError if it failed."""
    failed = sock.connect_ex(address)
    if failed == errno.EINPROGRESS:
        failed = sock.connect_ex(address)
    if failed == errno.EAGAIN and sock.family != socket.AF_UNIX:  # a UNIX socket's backlog is full
        failed = errno.EADDRNOTAVAIL
    if failed in _IN_PROGRESS:
        return False
    if failed == errno.ENOENT:
        raise ConnectionRefusedError(errno.ECONNREFUSED, "no such socket")
    if failed not in (0, errno.EISCONN):
        raise OSError(failed, os.strerror(failed))
    return True


async def _wait_connected(sock: socket.socket, address: SocketAddress, within_s: float) -> None:
    """Waits until a socket is connected. Raises OSError if that fails, TimeoutError if it takes too long."""
    try:
        with anyio.fail_after(within_s):
            if isinstance(address, str):
                await _retry_connect(sock, address)
            else:
                await _established(sock)
    except TimeoutError as error:
        raise TimeoutError(errno.ETIMEDOUT, "no connection was made") from error


async def _established(sock: socket.socket) -> None:
    """Waits for a connection that is in progress. Raises OSError if it fails."""
    loop = asyncio.get_running_loop()
    settled = asyncio.Event()
    loop.add_writer(sock, settled.set)
    try:
        await settled.wait()
    finally:
        loop.remove_writer(sock)
    if failed := sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
        raise OSError(failed, os.strerror(failed))


async def _retry_connect(sock: socket.socket, path: str) -> None:
    """Connects to a UNIX socket as soon as there is room in its backlog: no connect is in progress, and there
    is no event to await. Raises OSError if it fails."""
    while not _is_connected(sock, path):  # noqa: ASYNC110
        await anyio.sleep(BACKLOG_FULL_S)


def _most_informative(failures: list[str]) -> str:
    """Of the failures of a host's addresses, the first that says more than that there is no route.

    If IPv6 is switched off, a connect to `::1` fails as if there were no free port.
    """
    informative = (kind for kind in failures if kind not in (UNREACHABLE, OUT_OF_PORTS))
    return next(informative, failures[0] if failures else UNREACHABLE)
