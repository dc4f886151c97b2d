"""Rows with some of their columns marked, as those that the mouse chooses. Pure."""

from itertools import pairwise

from tui.views.rows import Row, Span


def highlighted(row: Row, first: int, end: int) -> Row:
    """A row whose columns from `first` to before `end` are in reverse."""
    spans: list[Span] = []
    begin = 0
    for span in row:
        cuts = sorted({0, len(span.text), *(min(max(at - begin, 0), len(span.text)) for at in (first, end))})
        for low, high in pairwise(cuts):
            is_inside = first <= begin + low < end
            spans.append(
                Span(span.text[low:high], f"{span.style} reverse".strip() if is_inside else span.style)
            )
        begin += len(span.text)
    return tuple(spans)
