"""A chart → the Vega specification that draws it. Pure.

The same specification serves the page, where colours are variables of its style sheet, and pictures, where
they are fixed and the chart has a title and a legend of its own. Texts are values, never expressions: nothing
of a session is evaluated. The layout is fixed (`LEFT`, `WIDTH`, …), so the page's script knows where the axes
are.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from engine.export.chart_data import Chart, Line, Point
from engine.export.ticks import decades, time_ticks, value_ticks
from engine.metrics import formatting
from engine.metrics.palette import MARKERS, slot_style
from targets.plain_text import one_line

Spec = dict[str, Any]

SCHEMA = "https://vega.github.io/schema/vega/v6.json"
"""Names the format; nothing is loaded from there."""

LEFT, WIDTH, RIGHT = 62, 510, 28
TOP, HEIGHT, BOTTOM = 10, 210, 40
"""Of the page's charts, in pixels."""

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"
TEXT_SIZE = 12
CHARACTER_WIDTH = 7.2
"""About what a character of that size takes; drawing has no way to ask."""
LEGEND_ROW = 20

_STAR = "m0,-1L0.29,-0.4L0.95,-0.31L0.48,0.15L0.59,0.81L0,0.5L-0.59,0.81L-0.48,0.15L-0.95,-0.31L-0.29,-0.4Z"
_HOUSE = "m0,-0.9L0.9,-0.1L0.7,-0.1L0.7,0.8L-0.7,0.8L-0.7,-0.1L-0.9,-0.1Z"
_SHAPES = ("circle", "triangle-up", "square", "diamond", "cross", _STAR, _HOUSE)
"""By slot, like the markers on the screen."""

_MARKERS_A_LINE = 6

assert len(_SHAPES) == len(MARKERS)


def page_colours(names: Sequence[str]) -> dict[str, str]:
    """Colours as variables of the page's style sheet."""
    return {name: f"var(--{name})" for name in names}


def chart_spec(chart: Chart, colours: Mapping[str, str]) -> Spec:
    """A chart for the page: what is drawn only, since title and legend are text of the page."""
    return {
        "$schema": SCHEMA,
        "autosize": "none",
        "width": WIDTH,
        "height": HEIGHT,
        "padding": {"left": LEFT, "right": RIGHT, "top": TOP, "bottom": BOTTOM},
        "config": {"text": {"font": FONT}, "axis": {"labelFont": FONT, "titleFont": FONT}},
        "data": [
            *(_data(f"line{line.at}", _line_rows(line)) for line in chart.lines),
            *(_data(f"markers{line.at}", _rows(_marked(line))) for line in chart.lines),
            *(_data(f"reported{line.at}", _rows(line.reported)) for line in chart.lines if line.reported),
            *(_data(f"single{line.at}", _rows(line.single)) for line in chart.lines if line.single),
            _data("marks", [{"x": mark.t_s} for mark in chart.marks]),
        ],
        "scales": [_x_scale(chart), _y_scale(chart)],
        "axes": [_x_axis(chart, colours), _y_axis(chart, colours)],
        "marks": [
            _mark_rules(colours),
            *(_target_group(line, colours) for line in chart.lines),
        ],
    }


def picture_spec(chart: Chart, title: str, colours: Mapping[str, str]) -> Spec:
    """A chart that explains itself, for a slide: with its title, a line above it, and a legend."""
    rows = legend_rows([line.label for line in chart.lines])
    space = 34 + LEGEND_ROW * len(rows)
    spec = chart_spec(chart, colours)
    spec["background"] = colours["background"]
    spec["padding"] |= {"top": TOP + space + 22}
    lines = {line.label: line for line in chart.lines}
    legend = [
        part
        for at, row in enumerate(rows)
        for x, label in row
        for part in _legend_entry(lines[label], x, -space + 32 + at * LEGEND_ROW, colours)
    ]
    spec["marks"] += [
        text(chart.title, 0, -space - 4, colours["foreground"], size=17, weight="bold"),
        text(one_line(title), 0, -space + 13, colours["dim"]),
        *legend,
    ]
    return spec


def legend_rows(labels: Sequence[str]) -> list[list[tuple[float, str]]]:
    """Where each label begins, row by row, so that none is wider than the chart."""
    rows: list[list[tuple[float, str]]] = [[]]
    x = 0.0
    for label in labels:
        needed = 34 + CHARACTER_WIDTH * len(label)
        if rows[-1] and x + needed > WIDTH:
            rows.append([])
            x = 0.0
        rows[-1].append((x, label))
        x += needed
    return rows


