"""A session as Markdown, for a pull request or the summary of a CI job. Pure.

Tables hold what published comparisons report: throughput and error rate, average, p95 and p99, CPU and
memory, by level of load. No text of a plan or a server can end a cell, start a link, or mention people.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from engine.answers.result_sentence import facts, figures_text, heading, summary
from engine.export import context_tables, sections
from engine.export.answer_sections import answer_sections
from engine.export.loaded import LoadedSession
from engine.export.profile_sections import profile_sections
from engine.export.tables import Section, Table, label_of
from engine.metrics import formatting, sentences
from engine.metrics.session_result import SessionResult
from engine.metrics.window_stats import LevelStats, ResourceUsage, WindowStats
from targets.plain_text import one_line

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!$])")

Cells = Sequence[str]


def markdown(session: LoadedSession) -> Iterator[bytes]:
    """The page, section by section."""
    for lines in (
        _beginning(session),
        _warnings(session),
        *([] if session.result.trials else [*_results(session.result), *_levels(session.result)]),
        _objectives(session.result),
        *(section(each) for each in answer_sections(session)),
        *(section(each) for each in profile_sections(session)),
        _section("Faults", sections.faults(session.result)),
        ["<details><summary>Environment and targets</summary>"],
        _section("Environment", context_tables.environment(session)),
        _section("Targets", context_tables.targets(session)),
        ["</details>"],
        _origin(session),
    ):
        if lines:
            yield "".join(f"{line}\n" for line in [*lines, ""]).encode()


def escaped(text: str) -> str:
    """A text in one line that Markdown shows as it is. An at sign gets an entity: it could mention people."""
    return _SPECIAL.sub(r"\\\1", one_line(text)).replace("&", "&amp;").replace("@", "&#64;")


# ---------------------------------------------------------------- what came out


def _beginning(session: LoadedSession) -> list[str]:
    result = session.result
    if not result.targets:
        return [f"# {escaped(result.title)}", "", "The session ended before any target started."]
    return [
        f"# {escaped(result.title)}",
        "",
        f"**{escaped(summary(result))}**",
        "",
        escaped(facts(result)),
        "",
        escaped(heading(result)),
    ]


def _warnings(session: LoadedSession) -> list[str]:
    """What a reader must know before the figures; settings that differ between targets are among it."""
    found = sections.warnings(session)
    return ["> [!WARNING]", *(f"> - {each.sign} {escaped(each.text)}" for each in found)] if found else []


# ---------------------------------------------------------------- figures


def _results(result: SessionResult) -> list[list[str]]:
    """The figures that the sentence is of; if they are those of a level, also those of the whole run."""
    if not result.targets:
        return []
    shown = [(each.label, each.stats, each.usage) for each in result.targets]
    of_result = _board(sentences.capitalized(figures_text(result)), shown)
    if result.figures_of != "level":
        return [of_result]
    whole = [(each.label, each.whole, each.whole_usage) for each in result.targets]
    return [of_result, _board("The whole measured run", whole)]


def _board(title: str, targets: Sequence[tuple[str, WindowStats, ResourceUsage]]) -> list[str]:
    rows = [
        [
            escaped(label),
            *_throughput(stats),
            *_latencies(stats),
            *_usage(usage),
            formatting.count(stats.requests),
        ]
        for label, stats, usage in targets
    ]
    heads = ["Target", *_THROUGHPUT, *_LATENCIES, *_USAGE, "Requests"]
    return [f"## {escaped(title)}", "", *table(heads, rows)]


def _levels(result: SessionResult) -> list[list[str]]:
    """A table for each kind of figures, by level of load; none if no target held one."""
    load = "Arrivals/s" if result.model == "open" else "Users"
    levels = [(level, target) for target in result.targets for level in target.held]
    if not levels:
        return []
    levels.sort(key=lambda each: each[0].wanted)

    def figures(title: str, heads: Cells, cells_of: Callable[[LevelStats], Cells]) -> list[str]:
        rows = [
            [str(level.wanted), escaped(sections.level_label(result, target, level)), *cells_of(level)]
            for level, target in levels
        ]
        return [f"## {title} by level of load", "", *table([load, "Target", *heads], rows, texts=0)]

    return [
        figures("Throughput and error rate", _THROUGHPUT, lambda level: _throughput(level.stats)),
        figures("Response times", _LATENCIES, lambda level: _latencies(level.stats)),
        figures("CPU and memory", _USAGE, lambda level: _usage(level.usage)),
        _section("Levels of load over repetitions", sections.repetitions(result)),
    ]


_THROUGHPUT = ("ok/s", "Errors")
_LATENCIES = ("Average", "p95", "p99")
_USAGE = ("CPU", "Memory")


def _throughput(stats: WindowStats) -> Cells:
    errors = formatting.percent(100 * stats.error_rate if stats.asked else None)
    return formatting.rate(stats.goodput if stats.seconds else None), errors


def _latencies(stats: WindowStats) -> Cells:
    values = (stats.mean_ms, stats.p95.value_ms, stats.p99.value_ms)
    return tuple(formatting.duration(value) for value in values)


def _usage(usage: ResourceUsage) -> Cells:
    return formatting.whole_percent(usage.cpu_mean_pct), formatting.memory(usage.memory_max_mb)


def _objectives(result: SessionResult) -> list[str]:
    rows = [
        [
            "✔" if each.passed else "✖",
            escaped(label_of(result, each.target)),
            escaped(sentences.threshold(each.measured, each.limit, each.latency_ms, each.stalled_s)),
        ]
        for each in result.thresholds
    ]
    return ["## SLO", "", *table(["", "Target", "Result"], rows, texts=3)] if rows else []


# ---------------------------------------------------------------- how it was measured


def section(found: Section) -> list[str]:
    """The lines of a section; none if its table has no rows."""
    return _section(found.title, found.table, found.note)


def _section(title: str, found: Table | None, note: str = "") -> list[str]:
    if found is None or not found.rows:
        return []
    heads = [sentences.capitalized(head) for head in found.heads]
    rows = [[escaped(cell) for cell in row.cells] for row in found.rows]
    return [
        f"## {escaped(title)}",
        "",
        *([escaped(note), ""] if note else []),
        *table(heads, rows, texts=found.texts),
    ]


def _origin(session: LoadedSession) -> list[str]:
    command = context_tables.command(session)
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", command)), default=0))
    header = session.header
    origin = f"Session {escaped(header.id)}, started {escaped(header.started_at)} by:"
    return [origin, "", fence, command, fence]


# ---------------------------------------------------------------- layout


def table(heads: Cells, rows: Sequence[Cells], texts: int = 1) -> list[str]:
    """The lines of a table; after the first `texts` columns, those of figures are aligned to the right."""
    ends = [at >= texts and _is_figures([row[at] for row in rows]) for at in range(len(heads))]
    return [
        _row(heads),
        _row(["---:" if is_right else "---" for is_right in ends]),
        *(_row(row) for row in rows),
    ]


def _row(cells: Cells) -> str:
    return f"| {' | '.join(cells)} |"


def _is_figures(cells: Cells) -> bool:
    return all(cell == formatting.MISSING or cell[:1].isdigit() for cell in cells)
