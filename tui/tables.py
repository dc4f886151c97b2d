"""Snapshot → tables: the scoreboard in its sizes, and what is said of a session that has ended. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from engine.snapshot import Snapshot, TargetSnapshot, WindowStats
from tui import numbers
from tui.view import (
    Row,
    Span,
    canary_text,
    fit,
    marker,
    percentile_labels,
    plain,
    short,
    slot_style,
    state_text,
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the scoreboard."""

    head: str
    width: int
    cell: Callable[[TargetSnapshot, WindowStats], Span]
    rank: int
    """Columns with the lowest rank go first where there is no room."""
    of_the_moment: bool = False
    """Whether it says nothing of a session that has ended."""


def _percentile(at: int) -> Callable[[TargetSnapshot, WindowStats], Span]:
    def cell(target: TargetSnapshot, stats: WindowStats) -> Span:
        figure = (stats.p50, stats.p95, stats.p99)[at]
        return Span(numbers.duration(figure.value_ms), "dim" if figure.widened else "")

    return cell


def _errors(_: TargetSnapshot, stats: WindowStats) -> Span:
    return Span(numbers.percent(stats.error_rate * 100), "bad bold" if stats.failed else "")


def _users(target: TargetSnapshot, _: WindowStats) -> Span:
    return Span(numbers.count(target.users), "accent" if target.manual else "")


COLUMNS = (
    Column(
        "ok/s",
        6,
        lambda target, stats: Span(numbers.rate(stats.goodput), f"{slot_style(target.slot)} bold"),
        9,
    ),
    Column("ratio", 5, lambda target, _: Span(numbers.ratio(target.ratio), "bold"), 8),
    Column("p50", 6, _percentile(0), 5),
    Column("p95", 6, _percentile(1), 7),
    Column("p99", 6, _percentile(2), 6),
    Column("errors", 6, _errors, 8),
    Column("users", 6, _users, 4, of_the_moment=True),
    Column(
        "longest",
        7,
        lambda target, _: Span(numbers.duration(target.oldest_in_flight_ms)),
        3,
        of_the_moment=True,
    ),
    Column("cpu", 6, lambda target, _: Span(numbers.whole_percent(target.cpu_pct)), 3),
    Column("memory", 7, lambda target, _: Span(numbers.memory(target.memory_mb)), 2),
    Column("/health", 9, lambda target, _: canary_text(target), 1, of_the_moment=True),
    Column("requests", 8, lambda target, _: Span(numbers.count(target.total_requests)), 1),
)


STREAM_COLUMNS = (
    Column("tok/s", 6, lambda _, stats: Span(numbers.rate(stats.tokens_per_s)), 7),
    Column("1st p50", 7, lambda _, stats: Span(numbers.duration(stats.first_byte_p50.value_ms)), 6),
    Column("1st p95", 7, lambda _, stats: Span(numbers.duration(stats.first_byte_p95.value_ms)), 5),
)
"""Where a target streams: tokens a second, and times to the first byte."""


def chosen_columns(width: int, name_width: int, *, ended: bool, streams: bool = False) -> list[Column]:
    """The most important columns that fit beside the names, in their order."""
    left = width - name_width - 1
    chosen: set[str] = set()
    every = (*COLUMNS, *STREAM_COLUMNS) if streams else COLUMNS
    columns = [column for column in every if not (ended and column.of_the_moment)]
    for column in sorted(columns, key=lambda column: -column.rank):
        if left < column.width + 1:
            break
        left -= column.width + 1
        chosen.add(column.head)
    return [column for column in every if column.head in chosen]


