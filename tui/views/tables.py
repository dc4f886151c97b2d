"""Targets side by side in figures: the scoreboard of a running session, and the table of its result. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

from engine.metrics import formatting
from engine.metrics.condition import condition_of
from engine.metrics.palette import marker, slot_style
from engine.metrics.session_result import SessionResult, TargetResult
from engine.metrics.snapshot import Snapshot
from engine.metrics.target_snapshot import TAKES_LOAD, TargetSnapshot, TargetState
from engine.metrics.window_stats import Figure, WindowStats
from tui.views import figures
from tui.views.duel_figures import cpu_text, newest_of_duel
from tui.views.rows import Row, Span, elided, fit, plain, short
from tui.views.target_lane import health_text, state_text, state_word

HAD_LOAD = TAKES_LOAD | {"stopped"}
"""States in which a target without figures is listed with empty cells, not with its state."""


class Listed(Protocol):
    """What every table shows of a target beside its figures."""

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def slot(self) -> int: ...
    @property
    def server(self) -> str: ...
    @property
    def state(self) -> TargetState: ...


Target = TypeVar("Target", bound=Listed)


def _always(_: Sequence[object]) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Column(Generic[Target]):
    """A column of a table."""

    head: str
    width: int
    cell: Callable[[Target], Span]
    rank: int
    """Columns with the lowest rank go first where there is no room."""
    has_something: Callable[[Sequence[Target]], bool] = _always
    """Whether any target has something to show in it."""


# ---------------------------------------------------------------- cells


def stats_columns(
    stats_of: Callable[[Target], WindowStats], ratio_of: Callable[[Target], float | None]
) -> list[Column[Target]]:
    """The columns that all tables share, over the window that each target's figures are of."""

    def cell(text_of: Callable[[WindowStats], str], style: str = "") -> Callable[[Target], Span]:
        return lambda target: Span(text_of(stats_of(target)), style)

    def figure(figure_of: Callable[[WindowStats], Figure | None]) -> Callable[[Target], Span]:
        return lambda target: _figure(figure_of(stats_of(target)))

    def some(shown: Callable[[WindowStats], object]) -> Callable[[Sequence[Target]], bool]:
        return lambda targets: any(shown(stats_of(target)) for target in targets)

    return [
        Column("ok/s", 6, lambda target: _goodput(target, stats_of(target)), 9),
        Column("ratio", 5, lambda target: Span(formatting.ratio(ratio_of(target)), "bold"), 8),
        Column("p50", 6, figure(lambda stats: stats.p50), 5),
        Column("p95", 6, figure(lambda stats: stats.p95), 7),
        Column("p99", 6, figure(lambda stats: stats.p99), 6),
        Column("srv p95", 7, figure(_service_p95), 7, some(lambda stats: stats.arrivals)),
        Column("errors", 6, lambda target: error_cell(stats_of(target)), 8),
        Column("dropped", 7, lambda target: _dropped(stats_of(target)), 7, some(_drops)),
        Column("in SLO", 6, cell(_attainment), 7, some(lambda stats: stats.attainment is not None)),
        Column("tok/s", 6, cell(lambda stats: formatting.rate(stats.tokens_per_s)), 7, some(_streams)),
        Column("1st p50", 7, figure(lambda stats: stats.first_byte_p50), 6, some(_streams)),
        Column("1st p95", 7, figure(lambda stats: stats.first_byte_p95), 5, some(_streams)),
    ]


def error_cell(stats: WindowStats) -> Span:
    """The share of requests that failed or got no answer."""
    return Span(figures.error_text(stats), "bad bold" if stats.bad else "")


def _figure(figure: Figure | None) -> Span:
    """A percentile, grey where it is of a longer window than the others."""
    if figure is None:
        return Span(formatting.MISSING)
    return Span(formatting.duration(figure.value_ms), "dim" if figure.widened else "")


def _goodput(target: Listed, stats: WindowStats) -> Span:
    return Span(formatting.rate(stats.goodput if stats.seconds else None), f"{slot_style(target.slot)} bold")


def _service_p95(stats: WindowStats) -> Figure | None:
    return stats.arrivals.service_p95 if stats.arrivals else None


def _drops(stats: WindowStats) -> int:
    return stats.arrivals.dropped if stats.arrivals else 0


def _dropped(stats: WindowStats) -> Span:
    dropped = _drops(stats)
    return Span(formatting.count(dropped), "bad bold" if dropped else "")


def _attainment(stats: WindowStats) -> str:
    return formatting.percent(None if stats.attainment is None else 100 * stats.attainment)


def _streams(stats: WindowStats) -> int:
    return stats.tokens


# ---------------------------------------------------------------- the scoreboard


def _health_probe(target: TargetSnapshot) -> Span:
    """As the lane shows it; of a target that does not answer a sign, and for how long."""
    text, style = health_text(target)
    return Span(text.replace("silent", "✖"), style)


