"""Responses that come again byte for byte: their status is known, and they are not parsed again.

Servers under load send few different responses over and over, and to parse one costs a load worker several
times as much as to find it here. What is kept follows from the bytes alone, so that all connections to all
targets share it. It is kept only of a read that is one whole response and nothing else, after which the
connection may be used again, and that is no response to a HEAD.
"""

MOST_RESPONSES = 256
"""So many are kept; then all are forgotten."""
LONGEST_BYTES = 1024
"""A longer one is not kept: finding it takes longer, and parsing it is a smaller part of taking it."""

_statuses: dict[bytes, int] = {}

status_of = _statuses.get
"""The status of a response; None if it is not known."""


def keep_status(response: bytes, status: int) -> None:
    """Keeps what `status_of` tells."""
    if len(response) <= LONGEST_BYTES:
        if len(_statuses) >= MOST_RESPONSES:
            _statuses.clear()
        _statuses[response] = status
