"""Snapshot → the scoreboard in its sizes. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from engine.metrics.snapshot import Snapshot, TargetSnapshot, WindowStats
from tui.views import formatting
from tui.views.rows import Row, Span, fit, marker, plain, short, slot_style
from tui.views.target_lane import health_text, state_text


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
    has_something: Callable[[Snapshot], bool] = lambda _: True
    """Whether there is anything to show in it."""


def _percentile(at: int) -> Callable[[TargetSnapshot, WindowStats], Span]:
    def cell(target: TargetSnapshot, stats: WindowStats) -> Span:
        figure = (stats.p50, stats.p95, stats.p99)[at]
        return Span(formatting.duration(figure.value_ms), "dim" if figure.widened else "")

    return cell


def _errors(_: TargetSnapshot, stats: WindowStats) -> Span:
    return Span(formatting.error_rate(stats.bad, stats.asked), "bad bold" if stats.bad else "")


def _goodput(target: TargetSnapshot, stats: WindowStats) -> Span:
    return Span(formatting.rate(stats.goodput if stats.seconds else None), f"{slot_style(target.slot)} bold")


def _users(target: TargetSnapshot, _: WindowStats) -> Span:
    return Span(formatting.count(target.load.users), "accent" if target.load.manual else "")


def _is_open(snapshot: Snapshot) -> bool:
    return snapshot.model == "open"


def _drops(snapshot: Snapshot) -> bool:
    return any(
        stats.arrivals and stats.arrivals.dropped
        for target in snapshot.targets
        for stats in (target.window, target.steady)
    )


def _streams(snapshot: Snapshot) -> bool:
    return any(target.streams for target in snapshot.targets)


def _has_slo(snapshot: Snapshot) -> bool:
    return any(threshold.kind == "attainment" for threshold in snapshot.thresholds)


def _service(_: TargetSnapshot, stats: WindowStats) -> Span:
    if stats.arrivals is None:
        return Span(formatting.MISSING)
    figure = stats.arrivals.service_p95
    return Span(formatting.duration(figure.value_ms), "dim" if figure.widened else "")


def _dropped(_: TargetSnapshot, stats: WindowStats) -> Span:
    dropped = stats.arrivals.dropped if stats.arrivals else 0
    return Span(formatting.count(dropped), "bad bold" if dropped else "")


def _health_probe(target: TargetSnapshot, _: WindowStats) -> Span:
    """As the lane says it; of one that does not answer a sign, and for how long."""
    text, style = health_text(target)
    return Span(text.replace("silent", "✖"), style)


COLUMNS = (
    Column(
        "ok/s",
        6,
        _goodput,
        9,
    ),
    Column("ratio", 5, lambda target, _: Span(formatting.ratio(target.ratio), "bold"), 8),
    Column("p50", 6, _percentile(0), 5),
    Column("p95", 6, _percentile(1), 7),
    Column("p99", 6, _percentile(2), 6),
    Column("srv p95", 7, _service, 7, has_something=_is_open),
    Column("errors", 6, _errors, 8),
    Column("dropped", 7, _dropped, 7, has_something=_drops),
    Column(
        "in SLO",
        6,
        lambda _, stats: Span(
            formatting.percent(None if stats.attainment is None else 100 * stats.attainment)
        ),
        7,
        has_something=_has_slo,
    ),
    Column("users", 6, _users, 4, of_the_moment=True),
    Column(
        "longest",
        7,
        lambda target, _: Span(formatting.duration(target.load.oldest_in_flight_ms)),
        8,
        of_the_moment=True,
    ),
    Column("cpu", 6, lambda target, _: Span(formatting.whole_percent(target.resources.cpu_pct)), 3),
    Column("memory", 7, lambda target, _: Span(formatting.memory(target.resources.memory_mb)), 2),
    Column("/health", 8, _health_probe, 7, of_the_moment=True),
    Column(
        "arrivals",
        8,
        lambda target, _: Span(f"{formatting.count(target.load.arrivals_wanted or 0)}/s"),
        5,
        of_the_moment=True,
        has_something=_is_open,
    ),
    Column("requests", 8, lambda target, _: Span(formatting.count(target.totals.requests)), 1),
    Column("tok/s", 6, lambda _, stats: Span(formatting.rate(stats.tokens_per_s)), 7, has_something=_streams),
    Column(
        "1st p50",
        7,
        lambda _, stats: Span(formatting.duration(stats.first_byte_p50.value_ms)),
        6,
        has_something=_streams,
    ),
    Column(
        "1st p95",
        7,
        lambda _, stats: Span(formatting.duration(stats.first_byte_p95.value_ms)),
        5,
        has_something=_streams,
    ),
)


def chosen_columns(snapshot: Snapshot, width: int, name_width: int) -> list[Column]:
    """The most important columns that fit beside the names, in their order."""
    left = width - name_width - 1
    chosen: set[str] = set()
    columns = [
        column
        for column in COLUMNS
        if column.has_something(snapshot) and not (snapshot.phase == "ended" and column.of_the_moment)
    ]
    for column in sorted(columns, key=lambda column: -column.rank):
        if left < column.width + 1:
            break
        left -= column.width + 1
        chosen.add(column.head)
    return [column for column in COLUMNS if column.head in chosen]


def scoreboard_rows(snapshot: Snapshot, selected: str, width: int, *, steady: bool) -> tuple[Row, ...]:
    """A head and a row for each target, `width` cells each.

    `steady` takes the figures since the last change of load in place of the live window's.
    """
    names = [
        f"{marker(target.slot)} {plain(target.name)} {plain(target.server)}" for target in snapshot.targets
    ]
    # While it runs, what is going on right now matters more than what serves, which the lobby said.
    most = width // 3 if snapshot.phase == "ended" else width // 4
    picked = chosen_columns(snapshot, width, min(max(map(len, names), default=0), max(most, 16)))
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
        if target.takes_load or (snapshot.phase == "ended" and target.state == "stopped"):
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
        if each.steady.seconds
        else replace(each, ratio=None)
        for each in snapshot.targets
    )


def fit_text(text: str, width: int) -> str:
    """A text in exactly `width` cells, empty where it would be less than a word."""
    return short(text, width).ljust(width) if width >= 5 else " " * max(width, 0)


def _cell(column: Column, target: TargetSnapshot, stats: WindowStats, baseline: str) -> Span:
    is_base = column.head == "ratio" and target.name == baseline
    span = Span("base", "dim") if is_base else column.cell(target, stats)
    return Span(f" {short(span.text, column.width):>{column.width}}", span.style)