def _users(target: TargetSnapshot) -> Span:
    return Span(formatting.count(target.load.users), "accent" if target.load.manual else "")


def _arrivals_wanted(target: TargetSnapshot) -> Span:
    return Span(f"{formatting.count(target.load.arrivals_wanted or 0)}/s")


def _is_open(targets: Sequence[TargetSnapshot]) -> bool:
    return any(target.load.arrivals_wanted is not None for target in targets)


_LIVE: list[Column[TargetSnapshot]] = stats_columns(lambda target: target.window, lambda target: target.ratio)

SCOREBOARD: tuple[Column[TargetSnapshot], ...] = (
    *_LIVE[:-3],
    Column("users", 6, _users, 4, lambda targets: not _is_open(targets)),
    Column("longest", 7, lambda target: Span(formatting.duration(target.load.oldest_in_flight_ms)), 8),
    Column("cpu", 6, lambda target: Span(formatting.whole_percent(target.resources.cpu_pct)), 3),
    Column("memory", 7, lambda target: Span(formatting.memory(target.resources.memory_mb)), 2),
    Column("/health", 8, _health_probe, 7),
    Column("arrivals", 8, _arrivals_wanted, 5, _is_open),
    Column("requests", 8, lambda target: Span(formatting.count(target.totals.requests)), 1),
    *_LIVE[-3:],
)


STEADY = (*_LIVE, Column("requests", 8, lambda target: Span(_requests(target)), 1))
"""Beside lanes: only what is over time, as lanes have the rest, and say what serves."""


def _requests(target: TargetSnapshot) -> str:
    """How many there were in the window; not 0 where there is no window yet."""
    return formatting.count(target.window.requests) if target.window.seconds else formatting.MISSING


def _duel_columns(snapshot: Snapshot) -> tuple[Column[TargetSnapshot], ...]:
    """What a duel compares, and goodput, in place of a window's figures, of which it has none."""

    def goodput(target: TargetSnapshot) -> Span:
        duel = newest_of_duel(snapshot, target.name)
        text = formatting.rate(None if duel is None else duel.goodput)
        return Span(text, f"{slot_style(target.slot)} bold")

    def cpu(target: TargetSnapshot) -> Span:
        return Span(cpu_text(newest_of_duel(snapshot, target.name)), "bold")

    shown = ("users", "longest", "cpu", "memory", "/health")
    others = [column for column in SCOREBOARD if column.head in shown]
    return (Column("ok/s", 6, goodput, 9), Column("CPU time/request", 16, cpu, 10), *others)


def scoreboard_title(snapshot: Snapshot, *, steady: bool) -> str:
    """Which time the figures are of; with `steady`, why there are none."""
    if snapshot.duel is not None:
        return "nothing counts in a duel" if steady else "duel"
    if not steady:
        return f"last {snapshot.window_asked_s:.0f} s"
    has_settled = any(each.steady.seconds for each in snapshot.targets)
    return "since the last change of load" if has_settled else "once the load has settled"


