"""What a profile found, as rows: targets side by side, each in its colour. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from engine.answers.profile.figures import (
    FunctionShare,
    ProfileFigures,
    about,
    cost_text,
    figures_of,
    samples_text,
)
from engine.answers.profile.layers import LAYERS, Layer
from engine.metrics.palette import marker, slot_style
from engine.metrics.profiles import ProfileBegan, Profiled, TargetProfile
from tui.views.rows import Row, Span, bar, elided, fit, plain, short

HEAD_CELLS = 22
"""The first column: layers and other figures by name."""
LEAST_CELLS = 12
"""A target's column is never narrower."""
MOST_CELLS = 34
BAR_NEEDS = 16
"""A column of so many cells has room for a bar."""
COST_NEEDS = 31
"""A narrower column has no room for goodput before and while targets were sampled."""
LEAST_FUNCTION_CELLS = 36
"""A column of functions is never narrower."""
OF_SAMPLES = "; shares of busy samples"
IN_RESULTS = 5
"""Functions of each target that are listed among the results."""


@dataclass(frozen=True, slots=True)
class Who:
    """A target as it is shown."""

    label: str
    slot: int


@dataclass(frozen=True, slots=True)
class _Column:
    """One target of a profile."""

    who: Who
    profile: TargetProfile
    figures: ProfileFigures


def profile_rows(profiled: Profiled, targets: Mapping[str, Who], width: int) -> list[Row]:
    """The profile from top to bottom, as results have it; none if no target could be sampled, which the
    results' remarks say. `targets` are by name."""
    columns = [column for column in _columns(profiled, targets) if not column.profile.trouble]
    if not columns:
        return []
    rows: list[Row] = [(Span(f" profile: {about(profiled)}; shares of busy samples", "dim"),)]
    rows += layer_rows(columns, width)
    for column in columns:
        if column.figures.functions:
            rows.append((Span(f" {_sign(column)} most self time", slot_style(column.who.slot)),))
            rows += [(Span(f"   {_function(each)}"),) for each in column.figures.functions[:IN_RESULTS]]
    return rows


def profile_page(
    profiled: Profiled,
    targets: Mapping[str, Who],
    width: int,
    height: int,
    first: int = 0,
    *,
    with_layers: bool = True,
) -> list[Row]:
    """The profile on a page of its own: layers unless they are left out, then functions of as many targets
    beside each other as there is room for, from the target with the number `first` on."""
    columns = _columns(profiled, targets)
    is_sampled = any(not column.profile.trouble for column in columns)
    text = about(profiled) if is_sampled else "no target could be sampled"
    if is_sampled and len(text) + len(OF_SAMPLES) < width:
        text += OF_SAMPLES
    rows: list[Row] = [(Span(f" {text}", "dim"),), ()]
    rows += layer_rows(_beside_layers(columns, width, first), width) if with_layers else []
    rows += trouble_rows(columns)
    rows += [()] if with_layers else []
    room = max(height - len(rows), 0)
    return [fit(row, width) for row in [*rows, *function_rows(columns, width, first)[:room]]]


def sampling_text(sampling: ProfileBegan, now_s: float) -> str:
    """How far the profile is that is being made."""
    left_s = sampling.t_s + sampling.seconds - now_s
    if left_s < 0.5:
        return "reading the samples…"
    return f"sampling for another {left_s:.0f} s…"


def _columns(profiled: Profiled, targets: Mapping[str, Who]) -> list[_Column]:
    return [
        _Column(targets.get(each.target, Who(each.target, at)), each, figures_of(each))
        for at, each in enumerate(profiled.targets)
    ]


# ---------------------------------------------------------------- layers


