"""Snapshot → rows of text: what lanes, the load bar and the event log show. Pure; no screen, no clock.

A row is a tuple of spans, a span a text and a style by name (`slot0 bold`, `dim`, `bad`); `tui.themes` gives
the names their colours. Every row of a panel is exactly as wide as asked for, so that nothing jumps.
"""

import re
import textwrap
from typing import NamedTuple

from engine.snapshot import EventSnapshot, Figure, HealthSnapshot, Snapshot, TargetSnapshot
from tui import numbers

MARKERS = "●▲■◆✚★"
"""One for each target slot; the colour never carries the meaning alone."""

LANE_HEIGHT = 7
"""Rows inside a lane."""

NARROWEST_LANE = 24
"""Cells inside a lane that hold all of it."""

UNANSWERED_MS = 1000
"""A canary that waits longer than this is called unanswered."""

LIGHTS = {"green": ("●", "good"), "amber": ("◐", "warn"), "red": ("✖", "bad"), "off": ("○", "dim")}
"""The generator's light: a sign and a style."""


class Span(NamedTuple):
    """A text in one style."""

    text: str
    style: str = ""


Row = tuple[Span, ...]


# ---------------------------------------------------------------- rows


def width_of(row: Row) -> int:
    """Cells in a row; every sign used here is one cell wide."""
    return sum(len(span.text) for span in row)


def plain(text: str) -> str:
    """A text that somebody else wrote, without control characters and with single spaces."""
    return re.sub(r"\s+", " ", "".join(sign if sign.isprintable() else " " for sign in text)).strip()


def short(text: str, width: int) -> str:
    """A text cut to a width, with an ellipsis where something is missing."""
    return text if len(text) <= width else text[: max(width - 1, 0)] + "…"[:width]


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
    """One row at the left, one at the right, the left one cut where both do not fit."""
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


def slot_style(slot: int) -> str:
    """The style name of a target's colour."""
    return f"slot{slot % len(MARKERS)}"


def marker(slot: int) -> str:
    """A target's sign."""
    return MARKERS[slot % len(MARKERS)]


# ---------------------------------------------------------------- lanes


def lane_titles(target: TargetSnapshot, width: int) -> tuple[str, str]:
    """What a lane's upper and lower border say: sign and name, and the server where there is room."""
    name = f"{marker(target.slot)} {plain(target.name)}"
    both = f"{name} ── {plain(target.server)}"
    return (both, "") if len(both) + 2 <= width else (name, plain(target.server))


def lane_rows(target: TargetSnapshot, baseline: str, width: int) -> tuple[Row, ...]:
    """A lane's `LANE_HEIGHT` rows, `width` cells each (`NARROWEST_LANE` at least to hold all of it)."""
    rows = (
        _measured(target, baseline, width - 2) if target.state == "ready" else _not_ready(target, width - 2)
    )
    return tuple(fit((Span(" "), *row), width) for row in rows)


def state_text(target: TargetSnapshot) -> Row:
    """A target's state in a word, with a sign and a style that fit."""
    if target.state == "ready":
        return (Span("paused", "warn reverse"),) if target.paused else (Span("ready", "good"),)
    if target.state in ("failed", "died"):
        return (Span("✖ did not start" if target.state == "failed" else "✖ died", "bad bold"),)
    if target.state == "stopped":
        return (Span("○ stopped", "dim bold"),)
    return (Span(f"◌ {target.state}…", f"{slot_style(target.slot)} bold"),)


def percentile_labels(target: TargetSnapshot) -> tuple[str, str, str]:
    """`p50`, `p95`, `p99`, each with its window's length where that had to be widened: `p99 34s`."""
    window = target.window
    return _label("p50", window.p50), _label("p95", window.p95), _label("p99", window.p99)


def canary_text(target: TargetSnapshot) -> Span:
    """What `/health` last said, or how long it has been silent."""
    if target.canary_waiting_ms > UNANSWERED_MS:
        return Span(f"silent {numbers.duration(target.canary_waiting_ms)}", "bad bold")
    if target.canary_failed:
        return Span("failed", "bad bold")
    return Span(numbers.duration(target.canary_ms))


def _label(name: str, figure: Figure) -> str:
    return f"{name} {figure.window_s:.0f}s" if figure.widened and figure.value_ms is not None else name


