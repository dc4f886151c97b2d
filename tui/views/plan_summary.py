"""A preset as the lobby shows it: text, and its load shape as a small chart. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from engine.metrics import formatting
from engine.metrics.load_unit import load_text, load_unit
from engine.metrics.palette import marker, slot_style
from engine.protocol.load_shape import length_s, users_at
from targets.database import NAMES
from tui.session_api import PlannedEvent, PresetInfo
from tui.views import axis
from tui.views.axis import Scale
from tui.views.plot import Frame, Line, Mark, Plot, plot_rows
from tui.views.plot_body import LABEL_WIDTH
from tui.views.raster import Mode
from tui.views.rows import Row, Span, fit, plain, wrapped

ERROR_ROWS = 12
"""The most rows of a broken preset's error."""

MOST_POINTS = 900
"""Of a load shape's line; a longer one is drawn in steps of several seconds."""

MOST_NOTE_ROWS = 3

MOST_CAPTION_ROWS = 3

CLOCK_CELLS = 10
"""Of the moment when a stage or fault begins, with the spaces around it."""

COURSE_CELLS = 42
"""For a stage or fault; where there is room for several beside each other, the course has columns."""


@dataclass(frozen=True, slots=True)
class Changes:
    """A person's changes to a preset."""

    users: int | None = None
    seconds: float | None = None
    runtime: str = ""
    """Empty: the preset's."""
    database: str = ""
    """Empty: the preset's."""


def plan_rows(
    preset: PresetInfo, changes: Changes, width: int, *, docker_answers: bool | None = None
) -> tuple[Row, ...]:
    """Title, question, source and figures of a preset as it was changed. `docker_answers` is None before it
    is known."""
    users, seconds, runtime = changes.users, changes.seconds, changes.runtime
    if preset.error:
        return tuple(fit(row, width) for row in _broken(preset, width))
    rows: list[Row] = [(Span(f" {plain(preset.title) or plain(preset.name)}", "bold"),)]
    rows += [(Span(f" {line}", "italic"),) for line in wrapped(preset.question, width - 2, 3)]
    if preset.source:
        rows += [
            (Span(f" after {line}" if not at else f" {line}", "dim"),)
            for at, line in enumerate(wrapped(preset.source, width - 8, 2))
        ]
    rows.append(())
    think = f"think {plain(preset.think_time)}"
    facts = f" {plain(preset.workload)} · {think} · {preset.schedule} · {formatting.stretch(preset.length_s)}"
    held: Row = ()
    if users is not None:
        held = (Span(f" · {load_text(users, is_open=False)} held", "accent bold"),)
    changed = "accent bold" if seconds is not None else "dim"
    placed: Row = ()
    if runtime or preset.runtime == "docker":
        where = "in containers" if (runtime or preset.runtime) == "docker" else "as local processes"
        placed = (Span(f" · {where}", "accent bold" if runtime else "dim"),)
    rows.append((Span(facts, changed), *held, *placed))
    if offered_database(preset, changes):
        rows += [
            (Span(f" {line}", "accent bold" if changes.database else "dim"),)
            for line in wrapped(_database_text(preset, changes, docker_answers), width - 2, 2)
        ]
    return tuple(fit(row, width) for row in rows)


def offered_database(preset: PresetInfo, changes: Changes) -> str:
    """The kind of database server that the source used, where targets would keep their rows in files."""
    return "" if (changes.runtime or preset.runtime) == "docker" else preset.published_database


def _database_text(preset: PresetInfo, changes: Changes, docker_answers: bool | None) -> str:
    name = NAMES[preset.published_database]
    if changes.database:
        return f"rows in {name}, as published, in a container"
    text = f"rows in SQLite files; published with {name}"
    if docker_answers is None:
        return text
    return f"{text}: b starts it in a container" if docker_answers else f"{text}, which needs Docker here"


def _broken(preset: PresetInfo, width: int) -> list[Row]:
    rows: list[Row] = [(Span(f" ✖ {plain(preset.name)} cannot be used", "bad bold"),), ()]
    for line in preset.error.splitlines():
        rows += [(Span(f" {part}"),) for part in wrapped(line, width - 2, 4)]
    return rows[:ERROR_ROWS]


# ---------------------------------------------------------------- the load shape


