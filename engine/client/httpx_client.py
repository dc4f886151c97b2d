"""The slow cross-check: the same requests through httpx, one client per user, counted in the same way.

It exists so that anyone can check that abreast's own client measures the same thing, at rates that httpx
reaches. To a user an `HttpxConnection` is a connection like any other. But httpx connects when the first
request is sent (so there is no separate connect time: it is part of that request's latency), and it only
counts bodies' bytes. It reports when it has connected: until then, a timeout is a connect timeout.
"""

import asyncio
import math
import ssl
from contextlib import aclosing, nullcontext, suppress
from time import monotonic_ns
from typing import TYPE_CHECKING, cast

import httpcore
import httpx

from engine.client.http2_headers import OF_ONE_CONNECTION
from engine.client.tls import HTTP_1, HTTP_2, client_context, handshake_failure
from engine.protocol.address import Tls
from engine.protocol.connect_verdict import check_verdict
from engine.protocol.outcome import (
    CLOSED_EARLY,
    CONNECT_TIMEOUT,
    MALFORMED,
    RESET,
    RESPONSE_TIMEOUT,
    STALE,
    UNREACHABLE,
    Outcome,
    connect_failure,
)
from targets.errors import reason_of
from targets.runtime.probe import is_numeric

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from engine.client.byte_counters import ByteCounters
    from engine.client.follow_up import FollowUp
    from engine.client.response_capture import ResponseCapture
    from engine.protocol.address import Address


class HttpxConnection:
    """One user's httpx client; made by `HttpxEndpoint.dial`."""

    def __init__(
        self, endpoint: "HttpxEndpoint", byte_counters: "ByteCounters", connect_within_s: float
    ) -> None:
        self.usable = True
        self.used = False
        self.ended_ns = 0
        self.connect_us = 0
        self.follow_up: FollowUp | None = None
        self.next_capture: ResponseCapture | None = None
        """Never used: after each response the user's task continues."""
        self._endpoint = endpoint
        self._why = ""
        self._host = ""
        """The address that accepted its connection."""
        self._byte_counters = byte_counters
        self._transport = httpx.AsyncHTTPTransport(
            verify=endpoint.tls,
            trust_env=False,
            limits=httpx.Limits(max_connections=1),
            http1=not endpoint.is_http2,
            http2=endpoint.is_http2,
            uds=endpoint.address.unix_path or None,
        )
        self._connecting: asyncio.TimerHandle | None = asyncio.get_running_loop().call_later(
            connect_within_s, self.fail, CONNECT_TIMEOUT
        )
        """None once it has connected, or was closed."""
        self._exchange: asyncio.Task[None] | None = None
        self._outcome: asyncio.Future[Outcome] | None = None
        self._closing: asyncio.Task[None] | None = None

    def send(
        self, request: bytes, head_only: bool, capture: "ResponseCapture | None" = None
    ) -> "asyncio.Future[Outcome]":
        """Sends one request; the future becomes its outcome. httpx itself knows what a HEAD is."""
        future = self._outcome = asyncio.get_running_loop().create_future()
        self._exchange = asyncio.create_task(self._send(request, capture))
        return future

    @property
    def why(self) -> str:
        """What httpx reported about a malformed response; empty if nothing was malformed."""
        return self._why

    def fail(self, kind: str) -> None:
        """Closes the connection; a request in flight ends as this kind of failure."""
        is_connecting = self._connecting is not None
        self._set_outcome(CONNECT_TIMEOUT if is_connecting and kind == RESPONSE_TIMEOUT else kind)
        self.close()

    def close(self) -> None:
        """Closes the connection at once; harmless when repeated."""
        self.usable = False
        self._end_connecting()
        if self._exchange is not None:
            self._exchange.cancel()
        if self._closing is None:
            self._closing = asyncio.create_task(self._transport.aclose())

    async def _note_progress(self, event: str, info: object) -> None:
        """Follows httpcore's trace: once it sends, the connection is established."""
        if event == "connection.connect_tcp.complete" and self._endpoint.address.proxy_port:
            await _receive_verdict(cast("dict[str, httpcore.AsyncNetworkStream]", info)["return_value"])
        if event in ("http11.send_request_headers.started", "http2.send_request_headers.started"):
            self._end_connecting()

    def _end_connecting(self) -> None:
        if self._connecting is not None:
            self._connecting.cancel()
            self._connecting = None

    async def _send(self, request: bytes, capture: "ResponseCapture | None") -> None:
        try:
            outcome = await self._receive(request, capture)
        except httpx.HTTPError as error:
            self.usable = False
            self._set_outcome(self._failure(error))
        else:
            self.used = True
            self._set_outcome(outcome)

    async def _response_head(self, data: bytes) -> httpx.Response:
        """The response's head. The first of a host's addresses that accepts a connection gets the request."""
        if self._connecting is None:
            return await self._transport.handle_async_request(self._endpoint.request(data, self._host))
        hosts = self._endpoint.hosts
        for self._host in hosts:
            request = self._endpoint.request(data, self._host)
            request.extensions["trace"] = self._note_progress
            is_last = self._host == hosts[-1]
            with nullcontext() if is_last else suppress(httpx.ConnectError, httpx.ConnectTimeout):
                response = await self._transport.handle_async_request(request)
                self._endpoint.prefer(self._host)
                return response
        raise AssertionError("the endpoint has addresses")

    async def _receive(self, data: bytes, capture: "ResponseCapture | None") -> Outcome:
        response = await self._response_head(data)
        if capture is not None:
            capture.note_first_byte()
            capture.take_headers(response.headers.raw)
        async with aclosing(cast("AsyncGenerator[bytes]", response.aiter_raw())) as parts:
            async for part in parts:
                self._byte_counters.bytes_in += len(part)
                if capture is not None:
                    capture.on_body(part)
                    if capture.is_over:
                        break
        await response.aclose()
        closes = response.headers.get("connection", "").lower() == "close"
        if closes or response.http_version not in ("HTTP/1.1", "HTTP/2"):
            self.usable = False
        return response.status_code

    def _failure(self, error: httpx.HTTPError) -> str:
        """The failure kind that abreast's own client would report."""
        match error:
            case httpx.ConnectTimeout():
                return CONNECT_TIMEOUT
            case httpx.ConnectError() if tls := _tls_error(error):
                return handshake_failure(tls)
            case httpx.ConnectError():
                cause = _os_error(error)
                return connect_failure(cause) if cause else UNREACHABLE
            case httpx.RemoteProtocolError() if "without sending a response" in str(error):
                return STALE if self.used else CLOSED_EARLY
            case httpx.RemoteProtocolError() if "without sending complete" in str(error):
                return CLOSED_EARLY
            case httpx.NetworkError():
                return RESET
            case _:
                self._why = reason_of(error)
                return MALFORMED

    def _set_outcome(self, outcome: Outcome) -> None:
        future, self._outcome = self._outcome, None
        if future is not None and not future.done():
            self.ended_ns = monotonic_ns()
            future.set_result(outcome)