def _measured(target: TargetSnapshot, baseline: str, width: int) -> list[Row]:
    window, own = target.window, slot_style(target.slot)
    figures = (window.p50, window.p95, window.p99)
    narrow = width < 28
    steer = ("hand " if narrow else "by hand ") if target.manual else "users "
    users = numbers.count(target.users)
    if target.users != target.users_wanted:
        users = f"{users}→{numbers.count(target.users_wanted)}"
    flying: Row = (Span("in flight ", "dim"), Span(numbers.count(target.in_flight))) if width >= 32 else ()
    return [
        spread(
            (Span(numbers.rate(window.goodput).rjust(numbers.WIDTH), f"{own} bold"), Span(" ok/s", own)),
            _against(target, baseline),
            width,
        ),
        columns(tuple(Span(label, "dim") for label in percentile_labels(target)), width),
        columns(tuple(Span(numbers.duration(figure.value_ms)) for figure in figures), width),
        spread(
            (Span("err " if narrow else "errors ", "dim"), _error_rate(window.error_rate)),
            (Span(steer, "accent" if target.manual else "dim"), Span(users)),
            width,
        ),
        spread(
            (Span("longest wait ", "dim"), Span(numbers.duration(target.oldest_in_flight_ms))),
            flying,
            width,
        ),
        _resources(target, width),
        spread((Span("/health ", "dim"), canary_text(target)), _streaming(target, width), width),
    ]


def _against(target: TargetSnapshot, baseline: str) -> Row:
    if target.paused:
        return state_text(target)
    if target.name == baseline:
        return (Span("baseline", "dim"),)
    return (Span(numbers.ratio(target.ratio), "bold"),) if target.ratio is not None else ()


def _streaming(target: TargetSnapshot, width: int) -> Row:
    """What a target that streams has brought; the time to the first byte where there is room."""
    if not target.streams:
        return ()
    tokens: Row = (Span(numbers.tidy(numbers.rate(target.window.tokens_per_s))), Span(" tok/s", "dim"))
    if width < 38:
        return tokens
    first = numbers.tidy(numbers.duration(target.window.first_byte_p50.value_ms))
    return (Span("1st ", "dim"), Span(f"{first}  "), *tokens)


def _error_rate(share: float) -> Span:
    return Span(numbers.percent(share * 100), "bad bold" if share else "")


def _resources(target: TargetSnapshot, width: int) -> Row:
    cpu, memory = numbers.whole_percent(target.cpu_pct).rjust(6), numbers.memory(target.memory_mb).rjust(8)
    size = max(width - 4 - len(cpu) - len(memory), 0)
    return (
        Span("cpu ", "dim"),
        *bar(target.cpu_pct or 0, 100, size, slot_style(target.slot)),
        Span(cpu),
        Span(memory),
    )


def bar(value: float, full: float, width: int, style: str) -> Row:
    """A bar of `width` cells that is full at `full`."""
    filled = min(round(value / full * width), width) if full > 0 else 0
    return Span("━" * filled, style), Span("─" * (width - filled), "faint")


def _not_ready(target: TargetSnapshot, width: int) -> list[Row]:
    hint = {
        "failed": "r restart · x remove",
        "died": "r restart · x remove",
        "stopped": "r start · x remove",
    }.get(target.state, "")
    if target.state in ("failed", "died"):
        body: list[Row] = [(Span(line),) for line in wrapped(target.trouble, width, LANE_HEIGHT - 2)]
    else:
        body = [(), (Span(plain(target.address) or "no address yet", "dim"),)]
    rows: list[Row] = [state_text(target), *body]
    rows += [()] * (LANE_HEIGHT - 1 - len(rows))
    return [*rows, (Span(hint, "accent"),)]


# ---------------------------------------------------------------- the two lines above the lanes


