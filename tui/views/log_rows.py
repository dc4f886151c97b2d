"""A target's log as rows: plain text, never markup and never control characters. Pure."""

from collections.abc import Sequence

from targets.plain_text import visible
from tui.views.rows import Row, Span, fit

_FOUND = "accent reverse"


def matching(lines: Sequence[str], search: str) -> list[int]:
    """The numbers of the lines that contain a text, in any case; none for an empty text."""
    wanted = search.casefold()
    return [at for at, line in enumerate(lines) if wanted in shown(line).casefold()] if wanted else []


def shown(line: str) -> str:
    """A line as it is shown, with its indentation."""
    return visible(line).replace("\n", " ").expandtabs(4)


def log_rows(lines: Sequence[str], search: str, last: int, width: int, height: int) -> tuple[Row, ...]:
    """As many rows as there are, the last of them the end of line number `last`; long lines are wrapped, and
    what is searched for stands out."""
    rows: list[Row] = []
    for at in range(min(last, len(lines) - 1), -1, -1):
        if len(rows) >= height or width < 1:
            break
        rows = [*_line_rows(shown(lines[at]), search, width), *rows]
    kept = rows[len(rows) - height :] if len(rows) > height else rows
    return tuple(fit(row, width) for row in kept)


def _line_rows(text: str, search: str, width: int) -> list[Row]:
    found = _places(text, search)
    return [
        tuple(_spans(text, begin, min(begin + width, len(text)), found))
        for begin in range(0, max(len(text), 1), width)
    ]


def _places(text: str, search: str) -> list[tuple[int, int]]:
    """Where the search is found in a text; where casefolding changes its length, nowhere."""
    folded, wanted = text.casefold(), search.casefold()
    if not wanted or len(folded) != len(text):
        return []
    places, at = list[tuple[int, int]](), folded.find(wanted)
    while at >= 0:
        places.append((at, at + len(wanted)))
        at = folded.find(wanted, at + len(wanted))
    return places


def _spans(text: str, begin: int, end: int, found: Sequence[tuple[int, int]]) -> list[Span]:
    spans, at = list[Span](), begin
    for low, high in found:
        low, high = max(low, begin), min(high, end)
        if low < high:
            spans += [Span(text[at:low]), Span(text[low:high], _FOUND)]
            at = high
    return [*spans, Span(text[at:end])]
