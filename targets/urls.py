"""Encodes paths and queries as people write them for a request line. Pure.

Rules of this file: requests, steps, health paths, readiness checks, health probes and upstreams are all
encoded here; the text stays the same to the byte, percent-escapes included, except for characters that a URL
cannot contain (RFC 3986, 3.3 and 3.4): these are percent-encoded, as UTF-8.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote, urlencode

Scalar = str | int | float | bool | None

_SIGNS = "-._~!$&'()*+,;=:@/"
"""Characters that a path can contain, besides letters and digits."""
_LONE_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")
_UNSENDABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def path_fault(path: str) -> str:
    """What is wrong with a path; empty if it can be sent."""
    if not path.startswith("/"):
        return "a path must begin with a slash"
    return text_fault(path)


def text_fault(text: str) -> str:
    """What is wrong with a text for a request's head, or for the system; empty if nothing."""
    if found := _UNSENDABLE.search(text):
        code_point = ord(found[0])
        if code_point >= 0xD800:
            return "it contains bytes that are not UTF-8 text"
        return f"it contains a control character (U+{code_point:04X})"
    return ""


def encoded_target(path: str, query: Mapping[str, Scalar | Sequence[Scalar]] | None = None) -> str:
    """The path with its query and the parameters of `query`, as a request line has them. A fragment is not
    sent. Raises ValueError for what cannot be sent."""
    if fault := path_fault(path):
        raise ValueError(fault)
    before, mark, given = path.partition("#")[0].partition("?")
    added = urlencode([(key, _text(each)) for key, value in (query or {}).items() for each in _each(value)])
    queries = [_encoded(given, _SIGNS + "?")] if given else []
    if added:
        queries.append(added)
    has_query = mark or added
    return _encoded(before, _SIGNS) + ("?" + "&".join(queries) if has_query else "")


def _encoded(text: str, signs: str) -> str:
    return quote(_LONE_PERCENT.sub("%25", text), safe=signs + "%")


def _each(value: Scalar | Sequence[Scalar]) -> Iterable[Scalar]:
    return value if isinstance(value, list | tuple) else [value]  # type: ignore[list-item]


def _text(value: Scalar) -> str:
    """A value in a query or a form."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