def title_row(snapshot: Snapshot, width: int, *, frozen: bool) -> Row:
    """Brand, preset, stage, clock, and the generator's light, in `width` cells."""
    light = light_row(snapshot.health, width >= 110)
    clock = numbers.clock(snapshot.now_s)
    if snapshot.length_s is not None:
        clock = f"{clock} / {numbers.clock(snapshot.length_s)}"
    parts: list[Row] = [(Span(plain(snapshot.preset or snapshot.title), "bold"),), (Span(clock, "bold"),)]
    if frozen:
        parts.append((Span(" FROZEN ", "accent reverse bold"),))
    parts.append((Span(plain(snapshot.stage_text) if snapshot.phase == "running" else snapshot.phase),))
    parts.append((Span(f"{snapshot.schedule} · {snapshot.runtime}", "dim"),))
    if snapshot.health.contended:
        parts.append((Span("contended", "warn"),))
    row: Row = (Span(" abreast", "accent bold"),)
    for part in parts:
        longer = (*row, Span(" ▏", "faint"), *part)
        if width_of(longer) + width_of(light) + 1 > width:
            break
        row = longer
    return spread(row, light, width)


def light_row(health: HealthSnapshot, wide: bool) -> Row:
    """The generator's light, in words too; with its first reason where there is room."""
    sign, style = LIGHTS[health.light]
    if health.light in ("amber", "red") and health.reasons and wide:
        text = short(plain(health.reasons[0]), 46)
    elif health.generator_cpu_pct is None:
        text = health.light
    else:
        text = f"{health.light} {_generator_load(health)}" if wide else health.light
    return Span("generator ", "dim"), Span(f"{sign} {text} ", style)


def _generator_load(health: HealthSnapshot) -> str:
    """How busy the generator is: of its ceiling where that was measured, else of its core."""
    if health.ceiling_share is not None:
        return f"{numbers.whole_percent(100 * health.ceiling_share)} of ceiling"
    return f"{numbers.whole_percent(health.generator_cpu_pct)} cpu"


def load_row(snapshot: Snapshot, selected: str, width: int) -> Row:
    """What is asked of the targets and whom the keys steer, in `width` cells."""
    parts: list[str] = [plain(snapshot.workload), f"think {plain(snapshot.think_time)}"]
    if (asked := asked_for(snapshot)) is not None:
        parts.append(f"at most {numbers.tidy(numbers.rate(asked))} req/s each")
    keys = _steered(snapshot, selected) if snapshot.phase != "ended" else ()
    size = min(width // 8, 40)
    shape: Row = (Span(" "), *progress(snapshot, size), Span("  "))
    row: list[Span] = list(shape)
    for at, part in enumerate(parts):
        joint = " · " if at else ""
        if width_of(tuple(row)) + len(joint + part) + width_of(keys) + 1 > width:
            break
        row.append(Span(joint + part, "dim"))
    return spread(tuple(row), keys, width)


def _steered(snapshot: Snapshot, selected: str) -> Row:
    name = "all" if snapshot.linked else plain(selected)
    return Span("keys steer ", "dim"), Span(f"{name} ", "bold" if snapshot.linked else "accent bold")


def progress(snapshot: Snapshot, width: int) -> Row:
    """How far the load shape has come; a line without an end where the last stage holds."""
    if snapshot.length_s is None:
        return Span("━" * (width - 1), "accent"), Span("╸", "accent")
    return bar(snapshot.now_s, snapshot.length_s, width, "accent")


def asked_for(snapshot: Snapshot) -> float | None:
    """Requests a second that a target's users can ask for at most; None where think time is no bound."""
    think_times_s = {target.think_time_mean_s for target in snapshot.targets}
    if snapshot.think_time_mean_s <= 0 or think_times_s != {snapshot.think_time_mean_s}:
        return None
    return max(target.users for target in snapshot.targets) / snapshot.think_time_mean_s


# ---------------------------------------------------------------- events


def event_row(event: EventSnapshot, slots: dict[str, int], width: int) -> Row:
    """One event: when, whom it concerns, what."""
    who: Row = ()
    if event.target:
        slot = slots.get(event.target)
        style = "dim" if slot is None else slot_style(slot)
        sign = "" if slot is None else f"{marker(slot)} "
        who = (Span(f"{sign}{plain(event.target)} ", style),)
    text = Span(plain(event.text), "bad" if event.kind == "trouble" else "")
    return fit((Span(f" {numbers.clock(event.t_s)} ", "dim"), *who, text), width)


def event_rows(snapshot: Snapshot, width: int, height: int) -> tuple[Row, ...]:
    """The newest events that fit, oldest first."""
    slots = {target.name: target.slot for target in snapshot.targets}
    newest = snapshot.events[-height:] if height > 0 else ()
    return tuple(event_row(event, slots, width) for event in newest)
