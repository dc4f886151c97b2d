"""JSON without characters that control a terminal: the same data, escaped. Pure."""

import re
from typing import Any

_STEERING = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
"""Characters in JSON that control a terminal or are invisible in it; newlines are layout."""

_BEYOND_ASCII = re.compile("[^\n\x20-\x7e]")


def encodable(value: Any) -> Any:
    """Plain data whose texts can be written: in a name of a file, bytes that are not UTF-8 (surrogates, in
    Python) become `?`."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode(errors="replace").decode()
    if isinstance(value, dict):
        return {encodable(key): encodable(each) for key, each in value.items()}
    return [encodable(each) for each in value] if isinstance(value, list | tuple) else value


def json_escaped(document: bytes, *, ascii_only: bool) -> bytes:
    """The same JSON without characters that control a terminal; with `ascii_only` in ASCII."""
    text = document.decode()
    return (_BEYOND_ASCII if ascii_only else _STEERING).sub(_json_escape, text).encode()


def _json_escape(found: re.Match[str]) -> str:
    units = found.group().encode("utf-16-be")
    return "".join(f"\\u{units[at] << 8 | units[at + 1]:04x}" for at in range(0, len(units), 2))
