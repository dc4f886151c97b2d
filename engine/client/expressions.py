"""Regular expressions and JMESPath expressions of a plan: compiled once, in the front to check them and in a
load worker to use them.

Rules of this file:
- what is wrong with an expression is described with the position of the character, counted from 1;
- a search never takes longer than `cpu_limit` allows, and never raises anything but ValueError.
"""

import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from engine.client.cpu_limit import run_limited

if TYPE_CHECKING:
    from jmespath.parser import ParsedResult

MAX_EXPRESSION_CHARACTERS = 1000

_ODD_DATA = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What jmespath raises for data that a function cannot take; its own errors are ValueErrors."""


def compiled_regex(text: str) -> re.Pattern[str]:
    """A regular expression in Python's syntax. Raises ValueError."""
    _check_length(text, "a regular expression")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return re.compile(text)
    except re.error as error:
        at = "" if error.pos is None else f" at character {error.pos + 1}"
        raise ValueError(f"{short(text)} is not a regular expression: {error.msg}{at}") from error
    except (Warning, OverflowError, RecursionError) as error:
        raise ValueError(f"{short(text)} is not a regular expression: {error}") from error


def found_by(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The first match in a text. Raises ValueError if it takes too long."""
    try:
        return run_limited(pattern.search, text)
    except ValueError as error:
        raise ValueError(f"the regular expression {short(pattern.pattern)} was given up: {error}") from error


def compiled_jmespath(text: str) -> "ParsedResult":
    """A JMESPath expression, whose functions exist. Raises ValueError."""
    import jmespath  # 12 ms, which most plans and load workers save
    from jmespath.exceptions import IncompleteExpressionError, JMESPathError, LexerError, ParseError

    _check_length(text, "a JMESPath expression")
    wrong = f"{short(text)} is not a JMESPath expression: "
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            parsed = jmespath.compile(text)
    except IncompleteExpressionError as error:
        raise ValueError(f"{wrong}it ends too early, after character {len(text)}") from error
    except LexerError as error:
        raise ValueError(f"{wrong}{error.message} at character {error.lexer_position + 1}") from error
    except ParseError as error:
        unexpected = f"unexpected {error.token_value!r} at character {error.lex_position + 1}"
        raise ValueError(f"{wrong}{unexpected}") from error
    except (JMESPathError, Warning, RecursionError) as error:
        raise ValueError(f"{wrong}{error}") from error
    for function, arguments in _calls(parsed.parsed):
        if fault := _call_fault(function, arguments):
            raise ValueError(f"{wrong}at character {text.find(function) + 1}: {fault}")
    return parsed


def value_of(expression: "ParsedResult", document: Any) -> Any:
    """What an expression makes of a document; None where it finds nothing. Raises ValueError."""
    try:
        return run_limited(expression.search, document)
    except _ODD_DATA as error:
        text = f"{error}"[:300].replace("\n", " ")
        raise ValueError(f"the JMESPath expression {short(expression.expression)} failed: {text}") from error


def jmespath_finder(expression: "ParsedResult") -> Callable[[Any], Any]:
    """`value_of` for many documents. Most expressions are paths, which are followed without the interpreter
    and, since they take no time, without its limit."""
    path = _path_of(expression.parsed)
    return partial(value_of, expression) if path is None else partial(_follow, path)


def _path_of(node: Mapping[str, Any]) -> list[str | int] | None:
    """The keys and indices that a parsed expression consists of; None if it is anything else than a path."""
    match node["type"]:
        case "field" | "index":
            return [node["value"]]
        case "identity" | "current":
            return []
        case "subexpression" | "index_expression":
            parts = [_path_of(child) for child in node["children"]]
            return None if None in parts else [step for part in parts for step in part or ()]
        case _:
            return None


def _follow(path: Sequence[str | int], document: Any) -> Any:
    """The value at a path; None where there is none."""
    value = document
    for step in path:
        if isinstance(step, str):
            value = value.get(step) if isinstance(value, dict) else None
        else:
            is_there = isinstance(value, list) and -len(value) <= step < len(value)
            value = value[step] if is_there else None
    return value


def short(text: str) -> str:
    """A text in quotes, as far as it fits in a message."""
    return repr(text) if len(text) <= 80 else repr(text[:79] + "…")


def _check_length(text: str, what: str) -> None:
    if not text:
        raise ValueError(f"{what} must not be empty")
    if len(text) > MAX_EXPRESSION_CHARACTERS:
        raise ValueError(f"{what} has at most {MAX_EXPRESSION_CHARACTERS} characters, not {len(text)}")


def _calls(node: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """The functions that an expression calls, with the number of their arguments."""
    if node["type"] == "function_expression":
        yield node["value"], len(node["children"])
    for child in node["children"]:
        if isinstance(child, Mapping):
            yield from _calls(child)


def _call_fault(function: str, arguments: int) -> str:
    """What is wrong with a call, which jmespath only finds when it is made; empty if nothing is."""
    from difflib import get_close_matches

    from jmespath.functions import Functions

    table = Functions.FUNCTION_TABLE
    if function not in table:
        near = get_close_matches(function, table, 1)
        return f"unknown function {function!r}{f'; did you mean {near[0]!r}?' if near else ''}"
    signature = table[function]["signature"]
    needed = len(signature)
    takes_more = bool(signature) and bool(signature[-1].get("variadic"))
    if arguments == needed or (takes_more and arguments > needed):
        return ""
    more = " or more" if takes_more else ""
    noun = "argument" if needed == 1 and not takes_more else "arguments"
    return f"{function} takes {needed}{more} {noun}, not {arguments}"
