"""A log as rows."""

import pytest

from tests.support.row_text import lines, text
from tui.views import rows
from tui.views.log_rows import log_rows, matching

LOG = ("starting", "GET /test 200", "\x1b[31m[b]ERROR[/b]\x1b[0m in view", "    at line 3", "GET /test 500")


def test_it_is_neither_markup_nor_control_characters() -> None:
    drawn = log_rows(LOG, "", 4, 40, 10)
    assert {rows.width_of(row) for row in drawn} == {40}
    assert [line.rstrip() for line in lines(drawn)] == [
        "starting",
        "GET /test 200",
        "�[31m[b]ERROR[/b]�[0m in view",
        "    at line 3",
        "GET /test 500",
    ]
    assert "\x1b" not in "".join(lines(log_rows(("a\x1b]0;title\x07\nb\tc",), "", 0, 40, 3)))


def test_long_lines_are_wrapped_and_the_newest_rows_are_kept() -> None:
    drawn = lines(log_rows(("first", "0123456789" * 3), "", 1, 12, 3))
    assert [line.rstrip() for line in drawn] == ["012345678901", "234567890123", "456789"]
    assert lines(log_rows(LOG, "", 1, 20, 1)) == ["GET /test 200       "]
    assert log_rows((), "", -1, 20, 5) == ()


@pytest.mark.parametrize(("search", "found"), [("get", [1, 4]), ("[B]", [2]), ("", []), ("nothing", [])])
def test_what_is_searched_for_is_found_in_any_case(search: str, found: list[int]) -> None:
    assert matching(LOG, search) == found


def test_what_was_found_stands_out_even_across_two_rows() -> None:
    (row,) = log_rows(("GET /test and get /x",), "get", 0, 30, 1)
    assert [span.text for span in row if span.style] == ["GET", "get"]
    split = log_rows(("abcdef",), "cd", 0, 3, 2)
    assert [[span.text for span in row if span.style] for row in split] == [["c"], ["d"]]
    assert [text(row) for row in split] == ["abc", "def"]
