"""A preset as the lobby shows it: text, and its load shape as a small chart. Pure."""

from dataclasses import dataclass

from engine.metrics import formatting
from engine.protocol.load_shape import Stage, length_s, users_at
from targets.database import NAMES
from tui.session_api import PresetInfo
from tui.views import axis
from tui.views.axis import Scale
from tui.views.plot import LABEL_WIDTH, Frame, Line, Plot, plot_rows
from tui.views.raster import Mode
from tui.views.rows import Row, Span, fit, plain, wrapped

ERROR_ROWS = 12
"""The most rows of a broken preset's error."""


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
    """Title, question, source and figures of a preset with changes. `docker_answers` is None before it is
    known."""
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
    length = preset.length_s if seconds is None else seconds
    think = f"think {plain(preset.think_time)}"
    facts = f" {plain(preset.workload)} · {think} · {preset.schedule} · {formatting.stretch(length)}"
    held: Row = () if users is None else (Span(f" · {users} users held", "accent bold"),)
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


def shape_rows(stages: tuple[Stage, ...], width: int, height: int, mode: Mode) -> tuple[Row, ...]:
    """The users over time that the stages ask for, and the beginning of the last hold."""
    if width <= LABEL_WIDTH + 4 or height < 2 or not stages:
        return ()
    span = max(round(length_s(stages)), 1)
    frame = Frame(width, height, mode)
    values = tuple(float(users_at(stages, second)) for second in range(span + 1))
    plot = Plot((Line(0, values),), span, (), formatting.whole)
    return plot_rows(plot, Scale(axis.nice_limit(max(values))), frame)
