"""What rows are, and the rows of the load bar and the event log. Pure; no clock.

A row is a tuple of spans; a span is a text with the name of a style (`slot0 bold`, `dim`, `bad`), to which
`tui.themes` gives colours. Every row of a panel has exactly the panel's width, so that nothing jumps.
"""

import textwrap
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from engine.metrics import formatting
from engine.metrics.load_unit import load_unit
from engine.metrics.palette import marker, slot_style
from targets.plain_text import one_line

if TYPE_CHECKING:
    from engine.metrics.snapshot import EventSnapshot, HealthSnapshot, Snapshot

LEAST_PART_CELLS = 16
"""A part of the title is cut to no fewer cells than this; it is left out instead."""

STEERED_CELLS = 18
"""The most cells for the label of the target that the keys control."""

LIGHT_CELLS = {140: 60, 110: 44, 0: 18}
"""The width of the generator's light, by that of the screen from which it applies: always the same, so that
no light moves other parts of the title."""

QUICK_IN_SHORT = "quick run"

WIDE = 110
"""Cells from which a line has room for what is only nice to know."""

LIGHTS = {"green": ("●", "good"), "amber": ("◐", "warn"), "red": ("✖", "bad"), "off": ("○", "dim")}
"""The generator's light: a sign and a style."""


class Span(NamedTuple):
    """A text in one style."""

    text: str
    style: str = ""


Row = tuple[Span, ...]


# ---------------------------------------------------------------- rows


def width_of(row: Row) -> int:
    """Cells in a row; every character used here is one cell wide."""
    return sum(len(span.text) for span in row)


def plain(text: str) -> str:
    """A foreign text in one line, with control characters replaced."""
    return one_line(text)


def short(text: str, width: int) -> str:
    """A text cut to a width, with an ellipsis if something is missing."""
    return text if len(text) <= width else text[: max(width - 1, 0)] + "…"[:width]


def elided(label: str, width: int) -> str:
    """A target's label cut to a width, in its middle: variants of a target differ at the end."""
    if len(label) <= width:
        return label
    head = max(width - 1, 0) // 3
    return label[:head] + "…"[:width] + label[len(label) - max(width - 1 - head, 0) :]


def fit(row: Row, width: int) -> Row:
    """A row cut or filled to exactly `width` cells."""
    fitted: list[Span] = []
    left = width
    for span in row:
        text = span.text if len(span.text) <= left else short(span.text, left)
        if text:
            fitted.append(Span(text, span.style))
        left -= len(text)
    if left:
        fitted.append(Span(" " * left))
    return tuple(fitted)


def spread(start: Row, end: Row, width: int) -> Row:
    """One row on the left, one on the right; the left one is cut if both do not fit."""
    return (*fit(start, max(width - width_of(end), 0)), *end)


def columns(cells: Row, width: int) -> Row:
    """Cells in columns of equal width."""
    each, rest = divmod(width, len(cells))
    widths = [each + (1 if at < rest else 0) for at in range(len(cells))]
    return tuple(
        Span(short(cell.text, size).ljust(size), cell.style) for cell, size in zip(cells, widths, strict=True)
    )


def wrapped(text: str, width: int, rows: int) -> list[str]:
    """A foreign text in at most `rows` lines of `width` cells."""
    lines = textwrap.wrap(plain(text), width) if width > 1 else []
    return lines if len(lines) <= rows else [*lines[: rows - 1], short(lines[rows - 1] + " …", width)]


def bar(value: float, full: float, width: int, style: str) -> Row:
    """A bar of `width` cells that is full at `full`."""
    filled = min(round(value / full * width), width) if full > 0 else 0
    return Span("━" * filled, style), Span("─" * (width - filled), "faint")


# ---------------------------------------------------------------- the two lines above the lanes


