"""The presenter: two figures of every target in big letters, for the last row of a room. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.metrics import formatting
from engine.metrics.condition import Condition, condition_of
from engine.metrics.load_unit import load_text
from engine.metrics.palette import marker, slot_style
from engine.metrics.session_result import SessionResult, TargetResult, session_result
from engine.metrics.snapshot import Snapshot
from engine.metrics.target_snapshot import TargetSnapshot
from tui.views.big_text import Size, big_lines, big_wrapped, largest_size, text_lines
from tui.views.headlines import Headline, headlines_of
from tui.views.raster import Mode
from tui.views.rows import Row, Span, elided, fit, plain, spread, wrapped

SIDE_CELLS = 24
"""The most cells for a target's name beside its figures."""

CAPTION_ROWS = 2
"""Rows of a caption in normal letters."""

CAPTION_SIZE = Size(1, 0)
"""Letters of a caption where there is room."""

BIG_CAPTION_LINES = 3

LARGE = (150, 36)
"""Cells and rows from which on there is."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where figures go, and how large they are."""

    is_columns: bool
    """A column for each target; else a band for each."""
    size: Size | None
    """None: there is only room for normal letters."""
    gap: int = 0
    """Empty rows below each band."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is shown of one target."""

    target: TargetSnapshot
    texts: Sequence[str]
    """Its figures; of a target that does not answer what is wrong, and for how long."""
    state: Span
    """What keeps it from answering, else its load."""
    is_broken: bool
    """It does not answer now."""


def presenter_rows(
    snapshot: Snapshot,
    targets: Sequence[TargetSnapshot],
    width: int,
    height: int,
    mode: Mode = "braille",
    headlines: Sequence[Headline] | None = None,
) -> tuple[Row, ...]:
    """The figures of these targets in at most `height` rows of `width` cells, as large as fits; by default
    those that the plan chooses."""
    if not targets or width < SIDE_CELLS or height < 1:
        return ()
    headlines = headlines_of(snapshot) if headlines is None else headlines
    parts = _parts(snapshot, targets, headlines)
    layout = layout_of([part.texts for part in parts], width, height, ascii_only=mode == "ascii")
    blocks = [
        _block(
            part,
            headlines,
            layout,
            _column_width(width, len(targets), at) if layout.is_columns else width,
            mode,
        )
        for at, part in enumerate(parts)
    ]
    if layout.is_columns:
        rows = [tuple(span for row in beside for span in row) for beside in zip(*blocks, strict=True)]
    else:
        rows = [row for block in blocks for row in block]
    return tuple(fit(row, width) for row in rows[:height])


