"""What part of a session charts show, and how: span, zoom, scale, turns, ghost. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from engine.metrics.formatting import axis_clock, stretch
from engine.metrics.snapshot import EventSnapshot, Snapshot
from engine.metrics.target_snapshot import Series, Signals, TargetSnapshot
from tui.views import axis

SPANS_S: tuple[int | None, ...] = (30, 120, 600, None)
"""How much of the newest time charts show; None: all of it."""

DEFAULT_SPAN_S = 120

LEAST_ZOOM_S = 2.0
"""No stretch of time that is chosen with the mouse is shorter."""


@dataclass(frozen=True, slots=True)
class Ghost:
    """An earlier session, drawn behind this one."""

    session_id: str
    seconds: tuple[int, ...]
    step_s: int
    """From one of them to the next."""
    series: Mapping[str, Series]
    """By target."""
    began_s: Mapping[str, float] = field(default_factory=dict)
    """When each target's turn began; empty unless they had turns one after another."""


@dataclass(frozen=True, slots=True)
class ChartView:
    """What a person chose."""

    span_s: int | None = DEFAULT_SPAN_S
    zoom: tuple[float, float] | None = None
    """The stretch of time that was chosen with the mouse: from and to, in seconds."""
    is_log: bool = False
    """Latencies have a logarithmic axis."""
    overlays_turns: bool = True
    """Where targets run one after another, all turns begin at the left."""
    ghost: Ghost | None = None

    def next_span(self) -> "ChartView":
        """With the next span; without zoom."""
        at = SPANS_S.index(self.span_s) if self.span_s in SPANS_S else -1
        return replace(self, span_s=SPANS_S[(at + 1) % len(SPANS_S)], zoom=None)

    def longer(self) -> "ChartView":
        """With the next longer span, if there is one; without zoom."""
        return self if self.span_s is None and self.zoom is None else self._with_span(1)

    def shorter(self) -> "ChartView":
        """With the next shorter span, if there is one; without zoom."""
        return self if self.span_s == SPANS_S[0] and self.zoom is None else self._with_span(-1)

    def _with_span(self, step: int) -> "ChartView":
        at = SPANS_S.index(self.span_s) if self.span_s in SPANS_S else 0
        at = min(max(at + step, 0), len(SPANS_S) - 1)
        return replace(self, span_s=self.span_s if self.zoom else SPANS_S[at], zoom=None)

    def zoomed(self, one_s: float, other_s: float) -> "ChartView":
        """With only the time between two moments."""
        first_s, last_s = sorted((one_s, other_s))
        missing_s = max(LEAST_ZOOM_S - (last_s - first_s), 0.0)
        first_s = max(first_s - missing_s / 2, 0.0)
        return replace(self, zoom=(first_s, max(last_s + missing_s / 2, first_s + LEAST_ZOOM_S)))

    def whole(self) -> "ChartView":
        """Without zoom."""
        return replace(self, zoom=None)

    @property
    def span_text(self) -> str:
        """The span in words: `2 min`, `all`."""
        return "all" if self.span_s is None else stretch(self.span_s)


@dataclass(frozen=True, slots=True)
class Shown:
    """The stretch of time that charts show."""

    first_s: float
    last_s: float

    @property
    def span_s(self) -> float:
        """Its length; never 0."""
        return max(self.last_s - self.first_s, 1.0)


@dataclass(frozen=True, slots=True)
class Source:
    """A target's values, as fine as there are for a stretch of time."""

    series: Series
    signals: Signals
    ends: tuple[int, ...]
    """The second that each value ends, in session time."""
    step_s: int
    began_s: float
    """Session time at the left of its axis: its turn's beginning where turns are overlaid, else 0."""
    until_s: float = math.inf
    """Session time at which the next target's turn begins, where turns are overlaid."""

    def within(self, shown: Shown) -> slice:
        """Which of its values are within a stretch of time."""
        if not self.ends:
            return slice(0, 0)
        first_s = shown.first_s + self.began_s - self.ends[0]
        last_s = min(shown.last_s + self.began_s, self.until_s) - self.ends[0]
        begin = max(math.ceil(first_s / self.step_s), 0)
        return slice(begin, max(min(math.floor(last_s / self.step_s) + 1, len(self.ends)), begin))


