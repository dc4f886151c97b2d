"""A session as Markdown, for a pull request or the summary of a CI job. Pure.

Tables hold what published comparisons report: throughput and error rate, average, p95 and p99, CPU and
memory, by level of load. No text of a plan or a server can end a cell, start a link, or mention people.
"""

import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from engine.export.loaded import LoadedSession
from engine.metrics import formatting, sentences
from engine.metrics.recovery import recovery_text
from engine.metrics.result_sentence import facts, heading, summary
from engine.metrics.session_result import SessionResult, TargetResult
from engine.metrics.window_stats import LevelStats, ResourceUsage, WindowStats
from targets.plain_text import one_line

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!$])")

_MACHINE = {
    "cpu_model": "Processor",
    "cores_logical": "Logical cores",
    "cores_available": "Usable cores",
    "cpu_limit": "CPU limit (cores)",
    "cpu_governor": "CPU governor",
    "memory_bytes": "Memory",
    "memory_limit_bytes": "Memory limit",
    "os": "Operating system",
    "kernel": "Kernel",
    "container": "In a container",
    "virtual_machine": "In a virtual machine",
    "python": "Python",
    "cores": "Cores",
    "load_workers": "Load workers",
    "database": "Database",
}
"""Field of `environment` → its name in the table."""

Cells = Sequence[str]


def markdown(session: LoadedSession) -> Iterator[bytes]:
    """The page, section by section."""
    for lines in (
        _beginning(session),
        _warnings(session),
        _whole(session.result),
        *_levels(session.result),
        _objectives(session.result),
        _faults(session.result),
        _differences(session.result),
        _environment(session),
        _targets(session),
        _again(session),
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
    """What a reader must know before the figures."""
    result, health = session.result, session.result.health
    found = [f"The journal is damaged: {session.damage}. This report covers the rest."] * bool(session.damage)
    if session.outcome in {"running", "interrupted", "failed"}:
        found.append(f"The session is not complete: its outcome is {session.outcome}.")
    if health.light in {"amber", "red"}:
        found.append(f"The load generator's light is {health.light}: {'; '.join(health.reasons)}.")
    for target in result.targets:
        found += [f"{target.label}: {text}" for text in _troubles(target)]
    found += [
        f"{_label(result, each.target) or 'all targets'}: {each.text}"
        for each in result.remarks
        if each.kind == "left-out"
    ]
    if health.contended:
        found.append("Targets shared CPU cores: this race shows how they behave, not which one is faster.")
    return ["> [!WARNING]", *(f"> - {escaped(text)}" for text in found)] if found else []


def _troubles(target: TargetResult) -> list[str]:
    whole = target.whole
    found = [target.trouble] if target.trouble else []
    if target.never_answered:
        found.append("not one request was answered")
    if whole.unanswered:
        found.append(sentences.unanswered(whole.unanswered, whole.oldest_unanswered_ms, whole.stalled_s))
    return found


# ---------------------------------------------------------------- figures


def _whole(result: SessionResult) -> list[str]:
    """All measured seconds of every target."""
    if not result.targets:
        return []
    rows = [
        [
            escaped(target.label),
            *_throughput(target.whole),
            *_latencies(target.whole),
            *_usage(target.usage),
            formatting.count(target.whole.requests),
        ]
        for target in result.targets
    ]
    heads = ["Target", *_THROUGHPUT, *_LATENCIES, *_USAGE, "Requests"]
    return ["## The whole run", "", *table(heads, rows)]


def _levels(result: SessionResult) -> list[list[str]]:
    """A table for each kind of figures, by level of load; none if no target settled."""
    load = "Arrivals/s" if result.model == "open" else "Users"
    levels = [(level, target) for target in result.targets for level in target.levels]
    if not levels:
        return []
    levels.sort(key=lambda each: each[0].wanted)

    def section(title: str, heads: Cells, cells_of: Callable[[LevelStats], Cells]) -> list[str]:
        rows = [[str(level.wanted), escaped(target.label), *cells_of(level)] for level, target in levels]
        return [f"## {title} by level of load", "", *table([load, "Target", *heads], rows)]

    return [
        section("Throughput and error rate", _THROUGHPUT, lambda level: _throughput(level.stats)),
        section("Response times", _LATENCIES, lambda level: _latencies(level.stats)),
        section("CPU and memory", _USAGE, lambda level: _usage(level.usage)),
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
            escaped(_label(result, each.target)),
            escaped(sentences.threshold(each.measured, each.limit, each.latency_ms, each.stalled_s)),
        ]
        for each in result.thresholds
    ]
    return ["## SLO", "", *table(["", "Target", "Result"], rows)] if rows else []


