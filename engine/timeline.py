"""Records → the state of a session at a moment: `apply(record)`, `snapshot(now)`. Pure.

The live session, a replay, a comparison and a report fold the same records with this class, so that they show the
same figures. Live, complete ticks come in as well (`apply_tick`), so that the newest window is fresh to the tick;
a replay has the closed seconds alone and comes to the same snapshot at every second's end.
"""

from collections import deque
from dataclasses import dataclass, field, replace
from typing import Literal

from engine.histogram import Histogram
from engine.load_shape import Stage, Steering, position_at
from engine.records import (
    Began,
    Bucket,
    Ended,
    Event,
    GeneratorSecond,
    Header,
    LoadChanged,
    Record,
    Steered,
    Stretch,
    TargetAdded,
    TargetChanged,
)
from engine.snapshot import EventSnapshot, HealthSnapshot, Light, Snapshot, TargetSnapshot
from engine.target_line import HISTORY_S, LIVE_WINDOW_S, TargetLine

EVENTS_SHOWN = 200
GENERATOR_WINDOW_S = 5


@dataclass(frozen=True, slots=True)
class View:
    """What the person chose to look at; it changes no record."""

    baseline: str = ""
    linked: bool = True
    window_s: float = LIVE_WINDOW_S


@dataclass(slots=True)
class Timeline:
    """Folds records. Mutable; `snapshot` never changes it."""

    history_s: int | None = HISTORY_S
    """Seconds of history kept for each target; None keeps all, for exports."""
    header: Header | None = None
    lines: dict[str, TargetLine] = field(default_factory=dict)
    """By target, in the order they joined; a target that was removed stays."""
    events: deque[Event] = field(default_factory=deque)
    generator: deque[GeneratorSecond] = field(default_factory=deque)
    red_s: int = 0
    """Measured seconds in which the generator's light was red."""
    amber_s: int = 0
    reasons: dict[str, Light] = field(default_factory=dict)
    """Everything that ever made the light amber or red, in measured seconds."""
    load: LoadChanged | None = None
    began_at: str = ""
    ended: Ended | None = None
    _axis: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        bounded = self.history_s is not None
        self.events = deque(maxlen=EVENTS_SHOWN if bounded else None)
        self.generator = deque(maxlen=GENERATOR_WINDOW_S if bounded else None)

    # ------------------------------------------------------------ folding

    def apply(self, record: Record) -> None:  # noqa: C901  (one arm a kind of record, each of a line or two)
        """Takes one record in."""
        match record:
            case Header():
                self.header = record
            case TargetAdded():
                self.lines[record.name] = TargetLine(record, self.history_s)
            case TargetChanged():
                self.lines[record.name].change(record)
            case Began():
                self.began_at = record.at
            case Steered():
                self.lines[record.target].steering = record.steering
            case LoadChanged():
                self._change_load(record)
            case Event():
                self.events.append(record)
            case Bucket():
                self._take_bucket(record)
            case GeneratorSecond():
                self._take_generator(record)
            case Ended():
                self.ended = record

    def apply_tick(self, stretch: Stretch) -> None:
        """Takes one complete tick of a target in; live only."""
        if line := self.lines.get(stretch.target):
            line.take_tick(stretch)

    def _change_load(self, record: LoadChanged) -> None:
        self.load = record
        for name, line in self.lines.items():
            if record.target in {"", name}:
                line.load_changed(int(record.t_s))

    def _take_bucket(self, bucket: Bucket) -> None:
        if line := self.lines.get(bucket.stretch.target):
            line.take_bucket(bucket)
        end = bucket.second + 1
        if not self._axis or end > self._axis[-1]:
            first = end if not self._axis else self._axis[0]
            if self.history_s is not None:
                first = max(first, end - self.history_s + 1)
            self._axis = tuple(range(first, end + 1))

    def _take_generator(self, second: GeneratorSecond) -> None:
        self.generator.append(second)
        if self.header is not None and second.second < self.header.warm_up_s:
            return
        self.red_s += second.light == "red"
        self.amber_s += second.light == "amber"
        if second.light in {"amber", "red"}:
            for reason in second.reasons:
                self.reasons.setdefault(_without_figures(reason), second.light)

    # ------------------------------------------------------------ asking

    def snapshot(self, now_s: float, view: View | None = None) -> Snapshot:
        """The picture at a moment. Raises ValueError before the header was applied."""
        if self.header is None:
            raise ValueError("a session begins with its header")
        view = view or View()
        plan = self.header.plan
        targets = tuple(
            line.snapshot(now_s, self._axis) for line in self.lines.values() if line.state != "stopped"
        )
        if self.ended is not None:
            targets = tuple(line.snapshot(now_s, self._axis) for line in self.lines.values())
        baseline = view.baseline if view.baseline in self.lines else next(iter(self.lines), "")
        return Snapshot(
            session_id=self.header.id,
            title=plan["title"],
            question=plan["question"],
            preset=plan["preset"],
            workload=self.load.workload if self.load else plan["workload"],
            think_time=self.load.think_time if self.load else self.header.think_time,
            think_time_mean_s=self.load.think_time_mean_s if self.load else self.header.think_time_mean_s,
            schedule=plan["schedule"],
            runtime=plan["runtime"],
            phase=self._phase(),
            outcome=self.ended.outcome if self.ended else "running",
            now_s=now_s,
            length_s=self.header.length_s,
            stage_text=self._stage_text(now_s),
            window_asked_s=view.window_s,
            linked=view.linked,
            baseline=baseline,
            seconds=self._axis,
            targets=with_ratios(targets, baseline),
            events=tuple(EventSnapshot(e.t_s, e.kind, e.target, e.text) for e in self.events),
            health=self.health(),
        )

    def _phase(self) -> Literal["starting", "running", "stopping", "ended"]:
        if self.ended is not None:
            return "ended"
        if not self.began_at:
            return "starting"
        return (
            "stopping"
            if all(line.state in {"stopping", "stopped"} for line in self.lines.values())
            else "running"
        )

    def _stage_text(self, now_s: float) -> str:
        steerings = [line.steering for line in self.lines.values() if line.steering and line.state == "ready"]
        if not steerings:
            return ""
        if all(steering.paused for steering in steerings):
            return "paused"
        if any(steering.manual_users is not None for steering in steerings):
            return "by hand"
        return stage_text(steerings[0], now_s, self.header.warm_up_s if self.header else 0.0)

    def health(self) -> HealthSnapshot:
        """The light now; once the session has ended, the worst that its measured seconds saw."""
        seconds = list(self.generator)[-GENERATOR_WINDOW_S:]
        light: Light = seconds[-1].light if seconds else "off"
        reasons = seconds[-1].reasons if seconds else ()
        if self.ended is not None and seconds:
            light = "red" if self.red_s else "amber" if self.amber_s else "green"
            reasons = self._verdict_reasons()
        lag = Histogram.of(second.lag for second in seconds)
        return HealthSnapshot(
            light=light,
            reasons=reasons,
            generator_cpu_pct=sum(s.cpu_pct for s in seconds) / len(seconds) if seconds else None,
            loop_lag_p99_ms=lag.quantile_us(0.99) / 1000 if lag.count else None,
            contended=self.header.contended if self.header else False,
        )

    def _verdict_reasons(self) -> tuple[str, ...]:
        if not (self.red_s or self.amber_s):
            return ()
        spans = f"red for {self.red_s} s, amber for {self.amber_s} s of the measurement"
        return (spans, *sorted(self.reasons, key=lambda reason: self.reasons[reason] != "red"))


