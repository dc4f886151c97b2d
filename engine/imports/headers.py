"""Which headers of an imported request a plan keeps. Pure.

Rules of this file: a header stays unless abreast makes it itself, it would make the answers differ from those
of a first visit, or it only describes the browser.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.imports.marked_text import literals_of

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

_DERIVED = frozenset(
    {"content-length", "transfer-encoding", "connection", "keep-alive", "proxy-connection", "te", "trailer"}
    | {"upgrade", "expect", "proxy-authorization", "http2-settings"}
)
"""Of one connection or message: abreast makes them itself (RFC 9110, 7.6.1)."""
_CONDITIONAL = frozenset(
    {"if-none-match", "if-modified-since", "if-match", "if-unmodified-since", "if-range"}
)
_OF_BROWSERS = frozenset({"dnt", "priority", "sec-gpc", "save-data", "purpose", "sec-purpose"})
_HANDSHAKE = frozenset({"sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions"})


@dataclass(slots=True)
class KeptHeaders:
    """What is left of a request's headers, and what is not."""

    kept: dict[str, str] = field(default_factory=dict)
    conditional: list[str] = field(default_factory=list)
    """Would be answered without a body (304), or rejected (412)."""
    browser: list[str] = field(default_factory=list)
    """Only describe the browser."""
    unsendable: list[str] = field(default_factory=list)
    """Cannot be sent by abreast: a name or a value that HTTP does not allow, or that is not ASCII."""


def kept_headers(headers: Iterable[tuple[str, str]], host: str, *, reads_body: bool) -> KeptHeaders:
    """The headers that a plan has. `host` is that of the URL, with its port; `reads_body` says whether the
    answer is looked into, which only works if it is not compressed."""
    found = KeptHeaders()
    names: dict[str, str] = {}
    for name, value in headers:
        lower, value = name.lower(), value.strip(" \t")
        if name.startswith(":") or lower in _DERIVED or lower in _HANDSHAKE:
            continue
        if (lower == "host" and value.lower() == host.lower()) or (lower == "accept-encoding" and reads_body):
            continue
        if lower in _CONDITIONAL:
            found.conditional.append(name)
        elif lower in _OF_BROWSERS or lower.startswith("sec-ch-"):
            found.browser.append(name)
        elif not _TOKEN.fullmatch(name) or not is_sendable(value):
            found.unsendable.append(name)
        elif lower in names:
            separator = "; " if lower == "cookie" else ", "
            found.kept[names[lower]] = f"{found.kept[names[lower]]}{separator}{value}"
        else:
            names[lower] = name
            found.kept[name] = value
    return found


def value_of(headers: Iterable[tuple[str, str]], name: str) -> str:
    """The value of a header, whatever the case of its name; empty if there is none."""
    return next((value for key, value in headers if key.lower() == name.lower()), "")


def is_sendable(value: str) -> bool:
    """Whether a value can be sent: ASCII without control characters, apart from marks of what is filled in
    later."""
    return not _CONTROL.search(value) and literals_of(value).isascii()
