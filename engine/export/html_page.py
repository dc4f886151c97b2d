"""What HTML pages share: a shell that needs nothing else, its policy, its colours, and charts in it.

Rules of this file:
- every text is escaped: Jinja2 does it by default; only our own files and drawings are exempt;
- the page's policy forbids every request, and every script and style but our own, by their hashes;
- charts are drawn when the page is made (docs/decisions/0014-charts-in-reports.md).
"""

import base64
import hashlib
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import orjson

from engine.export import vega
from engine.export.chart_data import Chart, Line, Stop
from engine.export.drawing import check_installed, svg
from engine.export.tables import Section
from engine.metrics.palette import (
    DARK,
    LIGHT,
    MARKERS,
    SURFACES_DARK,
    SURFACES_LIGHT,
    marker,
    slot_style,
)

if TYPE_CHECKING:
    from jinja2 import Environment


@dataclass(frozen=True, slots=True)
class ChartGroup:
    """Charts below one heading, whose crosshairs move together, and the tables that belong to them."""

    name: str
    title: str
    note: str
    charts: Sequence[Chart]
    tables: Sequence[Section] = ()


def rendered(template: str, groups: Sequence[ChartGroup], **values: Any) -> str:
    """A page of a template in `page/`, with these groups of charts. Raises UsageError if the extra `report`
    is not installed."""
    check_installed()
    from markupsafe import Markup

    style, script = style_sheet(), _file("report.js")
    first = next((chart for group in groups for chart in group.charts), None)
    return (
        _environment()
        .get_template(template)
        .render(
            policy=policy(style, script),
            style=Markup(style),  # noqa: S704  (our own file)
            script=Markup(script),  # noqa: S704
            data=Markup(_script_data(groups)),  # noqa: S704
            version=version("abreast"),
            legend=[key(line) for line in first.lines] if first else [],
            groups=[_shown(group) for group in groups],
            **values,
        )
    )


def policy(style: str, script: str) -> str:
    """The page's Content-Security-Policy: nothing but its own style, its own script and an empty icon."""
    return (
        f"default-src 'none'; style-src '{hash_of(style)}'; script-src '{hash_of(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def report_policy() -> str:
    """The policy of every page made here, for a server that sends it."""
    return policy(style_sheet(), _file("report.js"))


def style_sheet() -> str:
    """The page's style sheet with the colours of the screen."""
    return filled_style(_file("report.css"))


def filled_style(style: str) -> str:
    """A style sheet with the colours of the screen in place of `LIGHT`, `DARK` and `SLOTS` (a class for each
    target), and our font in place of `FONT`."""
    slots = "\n".join(
        f".{slot_style(slot)} {{ color: var(--{slot_style(slot)}); }}" for slot in range(len(MARKERS))
    )
    return (
        style.replace("LIGHT", _variables(LIGHT | SURFACES_LIGHT))
        .replace("DARK", _variables(DARK | SURFACES_DARK))
        .replace("SLOTS", slots)
        .replace("FONT", vega.FONT.replace("'", '"'))
    )


def key(line: Line) -> dict[str, Any]:
    """What the legend says of a line."""
    return {
        "at": line.at,
        "label": line.label,
        "style": slot_style(line.slot),
        "marker": marker(line.slot),
    }


def _variables(colours: dict[str, str]) -> str:
    return " ".join(f"--{name}: {colour};" for name, colour in colours.items())


def hash_of(text: str) -> str:
    """A style or script as policies name it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _file(name: str) -> str:
    return (files("engine.export") / "page" / name).read_text(encoding="utf-8")


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    return Environment(
        loader=FunctionLoader(_file),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


# ---------------------------------------------------------------- charts


@dataclass(frozen=True, slots=True)
class _Figure:
    """A chart in the page."""

    name: str
    title: str
    svg: Any
    words: str
    lines: list[dict[str, Any]]


def _shown(group: ChartGroup) -> dict[str, Any]:
    return {
        "name": group.name,
        "title": group.title,
        "note": group.note,
        "charts": [_figure(chart) for chart in group.charts],
        "tables": group.tables,
    }


def _figure(chart: Chart) -> _Figure:
    from markupsafe import Markup

    colours = vega.page_colours((*LIGHT, *SURFACES_LIGHT))
    drawn = Markup(svg(vega.chart_spec(chart, colours)))  # noqa: S704  (Vega escapes the texts in it)
    lines = [key(line) | {"words": line.words} for line in chart.lines]
    return _Figure(chart.name, chart.title, drawn, chart.words, lines)


def _script_data(groups: Sequence[ChartGroup]) -> str:
    """What the page's script needs, as JSON that cannot end its element."""
    layout = {
        "left": vega.LEFT,
        "width": vega.WIDTH,
        "total": vega.LEFT + vega.WIDTH + vega.RIGHT,
        "top": vega.TOP,
        "height": vega.HEIGHT,
    }
    shown = [_group_data(group.charts) for group in groups if group.charts]
    return orjson.dumps({"layout": layout, "groups": shown}).decode().replace("<", "\\u003c")


def _group_data(charts: Sequence[Chart]) -> dict[str, Any]:
    first = charts[0]
    begin, end = vega.x_domain(first)
    return {
        "from": begin,
        "to": end,
        "stops": [stop.x for stop in first.stops],
        "names": [stop.text for stop in first.stops],
        "targets": [key(line) for line in first.lines],
        "events": [(_nearest(first.stops, mark.t_s), mark.text) for mark in first.marks],
        "charts": [{"name": each.name, "texts": [line.texts for line in each.lines]} for each in charts],
    }


def _nearest(stops: Sequence[Stop], x: float) -> int:
    at = bisect_left(stops, x, key=lambda stop: stop.x)
    near = [each for each in (at - 1, at) if 0 <= each < len(stops)]
    return min(near, key=lambda each: abs(stops[each].x - x))