def with_ratios(targets: tuple[TargetSnapshot, ...], baseline: str) -> tuple[TargetSnapshot, ...]:
    """The same targets, each with its goodput as a multiple of the baseline's."""
    base = next((target.window.goodput for target in targets if target.name == baseline), 0.0)
    if not base:
        return targets
    return tuple(
        target if target.name == baseline else replace(target, ratio=target.window.goodput / base)
        for target in targets
    )


def stage_text(steering: Steering, now_s: float, warm_up_s: float) -> str:
    """Where the load shape stands, in words: `stage 2/3: ramp to 20 users`."""
    stages = tuple(stage for stage in steering.stages if not stage.is_jump)
    if not stages or not steering.stages:
        return ""
    position = position_at(steering.stages, steering.shape_s(now_s))
    stage: Stage = steering.stages[position.index]
    warms = warm_up_s > 0
    number = sum(not each.is_jump for each in steering.stages[: position.index + 1])
    if warms and number <= 1:
        return "warm-up"
    users = f"{stage.users} user{'' if stage.users == 1 else 's'}"
    what = f"hold {users}" if position.users_from == stage.users else f"ramp to {users}"
    return f"stage {number - warms}/{len(stages) - warms}: {what}"


def _without_figures(reason: str) -> str:
    """A reason without its changing numbers, so that a minute of red is one reason and not sixty."""
    return " ".join("…" if any(sign.isdigit() for sign in word) else word for word in reason.split())