def shape_rows(preset: PresetInfo, width: int, height: int, mode: Mode) -> tuple[Row, ...]:
    """The users over time that a plan asks for, with its faults as marks. In a `solo` schedule each target's
    turn is a line of its own, after the others."""
    if width <= LABEL_WIDTH + 4 or height < 2 or not preset.stages:
        return ()
    turn_s = length_s(preset.stages)
    starts_s = [number * (turn_s + preset.gap_s) for number in range(preset.turns)]
    whole_s = max(round(starts_s[-1] + turn_s), 1)
    step_s = -(-whole_s // MOST_POINTS)
    steps = max(whole_s // step_s, 1)
    lines = tuple(
        Line(number, tuple(_users(preset, step * step_s - start_s, turn_s) for step in range(steps + 1)))
        for number, start_s in enumerate(starts_s)
    )
    marks = tuple(
        Mark(start_s + fault.at_s, _fault_text(fault)) for start_s in starts_s for fault in preset.faults
    )
    plot = Plot(lines, steps * step_s, marks, formatting.whole, step_s=step_s)
    most = max((value for line in lines for value in line.values if value is not None), default=0.0)
    return plot_rows(plot, Scale(axis.nice_limit(most)), Frame(width, height, mode))


def _users(preset: PresetInfo, shape_s: float, turn_s: float) -> float | None:
    """Users at a moment of a turn; None before and after it."""
    is_in_it = 0 <= shape_s <= turn_s or preset.turns == 1
    return float(users_at(preset.stages, shape_s)) if is_in_it else None


def _fault_text(fault: PlannedEvent) -> str:
    return f"{fault.text} {plain(fault.target)}".rstrip()


def shape_title(preset: PresetInfo) -> str:
    """What the shape shows."""
    thing = load_unit(is_open=preset.model == "open")
    return f"load shape, {thing}" + (" of each target" if len(preset.targets) > 1 else "")


def turns_legend(preset: PresetInfo) -> Row:
    """Whose turn each part of the shape is; empty unless targets have turns."""
    if preset.turns == 1:
        return ()
    row: list[Span] = []
    for at, target in enumerate(preset.targets):
        row += [Span("one after another: " if not at else " → ", "dim")]
        row.append(Span(f"{marker(at)} {plain(target.label)}", slot_style(at)))
    return tuple(row)


def course_rows(preset: PresetInfo, width: int, most: int) -> tuple[Row, ...]:
    """Stages and faults in order, with when they begin and the captions of stages, in at most so many
    rows."""
    events = sorted(
        [
            *((each.at_s, 0, each) for each in preset.course),
            *((each.at_s, 1, each) for each in preset.faults),
        ],
        key=lambda each: each[:2],
    )
    has_captions = any(each.say for each in preset.course)
    if has_captions and len(told := _course_told(events, width)) <= most:
        return told
    across = 1 if has_captions else max(width // COURSE_CELLS, 1)
    down = -(-len(events) // across)
    cells = [_course_cells(event, width // across, is_fault=bool(is_fault)) for _, is_fault, event in events]
    rows = [fit(sum(cells[at::down], ()), width) for at in range(down)]
    if len(rows) > most:
        left = sum(len(events[at::down]) for at in range(most - 1, down))
        rows = [*rows[: most - 1], fit((Span(f"{'':>{CLOCK_CELLS}}… and {left} more", "dim"),), width)]
    return tuple(rows)


def _course_told(events: Sequence[tuple[float, int, PlannedEvent]], width: int) -> tuple[Row, ...]:
    """Stages and faults with whole captions below each other."""
    column = CLOCK_CELLS + max(len(event.text) for _, _, event in events) + 2
    rows: list[Row] = []
    for _, is_fault, event in events:
        said = wrapped(f"“{plain(event.say)}”", width - column - 1, MOST_CAPTION_ROWS) if event.say else []
        cells = _course_cells(replace(event, say=""), column, is_fault=bool(is_fault))
        first = fit((*cells, Span("".join(said[:1]), "dim italic")), width)
        rows += [first, *(fit((Span(" " * column), Span(line, "dim italic")), width) for line in said[1:])]
    return tuple(rows)


def _course_cells(event: PlannedEvent, width: int, *, is_fault: bool) -> Row:
    text = _fault_text(event) if is_fault else event.text
    said = f"  “{plain(event.say)}”" if event.say else ""
    row: Row = (
        Span(f" {formatting.clock(event.at_s):>7}  ", "dim"),
        Span(text, "warn" if is_fault else ""),
        Span(said, "dim italic"),
    )
    return fit(row, width)


def note_rows(lines: Iterable[str], width: int) -> tuple[Row, ...]:
    """Short notes; what goes on in another row is indented."""
    return tuple(
        fit((Span(f" {sign} {part}", "dim"),), width)
        for line in lines
        for sign, part in zip(
            "·" + " " * MOST_NOTE_ROWS, wrapped(line, width - 4, MOST_NOTE_ROWS), strict=False
        )
    )
