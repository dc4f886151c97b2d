"""`abreast attach URL --openapi`: the operations of a server's document, as a list and as a choice.

Rules of this file: without an answer, all operations that change nothing are taken; one that writes is only
taken if its number is typed.
"""

import sys
from collections.abc import Sequence
from typing import Any

from engine.imports.openapi.operations import Operation
from tui.cli.console import can_ask, say

MAX_LISTED = 500
"""Operations that are offered in a terminal; more are chosen with --operation."""

QUESTION = "which of them, for example 1,3-5? (enter: all that change nothing)"


def rows(operations: Sequence[Operation]) -> list[dict[str, Any]]:
    """The operations as plain data."""
    return [
        {
            "number": number,
            "operation": each.name,
            "id": each.id,
            "writes": not each.is_safe,
            "about": each.summary,
        }
        for number, each in enumerate(operations, 1)
    ]


def lines(operations: Sequence[Operation]) -> list[str]:
    """The operations for a terminal, each with its number; those that write are marked."""
    width = max(len(each.name) for each in operations)
    digits = len(str(len(operations)))
    return [
        f"{number:>{digits}}  {each.name:<{width}}  {_about(each)}".rstrip()
        for number, each in enumerate(operations, 1)
    ]


def _about(operation: Operation) -> str:
    return operation.summary if operation.is_safe else f"(writes) {operation.summary}"


def numbers_in(text: str, most: int) -> list[int]:
    """The numbers in `1,3-5`, without repetitions. Raises ValueError that says what is wrong."""
    numbers: dict[int, None] = {}
    for part in text.replace(",", " ").split():
        low, dash, high = part.partition("-")
        ends = [low, high] if dash else [low, low]
        if not all(each.isascii() and each.isdecimal() and len(each) < 7 for each in ends):
            raise ValueError(f"{part[:20]!r} is not a number, nor a range like 3-5")
        first, last = map(int, ends)
        if not 1 <= first <= last <= most:
            raise ValueError(f"{part[:20]!r} is not between 1 and {most}")
        numbers |= dict.fromkeys(range(first, last + 1))
    return list(numbers)


def choose(operations: Sequence[Operation]) -> Sequence[str]:
    """Asks which operations are requested; their names, or nothing for all that change nothing. Does not ask
    without a terminal."""
    if not can_ask():
        return ()
    if len(operations) > MAX_LISTED:
        say(f"abreast: the document has {len(operations)} operations; choose some with --operation")
        return ()
    for line in lines(operations):
        say(line)
    while True:
        say(QUESTION)
        answer = sys.stdin.readline()
        if not answer.strip():
            return ()
        try:
            return [operations[number - 1].name for number in numbers_in(answer, len(operations))]
        except ValueError as error:
            say(str(error))
