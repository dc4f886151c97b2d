"""A snapshot → what the page shows beside its charts, as plain data for JSON. Pure.

Rules of this file:
- all texts are complete: the page only puts them where they belong, as text and never as markup;
- nothing is computed that a snapshot or a result holds already.
"""

from dataclasses import dataclass
from typing import Any

from engine.answers.result_sentence import facts, heading, summary
from engine.export.capacity_report import main_table
from engine.export.tables import Table
from engine.metrics import formatting
from engine.metrics.condition import Condition, condition_of
from engine.metrics.palette import marker, slot_style
from engine.metrics.rounds import Turn
from engine.metrics.sentences import capitalized, contended
from engine.metrics.session_result import session_result
from engine.metrics.snapshot import MARKED_KINDS, EventSnapshot, HealthSnapshot, Snapshot
from engine.metrics.target_snapshot import TargetSnapshot
from targets.plain_text import one_line
from tui.serve.charts import chart_heads
from tui.serve.public_text import what_happened, without_folders
from tui.views.duel_figures import cpu_text, newest_of_duel
from tui.views.figures import error_text
from tui.views.rows import LIGHTS, Row, stage_and_left
from tui.views.target_lane import health_text, percentile_labels, state_text, window_text

OF_TROUBLE = frozenset({"trouble", "helper"})
"""Kinds of events whose texts may quote logs."""
EVENTS_SHOWN = 60
"""The newest events that the page lists, and marks in its charts."""


@dataclass(frozen=True, slots=True)
class Source:
    """What is known of the recording besides its snapshot."""

    is_over: bool = False
    """The session has ended, or was cut off."""
    trouble: str = ""
    """What is wrong with the recording; empty if nothing is."""
    has_report: bool = False
    """The page can link to a report once the session is over."""
    is_open: bool = False
    """Other machines can read it: folders of this one and lines of logs are left out."""


def live_view(snapshot: Snapshot, source: Source) -> dict[str, Any]:
    """What changes all the time; `live_events` has the events."""
    ended = snapshot.phase == "ended"
    return {
        "id": snapshot.session_id,
        "title": one_line(snapshot.title) or "Untitled",
        "question": one_line(snapshot.question),
        "caption": "" if ended else one_line(snapshot.caption),
        "phase": snapshot.phase,
        "clock": formatting.clock(snapshot.now_s),
        "stage": "" if ended else stage_and_left(snapshot),
        "load": _load(snapshot),
        "progress": None if ended else _progress(snapshot),
        "light": light_view(snapshot.health),
        "remark": one_line(_remark(snapshot, source)),
        "charts": chart_heads(snapshot),
        "targets": []
        if ended
        else [lane_view(snapshot, each, is_open=source.is_open) for each in snapshot.targets],
        "window": f"Means of the last {snapshot.window_asked_s:g} s, unless a lane says otherwise.",
        "result": result_view(snapshot, source) if ended else None,
    }


def legend_view(snapshot: Snapshot) -> list[dict[str, str]]:
    """The targets, as charts name them."""
    return [
        {
            "name": each.name,
            "label": one_line(each.label),
            "style": slot_style(each.slot),
            "marker": marker(each.slot),
        }
        for each in snapshot.targets
    ]


def _load(snapshot: Snapshot) -> str:
    parts = [
        f"workload {one_line(snapshot.workload)}",
        f"{snapshot.model} model",
        f"think time {one_line(snapshot.think_time)}",
        f"{snapshot.schedule}, {snapshot.runtime}",
    ]
    return " · ".join(parts)


def _progress(snapshot: Snapshot) -> float | None:
    """How much of the load shape has passed, 0 to 1; None if its end is open."""
    if not snapshot.length_s:
        return None
    return min(snapshot.now_s / snapshot.length_s, 1.0)


def _remark(snapshot: Snapshot, source: Source) -> str:
    """What a reader must know before the figures."""
    if source.trouble:
        return f"The recording is not whole: {source.trouble}."
    if snapshot.unrecorded_since_s is not None:
        return f"Nothing is recorded since {formatting.clock(snapshot.unrecorded_since_s)}."
    if snapshot.quick:
        return f"{capitalized(snapshot.quick)}."
    if snapshot.health.contended and snapshot.phase != "ended":
        return f"{capitalized(contended(snapshot.schedule))}."
    return ""


def light_view(health: HealthSnapshot) -> dict[str, Any]:
    """The generator's light, with every reason."""
    sign, style = LIGHTS[health.light]
    return {
        "sign": sign,
        "style": style,
        "word": health.light,
        "reasons": [one_line(reason) for reason in health.reasons],
    }


# ---------------------------------------------------------------- lanes


