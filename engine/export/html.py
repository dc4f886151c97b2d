"""A session as one HTML page: verdict, warnings, scoreboard, charts, tables, plan and how to repeat it."""

from collections.abc import Iterable, Iterator

import orjson

from engine.answers.result_sentence import facts, heading, summary
from engine.export import context_tables, sections
from engine.export.answer_sections import answer_sections
from engine.export.capacity_report import CHARTS_NOTE, capacity_charts, main_table
from engine.export.chart_data import Chart, Group
from engine.export.charts import charts, seconds_a_point
from engine.export.drawing import check_installed
from engine.export.forest_plot import forest_plot
from engine.export.html_page import ChartGroup, rendered
from engine.export.loaded import LoadedSession
from engine.export.plan_units import plan_with_units
from engine.export.profile_sections import flame_graphs, layer_keys, profile_sections
from engine.export.published_charts import published_charts
from engine.export.tables import Section
from engine.metrics import formatting
from engine.metrics.snapshot import Snapshot
from targets.plain_text import one_line

_TITLES: dict[Group, str] = {
    "time": "Over time",
    "load": "By level of load",
    "published": "Beside what the source reported",
    "spectrum": "Latency spectrum",
}


def html(session: LoadedSession) -> Iterator[bytes]:
    """The page, made while it is iterated over. Raises UsageError at once without the extra `report`."""
    check_installed()
    return (page(each).encode() for each in (session,))


def page(session: LoadedSession) -> str:
    """The page as text."""
    result = session.result
    title = one_line(result.title) or "Untitled"
    table, note = main_table(result)
    return rendered(
        "report.html.j2",
        _groups(
            session,
            [
                *charts(session.timeline, session.snapshot, result),
                *published_charts(session.answers, result),
                *capacity_charts(result),
            ],
        ),
        title=title,
        question=one_line(result.question),
        origin=_origin(session),
        verdict=summary(result) if result.targets else "The session ended before any target started.",
        facts=facts(result),
        heading=heading(result).removeprefix(f"{one_line(result.title)}: "),
        warnings=sections.warnings(session),
        scoreboard=table,
        scoreboard_note=note,
        sections=list(_sections(session)),
        command=context_tables.command(session),
        plan=_plan_text(session),
        session_id=session.header.id,
        forest=forest_plot(session),
        flame_graphs=flame_graphs(session),
        layer_keys=layer_keys(),
    )


def _origin(session: LoadedSession) -> str:
    header = session.header
    preset = header.plan["preset"]
    began = header.started_at[:16].replace("T", " ")
    return " · ".join(
        part for part in (one_line(preset), began, formatting.stretch(session.result.length_s)) if part
    )


def _plan_text(session: LoadedSession) -> str:
    plan = context_tables.without_empty(plan_with_units(session.header.plan))
    return orjson.dumps(plan, option=orjson.OPT_INDENT_2).decode()


def _groups(session: LoadedSession, found: Iterable[Chart]) -> list[ChartGroup]:
    groups: dict[Group, list[Chart]] = {}
    for chart in found:
        groups.setdefault(chart.group, []).append(chart)
    levels = sections.levels(session.result)
    tables = [Section("levels", "", levels)] if levels else []
    return [
        ChartGroup(
            f"charts-{group}",
            _TITLES[group],
            _note(group, session.snapshot),
            members,
            tables if group == "load" else (),
        )
        for group, members in groups.items()
    ]


def _note(group: Group, snapshot: Snapshot) -> str:
    if group == "load" and snapshot.trials:
        return CHARTS_NOTE
    if group == "load":
        return (
            "Each point covers the seconds in which a target had settled at that load; warm-up is left out."
        )
    if group == "published":
        return (
            "Dashed lines with hollow markers are the source's figures, solid ones are of this session. "
            "Machines differ: compare shapes and distances. Nothing is tuned to agree."
        )
    if group == "spectrum":
        return (
            "Successful requests of the whole run, warm-up and pauses left out. "
            "A percentile is shown if there are enough requests for it."
        )
    step = seconds_a_point(len(snapshot.seconds), len(snapshot.targets))
    return (
        f"{thinning_note(step)} Dashed lines are events. "
        "Warm-up is shown here, but no figure in the tables includes it."
    )


def thinning_note(step_s: int) -> str:
    """What a point in time covers."""
    if step_s == 1:
        return "Each point is one second."
    return (
        f"A point covers {formatting.stretch(step_s)}: the line passes through the lowest and the highest of "
        "these seconds, and nothing is averaged."
    )


def _sections(session: LoadedSession) -> Iterator[Section]:
    result = session.result
    yield from (each for each in answer_sections(session) if each.name != "capacity")  # the scoreboard
    yield from profile_sections(session)
    shown = (
        (
            "repetitions",
            "Levels of load over repetitions",
            "Mean ± standard deviation of the repetitions.",
            sections.repetitions(result),
        ),
        ("requests", "By request", "The whole run.", sections.requests(result)),
        ("failures", "Failures", "Requests of the whole run, by what went wrong.", sections.failures(result)),
        ("faults", "Faults", "", sections.faults(result)),
        ("events", "Events", "", context_tables.events(session)),
        ("targets", "Targets", "", context_tables.targets(session)),
        ("environment", "Environment", "", context_tables.environment(session)),
    )
    for name, title, note, table in shown:
        if table is not None and table.rows:
            yield Section(name, title, table, note)