def scoreboard_rows(snapshot: Snapshot, selected: str, width: int, *, steady: bool) -> tuple[Row, ...]:
    """A head and a row for each target, `width` cells each.

    `steady` takes the figures since the last change of load in place of the live window's.
    """
    names = [
        f"{marker(target.slot)} {plain(target.name)} {plain(target.server)}" for target in snapshot.targets
    ]
    picked = chosen_columns(
        width,
        min(max(map(len, names), default=0), max(width // 3, 16)),
        ended=snapshot.phase == "ended",
        streams=any(target.streams for target in snapshot.targets),
    )
    name_width = width - sum(column.width + 1 for column in picked) - 1
    head: Row = (
        Span(" " * (name_width + 1)),
        *(Span(f" {column.head:>{column.width}}", "dim") for column in picked),
    )
    rows = [fit(head, width)]
    for target in steady_ratios(snapshot) if steady else snapshot.targets:
        stats = target.steady if steady else target.window
        own = slot_style(target.slot)
        here = target.name == selected
        sign = Span("▸" if here else " ", own)
        name = f"{marker(target.slot)} {plain(target.name)}"
        server = f" {plain(target.server)}"
        room = name_width - len(name)
        row: list[Span] = [
            sign,
            Span(short(name, name_width), f"{own} bold"),
            Span(fit_text(server, room), "dim"),
        ]
        if target.state == "ready" or (snapshot.phase == "ended" and target.state == "stopped"):
            row += [_cell(column, target, stats, snapshot.baseline) for column in picked]
        else:
            row += [Span(" "), *state_text(target), Span(f"  {plain(target.trouble)}", "dim")]
        rows.append(fit(tuple(row), width))
    return tuple(rows)


def steady_ratios(snapshot: Snapshot) -> tuple[TargetSnapshot, ...]:
    """The targets, their ratios taken since the last change of load in place of the live window."""
    base = next((each.steady.goodput for each in snapshot.targets if each.name == snapshot.baseline), 0.0)
    return tuple(
        replace(each, ratio=each.steady.goodput / base if base and each.name != snapshot.baseline else None)
        for each in snapshot.targets
    )


def fit_text(text: str, width: int) -> str:
    """A text in exactly `width` cells, empty where it would be less than a word."""
    return short(text, width).ljust(width) if width >= 5 else " " * max(width, 0)


def _cell(column: Column, target: TargetSnapshot, stats: WindowStats, baseline: str) -> Span:
    is_base = column.head == "ratio" and target.name == baseline
    span = Span("base", "dim") if is_base else column.cell(target, stats)
    return Span(f" {short(span.text, column.width):>{column.width}}", span.style)


# ---------------------------------------------------------------- the end of a session


def summary(snapshot: Snapshot) -> str:
    """A session in one sentence: who served how much more, and what that may not be taken for."""
    known = [target for target in snapshot.targets if target.steady.ok > 0]
    if not known:
        return "No target answered a request."
    best = max(known, key=lambda target: target.steady.goodput)
    served = f"{plain(best.name)} served {numbers.rate(best.steady.goodput)} ok/s"
    base = next((target for target in known if target.name == snapshot.baseline and target is not best), None)
    rest = [target for target in known if target is not best]
    other = base or (min(rest, key=lambda target: target.steady.goodput) if rest else None)
    if other is None:
        return f"{served}."
    times = numbers.ratio(best.steady.goodput / other.steady.goodput)
    users = {target.last_users for target in known}
    at = f"At {users.pop()} users " if len(users) == 1 else ""
    return f"{at}{served}, {times} {plain(other.name)} ({snapshot.schedule}: no verdict)."


def result_rows(snapshot: Snapshot, selected: str, width: int) -> tuple[Row, ...]:
    """The summary, the table, failures by kind, and whether the generator may be believed."""
    rows: list[Row] = [
        fit((Span(f" {summary(snapshot)}", "bold"),), width),
        fit((Span(f" {plain(snapshot.outcome)} after {numbers.stretch(snapshot.now_s)}", "dim"),), width),
        fit((), width),
        *scoreboard_rows(snapshot, selected, width, steady=True),
    ]
    for target in snapshot.targets:
        if target.errors:
            kinds = ", ".join(f"{plain(kind)} {numbers.count(count)}" for kind, count in target.errors[:4])
            name = Span(f" {marker(target.slot)} {plain(target.name)} ", slot_style(target.slot))
            rows.append(fit((name, Span(f"failures: {kinds}", "bad")), width))
    if snapshot.health.light in ("amber", "red"):
        reasons = "; ".join(plain(reason) for reason in snapshot.health.reasons)
        rows.append(fit((Span(f" generator {snapshot.health.light}: {reasons}", "warn"),), width))
    return tuple(rows)


def detail_lines(target: TargetSnapshot) -> list[str]:
    """All there is to say of one target, a line each; foreign texts are plain."""
    window = target.window
    values = (numbers.duration(figure.value_ms) for figure in (window.p50, window.p95, window.p99))
    latency = ", ".join(map(" ".join, zip(percentile_labels(target), values, strict=True)))
    lines = [
        f"state      {target.state}{' (paused)' if target.paused else ''}",
        f"server     {plain(target.server)}",
        f"address    {plain(target.address) or 'none yet'}",
        f"processes  {target.processes or '·'}, threads {target.threads or '·'}",
        f"requests   {numbers.count(target.total_requests)}, ok {numbers.count(target.total_ok)}",
        f"latency    {latency}",
    ]
    if target.streams:
        first = (window.first_byte_p50, window.first_byte_p95)
        p50, p95 = (numbers.duration(figure.value_ms) for figure in first)
        lines.append(
            f"streams    {numbers.rate(window.tokens_per_s)} tokens/s, first byte p50 {p50}, p95 {p95}"
        )
    lines += [f"failed     {plain(kind)}: {numbers.count(count)}" for kind, count in target.errors]
    if target.trouble:
        lines += ["", *(plain(line) for line in target.trouble.splitlines())]
    return lines