def _beside_layers(columns: Sequence[_Column], width: int, first: int) -> Sequence[_Column]:
    """As many targets beside each other as there is room for, from the one with the number `first` on."""
    sampled = [column for column in columns if not column.profile.trouble]
    number = max((width - HEAD_CELLS) // LEAST_CELLS, 1)
    first = max(min(first, len(sampled) - number), 0)
    return sampled[first : first + number]


def layer_rows(columns: Sequence[_Column], width: int) -> list[Row]:
    """A row for each layer that any target has samples in, then what the shares are of."""
    sampled = [column for column in columns if not column.profile.trouble]
    if not sampled:
        return []
    cells = max(min((width - HEAD_CELLS) // len(sampled), MOST_CELLS), LEAST_CELLS)

    def row(head: str, cell: Callable[[_Column], Row], style: str = "") -> Row:
        parts = [span for column in sampled for span in fit(cell(column), cells)]
        return (Span(f" {head:{HEAD_CELLS - 1}}", style), *parts)

    def text(head: str, of: Callable[[_Column], str]) -> Row:
        return row(head, lambda column: (Span(of(column), "dim"),), "dim")

    of_time, of_core = (" of the time", " of a core") if cells > BAR_NEEDS else ("", "")
    shown = [layer for layer in LAYERS if any(column.figures.share_of(layer) for column in sampled)]
    return [
        row("", lambda column: (Span(short(_sign(column), cells - 1), slot_style(column.who.slot)),)),
        *(row(layer, partial(_share, layer, cells)) for layer in shown),
        text("waiting", lambda column: f"{100 * column.figures.waiting:.0f} %{of_time}"),
        text("Python code", lambda column: f"{100 * column.figures.busy:.0f} %{of_core}"),
        text("samples", lambda column: _samples(column, is_short=cells <= BAR_NEEDS)),
        text("cost of sampling", lambda column: cost_text(column.profile, is_short=cells < COST_NEEDS)),
    ]


def _samples(column: _Column, *, is_short: bool) -> str:
    text = samples_text(column.profile, column.figures)
    return text.partition(" in ")[0] if is_short else text


def _share(layer: Layer, cells: int, column: _Column) -> Row:
    share = column.figures.share_of(layer)
    text = f"{100 * share:3.0f} %"
    style = slot_style(column.who.slot)
    if cells < BAR_NEEDS:
        return (Span(text, style),)
    return (*bar(share, 1.0, cells - len(text) - 2, style), Span(f" {text}"))


def _sign(column: _Column) -> str:
    return f"{marker(column.who.slot)} {plain(column.who.label)}"


# ---------------------------------------------------------------- functions


def function_rows(columns: Sequence[_Column], width: int, first: int = 0) -> list[Row]:
    """The functions with most self time, of several targets beside each other."""
    sampled = [column for column in columns if column.figures.functions]
    if not sampled:
        return []
    number = min(max(width // LEAST_FUNCTION_CELLS, 1), len(sampled))
    first = min(first, len(sampled) - number)
    shown = sampled[first : first + number]
    cells = width // number
    more = f"  ({first + 1}–{first + number} of {len(sampled)}: ← →)" if number < len(sampled) else ""
    rows: list[Row] = [
        (Span(f" functions with most self time{more}", "dim"),),
        tuple(
            span
            for column in shown
            for span in fit((Span(f" {_sign(column)}", f"{slot_style(column.who.slot)} bold"),), cells)
        ),
    ]
    longest = max(len(column.figures.functions) for column in shown)
    for at in range(longest):
        parts: list[Span] = []
        for column in shown:
            functions = column.figures.functions
            parts += fit(_function_cell(functions[at], cells) if at < len(functions) else (), cells)
        rows.append(tuple(parts))
    return rows


def _function_cell(each: FunctionShare, cells: int) -> Row:
    room = cells - 8
    name = elided(plain(each.frame.function), max(room * 3 // 5, 12))
    file = elided(plain(each.frame.file), max(room - len(name) - 1, 0))
    return (Span(f" {100 * each.share:3.0f} % ", "bold"), Span(name), Span(f" {file}", "dim"))


def _function(each: FunctionShare) -> str:
    return f"{100 * each.share:3.0f} %  {plain(each.frame.function)}  {plain(each.frame.file)}  {each.layer}"


# ---------------------------------------------------------------- what could not be sampled


def trouble_rows(columns: Sequence[_Column]) -> list[Row]:
    """Why targets could not be sampled, and what to allow; once where it is the same for several."""
    troubles: dict[tuple[str, str], list[str]] = {}
    for column in columns:
        if column.profile.trouble:
            key = (column.profile.trouble, column.profile.hint)
            troubles.setdefault(key, []).append(plain(column.who.label))
    rows: list[Row] = []
    for (why, hint), labels in troubles.items():
        rows.append((Span(f" ✖ {', '.join(labels)}: not sampled: {plain(why)}", "bad"),))
        if hint:
            rows.append((Span(f"     {plain(hint)}", "dim"),))
    return rows
