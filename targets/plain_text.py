"""Foreign texts made safe for a terminal, and characters replaced that its encoding lacks. Pure.

Rules: a terminal gets no control characters except newlines and tabs, and none that are invisible or change
the direction of a line; no character makes printing fail.
"""

import re
import unicodedata

SUBSTITUTE = "\N{REPLACEMENT CHARACTER}"
"""Replaces a control character."""

_ASCII = {
    "…": "...", "×": "x", "·": ".", "–": "-", "—": "-", "−": "-", "“": '"', "”": '"', "‘": "'", "’": "'",
    "→": "->", "≤": "<=", "≥": ">=", "÷": "/", "µ": "u", "μ": "u", "┆": ":", "╌": ".", "━": "=", "╸": ">",
    "▏": "|", "▸": ">", "⏎": "enter",
    "●": "*", "▲": "+", "■": "o", "◆": "#", "✚": "x", "★": "@", "⌂": "%",  # targets, as in charts
    "◐": "~", "✖": "!", "○": "-", "◌": "o",
    "▁": "_", "▂": ".", "▃": "-", "▄": "=", "▅": "+", "▆": "*", "▇": "%", "█": "#",
}  # fmt: skip
"""The signs that abreast itself writes, in plain ASCII."""


def in_ascii(sign: str) -> str:
    """A sign of abreast in ASCII, lines and blocks as similar as possible; `?` for any other character."""
    if sign.isascii():
        return sign
    if sign in _ASCII:
        return _ASCII[sign]
    name = unicodedata.name(sign, "")
    if name.startswith("BOX DRAWINGS"):
        is_flat, is_upright = "HORIZONTAL" in name, "VERTICAL" in name
        return "+" if is_flat == is_upright else "-" if is_flat else "|"
    return "#" if "BLOCK" in name.split() or name.startswith(("BRAILLE", "QUADRANT")) else "?"


def replaced(error: UnicodeError) -> tuple[str, int]:
    """An error handler for codecs: replaces characters that cannot be encoded with `in_ascii`."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(in_ascii, error.object[error.start : error.end])), error.end


def visible(text: str) -> str:
    """A text that cannot control a terminal: control, direction and zero-width characters become
    `SUBSTITUTE`, other kinds of spaces become spaces. Newlines and tabs stay."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() or sign in "\n\t" else _seen(sign) for sign in _lines(text))


def one_line(text: str) -> str:
    """The same in one line, with single spaces."""
    if not text.isprintable():
        text = "".join(sign if sign.isprintable() else _seen(sign) for sign in _lines(text))
    return " ".join(text.split())


def hanging(text: str) -> str:
    """A text whose lines after the first are indented, so that none looks like a separate message."""
    return re.sub(r"\n(?=[^\s])", "\n    ", _lines(text)) if "\n" in text or "\r" in text else text


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")


def _seen(sign: str) -> str:
    return " " if sign.isspace() else SUBSTITUTE
