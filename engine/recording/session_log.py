"""What a session records, as lines of a log for programs: started, a target is ready, a fault, the end.

Lines go to the logger `abreast`, which writes nothing by itself: `tui.cli.log_file` gives it a file. It
passes nothing on, so that no line of it reaches the terminal.
"""

import logging
from dataclasses import asdict, dataclass, field
from typing import Any

from engine.metrics.outcomes import NO_LOAD, outcome_text
from engine.metrics.records import (
    Began,
    Bucket,
    Ended,
    Event,
    GeneratorSecond,
    Header,
    Record,
    Round,
    TargetAdded,
    TargetChanged,
    Trial,
)

LOG = logging.getLogger("abreast")
LOG.addHandler(logging.NullHandler())
LOG.propagate = False

WARNINGS = frozenset({"trouble", "failure", "helper", "left-out"})
"""Kinds of events that are warnings."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line, without its time and session."""

    level: int
    """Of `logging`."""
    event: str
    """What happened, in one word: `target`, `fault`, `ended`."""
    message: str
    """The same for people."""
    fields: dict[str, Any] = field(default_factory=dict)
    """Plain values."""


def log(record: Record, session_id: str) -> None:
    """Logs a record, which must be without secrets."""
    if isinstance(record, Bucket | GeneratorSecond | Round) and not LOG.isEnabledFor(logging.DEBUG):
        return  # these are many
    line = line_of(record)
    if line is not None and LOG.isEnabledFor(line.level):
        about = {"event": line.event, "session": session_id, "fields": line.fields}
        LOG.log(line.level, "%s", line.message, extra=about)


def line_of(record: Record) -> LogLine | None:
    """The line of a record; None for records that other lines report: steps of the load, single faults."""
    match record:
        case Header():
            return _began(record)
        case TargetAdded():
            return _added(record)
        case TargetChanged():
            return _changed(record)
        case Began():
            return LogLine(logging.INFO, "load", "load begins")
        case Event():
            return _event(record)
        case Ended():
            is_as_asked = record.outcome in ("completed", NO_LOAD)
            level = logging.INFO if is_as_asked else logging.WARNING
            about = {"t_s": record.t_s, "outcome": record.outcome}
            return LogLine(level, "ended", f"the session has ended: {outcome_text(record.outcome)}", about)
        case _:
            return _figures(record)


def _began(header: Header) -> LogLine:
    title = str(header.plan.get("title", ""))
    names = [str(each.get("name", "")) for each in header.plan.get("targets", ())]
    about = {"title": title, "preset": header.plan.get("preset", ""), "targets": names}
    return LogLine(logging.INFO, "session", f"session {header.id}: {title}", about)


def _added(target: TargetAdded) -> LogLine:
    name = target.label or target.name
    about = {
        "target": target.name,
        "label": name,
        "server": target.server,
        "runtime": target.runtime,
        "versions": target.versions,
    }
    return LogLine(logging.INFO, "target-added", f"{name} on {target.server}", about)


def _changed(target: TargetChanged) -> LogLine:
    level = logging.ERROR if target.state in {"failed", "died"} else logging.INFO
    text = f"{target.name} is {target.state}" + (f": {target.trouble}" if target.trouble else "")
    about = {"t_s": target.t_s, "target": target.name, "state": target.state, "address": target.address}
    return LogLine(level, "target", text, about)


def _event(event: Event) -> LogLine:
    is_red = event.kind == "health" and event.detail.subject == "red"
    level = logging.WARNING if event.kind in WARNINGS or is_red else logging.INFO
    by_hand = event.by_hand is not None
    about = {"t_s": event.t_s, "target": event.target, "by_hand": by_hand, **asdict(event.detail)}
    return LogLine(level, event.kind, event.text, about)


def _figures(record: Record) -> LogLine | None:
    """Figures of seconds, rounds and trials: many lines, of which the session's record has more."""
    match record:
        case Bucket():
            stats = record.tick_stats.requests.values()
            ok = sum(each.ok.count for each in stats)
            failed = sum(each.ended for each in stats) - ok
            about: dict[str, Any] = {
                "second": record.second,
                "target": record.tick_stats.target,
                "users": record.tick_stats.users,
                "ok": ok,
                "failed": failed,
                "is_measured": record.is_measured,
            }
            return LogLine(logging.DEBUG, "second", f"{ok} ok, {failed} failed", about)
        case GeneratorSecond():
            about = {
                "second": record.second,
                "light": record.light,
                "cpu_pct": record.cpu_pct,
                "reasons": list(record.reasons),
            }
            return LogLine(logging.DEBUG, "generator", f"generator {record.light}", about)
        case Round():
            text = f"round {record.number}" + (f" does not count: {record.tainted}" if record.tainted else "")
            about = {"number": record.number, "pairing": record.pairing, "users": record.users}
            return LogLine(logging.DEBUG, "round", text, about | {"tainted": record.tainted})
        case Trial():
            text = f"{record.target} under a load of {record.load}: {record.bad} of {record.asked} bad"
            about = {
                "number": record.number,
                "target": record.target,
                "load": record.load,
                "asked": record.asked,
                "bad": record.bad,
                "p95_ms": record.p95_ms,
            }
            return LogLine(logging.INFO, "trial", text, about)
    return None
