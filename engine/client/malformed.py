"""What was wrong with a malformed response, for people: why, where, and what was there. Pure.

The parser does not say where it stopped, so that is found by parsing shorter and shorter beginnings.
"""

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

_AROUND_BYTES = 24
"""How much is shown on each side."""


def explain(reason: str, data: bytes, before: int) -> str:
    """Why a response could not be parsed. `data` is the read that failed, after `before` bytes that did not.

    If the response began before it, the exact byte is not known, only the read.
    """
    if not data:
        return reason
    if before:
        return (
            f"{reason}, between byte {before} and {before + len(data)}: {_escaped(data[: 2 * _AROUND_BYTES])}"
        )
    at = _first_bad(data)
    return f"{reason}, at byte {at}: {_escaped(data[max(0, at - _AROUND_BYTES) : at + _AROUND_BYTES])}"


def _first_bad(data: bytes) -> int:
    """The position of the first byte that a parser rejects, from 0; the last one if it rejects none."""
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
        HttpResponseParser(_NO_LISTENER).feed_data(data)
    except (HttpParserError, HttpParserUpgrade):
        return False
    return True


def _escaped(data: bytes) -> str:
    """Bytes as in a bytes literal, so that they cannot control the terminal."""
    return repr(data)[1:] if data else "nothing"


class _NoListener:
    """Ignores what a parser reports."""


_NO_LISTENER = _NoListener()