def scoreboard_rows(snapshot: Snapshot, selected: str, width: int, *, steady: bool) -> tuple[Row, ...]:
    """A head and a row for each target, `width` cells each.

    `steady` takes the figures since the last change of load in place of the live window's.
    """
    targets = snapshot.targets
    if steady:
        targets = tuple(replace(each, window=each.steady, ratio=each.steady_ratio) for each in targets)
    # While it runs, what is going on right now matters more than what serves, which the lobby showed.
    if steady:
        layout = _Layout(targets, STEADY, width, width // 2, with_servers=False)
    else:
        columns = SCOREBOARD if snapshot.duel is None else _duel_columns(snapshot)
        layout = _Layout(targets, columns, width, width // 4)
    return (
        layout.head(),
        *(
            layout.row(target, snapshot.compared_with, selected)
            if (trouble := _trouble(live, snapshot)) is None
            else layout.row_of_text(target, selected, trouble)
            for target, live in zip(targets, snapshot.targets, strict=True)
        ),
    )


def _trouble(target: TargetSnapshot, snapshot: Snapshot) -> Row | None:
    """Why a target has no figures, and what stands in for it as the baseline; None if it has."""
    if (condition := condition_of(target)) is not None:
        reason = Span(f"  {plain(condition.reason)}", "dim")
        stands_in = target.name == snapshot.baseline and snapshot.compared_with
        base = f"  baseline now: {plain(snapshot.label_of(snapshot.compared_with))}" if stands_in else ""
        return Span(f"✖ {condition.text}", "bad bold"), reason, Span(base, "warn")
    if not target.takes_load:
        return *state_text(target), Span(f"  {plain(target.trouble)}", "dim")
    return None


# ---------------------------------------------------------------- the result's table

_RESULT: list[Column[TargetResult]] = stats_columns(lambda target: target.stats, lambda target: target.ratio)

RESULT: tuple[Column[TargetResult], ...] = (
    *_RESULT[:5],
    Column("max", 6, lambda target: Span(formatting.duration(target.stats.max_ms)), 4),
    *_RESULT[5:],
    Column("requests", 8, lambda target: Span(formatting.count(target.stats.requests)), 4),
    Column("conns", 6, lambda target: Span(formatting.count(target.stats.links.connects)), 1),
    Column("in/s", 7, lambda target: Span(formatting.size(target.stats.links.bytes_in_per_s)), 1),
    Column("out/s", 7, lambda target: Span(formatting.size(target.stats.links.bytes_out_per_s)), 1),
    Column("cpu", 5, lambda target: Span(formatting.whole_percent(target.usage.cpu_mean_pct)), 6),
    Column("memory", 7, lambda target: Span(formatting.memory(target.usage.memory_max_mb)), 5),
)


def result_table(result: SessionResult, selected: str, width: int) -> tuple[Row, ...]:
    """A head and a row for each target, `width` cells each; for a target without figures, why."""
    layout = _Layout(result.targets, RESULT, width, width // 4)
    return (
        layout.head(),
        *(
            layout.row(target, result.baseline, selected)
            if target.stats.asked or target.state in HAD_LOAD
            else layout.row_of_text(target, selected, state_word(target.state, target.slot))
            for target in result.targets
        ),
    )


# ---------------------------------------------------------------- layout


GAP = 4
"""The most cells between the longest name and the figures, so that the eye stays in its row."""
LONGEST = 40
"""Cells of a name and what serves; more, such as the whole command of a custom target, are not shown."""


class _Layout(Generic[Target]):
    """The columns of a table that fit beside the targets' names, and its rows."""

    def __init__(
        self,
        targets: Sequence[Target],
        columns: Sequence[Column[Target]],
        width: int,
        names_at_most: int,
        *,
        with_servers: bool = True,
    ) -> None:
        """Without `with_servers`, what serves is shown only where the columns leave room."""
        labels = [_label(target) for target in targets]
        servers = [f" {plain(target.server)}" if with_servers else "" for target in targets]
        names = [f"{label}{server}" for label, server in zip(labels, servers, strict=True)]
        names_width = max(map(len, names), default=0)
        if names_width > max(names_at_most, 16):  # labels without what serves
            names_width = min(max(map(len, labels), default=0), max(names_at_most, 16))
        self._width = width
        self._columns = _fitting(
            [column for column in columns if column.has_something(targets)], width - names_width - 1
        )
        room = width - sum(column.width + 1 for column in self._columns) - 1
        widths = [len(label) for label in labels]
        for label, target in zip(labels, targets, strict=True):
            whole = len(f"{label} {plain(target.server)}")
            if whole <= min(room, max(names_at_most, LONGEST)):
                widths.append(whole)
        self._name_width = min(room, max(widths, default=0) + GAP)

    def head(self) -> Row:
        """The names of the columns."""
        heads = (Span(f" {column.head:>{column.width}}", "dim") for column in self._columns)
        return fit((Span(" " * (self._name_width + 1)), *heads), self._width)

    def row(self, target: Target, baseline: str, selected: str) -> Row:
        """A target's name and figures."""
        cells: list[Span] = []
        for column in self._columns:
            is_base = column.head == "ratio" and target.name == baseline
            span = Span("base", "dim") if is_base else column.cell(target)
            cells.append(Span(f" {short(span.text, column.width):>{column.width}}", span.style))
        return fit((*self._name(target, selected), *cells), self._width)

    def row_of_text(self, target: Target, selected: str, text: Row) -> Row:
        """A target's name, and why it has no figures."""
        return fit((*self._name(target, selected), Span(" "), *text), self._width)

    def _name(self, target: Target, selected: str) -> Row:
        style, label = slot_style(target.slot), _label(target, self._name_width)
        room = self._name_width - len(label)
        server = f" {plain(target.server)}"
        return (
            Span("▸" if target.name == selected else " ", style),
            Span(label, f"{style} bold"),
            Span(server.ljust(room) if len(server) <= room else " " * room, "dim"),
        )


def _label(target: Listed, width: int = 99) -> str:
    """A target's sign and label in at most `width` cells."""
    return f"{marker(target.slot)} {elided(plain(target.label), width - 2)}"


def _fitting(columns: Sequence[Column[Target]], width: int) -> list[Column[Target]]:
    """The most important columns that fit, in their order."""
    left, chosen = width, set[str]()
    for column in sorted(columns, key=lambda column: -column.rank):
        if left < column.width + 1:
            break
        left -= column.width + 1
        chosen.add(column.head)
    return [column for column in columns if column.head in chosen]