class HttpxEndpoint:
    """Where a target listens, as httpx needs it."""

    def __init__(self, address: "Address", connect_timeout_s: float, *, is_http2: bool = False) -> None:
        self.address = address
        self.is_http2 = is_http2
        self.tls = client_context(address.tls or Tls(), HTTP_2 if is_http2 else HTTP_1)
        """Made once: one for each client would take some 20 ms each."""
        self._connect_timeout_s = connect_timeout_s
        hosts = ("127.0.0.1",) if address.proxy_port else address.ips or (address.host,)
        self.hosts = ("localhost",) if address.unix_path else tuple(filter(is_numeric, hosts))
        """Addresses to connect to, the one that worked first; for a UNIX socket only a name."""
        self._port = address.proxy_port or address.port
        share_s = connect_timeout_s / max(len(self.hosts), 1)
        self._extensions: dict[str, object] = {"timeout": httpx.Timeout(None, connect=share_s).as_dict()}
        if address.tls:
            self._extensions["sni_hostname"] = address.tls.server_name or address.host or "localhost"

    async def dial(self, byte_counters: "ByteCounters", within_s: float = math.inf) -> HttpxConnection | str:
        """A new client, which connects when it first sends."""
        if not self.hosts:
            return UNREACHABLE
        return HttpxConnection(self, byte_counters, min(self._connect_timeout_s, within_s))

    def prefer(self, host: str) -> None:
        """Tries this address first the next time."""
        if self.hosts[0] != host:
            self.hosts = (host, *(each for each in self.hosts if each != host))

    def request(self, data: bytes, host: str) -> httpx.Request:
        """The bytes of a request as an httpx request, to be sent to an address of its host."""
        head, body = data.split(b"\r\n\r\n", 1)
        line, *fields = head.split(b"\r\n")
        method, target, _ = line.split(b" ")
        headers = [(name, value) for name, _, value in (field.partition(b": ") for field in fields)]
        if self.is_http2:
            headers = [each for each in headers if each[0].lower() not in OF_ONE_CONNECTION]
        scheme = "https" if self.address.tls else "http"
        url = httpx.URL(scheme=scheme, host=host, port=self._port, raw_path=target)
        extensions = {**self._extensions, "target": target}  # unchanged: httpx would normalise "/a/../b"
        return httpx.Request(method.decode(), url, headers=headers, content=body, extensions=extensions)


async def _receive_verdict(stream: httpcore.AsyncNetworkStream) -> None:
    """Returns once a delay proxy reports that it is connected. Raises httpcore.ConnectError, and closes the
    stream, if it is not."""
    try:
        check_verdict(await stream.read(1))
    except (OSError, httpcore.ReadError) as error:
        await stream.aclose()
        raise httpcore.ConnectError(str(error)) from error
    except asyncio.CancelledError:
        await stream.aclose()
        raise


def _tls_error(error: BaseException | None) -> ssl.SSLError | None:
    """The handshake's error behind httpx's."""
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error


def _os_error(error: BaseException | None) -> OSError | None:
    """The operating system's error behind httpx's: the first in the chain of causes that has a number."""
    while error is not None and not (isinstance(error, OSError) and error.errno is not None):
        group = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
        error = group[0] if group else error.__cause__ or error.__context__
    return error