# ---------------------------------------------------------------- axes


def _points(chart: Chart) -> list[Point]:
    lines = chart.lines
    return [point for line in lines for point in (*line.points, *line.reported, *line.single) if point]


def _x_ticks(chart: Chart) -> tuple[list[float], list[str]]:
    if chart.group == "time":
        seconds = time_ticks(max(stop.x for stop in chart.stops))
        return seconds, [formatting.axis_clock(int(second)) for second in seconds]
    if chart.group == "spectrum":
        return [stop.x for stop in chart.stops], [stop.text for stop in chart.stops]
    loads = [stop.x for stop in chart.stops]
    apart = max((max(loads) - min(loads)) / 12, 1e-9)
    shown: list[float] = []
    for load in loads:
        if not shown or load - shown[-1] >= apart:
            shown.append(load)
    return shown, [formatting.tidy(formatting.whole(load)) for load in shown]


def _y_ticks(chart: Chart) -> tuple[list[float], list[str]]:
    values = [point.y for point in _points(chart)]
    if chart.is_logarithmic:
        ticks = decades(min(values), max(values))
    else:
        ticks = value_ticks(max(values), chart.unit.text)
    return ticks, [formatting.tidy(chart.unit.text(tick)) if tick else "0" for tick in ticks]


def x_domain(chart: Chart) -> tuple[float, float]:
    """The ends of the x axis."""
    ends = [stop.x for stop in chart.stops]
    if chart.group == "time":
        return 0.0, max(point.x for point in _points(chart))
    if chart.group in {"load", "published"}:
        return 0.0, max(ends)
    return 0.0, max(ends[-1], 1.0)


def _x_scale(chart: Chart) -> Spec:
    return {"name": "x", "type": "linear", "domain": list(x_domain(chart)), "range": "width"}


def _y_scale(chart: Chart) -> Spec:
    ticks, _ = _y_ticks(chart)
    kind = "log" if chart.is_logarithmic else "linear"
    return {"name": "y", "type": kind, "domain": [ticks[0], ticks[-1]], "range": "height"}


def _x_axis(chart: Chart, colours: Mapping[str, str]) -> Spec:
    return _axis("x", "bottom", _x_ticks(chart), colours) | {
        "title": chart.x_title,
        "titleColor": colours["dim"],
        "titleFontWeight": "normal",
        "titleFontSize": TEXT_SIZE,
        "titlePadding": 4,
        "labelOverlap": "greedy",
    }


def _y_axis(chart: Chart, colours: Mapping[str, str]) -> Spec:
    return _axis("y", "left", _y_ticks(chart), colours) | {
        "grid": True,
        "gridColor": colours["faint"],
        "gridOpacity": 0.6,
        "domain": False,
        "ticks": False,
        "labelPadding": 8,
    }


def _axis(scale: str, orient: str, ticks: tuple[list[float], list[str]], colours: Mapping[str, str]) -> Spec:
    values, labels = ticks
    names = {f"{value:.12g}": label for value, label in zip(values, labels, strict=True)}
    return {
        "scale": scale,
        "orient": orient,
        "aria": False,
        "values": values,
        "domainColor": colours["mark"],
        "tickColor": colours["mark"],
        "tickSize": 4,
        "labelColor": colours["dim"],
        "labelFontSize": TEXT_SIZE,
        # The labels are our own, made of numbers: every figure of a report is written alike.
        "encode": {"labels": {"update": {"text": {"signal": f"{_literal(names)}['' + datum.value]"}}}},
    }


def _literal(names: Mapping[str, str]) -> str:
    return orjson.dumps(dict(names)).decode()


# ---------------------------------------------------------------- marks


def _data(name: str, rows: list[dict[str, float | None]]) -> Spec:
    return {"name": name, "values": rows}


def _line_rows(line: Line) -> list[dict[str, float | None]]:
    return [{"x": point.x, "y": point.y} if point else {"x": None, "y": None} for point in line.points]


def _rows(points: Sequence[Point]) -> list[dict[str, float | None]]:
    return [{"x": point.x, "y": point.y} for point in points]


def _marked(line: Line) -> list[Point]:
    """The points that carry the target's marker: all of a few, else some, away from other lines' markers."""
    points = [point for point in line.points if point]
    if len(points) <= 2 * _MARKERS_A_LINE:
        return points
    every = len(points) / _MARKERS_A_LINE
    first = every * (0.1 + 0.8 * (line.slot % len(MARKERS)) / len(MARKERS))
    return [points[int(first + every * at)] for at in range(_MARKERS_A_LINE)]


