"""The first byte on a connection through a delay proxy: how the connect to the target went. Pure.

It is the system's number of the error (`ECONNREFUSED`), or 0. So a client that is a round trip away learns
what it would learn from the target's own kernel, and counts the same failure.
"""

import errno
import os

CONNECTED = 0


def verdict_of(number: int) -> bytes:
    """What the proxy says."""
    return bytes([number if 0 <= number < 256 else errno.EHOSTUNREACH])


def check_verdict(said: bytes) -> None:
    """What a client makes of it. Raises the OSError that the connect ended with; one that ends without a word
    was reset."""
    number = said[0] if said else errno.ECONNRESET
    if number != CONNECTED:
        raise OSError(number, os.strerror(number))
