"""The page: one file without any data, which fills itself from the stream; and the pages of refusals.

Rules of this file:
- the page needs nothing else, and its policy allows nothing else: its style and script, by their hashes, and
  the stream beside it;
- whatever a session or a server said reaches the page as JSON, and becomes text there.
"""

from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.metadata import version
from importlib.resources import files
from typing import Final

from engine.export.html_page import filled_style, hash_of

SECURITY: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
"""Headers of every response."""


@dataclass(frozen=True, slots=True)
class Document:
    """An HTML page and its Content-Security-Policy."""

    body: bytes
    policy: str


@cache
def live_page() -> Document:
    """The page of a session."""
    style, script = filled_style(_file("live.css")), _file("live.js")
    policy = (
        f"default-src 'none'; style-src '{hash_of(style)}'; script-src '{hash_of(script)}'; "
        f"connect-src 'self'; {_CLOSED}"
    )
    body = (
        _file("live.html")
        .replace("VERSION", escape(version("abreast")))
        .replace("/* STYLE */", style)
        .replace("/* SCRIPT */", script)
    )
    return Document(body.encode(), policy)


@cache
def refusal_page(title: str, text: str, *, again_s: int = 0) -> Document:
    """A page that says why there is nothing to see; it is loaded again after so many seconds, if any."""
    style = filled_style(_file("refusal.css"))
    body = (
        _file("refusal.html")
        .replace("/* STYLE */", style)
        .replace("TITLE", escape(title))
        .replace("TEXT", escape(text))
        .replace("<!-- AGAIN -->", f'<meta http-equiv="refresh" content="{again_s}">' if again_s else "")
    )
    return Document(body.encode(), f"default-src 'none'; style-src '{hash_of(style)}'; {_CLOSED}")


_CLOSED = "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def _file(name: str) -> str:
    return (files("tui.serve") / "page" / name).read_text(encoding="utf-8")
