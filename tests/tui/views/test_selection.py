"""Marked columns."""

from tests.support.row_text import text
from tui.views.rows import Span
from tui.views.selection import highlighted

ROW = (Span("abc", "dim"), Span("def"), Span("ghi", "slot0 bold"))


def test_columns_are_reversed_and_the_text_stays() -> None:
    made = highlighted(ROW, 2, 7)
    assert text(made) == text(ROW)
    assert "".join(span.text for span in made if "reverse" in span.style) == "cdefg"
    assert Span("g", "slot0 bold reverse") in made
    assert Span("hi", "slot0 bold") in made


def test_no_columns_change_nothing() -> None:
    assert [span for span in highlighted(ROW, 4, 4) if "reverse" in span.style] == []
