"""What a session records: one clock, one journal, one timeline, one newest snapshot.

Rules of this file:
- a record is stripped of secrets, then goes to the log, the journal and the timeline, in that order, and
  nowhere else;
- nothing here waits: a journal that cannot be written is reported but does not stop the session; unwritten
  records stay in memory.
"""

import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from time import monotonic_ns
from typing import TYPE_CHECKING

from engine.machine.ceiling import Ceiling
from engine.metrics.aggregator import Advance, ClosedSecond
from engine.metrics.event_detail import NO_DETAIL, EventDetail, EventKind
from engine.metrics.light_changes import LightChanges
from engine.metrics.outages import ON_PURPOSE, SAMPLED, Outages
from engine.metrics.records import Bucket, ByHand, Ended, Event, GeneratorSecond, Header, Record, last_tick_of
from engine.metrics.target_snapshot import TAKES_LOAD
from engine.metrics.timeline import Timeline, View
from engine.plan.commands import Notice, SetBaseline, SetLinked, SetWindow, ViewCommand
from engine.protocol.load_shape import Steering
from engine.protocol.messages import TICK_S
from engine.protocol.planned_stages import PlannedStage, is_in_gap
from engine.protocol.tick_stats import TickStats, no_requests_of
from engine.recording.generator_judge import GeneratorJudge
from engine.recording.journal import JournalWriter
from engine.recording.record_secrets import public
from engine.recording.session_log import log
from targets.runtime import NO_READING, Reading
from targets.secrets import Masker

if TYPE_CHECKING:
    from engine.metrics.snapshot import Snapshot
    from engine.metrics.target_snapshot import TargetSnapshot

NOTICES_KEPT = 50
EXAMPLES_REPORTED = 20
"""For so many kinds of failed requests the first example is reported as an event."""


