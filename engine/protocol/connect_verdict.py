"""The first byte on a connection through a delay proxy: how the connect to the target went. Pure.

It is the system's error number (`ECONNREFUSED`), or 0. So a client behind the proxy learns what it would
learn from the target's own kernel, and counts the same failure.
"""

import errno
import os

CONNECTED = 0


def verdict_of(number: int) -> bytes:
    """The byte that the proxy sends for an error number."""
    return bytes([number if 0 <= number < 256 else errno.EHOSTUNREACH])


def check_verdict(received: bytes) -> None:
    """Raises the OSError that the connect ended with. A connection that ended without a verdict was reset."""
    number = received[0] if received else errno.ECONNRESET
    if number != CONNECTED:
        raise OSError(number, os.strerror(number))
