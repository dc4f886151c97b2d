"""Operations are listed with numbers, and chosen by them."""

import io
import sys

import pytest

from engine.imports.openapi.operations import Operation
from tui.cli import operation_choice
from tui.cli.operation_choice import MAX_LISTED, choose, lines, numbers_in, rows

OPERATIONS = [
    Operation("GET", "/items", {"operationId": "list", "summary": "All items"}, {}),
    Operation("POST", "/items", {"summary": "Adds one\x1b[31m"}, {}),
    Operation("GET", "/items/{item_id}", {}, {}),
]


def test_a_list() -> None:
    first, second, third = lines(OPERATIONS)
    assert first == "1  GET /items            All items"
    assert second.startswith("2  POST /items           (writes) Adds one")
    assert "\x1b" not in second
    assert third == "3  GET /items/{item_id}"


def test_the_same_as_data() -> None:
    assert rows(OPERATIONS)[0] == {
        "number": 1,
        "operation": "GET /items",
        "id": "list",
        "writes": False,
        "about": "All items",
    }
    assert [each["writes"] for each in rows(OPERATIONS)] == [False, True, False]


@pytest.mark.parametrize(
    ("text", "numbers"), [("1", [1]), ("3, 1", [3, 1]), ("1-3 2", [1, 2, 3]), ("2-2,2", [2]), ("", [])]
)
def test_numbers(text: str, numbers: list[int]) -> None:
    assert numbers_in(text, 3) == numbers


@pytest.mark.parametrize("text", ["0", "4", "x", "2-1", "1-", "-1", "1-9999999", "²"])
def test_what_is_no_number_of_the_list(text: str) -> None:
    with pytest.raises(ValueError, match="is not"):
        numbers_in(text, 3)


class Terminal(io.StringIO):
    """Answers of somebody at a terminal."""

    def isatty(self) -> bool:
        return True


def answered(
    monkeypatch: pytest.MonkeyPatch, text: str, operations: list[Operation] = OPERATIONS
) -> tuple[list[str], str]:
    """What is chosen with these answers, and what is printed."""
    printed = Terminal()
    monkeypatch.setattr(sys, "stdin", Terminal(text))
    monkeypatch.setattr(sys, "stderr", printed)
    return list(choose(operations)), printed.getvalue()


def test_a_choice_by_number_may_write(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen, printed = answered(monkeypatch, "2,3\n")
    assert chosen == ["POST /items", "GET /items/{item_id}"]
    assert "(writes)" in printed
    assert operation_choice.QUESTION in printed


def test_no_answer_takes_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert answered(monkeypatch, "\n")[0] == []
    assert answered(monkeypatch, "")[0] == []


def test_a_wrong_answer_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen, printed = answered(monkeypatch, "9\nall\n1\n")
    assert chosen == ["GET /items"]
    assert printed.count(operation_choice.QUESTION) == 3
    assert "'9' is not between 1 and 3" in printed


def test_nobody_is_asked_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("1\n"))
    assert list(choose(OPERATIONS)) == []


def test_a_list_that_is_too_long_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen, printed = answered(monkeypatch, "1\n", OPERATIONS * MAX_LISTED)
    assert chosen == []
    assert "--operation" in printed
