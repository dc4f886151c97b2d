"""A histogram as HdrHistogram writes it: V2 encoding, compressed with zlib, in base64.

Our buckets are those of an HdrHistogram with a lowest value of 1 and two significant digits, so counts can be
copied index by index. Format: the "HdrHistogram V2 encoding" of HdrHistogram's own Java sources (cookie,
six header fields, then ZigZag LEB128 counts, where a negative count stands for that many empty buckets).
"""

import base64
import struct
import zlib

from engine.protocol.histogram import HIGHEST_US, Counts

_COOKIE = 0x1C849303 | 0x10
_COMPRESSED_COOKIE = 0x1C849304 | 0x10
_HEADER = struct.Struct(">iiiiqqd")
_COMPRESSED_HEADER = struct.Struct(">ii")
_DIGITS = 2


def encode(counts: Counts) -> str:
    """Encodes sparse counts as text that HdrHistogram's tools can read."""
    payload = bytearray()
    at = 0
    for index in sorted(index for index, count in counts.items() if count):
        if index > at:
            payload += _zigzag(at - index)
        payload += _zigzag(counts[index])
        at = index + 1
    plain = _HEADER.pack(_COOKIE, len(payload), 0, _DIGITS, 1, HIGHEST_US, 1.0) + payload
    packed = zlib.compress(plain)
    return base64.b64encode(_COMPRESSED_HEADER.pack(_COMPRESSED_COOKIE, len(packed)) + packed).decode()


def decode(text: str) -> Counts:
    """The sparse counts in a text that `encode` wrote. Raises ValueError for anything else."""
    try:
        return _counts_in(_payload_of(base64.b64decode(text, validate=True)))
    except (IndexError, struct.error, zlib.error) as error:
        raise ValueError("not a compressed V2 histogram") from error


def _payload_of(raw: bytes) -> bytes:
    cookie, length = _COMPRESSED_HEADER.unpack_from(raw)
    if cookie != _COMPRESSED_COOKIE:
        raise ValueError("not a compressed V2 histogram")
    plain = zlib.decompress(raw[_COMPRESSED_HEADER.size : _COMPRESSED_HEADER.size + length])
    inner, size, _, digits, lowest, *_ = _HEADER.unpack_from(plain)
    if (inner, digits, lowest) != (_COOKIE, _DIGITS, 1):
        raise ValueError("a histogram of another resolution")
    return plain[_HEADER.size : _HEADER.size + size]


def _counts_in(payload: bytes) -> Counts:
    counts: dict[int, int] = {}
    index = at = 0
    while at < len(payload):
        value, at = _unzigzag(payload, at)
        if value < 0:
            index -= value
        else:
            counts[index] = value
            index += 1
    return counts


def _zigzag(value: int) -> bytes:
    left = (value << 1) ^ (value >> 63)
    out = bytearray()
    while left > 0x7F:
        out.append(0x80 | (left & 0x7F))
        left >>= 7
    out.append(left)
    return bytes(out)


def _unzigzag(data: bytes, at: int) -> tuple[int, int]:
    left = shift = 0
    while True:
        byte = data[at]
        at += 1
        left |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return (left >> 1) ^ -(left & 1), at
