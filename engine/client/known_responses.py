"""Responses that come again byte for byte: what they are is known, and they are not parsed again.

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
_contents: dict[bytes, tuple[int, bytes]] = {}

status_of = _statuses.get
"""The status of a response; None if it is not known."""
content_of = _contents.get
"""The status of a response, and its body, chunks joined; None if they are not known."""


def keep_status(response: bytes, status: int) -> None:
    """Keeps what `status_of` tells."""
    if len(response) <= LONGEST_BYTES:
        if len(_statuses) >= MOST_RESPONSES:
            _statuses.clear()
        _statuses[response] = status


def keep_content(response: bytes, status: int, body: bytes) -> None:
    """Keeps what `content_of` tells."""
    if len(response) <= LONGEST_BYTES:
        if len(_contents) >= MOST_RESPONSES:
            _contents.clear()
        _contents[response] = status, body
