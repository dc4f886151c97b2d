"""A target's call tree as rows: functions below those that called them, as wide as their share. Pure."""

from engine.answers.profile.flame import Box, flame_graph
from engine.metrics.palette import marker, slot_style
from engine.metrics.profiles import TargetProfile
from tui.views.profile import Who
from tui.views.rows import Row, Span, fit, plain, short

LEAST_CELLS = 2
"""A narrower box is drawn without a text."""


def call_tree_rows(profile: TargetProfile, who: Who, width: int, height: int) -> list[Row]:
    """A line about the call tree, and a row for each level of it from the outermost function on, in at most
    `height` rows."""
    graph = flame_graph(profile, least_share=0.5 / max(width, 1))
    style = slot_style(who.slot)
    sign = Span(f" {marker(who.slot)} {plain(who.label)}", f"{style} bold")
    if not graph.boxes:
        return [fit((sign, Span(" has no busy sample", "dim")), width)]
    hidden = f"; {graph.hidden} outermost functions are in all of them" if graph.hidden else ""
    text = f"  {graph.samples} samples{hidden}; a box is a function and what it calls"
    rows: list[Row] = [fit((sign, Span(text, "dim")), width)]
    room = height - 1
    shown = graph.depth if graph.depth <= room else room - 1
    rows += [_row([box for box in graph.boxes if box.depth == depth], style, width) for depth in range(shown)]
    if shown < graph.depth:
        rows.append(fit((Span(f" … {graph.depth - shown} more levels: see the HTML report", "dim"),), width))
    return rows


def _row(boxes: list[Box], style: str, width: int) -> Row:
    """One level; neighbouring boxes differ in their style."""
    spans: list[Span] = []
    at = 0
    for number, box in enumerate(boxes):
        start, end = round(box.start * width), round((box.start + box.share) * width)
        if end <= start or start < at:
            continue
        if start > at:
            spans.append(Span(" " * (start - at)))
        spans.append(
            Span(_text(box, end - start), f"{style} {'reverse' if number % 2 == 0 else 'underline'}")
        )
        at = end
    return fit(tuple(spans), width)


def _text(box: Box, cells: int) -> str:
    if cells < LEAST_CELLS:
        return " " * cells
    text = f"{100 * box.share:.0f} % {plain(box.frame.function)} {plain(box.frame.file)}"
    return short(text, cells - 1).ljust(cells)
