"""What a response holds, for its checks and for values taken from it: JSON, text, headers. Pure.

Rules of this file:
- a response is whatever a server sent; what is wrong with it is described in a short text;
- a value is passed on as it was written: a number that a float cannot hold is read again, from its text;
- no text of a response holds half of a surrogate pair: neither a message nor a journal could.
"""

import codecs
import json
from collections.abc import Callable
from functools import lru_cache
from json import JSONDecodeError
from typing import TYPE_CHECKING, Any

import orjson

from targets.json_text import encodable

if TYPE_CHECKING:
    from engine.client.response_capture import ResponseCapture

_MISSING = object()
_NO_CHARSETS = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"})
"""Python's codecs that no body is in: they fail whatever is replaced, or make halves of surrogate pairs."""


class CapturedResponse:
    """A response to check; its body is parsed as JSON once, on first use."""

    __slots__ = ("_decoded", "_json", "capture")

    def __init__(self, capture: "ResponseCapture") -> None:
        self.capture = capture
        self._json: Any = _MISSING
        self._decoded: str | None = None

    @property
    def json(self) -> Any:
        """The body parsed as JSON; numbers over 64 bits are rounded. Raises ValueError if it is not JSON, or
        was too large to be kept completely."""
        if self._json is _MISSING:
            if not self.capture.is_body_complete:
                raise ValueError(f"the body is too large to be read as JSON: {self.capture.size} bytes")
            try:
                self._json = orjson.loads(self.capture.body)
            except orjson.JSONDecodeError:
                self._json = self._read_json()
        return self._json

    def _read_json(self) -> Any:
        try:
            return read_json(self.text)
        except ValueError as error:
            if not self.encoding_note:
                raise
            raise ValueError(f"the body is not JSON: {self.encoding_note}") from error

    @property
    def encoding_note(self) -> str:
        """Why nothing is found in a body that was sent encoded, such as with gzip; empty if it was not."""
        codings = ", ".join(self.values_of("content-encoding"))
        if codings.lower() in ("", "identity"):
            return ""
        return (
            f"it was sent with the Content-Encoding {codings[:40]!r} and is not decoded; "
            "ask for a plain one with the header Accept-Encoding: identity"
        )

    def written_json(self) -> Any:
        """The same with every number as its text (`NumberText`). Raises ValueError."""
        return read_json(self.text, numbers=NumberText)

    @property
    def text(self) -> str:
        """The body as text, in UTF-8 unless a byte-order mark or its content type says otherwise; JSON
        without a charset may be in UTF-16 or UTF-32. Raises ValueError if it is not text."""
        body = bytes(self.capture.body)
        for charset in (json.detect_encoding(body), self.charset):
            try:
                return body.decode(charset)
            except (UnicodeDecodeError, LookupError):
                continue
        raise ValueError("the body is not JSON: it is not text in UTF-8, nor in its content type's charset")

    @property
    def decoded(self) -> str:
        """The body, as far as it was kept, in its content type's charset; bytes that are not text in it
        are replaced. Decoded once, on first use."""
        if self._decoded is None:
            self._decoded = self.capture.body.decode(self.charset, "replace")
        return self._decoded

    @property
    def charset(self) -> str:
        """The charset of its content type; `utf-8` if that has none, or an unknown one."""
        _, _, value = (self.header("content-type") or "").lower().partition("charset=")
        return _known_charset(value.partition(";")[0].strip("\"' \t"))

    def header(self, name: str) -> str | None:
        """A header's first value, by its name in lower case."""
        return next(iter(self.values_of(name)), None)

    def values_of(self, name: str) -> list[str]:
        """A header's values in order, by its name in lower case."""
        found = self.capture.header_values(name.encode("latin-1"))
        return [value.decode("latin-1").strip(" \t") for value in found]


@lru_cache(maxsize=64)
def _known_charset(name: str) -> str:
    """Python's name of a charset; `utf-8` for one that it does not know, and for codecs that are none."""
    try:
        found = codecs.lookup(name or "utf-8").name
        "".encode(found)  # fails for codecs of bytes, such as base64
    except (LookupError, ValueError):
        return "utf-8"
    return "utf-8" if found in _NO_CHARSETS else found


class NumberText(str):
    """A number of a JSON text, as it was written."""

    __slots__ = ()


def read_json(text: str, numbers: Callable[[str], Any] | None = None) -> Any:
    """JSON from a text; numbers of any size, or as `numbers` reads them. Raises ValueError."""
    try:
        read = json.loads(text, parse_int=numbers or _whole, parse_float=numbers, parse_constant=_no_constant)
        return encodable(read) if "\\u" in text else read
    except (JSONDecodeError, RecursionError) as error:
        raise ValueError("the body is not JSON") from error


def _whole(digits: str) -> int:
    """A whole number, of as many digits as Python converts."""
    try:
        return int(digits)
    except ValueError as error:
        raise ValueError(f"the body has a number of {len(digits)} digits, too many to be compared") from error


def _no_constant(name: str) -> None:
    """Rejects NaN and Infinity, which are not JSON."""
    raise ValueError(f"the body is not JSON: it contains {name}")


def resolver(pointer: str) -> Callable[[Any], Any]:
    """A function for the value that an RFC 6901 pointer refers to in a document, which raises LookupError if
    there is none."""
    keys = [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]

    def resolved(document: Any) -> Any:
        value = document
        for key in keys:
            value = value[key] if isinstance(value, dict) else _element(value, key)
        return value

    return resolved


def _element(value: Any, key: str) -> Any:
    """An element of an array by its index. Raises LookupError if there is none."""
    if isinstance(value, list) and key.isascii() and key.isdigit() and (key == "0" or key[0] != "0"):
        return value[int(key)]
    raise LookupError(key)


def short_json(value: Any) -> str:
    """A value as JSON, as far as it fits in a message."""
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except (RecursionError, ValueError):
        text = "something large"
    return text if len(text) <= 80 else f"{text[:79]}…"
