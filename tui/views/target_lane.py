"""A target's lane as rows: its figures, or why there are none. Pure."""

from dataclasses import dataclass

from engine.metrics import formatting
from engine.metrics.condition import Condition, condition_of
from engine.metrics.palette import marker, slot_style
from engine.metrics.rounds import Turn
from engine.metrics.silence import is_health_silent
from engine.metrics.snapshot import Snapshot
from engine.metrics.target_snapshot import TargetSnapshot, TargetState
from engine.metrics.window_stats import Figure, WindowStats
from tui.views.condition_rows import banner_rows, reason_rows
from tui.views.duel_figures import cpu_text, newest_of_duel
from tui.views.figures import error_text
from tui.views.rows import Row, Span, bar, columns, elided, fit, plain, spread, width_of, wrapped
from tui.views.spark import SPARK_S, spark, spark_top

LANE_HEIGHT = 7
"""Rows inside a lane; the open model adds one for service times."""

NARROWEST_LANE = 24
"""The fewest cells inside a lane that fit everything."""

BORDER_ENDS = 4
"""Cells of a lane's width that texts on its border cannot have."""

LANE_TITLE_BORDER = BORDER_ENDS + 2
"""The same of the label, beside its sign."""

NARROW_LANE = 28
"""Below this width labels are shortened."""

FOUR_COLUMNS = 34
"""From this width on, response and service times have separate, named rows."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What a lane shows of the session beside its target."""

    baseline: str = ""
    compared_with: str = ""
    """The target that ratios are taken against now."""
    window_s: float = 10.0
    """The length of the live window that was asked for."""
    spark_top: float = 0.0
    """What a full bar of every lane's spark means, in requests a second."""
    duel: Turn | None = None
    """What the target did in the newest seconds of a duel, whose figures replace the window's."""
    changes: frozenset[str] = frozenset()
    """The commands that may change targets on this screen now: `restart`, `remove_target`."""


def beside(snapshot: Snapshot, target: TargetSnapshot, changes: frozenset[str] = frozenset()) -> Beside:
    """The rest of the session, as far as a target's lane shows it."""
    return Beside(
        snapshot.baseline,
        snapshot.compared_with,
        snapshot.window_asked_s,
        spark_top(snapshot),
        newest_of_duel(snapshot, target.name),
        changes,
    )


def lane_titles(target: TargetSnapshot, width: int, window_s: float = 0.0) -> tuple[str, str]:
    """The texts of a lane's upper and lower border: sign and label, and what serves if there is room; below,
    how long its live window is if it is not as long as asked for."""
    name = f"{marker(target.slot)} {elided(plain(target.label), max(width - LANE_TITLE_BORDER, 1))}"
    server, window = plain(target.server), window_text(target, window_s)
    both = f"{name} ── {server}"
    if len(both) + BORDER_ENDS <= width:
        return both, window
    below = f"{server} · {window}" if window else server
    return name, below if len(below) + BORDER_ENDS <= width or not window else window


def window_text(target: TargetSnapshot, asked_s: float) -> str:
    """How long a target's live window is, if it is not as long as asked for: `since 4 s`."""
    seconds = target.window.seconds
    if not (asked_s and seconds and target.takes_load) or condition_of(target) is not None:
        return ""
    if seconds > asked_s:
        return f"all {formatting.stretch(seconds)}"
    if seconds >= asked_s:
        return ""
    return "last second" if seconds < 2 else f"since {int(seconds)} s"


def lane_height(*, is_open: bool) -> int:
    """Rows inside a lane."""
    return LANE_HEIGHT + is_open


def lane_rows(target: TargetSnapshot, width: int, shown: Beside | None = None) -> tuple[Row, ...]:
    """A lane's `lane_height` rows, `width` cells each (everything fits from `NARROWEST_LANE` on)."""
    shown = shown or Beside()
    condition = condition_of(target)
    if condition is not None:
        rows = _broken(target, condition, shown, width)
    elif target.takes_load:
        rows = _inset(_measured(target, shown, width - 2))
    else:
        rows = _inset(_not_ready(target, shown, width - 2))
    return tuple(fit(row, width) for row in rows)