class Recorder:
    """Records one session. Made with the header, which is the first record."""

    def __init__(
        self,
        journal: JournalWriter,
        header: Header,
        view: View,
        ceiling: Ceiling | None = None,
        masker: Masker | None = None,
    ) -> None:
        """`ceiling` is how much this machine's load workers can send, None if not measured; `masker` knows
        the session's secrets."""
        self._masker = masker or Masker()
        self._session_id = header.id
        self.journal = journal
        self.timeline = Timeline()
        self.view = view
        """What the screen is set to show."""
        self.notices: deque[Notice] = deque(maxlen=NOTICES_KEPT)
        """Messages that the screen has not fetched yet."""
        self.warm_up_s = header.warm_up_s
        self._planned = header.planned
        self.outages = Outages()
        """Times in which one of abreast's own processes did not work."""
        self.judge = GeneratorJudge(ceiling)
        self.on_second: list[Callable[[ClosedSecond], None]] = []
        """Called for each closed second once its buckets are recorded: what they record still belongs to this
        second."""
        self.after_second: list[Callable[[Snapshot], None]] = []
        """Called with a snapshot of each second of load, once all of it is recorded."""
        self._reported: set[tuple[str, str, str]] = set()
        """Target, request and kind of the failures whose first example was reported."""
        self._light_changes = LightChanges()
        self._epoch_ns = 0
        self._unrecorded_since_s: float | None = None
        self._ended_s: float | None = None
        self._recorded = 0
        """How many records there are."""
        self._snapshot: Snapshot | None = None
        self.published_s = 0.0
        """The moment that the newest snapshot is of."""
        self.published_records = 0
        """How many records it has at least."""
        self.record(header)

    @property
    def snapshot(self) -> "Snapshot":
        """The newest one; another object after every `publish`. It is made when something looks at it, and
        without a screen nothing looks at most."""
        if self._snapshot is None:
            snapshot = self.timeline.snapshot(self.published_s, self.view)
            self._snapshot = replace(snapshot, unrecorded_since_s=self._unrecorded_since_s)
        return self._snapshot

    @property
    def epoch_ns(self) -> int:
        """Session time 0 on the monotonic clock; 0 until load begins."""
        return self._epoch_ns

    def start_clock(self, epoch_ns: int) -> None:
        """Sets session time 0 to this moment of the monotonic clock."""
        self._epoch_ns = epoch_ns

    def now_s(self) -> float:
        """Session time, in seconds; 0 until load begins, and constant once the session has ended."""
        if self._ended_s is not None:
            return self._ended_s
        return max(0.0, (monotonic_ns() - self._epoch_ns) / 1e9) if self._epoch_ns else 0.0

    def session_s(self, at_ns: int) -> float:
        """A moment of `time.monotonic_ns` in session time."""
        return (at_ns - self._epoch_ns) / 1e9

    def record(self, record: Record) -> None:
        """Records something, without secrets."""
        if isinstance(record, Ended):
            self._ended_s = record.t_s
        record = public(record, self._masker)
        log(record, self._session_id)
        before = self.journal.trouble
        self.journal.write(record)
        self.timeline.apply(record)
        self._recorded += 1
        now = self.journal.trouble
        if now and not before:
            self._unrecorded_since_s = self.now_s()
            self.event("trouble", "", f"{now}; abreast keeps the session in memory until it can")
            self.notices.append(Notice("error", "not recorded", now))
        elif before and not now:
            self._unrecorded_since_s = None
            self.event("trouble", "", "the journal is written again, and complete")
            self.notices.append(Notice("information", "recorded again", "the journal is complete"))

    def hide(self, values: Mapping[str, str]) -> None:
        """Hides those of these values, by their names in the plan, that are secrets, in all later records."""
        self._masker.learn(values)

    def event(
        self,
        kind: EventKind,
        target: str,
        text: str,
        by_hand: ByHand | None = None,
        detail: EventDetail = NO_DETAIL,
    ) -> None:
        """Records an event to show to the user; an empty target means all."""
        self.record(Event(self.now_s(), kind, target, text, by_hand, detail))

    def publish(self) -> None:
        """Makes a new snapshot, if something looks at it."""
        self._snapshot, self.published_s, self.published_records = None, self.now_s(), self._recorded

    def look(self, command: ViewCommand) -> None:
        """Changes what the snapshots show."""
        match command:
            case SetBaseline():
                self.view = replace(self.view, baseline=command.target)
            case SetLinked():
                self.view = replace(self.view, linked=command.linked)
            case SetWindow():
                self.view = replace(self.view, window_s=command.seconds)
        self.publish()

    def fold(
        self,
        advance: Advance,
        *,
        steerings: Mapping[str, Steering],
        readings: Mapping[str, Reading],
        stopped_s: float = math.inf,
    ) -> None:
        """Takes in what became complete: ticks for the live windows, closed seconds as records. Seconds that
        end after `stopped_s`, when the load was stopped, are recorded as winding down."""
        for tick_stats in advance.ticks:
            ends_s = (tick_stats.tick + 1) * TICK_S
            spoiled = self.outages.spoiling(ends_s - tick_stats.ticks * TICK_S, ends_s)
            self.timeline.apply_tick(_marked(tick_stats, spoiled))
        for second in advance.seconds:
            winding_down = second.second + 1 > stopped_s
            self._record_targets(second, steerings, readings, winding_down=winding_down)
            outages = self.outages.of(second.second)
            troubles = [f"{text}: this counts for no target" for text in outages if text not in ON_PURPOSE]
            judged = self.judge.second(second, self.timeline, troubles, is_sampled=SAMPLED in outages)
            for take in self.on_second:
                take(second)
            self._record_generator(judged)
            self.outages.settle(second.second, second.oldest_in_flight_us / 1e6)
            if self.after_second and not winding_down:
                snapshot = self._snapshot_of(second.second)
                for show in self.after_second:
                    show(snapshot)

    def _snapshot_of(self, second: int) -> "Snapshot":
        """The newest closed second under the load of its last tick: at its end, the next stage has begun."""
        snapshot = self.timeline.snapshot(second + 1 - TICK_S, self.view)
        targets = tuple(map(self._with_users_of_second, snapshot.targets))
        return replace(snapshot, now_s=float(second + 1), targets=targets)

    def _with_users_of_second(self, target: "TargetSnapshot") -> "TargetSnapshot":
        """Ticks after the second may be known already, as at the end of the load."""
        buckets = self.timeline.targets[target.name].buckets
        users = buckets[-1].tick_stats.users if buckets else target.load.users
        return replace(target, load=replace(target.load, users=users))

    def _record_targets(
        self,
        second: ClosedSecond,
        steerings: Mapping[str, Steering],
        readings: Mapping[str, Reading],
        *,
        winding_down: bool,
    ) -> None:
        """Records a bucket for each target, and the first failures of a kind as events."""
        spoiled = self.outages.spoiling(second.second, second.second + 1)
        for target, as_counted in (second.all_tick_stats | self._missing(second)).items():
            tick_stats = _marked(as_counted, spoiled)
            self._record_examples(target, tick_stats)
            self.record(
                bucket_of(
                    second,
                    tick_stats,
                    steerings.get(target),
                    readings.get(target, NO_READING),
                    warm_up_s=self.warm_up_s,
                    planned=self._planned,
                    winding_down=winding_down,
                    between_turns=second.between_turns.get(target),
                )
            )

    def _missing(self, second: ClosedSecond) -> dict[str, TickStats]:
        """Empty tick stats for the targets that take load and on which no worker reported."""
        tick = last_tick_of(second.second)
        found: dict[str, TickStats] = {}
        for name, target in self.timeline.targets.items():
            was_there = bool(target.buckets) and target.buckets[-1].second == second.second - 1
            is_missed = target.state in TAKES_LOAD and name not in second.all_tick_stats
            if is_missed and (second.missing_workers or was_there):
                found[name] = no_requests_of(name, tick)
        return found

    def _record_examples(self, target: str, tick_stats: TickStats) -> None:
        """Records the details of the first failure of each kind, for kinds that have them."""
        if tick_stats.spoiled:
            return
        for name, stats in tick_stats.requests.items():
            for kind, example in stats.examples.items():
                if (target, name, kind) not in self._reported and len(self._reported) < EXAMPLES_REPORTED:
                    self._reported.add((target, name, kind))
                    self.event("failure", target, f"{name}: {kind}: {example}")

    def _record_generator(self, second: GeneratorSecond) -> None:
        """Records an event where the load workers' light has changed for long enough, then their second: its
        record is the last of a second, so that a replay shows at its end what was shown live."""
        if self._light_changes.take(self.judge.health_light.reported):
            light, reasons = self._light_changes.reported, "; ".join(second.reasons)
            text = " again" if light == "green" else f": {reasons}" if reasons else ""
            detail = EventDetail("changed", light, reasons if light != "green" else "")
            self.event("health", "", f"generator {light}{text}", detail=detail)
        self.record(second)


