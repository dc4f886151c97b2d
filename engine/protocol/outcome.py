"""What can become of a request, by the names that people read. Pure.

An answer that arrived whole is its status, an `int`; everything else is a failure kind, a `str` of this file.
"""

import errno
from collections.abc import Mapping

Outcome = int | str
"""The status of a whole answer, or the kind of the failure."""

REFUSED = "refused"
"""Nobody listens there."""
CONNECT_TIMEOUT = "connect timeout"
UNREACHABLE = "unreachable"
"""No route, or the host's name has no address."""
OUT_OF_FILES = "out of files"
"""The generator's own limit, never the target's fault."""
OUT_OF_PORTS = "out of ports"
"""The generator's own limit, never the target's fault."""
TLS_CERTIFICATE = "tls certificate"
"""The target's certificate is not trusted, has expired, or is another host's."""
TLS_HANDSHAKE = "tls handshake"
"""No TLS came about, for any other reason: not spoken there, nothing in common, broken off."""
RESPONSE_TIMEOUT = "response timeout"
RESET = "reset"
CLOSED_EARLY = "closed early"
"""The connection ended in an orderly way before the answer was whole."""
MALFORMED = "malformed answer"
"""Not HTTP/1.x, a head larger than `connection.HEAD_LIMIT_BYTES`, or no WebSocket where one was asked for."""
CLOSED_WITH_ERROR = "closed with an error"
"""A WebSocket was closed with a code that says that something went wrong."""
TOO_LARGE = "message too large"
"""A WebSocket message of more than `websocket.MESSAGE_LIMIT_BYTES`."""
CUT_SHORT = "stream cut short"
"""A stream had begun, and ended within an event or a message, or without the end that it must have."""
WRONG_TYPE = "not a stream"
"""The status was as expected, but the answer's content type is not that of server-sent events."""
BAD_BODY = "bad body"
"""The status was as expected, but a check of the body failed, or lacked a value that later steps need."""
BAD_VALUE = "bad value"
"""Nothing was sent: a value taken from an earlier answer may not stand where this request wants it."""
STALE = "stale"
"""A reused connection was closed before the first byte of the answer, and the method may not be repeated."""

GENERATOR_FAULTS = frozenset({OUT_OF_FILES, OUT_OF_PORTS})
"""What kept a request from being sent at all; no answer of the target's was asked for."""

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
    }
)
"""Failures of which no answer came, whole or in part."""

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
    """The kind of a connect that failed, or of a look-up, whose own error numbers are none of these."""
    return _CONNECT_ERRNOS.get(error.errno or 0, UNREACHABLE)


def failure_kind(outcome: Outcome) -> str:
    """The name an outcome is counted under where it is a failure: an unexpected status by its number."""
    return outcome if isinstance(outcome, str) else f"status {outcome}"


def never_answered(errors: Mapping[str, int], *, asked: int, ok: int, tokens: int) -> bool:
    """Whether requests were sent and no answer came, good or bad, nor any part of a stream; `errors` counts
    failures by kind."""
    return asked > 0 and not ok and not tokens and set(errors) <= NO_ANSWER