def _inset(rows: list[Row]) -> list[Row]:
    return [(Span(" "), *row) for row in rows]


def state_text(target: TargetSnapshot) -> Row:
    """A target's state in a word, with its sign and style; active faults come first."""
    if target.faults:
        return (Span(f"✖ {', '.join(target.faults)}", "bad bold"),)
    if target.state == "ready" and target.load.paused:
        return (Span("paused", "warn reverse"),)
    return state_word(target.state, target.slot)


def state_word(state: TargetState, slot: int) -> Row:
    """A state in a word, with its sign and style."""
    match state:
        case "ready":
            return (Span("ready", "good"),)
        case "down" | "died":
            return (Span(f"✖ {state}", "bad bold"),)
        case "failed":
            return (Span("✖ did not start", "bad bold"),)
        case "stopped":
            return (Span("○ stopped", "dim bold"),)
    return (Span(f"◌ {state}…", f"{slot_style(slot)} bold"),)


def percentile_labels(target: TargetSnapshot) -> tuple[str, str, str]:
    """`p50`, `p95`, `p99`, each with the window's length if it was widened: `p99 34s`."""
    window = target.window
    return _label("p50", window.p50), _label("p95", window.p95), _label("p99", window.p99)


def health_text(target: TargetSnapshot) -> Span:
    """The last answer time of `/health`, or how long it has been silent."""
    if is_health_silent(target.health_probe.waiting_ms):
        return Span(f"silent {formatting.duration(target.health_probe.waiting_ms)}", "bad bold")
    if target.health_probe.failed:
        return Span("failed", "bad bold")
    return Span(formatting.duration(target.health_probe.latency_ms))


def _label(name: str, figure: Figure) -> str:
    return f"{name} {figure.window_s:.0f}s" if figure.widened and figure.value_ms is not None else name


def _broken(target: TargetSnapshot, condition: Condition, shown: Beside, width: int) -> list[Row]:
    """What is wrong across the lane, the reason, and what may help to find out more."""
    narrow = width < NARROW_LANE
    newest = target.second or target.window
    load = spread(_errors(newest, narrow=narrow), _load(target, narrow=narrow), width - 2)
    hint = _hint(target, shown.changes)
    last: Row = (Span(hint, "accent"),) if hint else _health(target, width - 2)
    banner = banner_rows(condition, width)
    room = _height_of(target) - len(banner) - 2
    reason = reason_rows(condition, width - 2, room)
    return [*banner, *_inset([*reason, *[()] * (room - len(reason)), load, last])]


def _measured(target: TargetSnapshot, shown: Beside, width: int) -> list[Row]:
    window, duel = target.window, shown.duel
    narrow = width < NARROW_LANE
    return [
        _goodput(target, shown, width),
        *(_cpu_of_duel(duel, narrow=narrow) if duel else _latencies(target, width)),
        spread(_errors(window, narrow=narrow), _load(target, narrow=narrow), width),
        _waiting(target, width),
        _resources(target, width),
        _health(target, width),
    ]


def _goodput(target: TargetSnapshot, shown: Beside, width: int) -> Row:
    """The window's mean, the newest seconds as bars on the scale of all lanes, and how it compares."""
    style, window, duel = slot_style(target.slot), target.window, shown.duel
    has_figures = window.seconds and target.turn != "waits"
    goodput = duel.goodput if duel else window.goodput if has_figures else None
    text: Row = (
        Span(formatting.rate(goodput).rjust(formatting.WIDTH), f"{style} bold"),
        Span(" ok/s ", style),
    )
    against = _against(target, shown, narrow=width < NARROW_LANE)
    room = width - width_of((*text, *against)) - 1
    bars = Span(spark(target.series.goodput, shown.spark_top, min(room, SPARK_S)), style)
    return spread((*text, bars), against, width)


def _cpu_of_duel(duel: Turn, *, narrow: bool) -> list[Row]:
    """What a duel compares, in place of latencies, of which it says nothing."""
    return [
        (Span("CPU a request" if narrow else "CPU time for each request", "dim"),),
        (Span(cpu_text(duel), "bold"),),
    ]