def layout_of(texts: Sequence[Sequence[str]], width: int, height: int, *, ascii_only: bool = False) -> Layout:
    """The arrangement with the larger letters; columns if both have the same, as lanes are columns too.

    `texts` are the figures of each target.
    """
    targets, figures = len(texts), len(texts[0])
    every = [text for each in texts for text in each]
    column = width // targets - 2
    in_columns = largest_size(every, column, (height - 1) // figures - 1, ascii_only=ascii_only)
    room = (width - _side_cells(width)) // figures - 1
    in_bands = largest_size(every, room, height // targets, ascii_only=ascii_only)
    if in_bands is not None and (in_columns is None or in_bands.cells > in_columns.cells):
        has_gap = in_bands.up > 0 and targets * (in_bands.rows + 1) <= height
        return Layout(False, in_bands, int(has_gap))
    return Layout(targets == 1 or in_columns is not None, in_columns)


def caption_height(width: int, height: int) -> int:
    """Rows that a presenter of this size keeps for its caption, whatever it says: nothing may jump."""
    is_large = width >= LARGE[0] and height >= LARGE[1]
    return BIG_CAPTION_LINES * CAPTION_SIZE.rows if is_large else CAPTION_ROWS


def caption_lines(text: str, width: int, height: int = CAPTION_ROWS, mode: Mode = "braille") -> list[str]:
    """A caption in the middle of the width: in big letters if they fit into so many rows, else in at most
    `CAPTION_ROWS` lines."""
    pieces = big_wrapped(plain(text).upper(), CAPTION_SIZE, width - 4) if mode != "ascii" else []
    is_narrow = any(CAPTION_SIZE.width(piece) > width - 4 for piece in pieces)
    if pieces and not is_narrow and len(pieces) * CAPTION_SIZE.rows <= height:
        return [line.center(width) for piece in pieces for line in big_lines(piece, CAPTION_SIZE)]
    return [line.center(width) for line in wrapped(text, max(width - 4, 1), CAPTION_ROWS)]


def _parts(
    snapshot: Snapshot, targets: Sequence[TargetSnapshot], headlines: Sequence[Headline]
) -> list[Part]:
    """What is shown of these targets: while the session runs of now, once it has ended the result."""
    if snapshot.phase != "ended":
        return [_now(target, headlines, is_running=snapshot.phase == "running") for target in targets]
    result = session_result(snapshot)
    by_name = {each.name: each for each in result.targets}
    return [_ended(target, by_name[target.name], result, headlines) for target in targets]


def _now(target: TargetSnapshot, headlines: Sequence[Headline], *, is_running: bool) -> Part:
    condition = condition_of(target) if is_running else None
    state = _state(target, condition)
    if condition is not None:
        word = "ERRORS" if condition.kind == "errors" else condition.kind.upper()
        texts = [word, *[f"{condition.lasts_s:.0f} s"] * (len(headlines) - 1)]
        return Part(target, texts, state, is_broken=True)
    if not target.takes_load:
        return Part(target, [formatting.MISSING] * len(headlines), state, is_broken=False)
    return Part(target, [each.text(target, target.window) for each in headlines], state, is_broken=False)


def _ended(
    target: TargetSnapshot, of: TargetResult, result: SessionResult, headlines: Sequence[Headline]
) -> Part:
    """The target's figures in the result, and the load that they are of."""
    memory_mb = of.usage.memory_max_mb
    memory_bytes = None if memory_mb is None else round(memory_mb * 1e6)
    used = replace(target.resources, cpu_pct=of.usage.cpu_mean_pct, memory_bytes=memory_bytes)
    target = replace(target, resources=used)
    if target.state in ("failed", "died"):
        state = Span(target.state, "bad bold")
    elif result.load is not None:
        state = Span(load_text(result.load, is_open=result.model == "open"), "dim")
    else:
        state = Span("whole run" if result.figures_of == "whole" else "no figures", "dim")
    return Part(target, [each.text(target, of.stats) for each in headlines], state, is_broken=False)


def _column_width(width: int, targets: int, at: int) -> int:
    return width // targets + (at < width % targets)


def _side_cells(width: int) -> int:
    return min(SIDE_CELLS, width // 4)


def _block(
    part: Part,
    headlines: Sequence[Headline],
    layout: Layout,
    width: int,
    mode: Mode,
) -> list[Row]:
    """One target's figures, each row as wide as its column or band."""
    styles = ["bad bold"] * 2 if part.is_broken else [f"{slot_style(part.target.slot)} bold", "bold"]
    ascii_only = mode == "ascii"
    if not layout.is_columns:
        return _band(part, headlines, layout, width, styles, ascii_only=ascii_only)
    inside = width - 2
    rows: list[Row] = [_name(part, inside)]
    for at, (text, headline) in enumerate(zip(part.texts, headlines, strict=True)):
        lines = text_lines(text, layout.size, inside, ascii_only=ascii_only)
        rows += [(Span(line, styles[min(at, 1)]),) for line in lines]
        rows.append((Span("" if part.is_broken else headline.label, "dim"),))
    return [fit((Span(" "), *row), width) for row in rows]


def _band(
    part: Part,
    headlines: Sequence[Headline],
    layout: Layout,
    width: int,
    styles: Sequence[str],
    *,
    ascii_only: bool,
) -> list[Row]:
    """A target's name at the left, its figures beside it, each with its name at its foot; if one has no room,
    their names are below the target's."""
    side = _side_cells(width)
    each = (width - side) // len(part.texts)
    rows_of_letters = layout.size.rows if layout.size else 1
    names: list[Row] = [_label(part.target, side - 2), (part.state,)]
    if not part.is_broken and not all(
        _has_foot(text, headline, layout, each) for text, headline in zip(part.texts, headlines, strict=True)
    ):
        names.append((Span(", ".join(headline.label for headline in headlines), "dim"),))
    if rows_of_letters == 1:
        names = [_name(part, side - 2)]
    rows: list[Row] = []
    for row in range(rows_of_letters):
        cells: list[Span] = [Span(" "), *fit(names[row] if row < len(names) else (), side - 1)]
        for at, (text, headline) in enumerate(zip(part.texts, headlines, strict=True)):
            line = text_lines(text, layout.size, each, ascii_only=ascii_only)[row]
            used = _cells(text, layout)
            is_foot = row == rows_of_letters - 1
            if is_foot and not part.is_broken and _has_foot(text, headline, layout, each):
                cells.append(Span(line[: used + 1], styles[min(at, 1)]))
                cells.append(Span(headline.label.ljust(each - used - 1), "dim"))
            else:
                cells.append(Span(line, styles[min(at, 1)]))
        rows.append(tuple(cells))
    return rows + [fit((), width)] * layout.gap


def _cells(text: str, layout: Layout) -> int:
    return layout.size.width(text) if layout.size else len(text)


def _has_foot(text: str, headline: Headline, layout: Layout, width: int) -> bool:
    """Whether a figure's name fits at its foot."""
    return _cells(text, layout) + len(headline.label) + 1 < width


def _label(target: TargetSnapshot, width: int) -> Row:
    """Its sign and label."""
    label = f"{marker(target.slot)} {elided(plain(target.label), max(width - 2, 1))}"
    return (Span(label, f"{slot_style(target.slot)} bold"),)


def _name(part: Part, width: int) -> Row:
    """Its sign and label, and its state or load where there is room."""
    label = _label(part.target, width)
    if len(label[0].text) + len(part.state.text) + 2 > width:
        return label
    return spread(label, (part.state,), width)


def _state(target: TargetSnapshot, condition: Condition | None) -> Span:
    """What keeps it from answering, else its load."""
    if target.faults:
        return Span(f"✖ {', '.join(target.faults)}", "bad bold")
    if condition is not None and condition.reason:
        return Span(plain(condition.reason), "bad")
    if not target.takes_load:
        return Span(target.state, "bad bold" if target.state in ("failed", "died") else "dim")
    arrivals = target.load.arrivals_wanted
    if arrivals is not None:
        return Span(load_text(arrivals, is_open=True), "dim")
    return Span(load_text(target.load.users, is_open=False), "dim")
