"""What is on a chart's border: its title, a legend in the targets' colours, and tabs; and what is under the
pointer there. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.metrics.palette import slot_style
from engine.metrics.snapshot import Snapshot
from tui.views.chart_metrics import Metric, metrics_of
from tui.views.chart_view import ChartView, remarks
from tui.views.raster import Mode, sign
from tui.views.rows import elided, plain, short
from tui.views.shapes import HEAT_MAP, SHAPES, Shape

Chosen = Metric | Shape
"""What a chart can show."""

LEAST_LABEL_CELLS = 5
"""Labels of a legend are cut to no fewer cells; without them, its signs are left."""

_BEFORE, _AFTER = "‹", "›"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a border's text, and what a click on it chooses."""

    text: str
    style: str = ""
    chooses: int | None = None
    """The number of a tab or of a target."""


def charts_of(snapshot: Snapshot) -> tuple[Chosen, ...]:
    """All that charts can show of a session."""
    return (*metrics_of(snapshot), *SHAPES)


def chosen_charts(snapshot: Snapshot) -> tuple[Chosen, Chosen]:
    """The two charts that the session's plan wants to be shown first, as far as there are any."""
    known = {each.key: each for each in charts_of(snapshot)}
    names = [name for name in snapshot.chosen_view.charts if name in known]
    names += [name for name in ("p95", "goodput") if name not in names]
    return known[names[0]], known[names[1]]


def title_of(chart: Chosen, snapshot: Snapshot, selected: str, view: ChartView, width: int) -> str:
    """A chart's title with what differs from the whole picture and, if there is room, the plan's caption."""
    title = chart.title
    if chart is HEAT_MAP:
        title = f"{title}: {plain(snapshot.label_of(selected))}"
    is_over_time = isinstance(chart, Metric)
    if notes := remarks(snapshot, view, is_latency=chart.is_latency, is_over_time=is_over_time):
        title = f"{title} ({notes})"
    caption = snapshot.chosen_view.captions.get(chart.key, "")
    whole = f"{title} · {plain(caption)}" if caption else title
    return whole if len(whole) <= width else short(title, width)


def legend(snapshot: Snapshot, selected: str, mode: Mode, width: int) -> tuple[Piece, ...]:
    """Each target's sign and label in its colour, the selected one's in bold; labels are cut if there is no
    room, and left out if there is very little."""
    targets = snapshot.targets
    if not targets:
        return ()
    labels = [plain(target.label) for target in targets]
    room = width - 4 * len(targets) + 2
    if sum(map(len, labels)) > room:
        each = room // len(targets)
        labels = [elided(label, each) if each >= LEAST_LABEL_CELLS else "" for label in labels]
    pieces: list[Piece] = []
    for at, (target, label) in enumerate(zip(targets, labels, strict=True)):
        bold = " bold" if target.name == selected else ""
        pieces += [Piece("  ")] if at else []
        pieces.append(
            Piece(f"{sign(target.slot, mode)} {label}".rstrip(), slot_style(target.slot) + bold, at)
        )
    return tuple(pieces) if sum(len(piece.text) for piece in pieces) <= width else ()


def tabs(labels: Sequence[str], active: int, width: int) -> tuple[Piece, ...]:
    """The tabs that fit around the active one; arrows choose the nearest of those that are missing."""
    first, last = active, active + 1
    while True:
        if last < len(labels) and _fits(labels, first, last + 1, width):
            last += 1
        elif first > 0 and _fits(labels, first - 1, last, width):
            first -= 1
        else:
            break
    pieces = [Piece(_BEFORE, "", first - 1), Piece(" ")] if first else []
    for at in range(first, last):
        pieces += [Piece(" ")] if at > first else []
        pieces.append(Piece(labels[at], "bold reverse" if at == active else "", at))
    pieces += [Piece(" "), Piece(_AFTER, "", last)] if last < len(labels) else []
    return tuple(pieces)


def _fits(labels: Sequence[str], first: int, last: int, width: int) -> bool:
    arrows = 2 * (first > 0) + 2 * (last < len(labels))
    return sum(len(label) + 1 for label in labels[first:last]) - 1 + arrows <= width


def piece_at(pieces: Sequence[Piece], column: int) -> Piece | None:
    """The piece under a column, counted from the first one."""
    begin = 0
    for piece in pieces:
        if begin <= column < begin + len(piece.text):
            return piece
        begin += len(piece.text)
    return None
