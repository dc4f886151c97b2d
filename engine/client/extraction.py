"""Values taken from a response for later steps of a journey. Pure, apart from the limit of CPU time.

Rules of this file:
- a value is passed on as it was written: a number that a float cannot hold is read again, from its text;
- what is searched for is compiled once, for all users of a target.
"""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

from engine.client.captured_response import CapturedResponse, NumberText, resolver, short_json
from engine.client.cookies import CookieJar
from engine.client.expressions import compiled_jmespath, compiled_regex, found_by, jmespath_finder, short
from engine.protocol.request import Extract

Extractor = Callable[[CapturedResponse, CookieJar, str], str]
"""Takes a response, its user's cookies, and the requested path and query; returns a value as text. Raises
ValueError with the reason if there is none."""


def extractor(take: Extract) -> Extractor:
    """A function that takes a value. Raises ValueError for an expression that is none."""
    find = _finder(take)
    if not take.pattern:
        return find
    pattern = compiled_regex(take.pattern)
    group: str | int = take.name if take.name in pattern.groupindex else min(1, pattern.groups)

    def matched(answer: CapturedResponse, cookies: CookieJar, target: str) -> str:
        found = found_by(pattern, find(answer, cookies, target))
        value = found[group] if found else None
        if value is None:
            note = answer.encoding_note if take.source == "body" else ""
            why = f": the body is searched, and {note}" if note else ""
            raise ValueError(f"nothing matches {short(take.pattern)} to take {take.name} from{why}")
        return value

    return matched


def needs_target(take: Extract) -> bool:
    """Whether a value depends on the path that was requested: others are taken without looking at it."""
    return take.source == "header" and take.where == "location"


def depends_on_user(take: Extract) -> bool:
    """Whether a value depends on what the user has sent or kept, and not on the response alone."""
    return take.source == "cookie" or needs_target(take)


def extract_value(answer: CapturedResponse, take: Extract, cookies: CookieJar, *, target: str = "/") -> str:
    """A value from one response; `extractor` is for many. Raises ValueError."""
    return extractor(take)(answer, cookies, target)


def _finder(take: Extract) -> Extractor:
    where = take.where
    match take.source:
        case "json":
            resolved = resolver(where)
            return lambda answer, cookies, target: _scalar(answer, take, resolved)
        case "jmespath":
            found = jmespath_finder(compiled_jmespath(where))
            return lambda answer, cookies, target: _scalar(answer, take, found)
        case "header":
            return lambda answer, cookies, target: _header(answer, take, target)
        case "cookie":
            return lambda answer, cookies, target: _present(cookies.value(where), take)
        case "body":
            return lambda answer, cookies, target: answer.decoded


def _header(answer: CapturedResponse, take: Extract, target: str) -> str:
    """A header's first value; a Location may be relative to the requested path (RFC 9110, 10.2.2)."""
    found = _present(answer.header(take.where), take)
    return urljoin(target, found) if needs_target(take) else found


def _present(found: str | None, take: Extract) -> str:
    if found is None:
        raise ValueError(f"no {take.source} {take.where!r} to take {take.name} from")
    return found


def _scalar(answer: CapturedResponse, take: Extract, find: Callable[[Any], Any]) -> str:
    """The text of a value in a body's JSON."""
    try:
        value = find(answer.json)
    except LookupError:
        raise ValueError(f"nothing at {take.where!r} to take {take.name} from") from None
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value) if isinstance(value, int) and value != 0 else _as_written(answer, find, value)
    if value is None and take.source == "jmespath":
        raise ValueError(f"{short(take.where)} finds nothing to take {take.name} from")
    if value is None or isinstance(value, dict | list):
        raise ValueError(f"{take.name} cannot be taken: {short_json(value)} is neither a text nor a number")
    return "true" if value else "false"


def _as_written(answer: CapturedResponse, find: Callable[[Any], Any], value: float) -> str:
    """A number's text as in the body: parsed and written again it may differ (1.10 becomes 1.1, -0 becomes 0,
    and what is too large for a float is rounded). What an expression has calculated is in no body."""
    try:
        written = find(answer.written_json())
    except (LookupError, ValueError):
        written = None
    is_same = isinstance(written, NumberText) and float(written) == value
    return str(written) if is_same else json.dumps(value)
