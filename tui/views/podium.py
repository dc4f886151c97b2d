"""The targets that recovered from a fault on a podium: who was first, and in how many seconds. Pure."""

from engine.answers.podium import Place, Podium
from engine.metrics.palette import marker, slot_style
from engine.metrics.snapshot import Snapshot
from tui.views.raster import Mode
from tui.views.rows import Row, Span, elided, fit, plain

STEPS = 4
"""Rows of the first place's block."""

HEAD_ROWS = 3
"""The fault's row, and a name and a time above each block."""

WIDEST = 28
"""Cells of a place."""


def podium_rows(podium: Podium, snapshot: Snapshot, width: int, height: int, mode: Mode) -> tuple[Row, ...]:
    """The podium in `height` rows of `width` cells; the first place in the middle, the others beside it."""
    steps = min(STEPS, height - HEAD_ROWS)
    if steps < 1 or width < 20 or not podium.places:
        return ()
    each = min(width // len(podium.places), WIDEST)
    ordered = _around(podium.places)
    rows: list[Row] = [(Span(f"recovered from “{podium.fault}”", "bold"),)]
    rows += [
        tuple(_cell(place, row, steps, each, snapshot, mode) for place in ordered) for row in range(steps + 2)
    ]
    left = (width - each * len(ordered)) // 2
    centred = [(Span(" " * max((width - _cells(rows[0])) // 2, 0)), *rows[0])]
    centred += [(Span(" " * left), *row) for row in rows[1:]]
    return tuple(fit(row, width) for row in centred)


def _around(places: tuple[Place, ...]) -> list[Place]:
    """The first in the middle: fourth, second, first, third, fifth."""
    ordered: list[Place] = []
    for at, place in enumerate(places):
        if at % 2:
            ordered.insert(0, place)
        else:
            ordered.append(place)
    return ordered


def _cell(place: Place, row: int, steps: int, width: int, snapshot: Snapshot, mode: Mode) -> Span:
    """One row of a place: nothing above it, its name, its time, then its block."""
    high = max(steps - place.place + 1, 1) if place.place else 0
    first = steps - high
    target = next((each for each in snapshot.targets if each.name == place.target), None)
    slot = 0 if target is None else target.slot
    label = plain(place.target if target is None else target.label)
    style = slot_style(slot)
    if row == first:
        return Span(f"{marker(slot)} {elided(label, width - 4)}".center(width), f"{style} bold")
    if row == first + 1:
        return Span(_time(place).center(width), "bold" if place.place == 1 else "")
    if row > first + 1:
        block = "#" if mode == "ascii" else "█"
        return Span(f" {block * (width - 2)} ", style)
    return Span(" " * width)


def _time(place: Place) -> str:
    if place.took_s is None:
        return "not recovered"
    return f"{place.took_s} s" if place.took_s else "not affected"


def _cells(row: Row) -> int:
    return sum(len(span.text) for span in row)