def _latencies(target: TargetSnapshot, width: int) -> list[Row]:
    """Percentiles; in the open model response times, with service times below."""
    window, labels = target.window, percentile_labels(target)
    heads: Row = tuple(Span(label, "dim") for label in labels)
    response = _durations(window.p50, window.p95, window.p99)
    if window.arrivals is None:
        return [columns(heads, width), columns(response, width)]
    served = window.arrivals
    service = _durations(served.service_p50, served.service_p95, served.service_p99)
    if width >= FOUR_COLUMNS:
        rows = (("", heads), ("response", response), ("service", service))
        return [columns((Span(name, "dim"), *spans), width) for name, spans in rows]
    return [columns(heads, width), columns(response, width), (Span("service p95 ", "dim"), service[1])]


def _durations(*figures: Figure) -> Row:
    """Percentiles; grey if they are of a longer window than the others, or not known yet."""
    return tuple(
        Span(formatting.duration(each.value_ms), "dim" if each.widened or each.value_ms is None else "")
        for each in figures
    )


def _load(target: TargetSnapshot, *, narrow: bool) -> Row:
    """Its load: users, or in the open model arrivals a second; and whether it is controlled manually."""
    style = "accent" if target.load.manual else "dim"
    label = "set " if narrow else "manual "
    if target.load.arrivals_wanted is not None:
        asked = "at " if narrow else "arrivals "
        wanted = Span(f"{formatting.count(target.load.arrivals_wanted)}/s")
        return Span(label if target.load.manual else asked, style), wanted
    if target.turn in {"waits", "done"}:
        return Span("turn ", "dim"), Span("to come" if target.turn == "waits" else "done")
    if target.has_turn:
        return Span("▶ users ", "accent"), Span(formatting.count(target.load.users))
    users = formatting.count(target.load.users)
    if target.load.users != target.load.users_wanted:
        users = f"{users}→{formatting.count(target.load.users_wanted)}"
    return Span(label if target.load.manual else "users ", style), Span(users)


def _waiting(target: TargetSnapshot, width: int) -> Row:
    """The oldest request in flight; beside it how many got no answer, else dropped arrivals, else how many
    are in flight. Words are shortened, and the wait is left out, before a figure is cut."""
    waits = Span(formatting.duration(target.load.oldest_in_flight_ms))
    whole: Row = (Span("longest wait ", "dim"), waits)
    labels, right = _beside_wait(target, width)
    if not labels:
        return spread(whole, (), width)
    ends: list[Row] = [(Span(label, "dim"), right) for label in labels]
    tried = [(whole, ends[0]), *(((Span("wait ", "dim"), waits), end) for end in ends), ((), ends[0])]
    start, end = next(each for each in tried if width_of((*each[0], *each[1])) < width or not each[0])
    return spread(start, end, width)


def _beside_wait(target: TargetSnapshot, width: int) -> tuple[tuple[str, ...], Span]:
    """What is beside the longest wait: its label, from long to short, and its figure."""
    dropped = target.window.arrivals.dropped if target.window.arrivals else 0
    labels: tuple[str, ...]
    if target.window.unanswered:
        labels, figure, style = ("no answer ", "unans. "), target.window.unanswered, "bad bold"
    elif dropped:
        labels, figure, style = ("dropped ", "drop "), dropped, "bad bold"
    elif width >= 32:
        labels, figure, style = ("in flight ",), target.load.in_flight, ""
    else:
        return (), Span("")
    return labels, Span(formatting.tidy(formatting.count(figure)), style)


def _health(target: TargetSnapshot, width: int) -> Row:
    """The health probe, and what fits beside it; a narrow lane leaves signs and spaces out first."""
    right = _beside_health(target, width)
    probe = health_text(target)
    start: Row = (Span("/health ", "dim"), probe)
    if right and width_of((*start, *right)) >= width:
        start = (Span("health ", "dim"), probe)
        right = tuple(Span(span.text.replace(" %", "%"), span.style) for span in right)
    if right and width_of((*start, *right)) >= width:
        start = (Span("health ", "dim"), Span("".join(probe.text.rsplit(" ", 1)), probe.style))
    return spread(start, right, width)


