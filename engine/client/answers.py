"""What is read out of an answer: checks of its body, values for later steps, cookies. Pure.

Rules of this file: an answer is whatever a server sent; what is wrong with it is said in a short text.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import orjson

from engine.request import Check, Take

if TYPE_CHECKING:
    from engine.client.witness import Witness

CheckBody = Callable[["Answer"], str]
"""Says what is wrong with an answer; nothing where it is as it should be."""

MOST_COOKIES = 50
"""Of one user (RFC 6265, 6.1, asks for 50 at least); a server that sets ever more must not grow memory."""
LONGEST_COOKIE = 4096
"""Name and value (RFC 6265, 6.1)."""

_MISSING = object()
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Answer:
    """A witnessed answer; its body is read as JSON once, by the first who asks."""

    __slots__ = ("_json", "witness")

    def __init__(self, witness: "Witness") -> None:
        self.witness = witness
        self._json: Any = _MISSING

    @property
    def json(self) -> Any:
        """The body read as JSON. Raises ValueError where it is none, or was too large to be kept whole."""
        if self._json is _MISSING:
            if not self.witness.body_is_whole:
                raise ValueError(f"the body is too large to be read as JSON: {self.witness.size} bytes")
            try:
                self._json = orjson.loads(self.witness.body)
            except orjson.JSONDecodeError as error:
                raise ValueError("the body is not JSON") from error
        return self._json

    def header(self, name: str) -> str | None:
        """A header's first value, by its name in lower case."""
        wanted = name.encode("latin-1")
        for key, value in self.witness.headers:
            if key.lower() == wanted:
                return value.decode("latin-1").strip(" \t")
        return None


def resolve(document: Any, pointer: str) -> Any:
    """The value that an RFC 6901 pointer names. Raises LookupError where there is none."""
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


def check_of(check: Check) -> CheckBody:
    """A check, ready to be asked."""
    match check.kind:
        case "contains":
            text = check.text.encode()
            return lambda answer: (
                "" if text in answer.witness.body else f"the body does not contain {check.text[:80]!r}"
            )
        case "size":
            low, high = check.low, check.high
            return lambda answer: (
                ""
                if low <= answer.witness.size <= high
                else f"the body has {answer.witness.size} bytes, not {_range(low, high)}"
            )
        case "json":
            expected = orjson.loads(check.expected)
            return lambda answer: _json_fault(answer, check.pointer, expected)


def taken(answer: Answer, take: Take, cookies: dict[str, str]) -> str:
    """A value out of an answer, as text. Raises ValueError, with what is wrong, where there is none."""
    found: str | None
    match take.source:
        case "json":
            return _scalar(answer.json, take)
        case "header":
            found = answer.header(take.where)
        case "cookie":
            found = cookies.get(take.where)
    if found is None:
        raise ValueError(f"no {take.source} {take.where!r} to take {take.name} from")
    return found


def update_cookies(cookies: dict[str, str], headers: list[tuple[bytes, bytes]]) -> None:
    """Takes over what an answer sets: `name=value`; `Max-Age=0`, or less, deletes.

    Other attributes are ignored, a user having one target alone.
    """
    for key, line in headers:
        if key.lower() != b"set-cookie" or len(line) > 2 * LONGEST_COOKIE:
            continue
        pair, *attributes = line.decode("latin-1").split(";")
        name, equals, value = (part.strip(" \t") for part in pair.partition("="))
        if not equals or not name or len(name) + len(value) > LONGEST_COOKIE or _CONTROL.search(name + value):
            continue
        cookies.pop(name, None)
        if not any(map(_deletes, attributes)) and len(cookies) < MOST_COOKIES:
            cookies[name] = value


def _deletes(attribute: str) -> bool:
    name, _, value = attribute.partition("=")
    value = value.strip(" \t")
    if name.strip(" \t").lower() != "max-age":
        return False
    return value == "0" or (value[:1] == "-" and value[1:].isdigit())


def _json_fault(answer: Answer, pointer: str, expected: Any) -> str:
    try:
        found = resolve(answer.json, pointer)
    except LookupError:
        return f"nothing at {pointer!r} of the body"
    except ValueError as error:
        return str(error)
    if _same(found, expected):
        return ""
    return f"at {pointer!r}: {_short(found)}, not {_short(expected)}"


def _same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal; unlike Python's, `true` is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def _scalar(document: Any, take: Take) -> str:
    try:
        value = resolve(document, take.where)
    except LookupError:
        raise ValueError(f"nothing at {take.where!r} to take {take.name} from") from None
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, dict | list):
        raise ValueError(f"{take.name} cannot be taken: {_short(value)} is neither a text nor a number")
    return orjson.dumps(value).decode()


def _short(value: Any) -> str:
    text = orjson.dumps(value).decode()
    return text if len(text) <= 80 else f"{text[:79]}…"


def _range(low: int, high: int) -> str:
    return str(low) if low == high else f"{low} to {high}"
