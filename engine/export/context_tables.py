"""How and where a session was measured, as tables of a report. Plain text in one line each. Pure."""

import shlex
from collections.abc import Mapping
from typing import Any

from engine.export.environment_text import environment_text
from engine.export.loaded import LoadedSession
from engine.export.tables import Row, Table, label_of
from engine.machine.environment_fields import FIELDS
from engine.metrics import formatting
from engine.metrics.palette import marker, slot_style
from targets.plain_text import one_line

EVENTS_LISTED = 200


def events(session: LoadedSession) -> Table | None:
    """What happened, in order; the newest `EVENTS_LISTED`."""
    found = session.snapshot.events[-EVENTS_LISTED:]
    rows = []
    for event in found:
        target = session.result.target(event.target)
        label = label_of(session.result, event.target) if event.target else ""
        style, sign = (slot_style(target.slot), marker(target.slot)) if target else ("", "")
        cells = (formatting.clock(event.t_s), label, one_line(event.text))
        rows.append(Row(cells, style, sign))
    return Table(("at", "target", "event"), tuple(rows), texts=3) if rows else None


def targets(session: LoadedSession) -> Table:
    """What was tested."""
    rows = tuple(
        Row(
            (
                one_line(each.added.label or each.added.name),
                one_line(each.added.server),
                each.added.runtime,
                one_line(_pairs(each.added.options, "=")),
                one_line(_pairs(each.added.versions, " ")),
            ),
            slot_style(each.added.slot),
            marker(each.added.slot),
        )
        for each in session.timeline.targets.values()
    )
    return Table(("target", "server", "runtime", "options", "versions"), rows, texts=5)


def environment(session: LoadedSession) -> Table:
    """Where it was measured."""
    known = session.header.environment
    rows = [
        Row((about.title, one_line(environment_text(field, known[field]))))
        for field, about in FIELDS.items()
        if about.is_reported and known.get(field) not in (None, "")
    ]
    rows += [
        Row((f"Source of {one_line(str(each['target']))}", one_line(_source(each))))
        for each in known.get("sources") or ()
    ]
    rows += [
        Row((f"Node {one_line(str(each['name']))}", one_line(_node(each))))
        for each in known.get("nodes") or ()
    ]
    if packages := _pairs(known.get("packages", {}), " "):
        rows.append(Row(("Packages", one_line(packages))))
    return Table(("", ""), tuple(rows), texts=2)


def command(session: LoadedSession) -> str:
    """The command line that started the session."""
    return one_line(shlex.join(session.header.command_line))


def _source(source: Mapping[str, Any]) -> str:
    changed = {True: ", with changes", None: ", changes unknown"}.get(source["dirty"], "")
    asked = f"{source['asked']}: " if source.get("asked") else ""
    return f"{asked}{source['revision']}{changed}"


def _node(node: Mapping[str, Any]) -> str:
    workers = f"{node['load_workers']} load worker{'s' * (node['load_workers'] != 1)}"
    processors = f"{node['processors']} processor{'s' * (node['processors'] != 1)}"
    parts = [str(node["address"]), workers, processors, str(node["cpu_model"] or ""), str(node["os"] or "")]
    if node.get("clock_offset_ms") is not None:
        parts.append(f"clock {node['clock_offset_ms']:+,.2f} ms ± {node['clock_error_ms']:.2f} ms")
    return ", ".join(filter(None, parts))


def _pairs(values: Mapping[str, Any], joint: str) -> str:
    return ", ".join(f"{name}{joint}{value}" for name, value in values.items() if value != "")


def without_empty(value: Any) -> Any:
    """A plain value without the fields that hold nothing: null, an empty text, list or object."""
    if isinstance(value, dict):
        kept = {name: without_empty(each) for name, each in value.items()}
        return {name: each for name, each in kept.items() if each not in (None, "", [], {})}
    return [without_empty(each) for each in value] if isinstance(value, list) else value
