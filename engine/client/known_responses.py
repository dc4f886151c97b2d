"""Responses that come again byte for byte: their status is known, and they are not parsed again.

Servers under load send few different responses over and over, and parsing a short one costs a load worker
several times as much as finding it here. What is kept follows only from the bytes, so all connections to all
targets share it. It is kept only of a read that is one whole response and nothing else, after which the
connection may be used again, and that is no response to a HEAD.
"""

MOST_RESPONSES = 256
"""So many are kept; then all are forgotten."""
LONGEST_BYTES = 1024
"""A longer one is neither kept nor looked up: hashing it takes longer, parsing it does not."""
TRIED = 64
"""So many responses of a connection that are new, one after another, are looked up; then"""
UNTRIED = 1024
"""so many are not, as if none would come again."""

_statuses: dict[bytes, int] = {}

status_of = _statuses.get
"""The status of a response; None if it is not known."""


def keep_status(response: bytes, status: int) -> None:
    """Keeps a response's status for `status_of`."""
    if len(_statuses) >= MOST_RESPONSES:
        _statuses.clear()
    _statuses[response] = status