def lane_view(snapshot: Snapshot, target: TargetSnapshot, *, is_open: bool) -> dict[str, Any]:
    """A target with its live figures, or why it has none."""
    state, condition = state_text(target), condition_of(target)
    duel = newest_of_duel(snapshot, target.name)
    goodput = duel.goodput if duel else target.window.goodput if target.window.seconds else None
    trouble = _trouble(target, condition)
    return {
        "style": slot_style(target.slot),
        "marker": marker(target.slot),
        "label": one_line(target.label),
        "server": one_line(target.server),
        "state": "".join(span.text for span in state),
        "state_style": _style_of(state),
        "condition": _banner(condition) if condition else "",
        "trouble": one_line(what_happened(trouble) if is_open else trouble),
        "beside": "" if condition else _beside(snapshot, target),
        "goodput": formatting.rate(goodput),
        "is_measured": target.takes_load and condition is None,
        "figures": _figures(target, condition, duel) if target.takes_load else [],
        "window": window_text(target, snapshot.window_asked_s),
    }


def _banner(condition: Condition) -> str:
    """What is wrong, and for how long: `DOWN 6 s`."""
    return condition.text.replace(condition.word, condition.word.upper(), 1)


def _trouble(target: TargetSnapshot, condition: Condition | None) -> str:
    """Why it does not answer, or runs no more."""
    if condition is not None:
        return condition.reason
    return "" if target.takes_load else target.trouble


def _figures(target: TargetSnapshot, condition: Condition | None, duel: Turn | None) -> list[dict[str, str]]:
    """Names, texts and styles; of a target that does not answer only those that say something, in a duel no
    latencies."""
    window = target.window if condition is None else target.second or target.window
    errors = ("errors", error_text(window), "bad" if window.bad else "")
    health = health_text(target)
    found = [errors, _load_of(target), ("/health", health.text, health.style.partition(" ")[0])]
    if condition is None:
        times = [("CPU a request", cpu_text(duel), "")] if duel else _latencies(target)
        usage = [
            ("CPU", formatting.whole_percent(target.resources.cpu_pct), ""),
            ("memory", formatting.memory(target.resources.memory_mb), ""),
        ]
        found = [*times, *found, *usage]
    return [{"name": name, "text": text, "style": style} for name, text, style in found]


def _latencies(target: TargetSnapshot) -> list[tuple[str, str, str]]:
    figures = (target.window.p50, target.window.p95, target.window.p99)
    return [
        (label, formatting.duration(each.value_ms), "")
        for label, each in zip(percentile_labels(target), figures, strict=True)
    ]


def _load_of(target: TargetSnapshot) -> tuple[str, str, str]:
    if target.load.arrivals_wanted is not None:
        return "arrivals", f"{formatting.count(target.load.arrivals_wanted)}/s", ""
    return "users", formatting.count(target.load.users), ""


def _beside(snapshot: Snapshot, target: TargetSnapshot) -> str:
    """How its goodput compares."""
    if target.name == snapshot.baseline:
        return "baseline"
    if target.name == snapshot.compared_with:
        return "baseline now"
    return "" if target.ratio is None else formatting.ratio(target.ratio)


def _style_of(row: Row) -> str:
    """The colour of a row's first text: `bad`, `good`, `slot2`."""
    style = row[0].style.partition(" ")[0] if row else ""
    return "dim" if style in {"", "bold"} else style


# ---------------------------------------------------------------- events


def live_events(snapshot: Snapshot, *, is_open: bool = False) -> list[dict[str, Any]]:
    """The newest events, oldest first; exports, which name files of this machine, concern no visitor."""
    found = [each for each in snapshot.events if each.kind != "export"]
    return [event_view(each, snapshot, is_open=is_open) for each in found[-EVENTS_SHOWN:]]


def event_view(event: EventSnapshot, snapshot: Snapshot, *, is_open: bool) -> dict[str, Any]:
    """One event."""
    text = event.text
    if is_open:
        text = what_happened(text) if event.kind in OF_TROUBLE else without_folders(text)
    target = next((each for each in snapshot.targets if each.name == event.target), None)
    return {
        "t_s": round(event.t_s, 1),
        "at": formatting.clock(event.t_s),
        "kind": "bad" if event.kind == "trouble" else "",
        "style": slot_style(target.slot) if target else "",
        "marker": marker(target.slot) if target else "",
        "target": one_line(target.label if target else event.target),
        "text": one_line(text),
        "marked": event.kind in MARKED_KINDS,
    }


# ---------------------------------------------------------------- the result


def result_view(snapshot: Snapshot, source: Source) -> dict[str, Any]:
    """The result of a session that has ended."""
    result = session_result(snapshot)
    has_targets = bool(result.targets)
    table, note = main_table(result)
    return {
        "sentence": summary(result) if has_targets else "The session ended before any target started.",
        "facts": facts(result),
        "heading": heading(result).removeprefix(f"{one_line(result.title)}: "),
        "note": note,
        "table": table_view(table) if has_targets else None,
        "report": source.has_report,
    }


def table_view(table: Table) -> dict[str, Any]:
    """A table of a report."""
    return {
        "heads": list(table.heads),
        "texts": table.texts,
        "rows": [{"cells": list(row.cells), "style": row.style, "marker": row.marker} for row in table.rows],
    }
