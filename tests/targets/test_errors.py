"""A reason is never empty."""

import asyncio
import errno
import ssl
import zlib

import anyio
import pytest

from targets.errors import reason_of, unknown


def raised_from(error: Exception, cause: BaseException) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ValueError("two words"), "two words"),
        (TimeoutError(), "it took too long"),
        (TimeoutError(errno.ETIMEDOUT, "Connection timed out"), "Connection timed out"),
        (asyncio.CancelledError(), "cancelled"),
        (ConnectionResetError(), "connection reset"),
        (OSError(errno.ECONNREFUSED, "Connection refused"), "Connection refused"),
        (OSError("All connection attempts failed"), "All connection attempts failed"),
        (anyio.EndOfStream(), "end of stream"),
        (anyio.BrokenResourceError(), "broken resource"),
        (ExceptionGroup("several", [ExceptionGroup("more", [TimeoutError()])]), "it took too long"),
        (raised_from(RuntimeError(), OSError(errno.EPIPE, "Broken pipe")), "Broken pipe"),
        (zlib.error(), "error"),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number"), "wrong version number"),
    ],
)
def test_a_reason(error: BaseException, reason: str) -> None:
    assert reason in reason_of(error)
    assert reason_of(error).strip()


@pytest.mark.parametrize(
    ("kind", "hint"),
    [
        ("format", "choose one of these formats"),
        ("option of fastapi", "choose one of these options of fastapi"),
    ],
)
def test_an_unknown_name_comes_with_those_that_are_known(kind: str, hint: str) -> None:
    error = unknown(kind, "xyz", ["csv", "json"])
    assert (error.what, error.why, error.hint) == (f"unknown {kind} 'xyz'", "known: csv, json", hint)
