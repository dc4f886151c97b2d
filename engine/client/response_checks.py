"""Checks of a response: of its body, and of its headers. Pure, apart from the limit of CPU time.

Rules of this file:
- a check is compiled once, for all users of a target; without checks, nothing here runs;
- no response makes a check raise: what is wrong with it is described in a short text.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from engine.client.captured_response import CapturedResponse, read_json, resolver, short_json
from engine.client.expressions import compiled_jmespath, compiled_regex, found_by, jmespath_finder, short
from engine.protocol.outcome import BAD_BODY, BAD_HEADER, GRAPHQL_ERRORS
from engine.protocol.request import Check
from targets.secrets import HIDDEN, is_secret

LARGEST_EXACT = 2.0**63
"""Whole numbers from here up may have been rounded to a float."""


class Fault(NamedTuple):
    """What is wrong with a response of an expected status."""

    kind: str
    """Of `engine.protocol.outcome`."""
    text: str


ResponseCheck = Callable[[CapturedResponse], Fault | None]
"""Returns what is wrong with a response, if anything."""
BodyCheck = Callable[[CapturedResponse], str]
"""Returns what is wrong with a response; empty if nothing is."""


def response_check(check: Check) -> ResponseCheck:
    """A function that does a check."""
    if check.kind == "graphql":
        return _graphql_fault
    if check.kind == "contains":
        return _containing(check.text)
    kind = BAD_HEADER if check.kind == "header" else BAD_BODY
    fault_of = _header_check(check) if check.kind == "header" else body_check(check)

    def checked(answer: CapturedResponse) -> Fault | None:
        fault = fault_of(answer)
        return Fault(kind, fault) if fault else None

    return checked


def body_check(check: Check) -> BodyCheck:
    """A function that does a check of the body."""
    match check.kind:
        case "contains":
            contains = _containing(check.text)
            return lambda answer: fault.text if (fault := contains(answer)) else ""
        case "matches":
            pattern = compiled_regex(check.text)
            return lambda answer: _pattern_fault(answer, pattern)
        case "size":
            low, high = check.low, check.high
            return lambda answer: (
                ""
                if low <= answer.capture.size <= high
                else f"the body has {answer.capture.size} bytes, not {_range(low, high)}"
            )
        case "jmespath":
            found = jmespath_finder(compiled_jmespath(check.pointer))
            where, wanted = short(check.pointer), json.loads(check.expected)
            return lambda answer: _value_fault(answer, where, found, wanted)
        case _:
            find, expected = resolver(check.pointer), json.loads(check.expected)
            return lambda answer: _value_fault(answer, repr(check.pointer), find, expected)


def _header_check(check: Check) -> BodyCheck:
    """A function that does a check of a header, of which one value must be as it says."""
    name, text = check.header, check.text
    match check.test:
        case "present":
            return lambda answer: "" if answer.values_of(name) else f"there is no header {name!r}"
        case "absent":
            return lambda answer: _unwanted(name, answer.values_of(name))
        case "equals":
            return lambda answer: _header_fault(answer, name, lambda value: value == text, f"{text[:80]!r}")
        case "contains":
            wanted = f"one with {text[:80]!r}"
            return lambda answer: _header_fault(answer, name, lambda value: text in value, wanted)
        case "matches":
            pattern = compiled_regex(text)
            wanted = f"one that matches {short(text)}"
            return lambda answer: _header_fault(
                answer, name, lambda value: found_by(pattern, value) is not None, wanted
            )


def _unwanted(name: str, values: Sequence[str]) -> str:
    return f"the header {name!r} is {_shown(name, values)}, and should be absent" if values else ""


def _header_fault(answer: CapturedResponse, name: str, is_met: Callable[[str], bool], wanted: str) -> str:
    values = answer.values_of(name)
    if not values:
        return f"there is no header {name!r}"
    try:
        if any(is_met(value) for value in values):
            return ""
    except ValueError as error:
        return str(error)
    return f"the header {name!r} is {_shown(name, values)}, not {wanted}"


def _shown(name: str, values: Sequence[str]) -> str:
    return HIDDEN if is_secret(name) else repr(", ".join(values)[:80])


def _graphql_fault(answer: CapturedResponse) -> Fault | None:
    """Whether a GraphQL response has errors (GraphQL, 7.1.2: then there is a list of them, with messages)."""
    try:
        document = answer.json
    except ValueError as error:
        return Fault(BAD_BODY, str(error))
    if not isinstance(document, dict):
        return Fault(BAD_BODY, f"{short_json(document)} is not a GraphQL response")
    errors = document.get("errors")
    if not errors:
        return None
    first = errors[0] if isinstance(errors, list) else errors
    message = first.get("message") if isinstance(first, dict) else first
    return Fault(GRAPHQL_ERRORS, message[:300] if isinstance(message, str) else short_json(first))


def _containing(text: str) -> ResponseCheck:
    """A check that the body contains a text, which is searched as bytes first: nothing is decoded then."""
    wanted, fault = text.encode(), Fault(BAD_BODY, f"the body does not contain {text[:80]!r}")

    def checked(answer: CapturedResponse) -> Fault | None:
        if wanted in answer.capture.body or (answer.charset != "utf-8" and text in answer.decoded):
            return None
        return Fault(BAD_BODY, f"{fault.text}{part}") if (part := _searched_part(answer)) else fault

    return checked


def _searched_part(answer: CapturedResponse) -> str:
    """What of a body was searched, if not all of it as the server made it."""
    if answer.encoding_note:
        return f": {answer.encoding_note}"
    capture = answer.capture
    if capture.is_body_complete:
        return ""
    return f" in the first {len(capture.body)} of its {capture.size} bytes, all that is searched"


def _pattern_fault(answer: CapturedResponse, pattern: Any) -> str:
    try:
        found = found_by(pattern, answer.decoded)
    except ValueError as error:
        return str(error)
    return "" if found else f"nothing in the body matches {short(pattern.pattern)}{_searched_part(answer)}"


def _value_fault(answer: CapturedResponse, where: str, find: Callable[[Any], Any], expected: Any) -> str:
    """What is wrong with the value that is found in a body's JSON."""
    try:
        found = find(answer.json)
        if _has_rounded(found):
            found = find(read_json(answer.text))
        is_same = _same(found, expected)
    except LookupError:
        return f"nothing at {where} of the body"
    except RecursionError:
        return f"the value at {where} is nested too deeply to be compared"
    except ValueError as error:
        return str(error)
    return "" if is_same else f"at {where}: {short_json(found)}, not {short_json(expected)}"


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


def _range(low: int, high: int) -> str:
    return str(low) if low == high else f"{low} to {high}"