def title_row(snapshot: "Snapshot", width: int, *, frozen: bool, visitors: int = 0) -> Row:
    """Brand, preset, clock, how many watch in a browser, stage, and the generator's light, in `width` cells.

    Once the session has ended, the reasons for the light are among the results.
    """
    health = replace(snapshot.health, reasons=()) if snapshot.phase == "ended" else snapshot.health
    light = light_row(health, light_cells(width))
    is_wide = width >= WIDE
    row: Row = (Span(" abreast", "accent bold"),)
    if snapshot.quick and not is_wide:  # it must be seen, and not take the stage's place
        row = (Span(f" {QUICK_IN_SHORT}", "warn"),)
    for part in _title_parts(snapshot, frozen=frozen, is_wide=is_wide, visitors=visitors):
        joint = Span(" ▏", "faint")
        left = width - width_of((*row, joint, *light)) - 1
        if left < width_of(part) and left < LEAST_PART_CELLS:
            break
        row = (*row, joint, *(part if width_of(part) <= left else fit(part, left)))
        if width_of(part) > left:
            break
    return spread(row, light, width)


def light_cells(width: int) -> int:
    """How many cells at the end of the title the generator's light takes, whatever it says."""
    return next(cells for least, cells in LIGHT_CELLS.items() if width >= least)


def _title_parts(snapshot: "Snapshot", *, frozen: bool, is_wide: bool, visitors: int) -> list[Row]:
    """What the title row has after the brand, the most important first."""
    clock = formatting.clock(snapshot.now_s)
    if snapshot.left_s is not None and not is_wide:
        clock = f"{clock}, {formatting.clock(snapshot.left_s)} left"
    elif (
        snapshot.phase != "ended"
        and snapshot.length_s is not None
        and snapshot.left_s is None
        and (snapshot.now_s < snapshot.length_s + 1)
    ):
        clock = f"{clock} / {formatting.clock(snapshot.length_s)}"
    time: Row = (Span(clock, "bold"),)
    if visitors and snapshot.phase != "ended":
        time = (*time, Span(f" · {visitors} watch{'es' if visitors == 1 else ''}", "dim"))
    parts: list[Row] = [(Span(plain(snapshot.preset or snapshot.title), "bold"),), time]
    if frozen:
        parts.append((Span(" FROZEN ", "accent reverse bold"),))
    if snapshot.unrecorded_since_s is not None:
        since = formatting.clock(snapshot.unrecorded_since_s)
        parts.append((Span(f"✖ not recorded since {since}", "bad bold"),))
    if snapshot.quick and is_wide:
        parts.append((Span(snapshot.quick, "warn"),))
    stage = stage_and_left(snapshot) if is_wide else plain(snapshot.stage_text)
    if is_here := stage if snapshot.phase == "running" else snapshot.phase:
        parts.append((Span(is_here),))
    is_interrupted = snapshot.duel is not None and snapshot.duel.in_race
    schedule = snapshot.runtime if is_interrupted else f"{snapshot.schedule} · {snapshot.runtime}"
    parts.append((Span(schedule, "dim"),))
    if snapshot.health.contended:
        parts.append((Span("contended", "warn"),))
    return parts


def light_row(health: "HealthSnapshot", cells: int) -> Row:
    """The generator's light as sign and word, with as much of its first reason as fits, in `cells` cells."""
    sign, style = LIGHTS[health.light]
    head = Span("generator ", "dim")
    room = cells - len(head.text) - len(sign) - 2
    return head, Span(f"{sign} {_light_text(health, room):<{room}} ", style)


def stage_and_left(snapshot: "Snapshot") -> str:
    """Where in the whole the run is, and how long the rest takes: `level 2/3: 50 users · 04:10 left`."""
    text = plain(snapshot.stage_text)
    return text if snapshot.left_s is None else f"{text} · {formatting.clock(snapshot.left_s)} left"


def _light_text(health: "HealthSnapshot", room: int) -> str:
    if room <= len("amber"):
        return health.light
    if health.light in ("amber", "red") and health.reasons:
        return short(plain(health.reasons[0]), room)
    if health.generator_cpu_pct is not None:
        words = [_generator_load(health), *filter(None, [health.cluster_text])]
        return short(f"{health.light} {' · '.join(words)}", room)
    return health.light


