"""What was wrong with an answer that is none, for people: why, where, and what stood there. Pure.

The parser does not say where it stopped, so that is found by parsing ever shorter beginnings.
"""

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

_AROUND_BYTES = 24
"""So much is shown on each side."""


def explained(reason: str, data: bytes, before: int) -> str:
    """Why an answer could not be read. `data` is the read that could not be, after `before` bytes that could.

    Where the answer's beginning is not in it, the byte itself is not known, only the read.
    """
    if not data:
        return reason
    if before:
        return (
            f"{reason}, between byte {before} and {before + len(data)}: {_shown(data[: 2 * _AROUND_BYTES])}"
        )
    at = _first_bad(data)
    return f"{reason}, at byte {at}: {_shown(data[max(0, at - _AROUND_BYTES) : at + _AROUND_BYTES])}"


def _first_bad(data: bytes) -> int:
    """The place of the first byte that a parser refuses, from 0; the last one where it refuses none."""
    good, bad = 0, len(data)
    while bad - good > 1:
        middle = (good + bad) // 2
        if _is_readable(data[:middle]):
            good = middle
        else:
            bad = middle
    return good


def _is_readable(data: bytes) -> bool:
    try:
        HttpResponseParser(_NOBODY).feed_data(data)
    except (HttpParserError, HttpParserUpgrade):
        return False
    return True


def _shown(data: bytes) -> str:
    """Bytes that steer no terminal, as in a bytes literal."""
    return repr(data)[1:] if data else "nothing"


class _Nobody:
    """Listens to nothing."""


_NOBODY = _Nobody()
