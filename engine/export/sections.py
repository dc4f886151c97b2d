"""Warnings and tables of figures of a report. Plain text in one line each, not escaped. Pure."""

from dataclasses import dataclass
from typing import Literal

from engine.answers.result_sentence import figures_text
from engine.export.loaded import LoadedSession
from engine.export.tables import Row, Table, label_of, target_row
from engine.metrics import formatting, sentences
from engine.metrics.load_unit import load_unit
from engine.metrics.outcomes import NOT_COMPLETE, outcome_text
from engine.metrics.palette import marker, slot_style
from engine.metrics.recovery import recovery_text
from engine.metrics.session_result import SessionResult, TargetResult
from engine.metrics.window_stats import LevelStats, RequestFigures, ResourceUsage
from targets.plain_text import one_line

Kind = Literal["bad", "warn", "note"]

SIGNS: dict[Kind, str] = {"bad": "✖", "warn": "▲", "note": "ⓘ"}


@dataclass(frozen=True, slots=True)
class Remark:
    """What a reader must know before the figures."""

    kind: Kind
    text: str

    @property
    def sign(self) -> str:
        """Says the kind without its colour."""
        return SIGNS[self.kind]


# ---------------------------------------------------------------- warnings


def warnings(session: LoadedSession) -> list[Remark]:
    """What a reader must know before the figures, worst first."""
    result, health = session.result, session.result.health
    found: list[Remark] = []
    if session.damage:
        text = f"The journal is damaged: {session.damage}. This report covers the rest."
        found.append(Remark("bad", text))
    if result.quick:
        found.append(Remark("warn", f"{sentences.capitalized(result.quick)}."))
    if session.outcome in NOT_COMPLETE:
        found.append(Remark("bad", f"The session is not complete: {outcome_text(session.outcome)}."))
    for target in result.targets:
        found += [Remark("bad", f"{one_line(target.label)}: {text}") for text in _troubles(target)]
    for each in result.thresholds:
        if not each.passed:
            text = sentences.threshold(each.measured, each.limit, each.latency_ms, each.stalled_s)
            found.append(Remark("bad", f"SLO missed by {label_of(result, each.target)}: {text}."))
    found += _untold_trials(result)
    if health.light in {"amber", "red"} and not result.trials:
        reasons = "; ".join(one_line(reason) for reason in health.reasons)
        text = f"The load generator's light is {health.light}{f': {reasons}' if reasons else ''}."
        found.append(Remark("bad" if health.light == "red" else "warn", text))
    for remark in result.remarks:
        name = f"{label_of(result, remark.target) or 'all targets'}: " if remark.kind == "left-out" else ""
        kind: Kind = "note" if remark.kind == "settings" else "warn"
        found.append(Remark(kind, f"{name}{one_line(remark.text)}"))
    if health.contended:
        text = sentences.contended(result.schedule)
        found.append(Remark("note", f"{sentences.capitalized(text)}."))
    return found


def _untold_trials(result: SessionResult) -> list[Remark]:
    """Trials that do not count: each was judged by whether the load workers could send its load."""
    tainted = [trial for trial in result.trials if trial.tainted]
    if not tainted:
        return []
    why = "; ".join(sorted({one_line(trial.tainted) for trial in tainted})[:3])
    return [Remark("warn", f"{len(tainted)} of {len(result.trials)} trials do not count: {why}.")]


def _troubles(target: TargetResult) -> list[str]:
    whole = target.whole
    lines = (one_line(line).strip() for line in target.trouble.splitlines())
    found = ["; ".join(lines)] if target.trouble else []
    if target.never_answered:
        found.append("not one request was answered")
    if whole.unanswered:
        found.append(sentences.unanswered(whole.unanswered, whole.oldest_unanswered_ms, whole.stalled_s))
    return found


# ---------------------------------------------------------------- figures

_FIGURES = ("ok/s", "p50", "p95", "p99", "mean", "errors")
_USAGE = ("CPU, mean", "memory, max.")


def scoreboard(result: SessionResult) -> Table:
    """A row for each target."""
    rows = tuple(
        target_row(
            target,
            one_line(target.server) if target.was_ready else f"{one_line(target.server)}, did not start",
            _ratio(target, result),
            *(_figures(target.stats) if target.was_ready else (formatting.MISSING,) * len(_FIGURES)),
            formatting.count(target.stats.requests),
            *_usage(target.usage),
        )
        for target in result.targets
    )
    return Table(("target", "server", "ratio", *_FIGURES, "requests", *_USAGE), rows, texts=2)


