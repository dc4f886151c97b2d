"""How paths and queries that people write become what stands in a request line. Pure.

Rules of this file: there is one way, for requests, steps, health paths, readiness, canaries and upstreams;
what a person wrote stays as it is to the byte, percent-escapes included, except for what may not stand in a
URL (RFC 3986, 3.3 and 3.4): that is percent-encoded, as UTF-8.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote, urlencode

Scalar = str | int | float | bool | None

_SIGNS = "-._~!$&'()*+,;=:@/"
"""What may stand in a path beside letters and digits."""
_LONE_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")
_UNSENDABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def path_fault(path: str) -> str:
    """What is wrong with a path that a person wrote; empty where it can be sent."""
    if not path.startswith("/"):
        return "a path begins with a slash"
    return text_fault(path)


def text_fault(text: str) -> str:
    """What no text can hold that is sent in a head, or handed to the system; empty where there is none."""
    if found := _UNSENDABLE.search(text):
        sign = ord(found[0])
        if sign >= 0xD800:
            return "it holds bytes that are no UTF-8 text"
        return f"it holds a control character (U+{sign:04X})"
    return ""


def encoded_target(path: str, query: Mapping[str, Scalar | Sequence[Scalar]] | None = None) -> str:
    """The path with its query, and what `query` adds to it, as they stand in a request line. A fragment is
    not sent. Raises ValueError for what cannot be sent."""
    if fault := path_fault(path):
        raise ValueError(fault)
    before, mark, own = path.partition("#")[0].partition("?")
    added = urlencode([(key, _text(each)) for key, value in (query or {}).items() for each in _each(value)])
    queries = [_encoded(own, _SIGNS + "?")] if own else []
    if added:
        queries.append(added)
    asks = mark or added
    return _encoded(before, _SIGNS) + ("?" + "&".join(queries) if asks else "")


def _encoded(text: str, signs: str) -> str:
    return quote(_LONE_PERCENT.sub("%25", text), safe=signs + "%")


def _each(value: Scalar | Sequence[Scalar]) -> Iterable[Scalar]:
    return value if isinstance(value, list | tuple) else [value]  # type: ignore[list-item]


def _text(value: Scalar) -> str:
    """A value as it stands in a query or a form."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
