"""The outcomes of requests, and their names."""

import errno
import socket

import pytest

from engine.protocol.outcome import (
    BAD_BODY,
    CONNECT_TIMEOUT,
    OUT_OF_FILES,
    OUT_OF_PORTS,
    REFUSED,
    RESET,
    STALE,
    UNREACHABLE,
    connect_failure,
    failure_kind,
    never_answered,
)


def test_failures_are_named_by_status() -> None:
    assert failure_kind(404) == "status 404"
    assert failure_kind(STALE) == "stale"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, ""), REFUSED),
        (ConnectionResetError(errno.ECONNRESET, ""), RESET),
        (TimeoutError(errno.ETIMEDOUT, ""), CONNECT_TIMEOUT),
        (OSError(errno.EMFILE, ""), OUT_OF_FILES),
        (OSError(errno.EADDRNOTAVAIL, ""), OUT_OF_PORTS),
        (OSError(errno.EHOSTUNREACH, ""), UNREACHABLE),
        (socket.gaierror(socket.EAI_NONAME, ""), UNREACHABLE),
        (OSError("no number"), UNREACHABLE),
    ],
)
def test_a_failed_connect_is_named_by_its_error_number(error: OSError, kind: str) -> None:
    assert connect_failure(error) == kind


def test_any_response_or_part_of_a_stream_is_an_answer() -> None:
    silent = {REFUSED: 3, RESET: 1}
    assert never_answered(silent, asked=4, ok=0, tokens=0)
    assert never_answered({}, asked=4, ok=0, tokens=0)
    assert not never_answered({}, asked=0, ok=0, tokens=0)
    assert not never_answered(silent, asked=5, ok=1, tokens=0)
    assert not never_answered(silent, asked=4, ok=0, tokens=1)
    assert not never_answered(silent | {BAD_BODY: 1}, asked=5, ok=0, tokens=0)
    assert not never_answered(silent | {"status 500": 1}, asked=5, ok=0, tokens=0)