def _generator_load(health: "HealthSnapshot") -> str:
    """How busy the generator is: of its ceiling if that was measured, else of its core."""
    if health.ceiling_share is not None:
        return f"{formatting.whole_percent(100 * health.ceiling_share)} of ceiling"
    return f"{formatting.whole_percent(health.generator_cpu_pct)} cpu"


def load_row(snapshot: "Snapshot", selected: str | None, width: int, shape: Row = ()) -> Row:
    """The load on the targets, and which of them the keys control, in `width` cells; `selected` is None if
    they control none. `shape` is drawn before it. A search sets all load itself, and has no live window."""
    is_plain = snapshot.phase == "ended" or snapshot.schedule == "capacity"
    keys = () if is_plain else _controlled(snapshot, selected, width)
    shape = (Span(" "), *shape, Span("  ")) if shape else (Span(" "),)
    room = width - width_of(shape) - width_of(keys) - 1
    parts = _load_words(snapshot)
    text = " · ".join(parts)
    if len(text) > room:
        shorter = [part.removesuffix(" model").removesuffix(" each") for part in parts]
        text = ", ".join(shorter).replace("at most ", "≤ ")
    while len(text) > room and len(parts) > 1:
        parts.pop()
        text = " · ".join(parts)
    return spread((*shape, Span(short(text, room), "dim")), keys, width)


def _load_words(snapshot: "Snapshot") -> list[str]:
    """The load on the targets, in words; what matters least comes last."""
    parts = [plain(snapshot.workload), f"{snapshot.model} model"]
    if (duel := snapshot.duel) is not None and duel.in_race:
        return [*parts, f"all targets on core {duel.core}", f"{duel.users} users each", "no think time"]
    if snapshot.model == "open":
        rates = sorted({target.load.arrivals_wanted or 0 for target in snapshot.targets})
        ends = "–".join(formatting.count(rate) for rate in dict.fromkeys((*rates[:1], *rates[-1:])))
        parts += [f"{ends} {load_unit(is_open=True)} each"] if rates else []
    if snapshot.model == "closed" or snapshot.think_time_mean_s:
        parts.append(f"think {plain(snapshot.think_time)}")
    if asked := snapshot.asked_rps:
        parts.append(f"at most {formatting.tidy(formatting.rate(asked))} req/s each")
    return parts


def _controlled(snapshot: "Snapshot", selected: str | None, width: int) -> Row:
    window = Span(f"last {snapshot.window_asked_s:g} s")
    if selected is None:
        return window, Span(" ")
    name = "all" if snapshot.linked else elided(plain(snapshot.label_of(selected)), STEERED_CELLS)
    return (
        window,
        Span(" · keys apply to: " if width >= WIDE else " · keys: ", "dim"),
        Span(f"{name} ", "bold" if snapshot.linked else "accent bold"),
    )


def progress(snapshot: "Snapshot", width: int) -> Row:
    """How far the load shape has come; a line without an end if the last stage holds."""
    if snapshot.length_s is None:
        return Span("━" * (width - 1), "accent"), Span("╸", "accent")
    return bar(snapshot.now_s, snapshot.length_s, width, "accent")


# ---------------------------------------------------------------- events


def event_row(event: "EventSnapshot", snapshot: "Snapshot", width: int) -> Row:
    """One event: when, which target it concerns, what happened."""
    concerns: Row = ()
    target = next((each for each in snapshot.targets if each.name == event.target), None)
    if target is not None:
        label = elided(plain(target.label), max(width // 3, 16))
        concerns = (Span(f"{marker(target.slot)} {label} ", slot_style(target.slot)),)
    elif event.target:
        concerns = (Span(f"{plain(event.target)} ", "dim"),)
    text = Span(plain(event.text), "bad" if event.kind == "trouble" else "")
    return fit((Span(f" {formatting.clock(event.t_s)} ", "dim"), *concerns, text), width)


def event_rows(snapshot: "Snapshot", width: int, height: int) -> tuple[Row, ...]:
    """The newest events that fit, oldest first."""
    newest = snapshot.events[-height:] if height > 0 else ()
    return tuple(event_row(event, snapshot, width) for event in newest)
