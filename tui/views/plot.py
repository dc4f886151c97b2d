"""A chart as rows: lines on one axis, labels, event marks, bands of silence, a sign at each line's end. Pure.

The cost depends only on the chart's size: a line is given as the values that fit, however long the session.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.metrics.formatting import axis_clock, clock, tidy
from engine.metrics.palette import slot_style
from tui.views import axis
from tui.views.axis import Scale
from tui.views.plot_body import LABEL_WIDTH, ZERO, body_rows
from tui.views.raster import DOTS, GHOST, Canvas, Mode, Point, sign
from tui.views.rows import Row, Span, fit, short

SIGN_EVERY = 12
"""Cells between signs on a line, for screens without colours."""

MARKS_FROM = (40, 9)
"""From this many columns and rows on, marks have a row of short texts."""

LEAST_MARK_CELLS = 6
"""A mark's text is not shown in fewer cells."""

ROWS_A_BAND = 4
"""Bands take at most one row in so many."""

END_STEPS = 2
"""A line that ends so many steps before the newest one still has its sign at the end."""


@dataclass(frozen=True, slots=True)
class Line:
    """One target's line."""

    slot: int
    values: tuple[float | None, ...]
    """One a step, oldest first; None breaks the line."""
    ends_s: float | None = None
    """When the last value is; None: at `Plot.last_s`."""
    is_ghost: bool = False
    """A dotted line, of another session."""
    step_s: float | None = None
    """From one value to the next; None: `Plot.step_s`."""


@dataclass(frozen=True, slots=True)
class Mark:
    """An event."""

    at_s: float
    text: str = ""
    slot: int | None = None
    """That of the target that it concerns; None: all."""


@dataclass(frozen=True, slots=True)
class Band:
    """When a target was in a bad state."""

    slot: int
    word: str
    """At most `LABEL_WIDTH` - 1 characters: `silent`."""
    stretches: tuple[tuple[float, float], ...]
    """From and to, in seconds."""


@dataclass(frozen=True, slots=True)
class Plot:
    """What a chart shows. Lines are drawn in order, the last one on top."""

    lines: tuple[Line, ...]
    last_s: float
    marks: tuple[Mark, ...]
    unit: Callable[[float], str]
    first_s: float = 0.0
    """Where the time axis begins."""
    step_s: float = 1
    """Seconds from one value to the next."""
    bands: tuple[Band, ...] = ()
    is_log: bool = False
    most: float | None = None
    """What no value exceeds."""
    empty: tuple[str, ...] = ()
    """Why there may be no line, the longest text first."""

    @property
    def span_s(self) -> float:
        """How much time it covers; never 0."""
        return max(self.last_s - self.first_s, 1.0)


@dataclass(frozen=True, slots=True)
class Frame:
    """The size of a plot and how it is drawn."""

    width: int
    height: int
    mode: Mode = "braille"
    signs: bool = False
    """Draw the targets' signs on the lines too."""

    @property
    def cells_across(self) -> int:
        """Cells for lines."""
        return max(self.width - LABEL_WIDTH - self.gutter, 1)

    @property
    def cells_up(self) -> int:
        """Rows for lines and what is above and below them; one more is the axis."""
        return max(self.height - 1, 1)

    @property
    def gutter(self) -> int:
        """Cells on the right for the lines' signs, with the last value if there is room."""
        return 9 if self.width >= 56 else 2

    @property
    def dots_across(self) -> int:
        """Values that fit."""
        return self.cells_across * DOTS[self.mode][0]


def next_scale(plot: Plot, scale: Scale | None) -> Scale:
    """The axis for what is shown, if it was `scale` before."""
    values = [value for line in plot.lines for value in line.values if value is not None]
    least = min((value for value in values if value > 0), default=0.0)
    return axis.next_scale(scale, least, max(values, default=0.0), is_log=plot.is_log, most=plot.most)


