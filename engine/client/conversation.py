"""One user's requests to a target outside the load, one after another: each waits for its answer.

Rules of this file:
- cookies and taken values are kept, redirects followed as a load worker does it, over one connection if it
  stays open;
- no answer of a server is an exception: it is an outcome like any other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic_ns
from typing import TYPE_CHECKING

import anyio

from engine.client.byte_counters import ByteCounters
from engine.client.captured_response import CapturedResponse
from engine.client.cookies import CookieJar
from engine.client.endpoint import Endpoint
from engine.client.extraction import extract_value
from engine.client.redirects import RedirectChain, RedirectError
from engine.client.response_capture import ResponseCapture
from engine.client.response_checks import response_check
from engine.client.rows import RowSource
from engine.client.template_fill import FillContext, Filler, TemplateFillError, target_of
from engine.client.tls import HTTP_2
from engine.protocol.address import Address
from engine.protocol.outcome import (
    BAD_BODY,
    BAD_VALUE,
    CONNECT_TIMEOUT,
    REDIRECTS,
    REPEATABLE,
    RESPONSE_TIMEOUT,
    STALE,
    Outcome,
)
from engine.protocol.request import Template

if TYPE_CHECKING:
    from engine.client.connection import Connection
    from engine.client.http2_endpoint import Http2Endpoint
    from engine.client.http2_share import Http2Share

CONNECT_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one request, at the end of the redirects that it followed."""

    outcome: Outcome
    """The status, or the kind of the failure."""
    capture: ResponseCapture
    target: str = ""
    """The path and query that were requested last."""
    redirects: int = 0
    took_s: float = 0.0


class Conversation:
    """Sends one user's requests to one target."""

    def __init__(
        self,
        address: Address,
        *,
        seed: int,
        timeout_s: float,
        rows: Mapping[str, RowSource],
        new_capture: Callable[[], ResponseCapture] = ResponseCapture,
        more_headers: bytes = b"",
        is_http2: bool = False,
    ) -> None:
        """`timeout_s` is for requests without their own; of data files, the first of `rows` is used.
        `more_headers` are lines that every request gets, each with its end."""
        self.taken: dict[str, str] = {}
        """Values taken from answers, by name."""
        self._endpoint = _http2_endpoint(address) if is_http2 else Endpoint(address, CONNECT_WITHIN_S)
        self._is_secure = address.tls is not None
        self._timeout_s = timeout_s
        self._rows = rows
        self._new_capture = new_capture
        self._more_headers = more_headers
        self._cookies = CookieJar()
        self._context = FillContext(seed, 0, 0, self.taken, self._cookies, is_secure=self._is_secure)
        self._connection: Connection | Http2Share | None = None

    async def send(self, template: Template) -> Answer:
        """Sends a request and waits for its answer. Raises TemplateFillError, and KeyError if it needs a
        value that was not taken."""
        filler, began_ns = Filler(template, self._rows), monotonic_ns()
        request = filler.fill(self._context)
        outcome, capture = await self._exchange(request, template)
        chain = RedirectChain(request, template.follow_redirects)
        self._keep_cookies(template, filler, chain, capture)
        while template.follow_redirects and isinstance(outcome, int) and outcome in REDIRECTS:
            location = CapturedResponse(capture).header("location")
            if location is None:
                break
            try:
                request = self._redirected(template, filler, chain, outcome, location)
            except RedirectError as error:
                outcome = error.kind
                break
            outcome, capture = await self._exchange(request, template)
            self._keep_cookies(template, filler, chain, capture)
        took_s = (monotonic_ns() - began_ns) / 1e9
        return Answer(outcome, capture, target_of(request), chain.hops, took_s)

    async def send_checked(self, template: Template) -> tuple[Answer, str]:
        """Sends a request, and takes its values; returns the answer, and what is wrong with it if it is not
        as the request expects it."""
        try:
            answer = await self.send(template)
        except TemplateFillError as error:
            return Answer(BAD_VALUE, self._new_capture()), str(error)
        if answer.outcome not in template.expect_status:
            is_status = isinstance(answer.outcome, int)
            return answer, f"the answer has the status {answer.outcome}" if is_status else str(answer.outcome)
        captured = CapturedResponse(answer.capture)
        for check in template.checks:
            if fault := response_check(check)(captured):
                return answer, f"{fault.kind}: {fault.text}"
        try:
            for name in [take.name for take in template.takes]:
                self.take(template, answer, name)
        except ValueError as error:
            return answer, f"{BAD_BODY}: {error}"
        return answer, ""

    def take(self, template: Template, answer: Answer, name: str) -> None:
        """Keeps a value that the request takes from its answer. Raises ValueError if there is none."""
        take = next(each for each in template.takes if each.name == name)
        captured = CapturedResponse(answer.capture)
        self.taken[name] = extract_value(captured, take, self._cookies, target=answer.target)

    def close(self) -> None:
        """Closes the connection; the next request makes another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _redirected(
        self, template: Template, filler: Filler, chain: RedirectChain, status: int, location: str
    ) -> bytes:
        """The next request. Raises RedirectError."""

        def line(target: str) -> str:
            return self._cookies.line(host=filler.host, target=target, is_secure=self._is_secure)

        cookies = line if template.keeps_cookies else None
        return chain.follow(status, location, is_secure=self._is_secure, cookies=cookies)

    async def _exchange(self, request: bytes, template: Template) -> tuple[Outcome, ResponseCapture]:
        """Sends the bytes, once more on a new connection if an old one turns out to be closed."""
        outcome, capture, is_new = await self._exchange_once(request, template)
        if outcome == STALE and not is_new and template.method in REPEATABLE:
            self.close()
            outcome, capture, _ = await self._exchange_once(request, template)
        return outcome, capture

    async def _exchange_once(
        self, request: bytes, template: Template
    ) -> tuple[Outcome, ResponseCapture, bool]:
        """The outcome, what was captured, and whether the connection was a new one."""
        capture, within_s = self._new_capture(), template.timeout_s or self._timeout_s
        outcome: Outcome = CONNECT_TIMEOUT
        is_new = self._connection is None or not self._connection.usable
        with anyio.move_on_after(within_s):
            if self._connection is None or is_new:
                dialled = await self._endpoint.dial(ByteCounters(), within_s)
                if isinstance(dialled, str):
                    return dialled, capture, True
                self._connection = dialled
            outcome = RESPONSE_TIMEOUT
            request = request.replace(b"\r\n", b"\r\n" + self._more_headers, 1)
            outcome = await self._connection.send(request, template.method == "HEAD", capture)
        if template.closes or outcome in {CONNECT_TIMEOUT, RESPONSE_TIMEOUT}:
            self.close()
        return outcome, capture, is_new

    def _keep_cookies(
        self, template: Template, filler: Filler, chain: RedirectChain, capture: ResponseCapture
    ) -> None:
        if template.keeps_cookies:
            target = target_of(chain.request)
            self._cookies.take(capture.headers, host=filler.host, target=target, is_secure=self._is_secure)


def _http2_endpoint(address: Address) -> "Http2Endpoint":
    from engine.client.http2_endpoint import Http2Endpoint  # a session without HTTP/2 starts sooner

    endpoint = Endpoint(address, CONNECT_WITHIN_S, HTTP_2)
    return Http2Endpoint(endpoint, connections=1, streams=1, is_secure=address.tls is not None)