def _beside_health(target: TargetSnapshot, width: int) -> Row:
    """A stream's figures and the share of requests within the SLO, as far as they fit."""
    streaming = _streaming(target, width)
    attainment = target.window.attainment
    if attainment is None:
        return streaming or _throttled(target, width)
    slo: Row = (Span("SLO ", "dim"), Span(formatting.percent(100 * attainment)))
    if not streaming:
        return slo
    return (*streaming, Span("  "), *slo) if width >= FOUR_COLUMNS else streaming


def _streaming(target: TargetSnapshot, width: int) -> Row:
    """Tokens a second of a stream, and the time to the first byte if there is room."""
    if not target.streams:
        return ()
    tokens: Row = (Span(formatting.tidy(formatting.rate(target.window.tokens_per_s))), Span(" tok/s", "dim"))
    if width < 38:
        return tokens
    first = formatting.tidy(formatting.duration(target.window.first_byte_p50.value_ms))
    return (Span("1st ", "dim"), Span(f"{first}  "), *tokens)


def _against(target: TargetSnapshot, shown: Beside, *, narrow: bool) -> Row:
    if target.load.paused or target.faults:
        return state_text(target)
    if target.missing_s:
        return (Span(f"no figures {formatting.stretch(target.missing_s)}", "bad bold"),)
    if target.name == shown.baseline:
        return (Span("baseline", "dim"),)
    if target.name == shown.compared_with:
        return (Span("base now" if narrow else "baseline now", "warn"),)
    return (Span(formatting.ratio(target.ratio), "bold"),) if target.ratio is not None else ()


def _errors(window: WindowStats, *, narrow: bool) -> Row:
    label = Span("err " if narrow else "errors ", "dim")
    return label, Span(error_text(window), "bad bold" if window.bad else "")


def _resources(target: TargetSnapshot, width: int) -> Row:
    """CPU and memory: the bar is full at the CPU limit, or one core; figures within a tenth of their limit
    are highlighted."""
    cpu, memory = (
        formatting.whole_percent(target.resources.cpu_pct).rjust(6),
        formatting.memory(target.resources.memory_mb).rjust(8),
    )
    size = max(width - 4 - len(cpu) - len(memory), 0)
    return (
        Span("cpu ", "dim"),
        *bar(
            target.resources.cpu_pct or 0,
            target.resources.cpu_limit_pct or 100,
            size,
            slot_style(target.slot),
        ),
        Span(cpu, _near(target.resources.cpu_pct, target.resources.cpu_limit_pct)),
        Span(memory, _near(target.resources.memory_mb, target.resources.memory_limit_mb)),
    )


def _near(value: float | None, limit: float | None) -> str:
    """The style of a figure that has a limit."""
    return "warn" if value is not None and limit is not None and value >= 0.9 * limit else ""


def _throttled(target: TargetSnapshot, width: int) -> Row:
    """The share of time that its CPU limit makes it wait, if it does and there is room."""
    if not target.resources.throttled_pct or width < 28:
        return ()
    return Span("throttled ", "dim"), Span(formatting.whole_percent(target.resources.throttled_pct), "warn")


def _not_ready(target: TargetSnapshot, shown: Beside, width: int) -> list[Row]:
    if target.state == "failed":
        body: list[Row] = [(Span(line),) for line in wrapped(target.trouble, width, LANE_HEIGHT - 2)]
    else:
        body = [(), (Span(plain(target.address) or "no address yet", "dim"),)]
    rows: list[Row] = [state_text(target), *body]
    rows += [()] * (_height_of(target) - 1 - len(rows))
    return [*rows, (Span(_hint(target, shown.changes), "accent"),)]


def _height_of(target: TargetSnapshot) -> int:
    return lane_height(is_open=target.load.arrivals_wanted is not None)


def _hint(target: TargetSnapshot, changes: frozenset[str]) -> str:
    """Keys that help now, of those that there are; none works on a target that abreast did not start."""
    if target.runtime == "attached":
        return ""
    hints = []
    if "restart" in changes and target.state in ("failed", "died", "stopped", "down"):
        hints.append("r start" if target.state == "stopped" else "r restart")
    if "remove_target" in changes and target.state in ("failed", "died", "stopped"):
        hints.append("x remove")
    return " · ".join(hints)