def _faults(result: SessionResult) -> list[str]:
    rows = [
        [escaped(_label(result, each.target)), escaped(recovery_text(each))] for each in result.recoveries
    ]
    return ["## Faults", "", *table(["Target", "Effect"], rows)] if rows else []


def _differences(result: SessionResult) -> list[str]:
    found = [each.text for each in result.remarks if each.kind in {"difference", "settings"}]
    return (
        ["## What differs between the targets", "", *(f"- {escaped(text)}" for text in found)]
        if found
        else []
    )


# ---------------------------------------------------------------- how it was measured


def _environment(session: LoadedSession) -> list[str]:
    known = session.header.environment
    rows = [
        [name, escaped(_value(field, known[field]))]
        for field, name in _MACHINE.items()
        if known.get(field) not in (None, "")
    ]
    rows += [
        [f"Source of {escaped(str(each['target']))}", escaped(_source(each))]
        for each in known.get("sources") or ()
    ]
    packages = _pairs(known.get("packages", {}), " ")
    rows += [["Packages", escaped(packages)]] if packages else []
    return ["## Environment", "", *table(["", ""], rows)]


def _value(field: str, value: Any) -> str:
    if field.endswith("_bytes"):
        return formatting.size(value)
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _source(source: dict[str, Any]) -> str:
    changed = {True: ", with changes", None: ", changes unknown"}.get(source["dirty"], "")
    return f"{source['revision']}{changed}"


def _targets(session: LoadedSession) -> list[str]:
    rows = [
        [
            escaped(line.added.label or line.added.name),
            escaped(line.added.server),
            line.added.runtime,
            escaped(_pairs(line.added.options, "=")),
            escaped(_pairs(line.added.versions, " ")),
        ]
        for line in session.timeline.targets.values()
    ]
    heads = ["Target", "Server", "Runtime", "Options", "Versions"]
    return ["## Targets", "", *table(heads, rows)] if rows else []


def _pairs(values: Mapping[str, Any], joint: str) -> str:
    return ", ".join(f"{name}{joint}{value}" for name, value in values.items())


def _again(session: LoadedSession) -> list[str]:
    header = session.header
    command = one_line(shlex.join(header.command_line))
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", command)), default=0))
    return [
        f"Session {escaped(header.id)}, started {escaped(header.started_at)} by:",
        "",
        fence,
        command,
        fence,
    ]


# ---------------------------------------------------------------- layout


def table(heads: Cells, rows: Sequence[Cells]) -> list[str]:
    """The lines of a table; columns after the first are aligned to the right if all their cells are
    figures."""
    ends = [_is_figures([row[at] for row in rows]) for at in range(len(heads))]
    return [
        _row(heads),
        _row(["---:" if is_right else "---" for is_right in ends]),
        *(_row(row) for row in rows),
    ]


def _row(cells: Cells) -> str:
    return f"| {' | '.join(cells)} |"


def _is_figures(cells: Cells) -> bool:
    return bool(cells) and all(cell == formatting.MISSING or cell[:1].isdigit() for cell in cells)


def _label(result: SessionResult, name: str) -> str:
    """A target's label; its name if it is not among the results."""
    target = result.target(name)
    return target.label if target else name
