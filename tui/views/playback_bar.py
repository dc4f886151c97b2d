"""The playback bar: where a recorded session is watched, how fast, and where its events are. Pure."""

import math

from engine.metrics.formatting import clock, whole_percent
from engine.metrics.outcomes import NO_LOAD, outcome_text
from tui.session_api import Playback
from tui.views.rows import Row, Span, fit, plain, short, width_of

MOTION_CELLS = 9
"""What moves, and how: `▶ 20×`, `‖ paused`, `● live`."""

LEAST_CELLS = 12
"""The bar itself gets no fewer, whatever there is to say."""


def speed_text(speed: float) -> str:
    """A speed: `2×`, `max`."""
    return "max" if math.isinf(speed) else f"{speed:g}×"


def playback_row(playback: Playback, width: int) -> Row:
    """What moves and where it is; the bar, with its events; how long it is, and what is to say about it."""
    start, end = _start(playback), _end(playback, width)
    return fit((*start, *_bar(playback, width - width_of(start) - width_of(end)), *end), width)


def second_at(playback: Playback, column: int, width: int) -> int | None:
    """The second that a column of this row stands for; None outside the bar."""
    start, end = width_of(_start(playback)), width_of(_end(playback, width))
    cells = width - start - end
    at = column - start
    return round(at / max(cells - 1, 1) * playback.player.newest) if 0 <= at < cells else None


def _start(playback: Playback) -> Row:
    player = playback.player
    if playback.is_over and player.is_at_end:
        motion = Span("■ end", "bold")
    elif player.paused:
        motion = Span("‖ paused", "accent bold")
    elif player.follows and not playback.is_over:
        motion = Span("● live", "good bold")
    else:
        motion = Span(f"▶ {speed_text(player.speed)}", "accent bold")
    is_over = playback.is_over
    here = clock(min(player.second, playback.state.length_s) if is_over else player.second)
    return Span(" "), motion._replace(text=motion.text.ljust(MOTION_CELLS)), Span(f"{here} ")


def _end(playback: Playback, width: int) -> Row:
    state = playback.state
    length: Row = (Span(f" {clock(state.length_s)} ", "dim"),)
    is_left = state.outcome in ("interrupted", NO_LOAD)
    words = [(outcome_text(state.outcome), "warn")] if is_left else []
    if state.trouble:
        words.append((plain(state.trouble), "warn"))
    if playback.seeking is not None:
        words.append((f"reading {whole_percent(100 * playback.seeking)}", "accent"))
    elif state.loaded < 1 and not state.is_running:
        words.append((f"finding events {whole_percent(100 * state.loaded)}", "dim"))
    room = width - width_of(_start(playback)) - width_of(length) - LEAST_CELLS
    row = length
    for text, style in words:
        text = short(text, room - 2)
        if len(text) > 3:
            row = (*row, Span(f"{text} ", style))
            room -= len(text) + 1
    return row


def _bar(playback: Playback, cells: int) -> Row:
    """The bar, filled up to where it is; a cell that holds an event is crossed."""
    player = playback.player
    if cells <= 0:
        return ()
    scale = (cells - 1) / max(player.newest, 1)
    here = round(player.second * scale)
    crossed = {round(mark * scale) for mark in playback.state.marks}
    before = "".join("┿" if at in crossed else "━" for at in range(here))
    after = "".join("┼" if at in crossed else "─" for at in range(here + 1, cells))
    return Span(before, "accent"), Span("◆", "accent bold"), Span(after, "dim")
