"""A session as one HTML page that needs nothing else: no network, no other file, no JavaScript to read it.

Rules of this file:
- every text of a session is escaped: Jinja2 does it by default; only our own files and drawings are exempt;
- the page's policy forbids every request, and every script and style but our own, by their hashes;
- charts are drawn when the page is made (docs/decisions/0014-charts-in-reports.md).
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import orjson

from engine.export import sections, vega
from engine.export.charts import Chart, Group, Line, charts, seconds_a_point
from engine.export.drawing import check_installed, svg
from engine.export.loaded import LoadedSession
from engine.export.plan_units import plan_with_units
from engine.metrics import formatting
from engine.metrics.palette import (
    DARK,
    LIGHT,
    MARKERS,
    SURFACES_DARK,
    SURFACES_LIGHT,
    marker,
    slot_style,
)
from engine.metrics.result_sentence import facts, heading, summary
from engine.metrics.snapshot import Snapshot
from targets.plain_text import one_line

if TYPE_CHECKING:
    from jinja2 import Template

_TITLES: dict[Group, str] = {
    "time": "Over time",
    "load": "By level of load",
    "spectrum": "Latency spectrum",
}


def html(session: LoadedSession) -> Iterator[bytes]:
    """The page, made while it is iterated over. Raises UsageError at once without the extra `report`."""
    check_installed()
    return (page(each).encode() for each in (session,))


def page(session: LoadedSession) -> str:
    """The page as text."""
    from markupsafe import Markup

    result = session.result
    found = charts(session.timeline, session.snapshot, result)
    style, script = style_sheet(), _file("report.js")
    values = {
        "policy": policy(style, script),
        "style": Markup(style),  # noqa: S704  (our own file)
        "script": Markup(script),  # noqa: S704
        "data": Markup(_script_data(found, session.snapshot)),  # noqa: S704
        "version": version("abreast"),
        "title": one_line(result.title) or "Untitled",
        "question": one_line(result.question),
        "origin": _origin(session),
        "verdict": summary(result) if result.targets else "The session ended before any target started.",
        "facts": facts(result),
        "heading": heading(result).removeprefix(f"{one_line(result.title)}: "),
        "warnings": sections.warnings(session),
        "scoreboard": sections.scoreboard(result),
        "scoreboard_note": sections.scoreboard_note(result),
        "legend": [_key(line) for line in found[0].lines] if found else [],
        "groups": _groups(session, found),
        "sections": list(_sections(session)),
        "command": sections.command(session),
        "plan": _plan_text(session),
        "session_id": session.header.id,
    }
    return _template().render(values)


def policy(style: str, script: str) -> str:
    """The page's Content-Security-Policy: nothing but its own style, its own script and an empty icon."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def style_sheet() -> str:
    """The page's style sheet with the colours of the screen."""
    slots = "\n".join(
        f".{slot_style(slot)} {{ color: var(--{slot_style(slot)}); }}" for slot in range(len(MARKERS))
    )
    return (
        _file("report.css")
        .replace("LIGHT", _variables(LIGHT | SURFACES_LIGHT))
        .replace("DARK", _variables(DARK | SURFACES_DARK))
        .replace("SLOTS", slots)
        .replace("FONT", vega.FONT.replace("'", '"'))
    )


def _variables(colours: dict[str, str]) -> str:
    return " ".join(f"--{name}: {colour};" for name, colour in colours.items())


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _file(name: str) -> str:
    return (files("engine.export") / "page" / name).read_text(encoding="utf-8")


@cache
def _template() -> "Template":
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.from_string(_file("report.html.j2"))


def _origin(session: LoadedSession) -> str:
    header = session.header
    preset = header.plan["preset"]
    began = header.started_at[:16].replace("T", " ")
    return " · ".join(
        part for part in (one_line(preset), began, formatting.stretch(session.result.length_s)) if part
    )


def _plan_text(session: LoadedSession) -> str:
    plan = sections.without_empty(plan_with_units(session.header.plan))
    return orjson.dumps(plan, option=orjson.OPT_INDENT_2).decode()


