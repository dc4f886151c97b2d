"""Texts of a source as they may be shown: on one line, short, without control characters. Pure."""

from collections.abc import Sequence

from targets.plain_text import one_line

MAX_LISTED = 3
"""Items of a list that a note names; further ones are counted."""

MAX_SHOWN = 120
"""Characters of a name or of a quoted word."""


def clean(text: str, longest: int = MAX_SHOWN) -> str:
    """A text of a source for a name, a note or an error: one line, at most `longest` characters."""
    line = one_line(text[: 4 * longest])
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def listed(items: Sequence[str]) -> str:
    """`3, 5, 9 and 12 more`."""
    more = f" and {len(items) - MAX_LISTED} more" if len(items) > MAX_LISTED else ""
    return ", ".join(items[:MAX_LISTED]) + more
