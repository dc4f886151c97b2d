"""Checks of a response's body, and values taken from it for later steps. Pure.

Rules of this file:
- a response is whatever a server sent; what is wrong with it is described in a short text;
- a value is passed on as it was written: a number that a float cannot hold is read again, from its text.
"""

import codecs
import json
from collections.abc import Callable
from json import JSONDecodeError
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import orjson

from engine.client.cookies import CookieJar
from engine.protocol.request import Check, Extract

if TYPE_CHECKING:
    from engine.client.response_capture import ResponseCapture

BodyCheck = Callable[["CapturedResponse"], str]
"""Returns what is wrong with a response; empty if nothing is."""

LARGEST_EXACT = 2.0**63
"""Whole numbers from here up may have been rounded to a float."""

_MISSING = object()


class CapturedResponse:
    """A response to check; its body is parsed as JSON once, on first use."""

    __slots__ = ("_json", "capture")

    def __init__(self, capture: "ResponseCapture") -> None:
        self.capture = capture
        self._json: Any = _MISSING

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
                self._json = _read(self.text)
        return self._json

    def written_json(self) -> Any:
        """The same with every number as its text (`NumberText`). Raises ValueError."""
        return _read(self.text, numbers=NumberText)

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
    def charset(self) -> str:
        """The charset of its content type; `utf-8` if that has none, or an unknown one."""
        _, _, value = (self.header("content-type") or "").lower().partition("charset=")
        name = value.partition(";")[0].strip("\"' \t")
        try:
            return codecs.lookup(name).name if name else "utf-8"
        except (LookupError, ValueError):
            return "utf-8"

    def header(self, name: str) -> str | None:
        """A header's first value, by its name in lower case."""
        wanted = name.encode("latin-1")
        for key, value in self.capture.headers:
            if key.lower() == wanted:
                return value.decode("latin-1").strip(" \t")
        return None


class NumberText(str):
    """A number of a JSON text, as it was written."""

    __slots__ = ()


def _read(text: str, numbers: Callable[[str], Any] | None = None) -> Any:
    """JSON from a text; numbers of any size, or as `numbers` reads them. Raises ValueError."""
    try:
        return json.loads(text, parse_int=numbers, parse_float=numbers, parse_constant=_no_constant)
    except (JSONDecodeError, RecursionError) as error:
        raise ValueError("the body is not JSON") from error


def _no_constant(name: str) -> None:
    """Rejects NaN and Infinity, which are not JSON."""
    raise ValueError(f"the body is not JSON: it contains {name}")


def resolve(document: Any, pointer: str) -> Any:
    """The value that an RFC 6901 pointer refers to. Raises LookupError if there is none."""
    value = document
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value[key]
        elif isinstance(value, list) and key.isascii() and key.isdigit() and (key == "0" or key[0] != "0"):
            value = value[int(key)]
        else:
            raise LookupError(pointer)
    return value


def body_check(check: Check) -> BodyCheck:
    """A function that does a check."""
    match check.kind:
        case "contains":
            return lambda answer: (
                "" if _contains(answer, check.text) else f"the body does not contain {check.text[:80]!r}"
            )
        case "size":
            low, high = check.low, check.high
            return lambda answer: (
                ""
                if low <= answer.capture.size <= high
                else f"the body has {answer.capture.size} bytes, not {_range(low, high)}"
            )
        case "json":
            expected = json.loads(check.expected)
            return lambda answer: _json_fault(answer, check.pointer, expected)


def extract_value(answer: CapturedResponse, take: Extract, cookies: CookieJar, *, target: str = "/") -> str:
    """A value from a response, as text. Raises ValueError with the reason if there is none.

    A Location may be relative to `target`, the requested path (RFC 9110, 10.2.2)."""
    found: str | None
    match take.source:
        case "json":
            return _scalar(answer, take)
        case "header":
            found = answer.header(take.where)
            if found is not None and take.where == "location":
                found = urljoin(target, found)
        case "cookie":
            found = cookies.value(take.where)
    if found is None:
        raise ValueError(f"no {take.source} {take.where!r} to take {take.name} from")
    return found


def _contains(answer: CapturedResponse, text: str) -> bool:
    if text.encode() in answer.capture.body:
        return True
    try:
        return answer.charset != "utf-8" and text.encode(answer.charset) in answer.capture.body
    except UnicodeEncodeError:
        return False


def _json_fault(answer: CapturedResponse, pointer: str, expected: Any) -> str:
    try:
        found = resolve(answer.json, pointer)
        if _has_rounded(found):
            found = resolve(_read(answer.text), pointer)
        is_same = _same(found, expected)
    except LookupError:
        return f"nothing at {pointer!r} of the body"
    except RecursionError:
        return f"the value at {pointer!r} is nested too deeply to be compared"
    except ValueError as error:
        return str(error)
    return "" if is_same else f"at {pointer!r}: {_short(found)}, not {_short(expected)}"


def _has_rounded(value: Any) -> bool:
    """Whether it holds a number that may have been a whole one too large for 64 bits."""
    if isinstance(value, dict):
        return any(map(_has_rounded, value.values()))
    if isinstance(value, list):
        return any(map(_has_rounded, value))
    return isinstance(value, float) and abs(value) >= LARGEST_EXACT


def _same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal; unlike Python's, `true` is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def _number_as_written(answer: CapturedResponse, take: Extract, value: float) -> str:
    """A number's text as in the body: parsed and written again it may differ (1.10 becomes 1.1, -0 becomes 0,
    and what is too large for a float is rounded)."""
    if isinstance(value, int) and value != 0:
        return str(value)
    return str(resolve(answer.written_json(), take.where))


def _scalar(answer: CapturedResponse, take: Extract) -> str:
    try:
        value = resolve(answer.json, take.where)
    except LookupError:
        raise ValueError(f"nothing at {take.where!r} to take {take.name} from") from None
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number_as_written(answer, take, value)
    if value is None or isinstance(value, dict | list):
        raise ValueError(f"{take.name} cannot be taken: {_short(value)} is neither a text nor a number")
    return "true" if value else "false"


def _short(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except (RecursionError, ValueError):
        text = "something large"
    return text if len(text) <= 80 else f"{text[:79]}…"


def _range(low: int, high: int) -> str:
    return str(low) if low == high else f"{low} to {high}"
