"""Rows as plain text."""

from collections.abc import Iterable

from tui.views.rows import Row


def text(row: Row) -> str:
    """One row."""
    return "".join(span.text for span in row)


def lines(rows: Iterable[Row]) -> list[str]:
    """Every row."""
    return [text(row) for row in rows]