def overlays_turns(snapshot: Snapshot, view: ChartView) -> bool:
    """Whether the targets' turns are drawn on top of each other."""
    return view.overlays_turns and snapshot.schedule == "solo" and len(snapshot.targets) > 1


def shown_time(snapshot: Snapshot, view: ChartView) -> Shown:
    """The stretch of time that charts show: what was zoomed to, or the newest span, as far as time has
    elapsed."""
    if view.zoom is not None:
        return Shown(*view.zoom)
    newest_s = float(snapshot.seconds[-1]) if snapshot.seconds else 0.0
    elapsed_s, longest_s = newest_s, newest_s
    if overlays_turns(snapshot, view):
        elapsed_s, longest_s = _turn_times(snapshot, newest_s)
    if view.span_s is not None and longest_s > view.span_s:
        last_s = max(elapsed_s, float(view.span_s))
        return Shown(last_s - view.span_s, last_s)
    if snapshot.phase == "ended":
        return Shown(0.0, max(longest_s, 1.0))
    fitting_s = axis.fitting_s(longest_s)
    return Shown(0.0, fitting_s if view.span_s is None else min(fitting_s, float(view.span_s)))


def _turn_times(snapshot: Snapshot, newest_s: float) -> tuple[float, float]:
    """How long the newest turn has gone on, and the longest one."""
    begins_s = sorted(target.turn_began_s or 0.0 for target in snapshot.targets)
    begun_s = [begin for begin in begins_s if begin < newest_s] or begins_s[:1]
    ends_s = [*begun_s[1:], newest_s]
    lengths_s = [max(end - begin, 0.0) for begin, end in zip(begun_s, ends_s, strict=True)]
    return lengths_s[-1], max(lengths_s)


def source_of(snapshot: Snapshot, target: TargetSnapshot, view: ChartView, shown: Shown) -> Source:
    """The target's values for a stretch of time: second by second, or in the whole session's steps where that
    is the only way to reach back so far."""
    began_s, until_s = 0.0, math.inf
    if overlays_turns(snapshot, view):
        began_s = target.turn_began_s or 0.0
        later_s = (each.turn_began_s or 0.0 for each in snapshot.targets)
        until_s = min((begin for begin in later_s if begin > began_s), default=math.inf)
    oldest_s = snapshot.seconds[0] - 1 if snapshot.seconds else 0
    whole, signals = target.whole_series, target.whole_signals
    if whole is not None and signals is not None and shown.first_s + began_s < oldest_s:
        return Source(whole, signals, snapshot.steps, snapshot.step_s, began_s, until_s)
    return Source(target.series, target.signals, snapshot.seconds, 1, began_s, until_s)


def event_s(event: EventSnapshot, snapshot: Snapshot, view: ChartView) -> float:
    """Where an event is on the time axis: where turns are overlaid, since the beginning of its turn."""
    if not overlays_turns(snapshot, view):
        return event.t_s
    own = next((target for target in snapshot.targets if target.name == event.target), None)
    if own is not None and own.turn_began_s is not None:
        return event.t_s - own.turn_began_s
    begun_s = [target.turn_began_s or 0.0 for target in snapshot.targets]
    return event.t_s - max((begin for begin in begun_s if begin <= event.t_s), default=0.0)


def remarks(snapshot: Snapshot, view: ChartView, *, is_latency: bool, is_over_time: bool = True) -> str:
    """What differs from the whole picture, for a chart's title: `0:12–0:31, log`. Only lines over time have
    those of another session behind them."""
    parts = []
    if view.zoom is not None:
        first_s, last_s = view.zoom
        parts.append(f"{axis_clock(int(first_s))}–{axis_clock(round(last_s))}")
    if view.is_log and is_latency:
        parts.append("log")
    if overlays_turns(snapshot, view):
        parts.append("time within each turn")
    if view.ghost is not None and is_over_time:
        parts.append(f"dotted: {view.ghost.session_id}")
    return ", ".join(parts)