def plot_rows(plot: Plot, scale: Scale, frame: Frame) -> tuple[Row, ...]:
    """The chart's rows, `frame.width` cells each."""
    bands = _newest(plot.bands, max(frame.cells_up // ROWS_A_BAND, 1 if frame.cells_up >= 3 else 0))
    has_texts = _has_texts(plot, frame)
    up = max(frame.cells_up - len(bands) - has_texts, 1)
    canvas = Canvas(frame.cells_across, up, frame.mode)
    ends: list[tuple[int, Line, float]] = []
    signs: dict[tuple[int, int], int] = {}
    for line in plot.lines:
        points = _points(line, plot, scale, canvas)
        if line.is_ghost:
            canvas.dotted(points, GHOST + line.slot)
            continue
        canvas.line(points, line.slot)
        if (end := _end_of(line, points)) is not None:
            ends.append((canvas.cell_of(end[0])[0], line, end[1]))
        if frame.signs:
            signs |= _signs(points, line.slot, canvas)
    marked = frozenset(_column(mark.at_s, plot, frame) for mark in plot.marks)
    labels = {row: label(value, plot.unit) for row, value in axis.labels(scale, up).items()}
    end_at = {
        row: end_row(line.slot, plot.unit(value), frame) for row, (line, value) in _apart(ends, up).items()
    }
    rows = [_texts_row(plot, frame)] if has_texts else []
    body = body_rows(canvas, labels, end_at, signs, marked)
    if not any(value is not None for line in plot.lines for value in line.values):
        body = _with_reason(body, plot, frame)
    rows += body
    rows += [_band_row(band, plot, frame) for band in bands]
    rows.append(time_row(plot, frame))
    return tuple(fit(row, frame.width) for row in rows)


def _with_reason(body: list[Row], plot: Plot, frame: Frame) -> list[Row]:
    """The body of a chart without a line, with the reason in its middle if there is room."""
    text = next((each for each in plot.empty if len(each) <= frame.cells_across), "")
    if not text or len(body) < 3:
        return body
    at = len(body) // 4
    reason: Row = (Span(" " * LABEL_WIDTH), Span(text.center(frame.cells_across), "dim"))
    return [*body[:at], reason, *body[at + 1 :]]


def _newest(bands: Sequence[Band], most: int) -> list[Band]:
    """Those that lasted until last, in the order of their targets."""
    newest = sorted(bands, key=lambda band: -band.stretches[-1][1])[:most]
    return sorted(newest, key=lambda band: band.slot)


def label(value: float, unit: Callable[[float], str]) -> str:
    """A number beside an axis."""
    return tidy(unit(value)) if value else ZERO


def end_row(slot: int, text: str, frame: Frame) -> Row:
    """A line's sign, with a text if there is room."""
    style = f"{slot_style(slot)} bold"
    if frame.gutter < LABEL_WIDTH:
        return (Span(f" {sign(slot, frame.mode)}", style),)
    return (Span(f" {sign(slot, frame.mode)} {text}", style),)


def _points(line: Line, plot: Plot, scale: Scale, canvas: Canvas) -> list[Point | None]:
    step_s = line.step_s or plot.step_s
    begin = (plot.last_s if line.ends_s is None else line.ends_s) - (len(line.values) - 1) * step_s
    across, up = (canvas.dots_across - 1) / plot.span_s, canvas.dots_up - 1
    return [
        None
        if value is None
        else (round((begin + at * step_s - plot.first_s) * across), round(scale.share(value) * up))
        for at, value in enumerate(line.values)
    ]


def _end_of(line: Line, points: Sequence[Point | None]) -> tuple[Point, float] | None:
    """The line's last point and its value, if it is among the newest steps."""
    for at in range(1, min(END_STEPS + 1, len(points)) + 1):
        if (point := points[-at]) is not None and (value := line.values[-at]) is not None:
            return point, value
    return None


def _signs(points: Sequence[Point | None], slot: int, canvas: Canvas) -> dict[tuple[int, int], int]:
    cells = [canvas.cell_of(point) for point in points if point is not None]
    return {cell: slot for cell in cells if cell[1] % SIGN_EVERY == (slot * 4) % SIGN_EVERY}


def _apart(ends: list[tuple[int, Line, float]], rows: int) -> dict[int, tuple[Line, float]]:
    """Each line's end on a separate row, close to its value, higher values above lower ones."""
    ordered = sorted(ends, key=lambda end: (end[0], -end[2]))[:rows]
    places: list[int] = []
    for wanted, _, _ in ordered:
        places.append(max(wanted, places[-1] + 1) if places else wanted)
    for at in reversed(range(len(places))):
        below = places[at + 1] if at + 1 < len(places) else rows
        places[at] = min(places[at], below - 1)
    return {place: (line, value) for place, (_, line, value) in zip(places, ordered, strict=True)}


# ---------------------------------------------------------------- below any chart


def labels_row(labels: Sequence[tuple[int, str]], frame: Frame) -> Row:
    """Texts below a chart, each centred at its column of the plot; those that do not fit are left out."""
    text = [" "] * frame.width
    for column, word in labels:
        begin = LABEL_WIDTH + column - len(word) // 2
        around = text[max(begin - 1, 0) : begin + len(word) + 1]
        if 0 <= begin <= frame.width - len(word) and not "".join(around).strip():
            text[begin : begin + len(word)] = word
    return (Span("".join(text), "dim"),)


# ---------------------------------------------------------------- time, marks and bands


def second_at(column: int, plot: Plot, frame: Frame) -> float:
    """The second under a column of the chart, counted from its left edge; the nearest that is shown."""
    share = (column - LABEL_WIDTH) / max(frame.cells_across - 1, 1)
    return plot.first_s + min(max(share, 0.0), 1.0) * plot.span_s


def mark_at(column: int, plot: Plot, frame: Frame) -> Mark | None:
    """The mark under a column of the chart, or beside it; the newest of several."""
    near = [
        (abs(LABEL_WIDTH + _column(mark.at_s, plot, frame) - column), -mark.at_s, at)
        for at, mark in enumerate(plot.marks)
    ]
    nearest = min(near, default=(2, 0.0, 0))
    return plot.marks[nearest[2]] if nearest[0] <= 1 else None


def mark_row(mark: Mark, frame: Frame) -> Row:
    """A mark in full: when, which target, what."""
    concerns: Row = ()
    if mark.slot is not None:
        concerns = (Span(f"{sign(mark.slot, frame.mode)} ", f"{slot_style(mark.slot)} bold"),)
    when = Span(f" {clock(mark.at_s)} ", "dim")
    room = frame.width - len(when.text) - 2 * len(concerns)
    return fit((when, *concerns, Span(short(mark.text, room), "bold")), frame.width)


def _column(at_s: float, plot: Plot, frame: Frame) -> int:
    return round((at_s - plot.first_s) * (frame.cells_across - 1) / plot.span_s)


def _has_texts(plot: Plot, frame: Frame) -> bool:
    across, rows = MARKS_FROM
    return frame.cells_across >= across and frame.cells_up >= rows and any(mark.text for mark in plot.marks)


def _texts_row(plot: Plot, frame: Frame) -> Row:
    """Short texts of marks, each from its mark to the next one that has a text; the newest come first."""
    text = [" "] * frame.cells_across
    end = frame.cells_across
    for mark in sorted(plot.marks, key=lambda mark: -mark.at_s):
        begin = _column(mark.at_s, plot, frame)
        room = end - begin - 1
        if room >= LEAST_MARK_CELLS and mark.text:
            prefix = "" if mark.slot is None else f"{sign(mark.slot, frame.mode)} "
            words = short(prefix + mark.text, room)
            text[begin : begin + len(words)] = words
            end = begin
    return Span(" " * LABEL_WIDTH), Span("".join(text), "dim")


def _band_row(band: Band, plot: Plot, frame: Frame) -> Row:
    """Bad stretches as a bar below the lines."""
    bar = "=" if frame.mode == "ascii" else "▬"
    bad: set[int] = set()
    for begin, end in band.stretches:
        first, last = _column(begin, plot, frame), _column(end, plot, frame)
        bad |= set(range(max(first, 0), min(last, frame.cells_across - 1) + 1))
    text = "".join(bar if column in bad else " " for column in range(frame.cells_across))
    own = f"{slot_style(band.slot)} bold"
    return (
        Span(f"{band.word[: LABEL_WIDTH - 1]:>{LABEL_WIDTH - 1}} ", "bad"),
        Span(text, "bad"),
        Span(f" {sign(band.slot, frame.mode)}", own),
    )


def time_row(plot: Plot, frame: Frame) -> Row:
    """Times below a chart."""
    longest = len(axis_clock(int(plot.last_s)))
    found = axis.time_labels(plot.first_s, plot.span_s, frame.cells_across, longest)
    return labels_row([(column, axis_clock(second)) for column, second in found], frame)