# ---------------------------------------------------------------- charts


@dataclass(frozen=True, slots=True)
class _Figure:
    """A chart in the page."""

    name: str
    title: str
    svg: Any
    words: str
    lines: list[dict[str, Any]]


def _groups(session: LoadedSession, found: Iterable[Chart]) -> list[dict[str, Any]]:
    groups: dict[Group, list[Chart]] = {}
    for chart in found:
        groups.setdefault(chart.group, []).append(chart)
    return [
        {
            "name": f"charts-{group}",
            "title": _TITLES[group],
            "note": _note(group, session.snapshot),
            "charts": [_figure(chart) for chart in members],
            "table": sections.levels(session.result) if group == "load" else None,
        }
        for group, members in groups.items()
    ]


def _note(group: Group, snapshot: Snapshot) -> str:
    if group == "load":
        return (
            "Each point covers the seconds in which a target had settled at that load; warm-up is left out."
        )
    if group == "spectrum":
        return (
            "Successful requests of the whole run, warm-up and pauses left out. "
            "A percentile is shown if there are enough requests for it."
        )
    step = seconds_a_point(snapshot)
    thinned = (
        f"A point covers {formatting.stretch(step)}: the line passes through the lowest and the highest of "
        "these seconds, and nothing is averaged. "
        if step > 1
        else "Each point is one second. "
    )
    return (
        f"{thinned}Dashed lines are events. Warm-up is shown here, but no figure in the tables includes it."
    )


def _figure(chart: Chart) -> _Figure:
    from markupsafe import Markup

    colours = vega.page_colours((*LIGHT, *SURFACES_LIGHT))
    drawn = Markup(svg(vega.chart_spec(chart, colours)))  # noqa: S704  (Vega escapes the texts in it)
    lines = [_key(line) | {"words": line.words} for line in chart.lines]
    return _Figure(chart.name, chart.title, drawn, chart.words, lines)


def _key(line: Line) -> dict[str, Any]:
    return {
        "at": line.at,
        "label": line.label,
        "style": slot_style(line.slot),
        "marker": marker(line.slot),
    }


def _script_data(found: Sequence[Chart], snapshot: Snapshot) -> str:
    """What the page's script needs, as JSON that cannot end its element."""
    groups: dict[Group, dict[str, Any]] = {}
    for chart in found:
        group = groups.setdefault(chart.group, _group_data(chart, snapshot))
        group["charts"].append({"name": chart.name, "texts": [line.texts for line in chart.lines]})
    layout = {
        "left": vega.LEFT,
        "width": vega.WIDTH,
        "total": vega.LEFT + vega.WIDTH + vega.RIGHT,
        "top": vega.TOP,
        "height": vega.HEIGHT,
    }
    text = orjson.dumps({"layout": layout, "groups": list(groups.values())}).decode()
    return text.replace("<", "\\u003c")


def _group_data(chart: Chart, snapshot: Snapshot) -> dict[str, Any]:
    begin, end = vega.x_domain(chart)
    step = seconds_a_point(snapshot)
    last = len(chart.stops) - 1
    return {
        "from": begin,
        "to": end,
        "stops": [stop.x for stop in chart.stops],
        "names": [stop.text for stop in chart.stops],
        "targets": [_key(line) for line in chart.lines],
        "events": [(min(int(mark.t_s // step), last), mark.text) for mark in chart.marks],
        "charts": [],
    }


# ---------------------------------------------------------------- tables


def _sections(session: LoadedSession) -> Iterator[sections.Section]:
    result = session.result
    shown = (
        ("requests", "By request", "The whole run.", sections.requests(result)),
        ("failures", "Failures", "Requests of the whole run, by what went wrong.", sections.failures(result)),
        ("faults", "Faults", "", sections.faults(result)),
        ("events", "Events", "", sections.events(session)),
        ("targets", "Targets", "", sections.targets(session)),
        ("environment", "Environment", "", sections.environment(session)),
    )
    for name, title, note, table in shown:
        if table is not None and table.rows:
            yield sections.Section(name, title, table, note)
