"""The possible outcomes of a request, under the names that people read. Pure.

A complete response has its status, an `int`, as its outcome; everything else is a failure kind, a `str` of
this file.
"""

import errno
from collections.abc import Mapping

Outcome = int | str
"""The status of a complete response, or the kind of the failure."""

REFUSED = "refused"
"""Nothing listens there."""
CONNECT_TIMEOUT = "connect timeout"
UNREACHABLE = "unreachable"
"""No route, or the host's name has no address."""
OUT_OF_FILES = "out of files"
"""The generator's own limit, never the target's fault."""
OUT_OF_PORTS = "out of ports"
"""The generator's own limit, never the target's fault."""
TLS_CERTIFICATE = "tls certificate"
"""The target's certificate is not trusted, has expired, or is for another host."""
TLS_HANDSHAKE = "tls handshake"
"""The handshake failed for any other reason: no TLS there, no common version, or connection lost."""
RESPONSE_TIMEOUT = "response timeout"
RESET = "reset"
CLOSED_EARLY = "closed early"
"""The connection was closed normally before the response was complete."""
MALFORMED = "malformed answer"
"""Not HTTP/1.x, a head larger than `connection.HEAD_LIMIT_BYTES`, or no WebSocket where one was requested."""
CLOSED_WITH_ERROR = "closed with an error"
"""A WebSocket was closed with an error code."""
TOO_LARGE = "message too large"
"""A WebSocket message of more than `websocket.MESSAGE_LIMIT_BYTES`."""
CUT_SHORT = "stream cut short"
"""A stream ended within an event or a message, or without its required end."""
WRONG_TYPE = "not a stream"
"""The status was as expected, but the response's content type is not that of server-sent events."""
BAD_BODY = "bad body"
"""The status was as expected, but a check of the body failed, or a value that later steps need is missing."""
BAD_HEADER = "bad header"
"""The status was as expected, but a check of a header failed."""
GRAPHQL_ERRORS = "graphql errors"
"""The status was as expected, but the GraphQL response has errors."""
TOO_MANY_REDIRECTS = "too many redirects"
"""A redirect came after as many as the request may follow."""
REDIRECT_LOOP = "redirect loop"
"""A redirect led to a request that had been sent before, to the byte, on the way there."""
REDIRECT_ELSEWHERE = "redirect to another server"
"""A redirect led to another scheme, host or port than the target's; it is never followed."""
BAD_REDIRECT = "bad redirect"
"""A redirect's Location is not a URL that can be requested."""
BAD_VALUE = "bad value"
"""Nothing was sent: a value taken from an earlier response is not allowed at its place in this request."""
NO_HTTP2 = "no http/2"
"""The TLS handshake agreed on no HTTP/2 (ALPN)."""
GOAWAY = "goaway"
"""The server ended an HTTP/2 connection with an error, and the request with it."""
STREAM_REFUSED = "stream refused"
"""The server refused an HTTP/2 stream, and did not process the request."""
STREAM_RESET = "stream reset"
"""The server reset an HTTP/2 stream before the response was complete."""
STALE = "stale"
"""A reused connection was closed before the first byte of the response, and the method may not be
repeated."""

REDIRECTS = frozenset({301, 302, 303, 307, 308})
"""Statuses that lead elsewhere by their Location (RFC 9110, 15.4)."""
REDIRECT_FAULTS = frozenset({TOO_MANY_REDIRECTS, REDIRECT_LOOP, REDIRECT_ELSEWHERE, BAD_REDIRECT})
"""Failures of a chain of redirects: a complete response, which may not be followed."""

GENERATOR_FAULTS = frozenset({OUT_OF_FILES, OUT_OF_PORTS})
"""Failures of the generator itself: the request was never sent to the target."""

NO_ANSWER = frozenset(
    {
        REFUSED,
        CONNECT_TIMEOUT,
        UNREACHABLE,
        TLS_CERTIFICATE,
        TLS_HANDSHAKE,
        RESPONSE_TIMEOUT,
        RESET,
        CLOSED_EARLY,
        STALE,
        BAD_VALUE,
        NO_HTTP2,
        GOAWAY,
        STREAM_REFUSED,
        STREAM_RESET,
    }
)
"""Failures without any response, complete or partial."""

REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
"""Idempotent methods (RFC 9110, 9.2.2): sending one twice does what sending it once does."""

_CONNECT_ERRNOS = {
    errno.ECONNREFUSED: REFUSED,
    errno.ECONNRESET: RESET,
    errno.ETIMEDOUT: CONNECT_TIMEOUT,
    errno.EMFILE: OUT_OF_FILES,
    errno.ENFILE: OUT_OF_FILES,
    errno.EADDRNOTAVAIL: OUT_OF_PORTS,
}


def connect_failure(error: OSError) -> str:
    """The kind of a failed connect, or of a failed look-up, whose error numbers are none of these."""
    return _CONNECT_ERRNOS.get(error.errno or 0, UNREACHABLE)


def failure_kind(outcome: Outcome) -> str:
    """The name under which a failure is counted: an unexpected status by its number."""
    return outcome if isinstance(outcome, str) else f"status {outcome}"


def never_answered(errors: Mapping[str, int], *, asked: int, ok: int, tokens: int) -> bool:
    """Whether requests were sent and no response came, not even an error or a part of a stream; `errors`
    counts failures by kind."""
    return asked > 0 and not ok and not tokens and set(errors) <= NO_ANSWER
