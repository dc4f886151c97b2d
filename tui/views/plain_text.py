"""Texts of others made fit for a terminal, and signs made fit for its encoding. Pure.

Rules: a terminal gets no control character but newlines and tabs, and none that turns the direction of a line
or hides in it; nothing fails for a character that an encoding does not have.
"""

import re
import unicodedata

SUBSTITUTE = "\N{REPLACEMENT CHARACTER}"
"""Stands where a control character stood."""

_ASCII = {
    "…": "...", "×": "x", "·": ".", "–": "-", "—": "-", "−": "-", "“": '"', "”": '"', "‘": "'", "’": "'",
    "→": "->", "≤": "<=", "≥": ">=", "÷": "/", "µ": "u", "μ": "u", "┆": ":", "╌": ".", "━": "=", "╸": ">",
    "▏": "|", "▸": ">", "⏎": "enter",
    "●": "*", "▲": "+", "■": "o", "◆": "#", "✚": "x", "★": "@",  # targets, as charts in ASCII draw them
    "◐": "~", "✖": "!", "○": "-", "◌": "o",
}  # fmt: skip
"""What is said in plain ASCII for the signs that abreast itself writes."""


def in_ascii(sign: str) -> str:
    """A sign of ours in ASCII, lines and blocks as well as they can be drawn; `?` for any other."""
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
    """An error handler of codecs: every sign that cannot be encoded as `in_ascii` has it."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(in_ascii, error.object[error.start : error.end])), error.end


def visible(text: str) -> str:
    """A text in which nothing steers a terminal: control characters, signs of direction and those without a
    width are seen as `SUBSTITUTE`; odd spaces are spaces. Newlines and tabs stay."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() or sign in "\n\t" else _seen(sign) for sign in _lines(text))


def one_line(text: str) -> str:
    """The same with everything in one line, and single spaces."""
    if not text.isprintable():
        text = "".join(sign if sign.isprintable() else _seen(sign) for sign in _lines(text))
    return " ".join(text.split())


def hanging(text: str) -> str:
    """A text whose lines after the first are indented, so that none passes for a message of its own."""
    return re.sub(r"\n(?=[^\s])", "\n    ", _lines(text)) if "\n" in text or "\r" in text else text


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")


def _seen(sign: str) -> str:
    return " " if sign.isspace() else SUBSTITUTE
