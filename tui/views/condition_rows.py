"""A target that does not answer, as rows that fill its lane. Pure."""

from engine.metrics import formatting
from engine.metrics.condition import Condition
from tui.views.rows import Row, Span, plain, wrapped

SIGN = "✖"
_BANNER = "bad reverse bold"


def banner_rows(condition: Condition, width: int) -> list[Row]:
    """Three rows across the lane: what is wrong, in the middle of a block of colour."""
    lasts = "" if condition.kind == "errors" else f" {formatting.stretch(condition.lasts_s)}"
    head = f"{SIGN} {condition.word.upper()}{lasts}"
    whole = f"{head}: {plain(condition.reason)}"
    text = whole if _reason_fits(condition, width) else head
    blank = (Span(" " * width, _BANNER),)
    return [blank, (Span(text.center(width)[:width], _BANNER),), blank]


def reason_rows(condition: Condition, width: int, rows: int) -> list[Row]:
    """The reason below the banner, in at most so many rows of `width` cells, unless the banner has it."""
    if not condition.reason or _reason_fits(condition, width):
        return []
    return [(Span(line, "bold"),) for line in wrapped(condition.reason, width, rows)]


def _reason_fits(condition: Condition, width: int) -> bool:
    """Whether the banner has room for the reason; only the kind of errors belongs there."""
    if condition.kind != "errors":
        return False
    return len(f"{SIGN} {condition.word}: {plain(condition.reason)}") <= width
