"""One target on a page of its own, as rows: its requests by name, how it is run, what it uses. Pure."""

from collections.abc import Sequence
from textwrap import wrap

from engine.metrics import formatting
from engine.metrics.limits_text import limits_text
from engine.metrics.palette import marker, slot_style
from engine.metrics.snapshot import Snapshot
from engine.metrics.target_snapshot import TargetSnapshot
from engine.metrics.window_stats import RequestStats
from targets.options import value_text
from tui.views.answers import answer_lines
from tui.views.figures import error_text, failure_text, redirect_text
from tui.views.generator_light import light_lines
from tui.views.hints import hint_lines
from tui.views.rows import Row, Span, fit, plain, short, wrapped
from tui.views.target_details import detail_lines

_FIGURES = (("ok/s", 7), ("p50", 7), ("p95", 7), ("p99", 7), ("errors", 8), ("requests", 9))
_LABEL = 11
"""Cells of the names of what is listed."""
_MOST_LINES = 12
"""Of one long text, such as a command line."""


def part_title(section: str, target: TargetSnapshot) -> str:
    """What is above a part of the page: on a low terminal only that says which target it is of."""
    who = f"{marker(target.slot)} {plain(target.label)}"
    return f"how {who} runs" if section == "how it runs" else f"{section} of {who}"


def figure_rows(snapshot: Snapshot, target: TargetSnapshot, width: int) -> list[Row]:
    """The requests by name, all figures, the hints on it, the generator's light with all its reasons, and the
    answers of the session."""
    parts = (
        request_rows(target, width),
        _text_rows(detail_lines(target), width),
        _text_rows(hint_lines(snapshot, target.name, width), width),
        _text_rows(light_lines(snapshot.health), width),
        _text_rows(answer_lines(snapshot, width), width),
    )
    return [row for part in parts if part for row in ((), *part)][1:]


def run_rows(target: TargetSnapshot, width: int) -> list[Row]:
    """How it is run, and what it uses."""
    return [*usage_rows(target, width), (), *launch_rows(target, width)]


def _text_rows(lines: Sequence[str], width: int) -> list[Row]:
    """Lines of text, wrapped with their indentation below the names of what they list."""
    indent = " " * _LABEL
    return [
        (Span(part),)
        for line in lines
        for part in wrap(line, max(width, 2 * _LABEL), subsequent_indent=indent, drop_whitespace=True) or [""]
    ]


def request_rows(target: TargetSnapshot, width: int) -> list[Row]:
    """A table of the workload's requests, over the whole run; below each that failed, how."""
    if not target.requests:
        return [fit((Span("no request has ended yet", "dim"),), width)]
    columns = [*_FIGURES]
    while len(columns) > 1 and _width_of(columns) + _LABEL > width:
        columns.pop()
    room = max(width - _width_of(columns), 1)
    rows: list[Row] = [_table_row("by name", [head for head, _ in columns], columns, room, "dim")]
    style = slot_style(target.slot)
    for request in target.requests:
        texts = _request_texts(request)[: len(columns)]
        rows.append(_table_row(plain(request.name), texts, columns, room, f"{style} bold"))
        if request.redirects:
            rows += _indented(f"redirects {redirect_text(request)}", width, "dim")
        if request.errors:
            rows += _indented(failure_text(request.errors, dict(request.examples)), width, "bad")
    return [fit(row, width) for row in rows]


def _request_texts(request: RequestStats) -> list[str]:
    durations = [formatting.duration(each.value_ms) for each in (request.p50, request.p95, request.p99)]
    goodput, count = formatting.rate(request.goodput), formatting.count(request.requests)
    return [goodput, *durations, error_text(request), count]


def _width_of(columns: Sequence[tuple[str, int]]) -> int:
    return sum(width + 1 for _, width in columns)


def _table_row(
    name: str, texts: Sequence[str], columns: Sequence[tuple[str, int]], room: int, style: str
) -> Row:
    cells = (
        Span(f" {short(text, width):>{width}}", "dim" if style == "dim" else "")
        for text, (_, width) in zip(texts, columns, strict=True)
    )
    return Span(short(name, room).ljust(room), style), *cells


def usage_rows(target: TargetSnapshot, width: int) -> list[Row]:
    """Its processes, and what they use."""
    read = target.resources
    cpu = f"{formatting.whole_percent(read.cpu_pct)} of a core"
    memory = formatting.memory(read.memory_mb)
    if read.cpu_limit_pct is not None:
        cpu += f", limit {formatting.whole_percent(read.cpu_limit_pct)}"
    if read.memory_limit_mb is not None:
        memory += f", limit {formatting.memory(read.memory_limit_mb)}"
    processes = formatting.MISSING if read.processes is None else str(read.processes)
    threads = formatting.MISSING if read.threads is None else str(read.threads)
    listed = [
        ("processes", f"{processes}, threads {threads}"),
        ("cpu", cpu),
        ("memory", memory),
    ]
    if read.throttled_pct is not None:
        listed.append(("throttled", f"{formatting.whole_percent(read.throttled_pct)} of the time"))
    return _listed(listed, width)


def launch_rows(target: TargetSnapshot, width: int) -> list[Row]:
    """How it is run: where, its command, its environment as it was recorded (without secrets), limits and
    versions."""
    launch = target.launch
    listed = [
        ("address", plain(target.address) or "none yet"),
        ("runs", _runtime_text(target)),
        ("server", plain(target.server)),
        ("command", " ".join(map(plain, launch.command)) or formatting.MISSING),
    ]
    options = ", ".join(f"{plain(name)} {plain(value_text(name, value))}" for name, value in _set(target))
    listed += [("options", options)]
    listed += [("limits", plain(limits_text(launch.limits)))]
    listed += [("database", plain(target.database))]
    listed += [
        ("versions", ", ".join(f"{plain(name)} {plain(text)}" for name, text in launch.versions.items()))
    ]
    rows = _listed([(name, text) for name, text in listed if text], width)
    variables = [f"{plain(name)}={plain(value)}" for name, value in sorted(launch.env.items())]
    return [*rows, *_listed([("" if at else "env", each) for at, each in enumerate(variables)], width)]


def _set(target: TargetSnapshot) -> list[tuple[str, object]]:
    return [(name, value) for name, value in target.options.items() if value not in (None, "", {}, [])]


def _runtime_text(target: TargetSnapshot) -> str:
    return {
        "local": "as processes of this machine",
        "docker": "in a container",
        "attached": "outside abreast: what it is started with is not known here",
    }.get(target.runtime, plain(target.runtime))


def _listed(listed: Sequence[tuple[str, str]], width: int) -> list[Row]:
    rows: list[Row] = []
    for name, text in listed:
        room = max(width - _LABEL, 1)
        first, *others = wrap(
            text, room, break_on_hyphens=False, max_lines=_MOST_LINES, placeholder=" …"
        ) or [""]
        rows.append((Span(name.ljust(_LABEL), "dim"), Span(first)))
        rows += [(Span(" " * _LABEL), Span(line)) for line in others]
    return [fit(row, width) for row in rows]


def _indented(text: str, width: int, style: str) -> list[Row]:
    return [(Span(f"  {line}", style),) for line in wrapped(text, max(width - 2, 1), 3)]