def _colour(line: Line, colours: Mapping[str, str]) -> Spec:
    return {"value": colours[slot_style(line.slot)]}


def _target_group(line: Line, colours: Mapping[str, str]) -> Spec:
    """All that belongs to one target, which the page's legend can hide."""
    return {
        "type": "group",
        "name": f"target-{line.at}",
        "aria": False,
        "interactive": False,
        "marks": [
            *(_reported_marks(line, colours) if line.reported else ()),
            *([_single_mark(line, colours)] if line.single else ()),
            _line_mark(line, colours),
            _marker_mark(line, colours),
        ],
    }


def _reported_marks(line: Line, colours: Mapping[str, str]) -> list[Spec]:
    """What a source reported: dashed, with hollow markers."""
    dashed, markers = _line_mark(line, colours), _marker_mark(line, colours)
    for mark in (dashed, markers):
        mark["from"] = {"data": f"reported{line.at}"}
    dashed["encode"]["enter"] |= {"strokeDash": {"value": [5, 4]}, "strokeOpacity": {"value": 0.8}}
    markers["encode"]["enter"] |= {
        "fill": {"value": colours["background"]},
        "stroke": _colour(line, colours),
        "strokeWidth": {"value": 1.4},
    }
    return [dashed, markers]


def _single_mark(line: Line, colours: Mapping[str, str]) -> Spec:
    """Single measurements, faint and small behind the line of their means."""
    mark = _marker_mark(line, colours)
    mark["from"] = {"data": f"single{line.at}"}
    mark["encode"]["enter"] |= {"size": {"value": 22}, "opacity": {"value": 0.45}}
    return mark


def _line_mark(line: Line, colours: Mapping[str, str]) -> Spec:
    look: Spec = {
        "defined": {"signal": "isValid(datum.y)"},
        "stroke": _colour(line, colours),
        "strokeWidth": {"value": 1.6},
        "strokeJoin": {"value": "round"},
        "strokeCap": {"value": "round"},
    }
    return _mark("line", f"line{line.at}", look)


def _marker_mark(line: Line, colours: Mapping[str, str]) -> Spec:
    return _mark("symbol", f"markers{line.at}", _symbol(line, colours))


def _mark(kind: str, data: str, look: Spec) -> Spec:
    """A mark at the points of some data."""
    place: Spec = {"x": {"scale": "x", "field": "x"}, "y": {"scale": "y", "field": "y"}}
    return {
        "type": kind,
        "from": {"data": data},
        "aria": False,
        "interactive": False,
        "encode": {"enter": place | look},
    }


def _symbol(line: Line, colours: Mapping[str, str]) -> Spec:
    return {
        "shape": {"value": _SHAPES[line.slot % len(_SHAPES)]},
        "size": {"value": 90 if line.slot % len(_SHAPES) == 1 else 64},  # a triangle looks smaller
        "fill": _colour(line, colours),
        "stroke": {"value": colours["background"]},
        "strokeWidth": {"value": 1},
    }


def _mark_rules(colours: Mapping[str, str]) -> Spec:
    return {
        "type": "rule",
        "name": "events",
        "from": {"data": "marks"},
        "aria": False,
        "interactive": False,
        "encode": {
            "enter": {
                "x": {"scale": "x", "field": "x"},
                "y": {"value": 0},
                "y2": {"value": HEIGHT},
                "stroke": {"value": colours["mark"]},
                "strokeDash": {"value": [3, 3]},
                "strokeOpacity": {"value": 0.7},
            }
        },
    }


def _legend_entry(line: Line, x: float, y: float, colours: Mapping[str, str]) -> list[Spec]:
    place = {"x": {"value": x + 6}, "y": {"value": y - 4}}
    symbol = {"type": "symbol", "aria": False, "encode": {"enter": {**place, **_symbol(line, colours)}}}
    return [symbol, text(line.label, x + 17, y, colours["foreground"])]


def text(
    value: str,
    x: float,
    y: float,
    colour: str,
    *,
    size: int = TEXT_SIZE,
    weight: str = "normal",
    align: str = "left",
) -> Spec:
    """A text at a fixed place."""
    values = {
        "text": value,
        "x": x,
        "y": y,
        "fill": colour,
        "fontSize": size,
        "fontWeight": weight,
        "align": align,
        "limit": 0,
    }
    return {
        "type": "text",
        "aria": False,
        "encode": {"enter": {name: {"value": each} for name, each in values.items()}},
    }