def bucket_of(
    second: ClosedSecond,
    tick_stats: TickStats,
    steering: Steering | None,
    resources: Reading,
    *,
    warm_up_s: float,
    planned: Sequence[PlannedStage],
    winding_down: bool,
    between_turns: TickStats | None = None,
) -> Bucket:
    """One target's second as it is recorded; `steering` is None if nothing steers the target yet."""
    last_tick_s = second.second + 1 - TICK_S
    shape_s = steering.shape_s(second.second) if steering else second.second
    return Bucket(
        second=second.second,
        tick_stats=tick_stats,
        users_wanted=steering.users(last_tick_s) if steering else tick_stats.users,
        warm_up=shape_s < warm_up_s,
        winding_down=winding_down
        or (steering is not None and _is_without_load(steering, planned, second.second, last_tick_s)),
        missing_workers=second.missing_workers,
        resources=resources,
        between_turns=between_turns,
    )


def _is_without_load(
    steering: Steering, planned: Sequence[PlannedStage], from_s: float, last_tick_s: float
) -> bool:
    """Whether the load shape has ended, or has a gap between two levels."""
    if steering.is_done(last_tick_s):
        return True
    in_gap = is_in_gap(planned, steering.shape_s(from_s), steering.shape_s(last_tick_s))
    return in_gap and steering.manual_users is None


def _marked(tick_stats: TickStats, spoiled: str) -> TickStats:
    """The same, marked with the reason why it does not count."""
    return replace(tick_stats, spoiled=spoiled) if spoiled else tick_stats
