"""The head of a response, found in what has arrived of it. Pure."""

import re

END_OF_HEAD = b"\r\n\r\n"
HEAD_LIMIT_BYTES = 64 * 1024
"""A longer head is malformed: endless headers must not grow memory."""
MAX_INTERIMS = 1000
"""1xx responses before the final one; more are malformed: a server could send them for ever."""

_INTERIM = re.compile(rb"HTTP/1\.[01] 1(?!01)")
_BEGUN = re.compile(rb"[^\r\n]")
_FRAMED = re.compile(
    rb"\r\n(?:content-length[ \t]*:|transfer-encoding[ \t]*:[^\r]*chunked[ \t]*\r)", re.IGNORECASE
)


def head_with(partial: bytes, data: bytes) -> bytes:
    """The head of a response as far as it has arrived with `data`, and nothing after it.

    1xx heads before it are left out, as are empty lines, which the parser accepts.
    """
    if END_OF_HEAD in partial:
        return partial
    partial += data
    begin = end = 0
    while end >= 0 and (begun := _BEGUN.search(partial, end)):
        begin = begun.start()
        end = partial.find(END_OF_HEAD, begin)
        if end >= 0:
            end += len(END_OF_HEAD)
            if not _INTERIM.match(partial, begin):
                return partial[begin:end]
    return partial[begin:] if end < 0 else b""


def ends_with_connection(head: bytes) -> bool:
    """Whether a complete head means that the body lasts until the connection is closed (RFC 9112, 6.3)."""
    return END_OF_HEAD in head and not _FRAMED.search(head)