def scoreboard_note(result: SessionResult) -> str:
    """Which seconds the scoreboard covers."""
    return f"{sentences.capitalized(figures_text(result))}. CPU is in % of one core."


def _ratio(target: TargetResult, result: SessionResult) -> str:
    return "base" if target.name == result.baseline else formatting.ratio(target.ratio)


def levels(result: SessionResult) -> Table | None:
    """A row for each target at each level of load that it held for long enough; None if there was none."""
    if result.trials:
        return None  # they have a table of their own
    found = [
        (level.wanted, at, target, level) for at, target in enumerate(result.targets) for level in target.held
    ]
    load = load_unit(is_open=result.model == "open")
    rows = tuple(
        Row(
            (
                one_line(level_label(result, target, level)),
                formatting.count(wanted),
                *_figures(level.stats),
                formatting.count(level.stats.requests),
                *_usage(level.usage),
            ),
            slot_style(target.slot),
            marker(target.slot),
        )
        for wanted, _, target, level in sorted(found, key=lambda each: each[:2])
    )
    return Table(("target", load, *_FIGURES, "requests", *_USAGE), rows) if rows else None


def requests(result: SessionResult) -> Table | None:
    """A row for each named request of each target; None if there is only one."""
    if all(len(target.requests) < 2 for target in result.targets):
        return None
    rows = tuple(
        target_row(target, one_line(each.name), *_figures(each), formatting.count(each.requests))
        for target in result.targets
        for each in target.requests
    )
    return Table(("target", "request", *_FIGURES, "requests"), rows, texts=2)


def failures(result: SessionResult) -> Table | None:
    """A row for each kind of failure of each target; None if nothing failed."""
    rows = tuple(
        target_row(target, one_line(kind), formatting.count(count))
        for target in result.targets
        for kind, count in target.errors
    )
    return Table(("target", "failure", "requests"), rows, texts=2) if rows else None


def faults(result: SessionResult) -> Table | None:
    """What each fault did to each target; None if there was none."""
    rows = tuple(
        target_row(target, formatting.clock(each.began_s), recovery_text(each))
        for each in result.recoveries
        if (target := result.target(each.target))
    )
    return Table(("target", "at", "effect"), rows, texts=3) if rows else None


def _figures(stats: RequestFigures) -> tuple[str, ...]:
    percentiles = (stats.p50.value_ms, stats.p95.value_ms, stats.p99.value_ms, stats.mean_ms)
    return (
        formatting.rate(stats.goodput),
        *(formatting.duration(value) for value in percentiles),
        formatting.percent(100 * stats.error_rate if stats.asked else None),
    )


def _usage(usage: ResourceUsage) -> tuple[str, str]:
    return formatting.whole_percent(usage.cpu_mean_pct), formatting.memory(usage.memory_max_mb)


def level_label(result: SessionResult, target: TargetResult, level: LevelStats) -> str:
    """The target of a level, with its repetition if there are several, and whether a person steered it."""
    repetition = f"repetition {level.repetition}" if result.has_repetitions and level.repetition else ""
    return ", ".join(filter(None, [target.label, repetition, "steered" if level.is_steered else ""]))


def repetitions(result: SessionResult) -> Table | None:
    """Mean and standard deviation of each level over its repetitions; None unless there are several."""
    if not result.has_repetitions:
        return None
    rows = tuple(
        Row(
            (
                one_line(target.label),
                str(level.wanted),
                ", ".join(str(each.repetition) for each in level.repetitions) or formatting.MISSING,
                sentences.spread_text(level.spread("goodput"), formatting.rate),
                sentences.spread_text(level.spread("error_rate"), sentences.share_text),
                sentences.spread_text(level.spread("mean_ms"), formatting.duration),
                sentences.spread_text(level.spread("p95_ms"), formatting.duration),
                sentences.spread_text(level.spread("p99_ms"), formatting.duration),
            ),
            slot_style(target.slot),
            marker(target.slot),
        )
        for target in result.targets
        for level in target.repeated
    )
    load = load_unit(is_open=result.model == "open")
    return Table(("target", load, "repetitions", "ok/s", "errors", "average", "p95", "p99"), rows, texts=1)
