"""A request of HTTP/1.1, as templates render it → the fields of one of HTTP/2 (RFC 9113, 8.3). Pure."""

from functools import lru_cache

from hpack import NeverIndexedHeaderTuple

Fields = tuple[tuple[bytes, bytes], ...]

OF_ONE_CONNECTION = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade", b"te"}
)
"""Fields that mean something to one connection of HTTP/1.1 only, and must not be sent (8.2.2)."""
_SECRETS = frozenset({b"authorization", b"proxy-authorization"})
_SHORT_COOKIE_BYTES = 20
_END_OF_HEAD = b"\r\n\r\n"
REMEMBERED_HEADS = 512


def split(request: bytes, scheme: bytes) -> tuple[Fields, bytes]:
    """The fields and the body of a rendered request."""
    head, _, body = request.partition(_END_OF_HEAD)
    return _fields(head, scheme), body


@lru_cache(maxsize=REMEMBERED_HEADS)
def _fields(head: bytes, scheme: bytes) -> Fields:
    line, *lines = head.split(b"\r\n")
    method, path, _ = line.split(b" ")
    named = [
        (name.lower(), value.strip(b" \t")) for name, _, value in (each.partition(b":") for each in lines)
    ]
    authority = next((value for name, value in named if name == b"host"), b"")
    return (
        (b":method", method),
        (b":scheme", scheme),
        (b":authority", authority),
        (b":path", path),
        *(_field(name, value) for name, value in named if name != b"host" and name not in OF_ONE_CONNECTION),
    )


def _field(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    """A field, which is kept out of the compression's table if it could be guessed from there (RFC 7541,
    7.1.3): as h2 and browsers do it."""
    is_secret = name in _SECRETS or (name == b"cookie" and len(value) < _SHORT_COOKIE_BYTES)
    return NeverIndexedHeaderTuple(name, value) if is_secret else (name, value)
