"""One target's part of the timeline: its state, its last ticks, its seconds, its totals. Pure.

Rules of this file:
- a snapshot costs the same regardless of the session's length: windows are bounded, totals are sums;
- warm-up and paused seconds are shown but excluded from every summary; spoiled seconds, in which one of
  abreast's own processes did not work, show nothing that could be mistaken for the target's figures.
"""

import math
from collections import deque
from copy import copy
from dataclasses import dataclass, field, replace
from functools import reduce

from engine.metrics.closed_figures import ClosedFigures, level_stats
from engine.metrics.figures import StatsOptions, stats_of
from engine.metrics.health_probe import probe_after
from engine.metrics.levels import LevelTracker
from engine.metrics.littles_law import little_error
from engine.metrics.live_window import first_second_of_load
from engine.metrics.newest_figures import BUCKETS_KEPT, NewestFigures
from engine.metrics.planned_load import PlannedLoad
from engine.metrics.recent_seconds import RecentSeconds
from engine.metrics.records import Bucket, GeneratorSecond, TargetAdded, TargetChanged
from engine.metrics.request_sums import SumsByName
from engine.metrics.resource_sums import ResourceSums
from engine.metrics.series import HISTORY_S, History
from engine.metrics.steered_load import has_turn, load_of, solo_turn, turn_began_s
from engine.metrics.streak import Streak, streak_after
from engine.metrics.stretches import StretchTracker
from engine.metrics.target_snapshot import (
    TAKES_LOAD,
    HealthProbe,
    Launch,
    TargetSnapshot,
    TargetState,
    Totals,
)
from engine.metrics.users_seen import UsersSeen, users_after
from engine.metrics.window import Window
from engine.metrics.window_stats import LevelStats, StretchStats, WindowStats
from engine.protocol.load_shape import Steering
from engine.protocol.outcome import never_answered
from engine.protocol.tick_stats import TickStats
from targets.runtime import NO_READING


@dataclass(slots=True)
class TargetTimeline:
    """Folds one target's records. Mutable; `snapshot` returns a `TargetSnapshot` at any moment."""

    added: TargetAdded
    history_s: int | None = HISTORY_S
    """Seconds kept for charts; None keeps all, and all buckets too, for exports."""
    stats_options: StatsOptions = field(default_factory=StatsOptions)
    state: TargetState = "waiting"
    trouble: str = ""
    address: str = ""
    steering: Steering | None = None
    planned: PlannedLoad = field(default_factory=PlannedLoad)
    """The load as it was planned, and where a person changed it."""
    custom_think_time_s: float | None = None
    """The mean of its users' think time if it differs from that of all targets; else None."""
    streams: bool = False
    """A closed second had an event or a message of a stream."""
    _resources: ResourceSums = field(default_factory=ResourceSums)
    """Of the run less warm-up and pauses, as the next four."""
    _state: Window = field(default_factory=Window)
    """Everything about it but the results of requests."""
    _earlier: SumsByName = field(default_factory=SumsByName)
    """Results of requests before the load last changed; those since then are in `levels`."""
    _between: SumsByName = field(default_factory=SumsByName)
    """In turns: results of requests outside the measured parts of its turns. Without those of the first
    second, in which requests of the warm-up ended."""
    _has_begun: bool = False
    """Whether a second counts already."""
    _whole: Window | None = None
    """Computed on demand."""
    _finished: list[LevelStats] = field(default_factory=list)
    """Figures of finished levels."""
    _closed: ClosedFigures | None = None
    """Computed on demand."""
    _health_probe: HealthProbe = field(default_factory=HealthProbe)
    """The probe's state after the last closed second."""
    _ready_s: float = 0.0
    """When it began to take load."""
    _since_s: float = 0.0
    """When it came into its state."""
    _streak: Streak = field(default_factory=Streak)
    """For how long no request has succeeded."""
    _users_seen: UsersSeen = field(default_factory=UsersSeen)
    _turn_began_s: float | None = None
    """In a `solo` schedule: when its turn really began, or will begin."""
    recent: RecentSeconds = field(init=False)
    """The newest ticks and seconds in full."""
    newest: NewestFigures = field(init=False)
    """Their figures."""
    history: History = field(init=False)
    """For the charts."""
    levels: LevelTracker = field(init=False)
    stretches: StretchTracker = field(init=False)

    def __post_init__(self) -> None:
        kept = None if self.history_s is None else BUCKETS_KEPT
        self.recent = RecentSeconds(self.stats_options.solo, kept)
        self.history = History(self.history_s)
        self.stretches = StretchTracker(self.stats_options.open_model)
        self.levels = LevelTracker(self.stats_options.open_model, keeps_finished=self.history_s is None)
        self.newest = NewestFigures(self.recent, self.levels, self.stats_options)

    @property
    def blocks(self) -> deque[TickStats]:
        """Complete ticks (live) or seconds (replayed) of the longest window, oldest first."""
        return self.recent.blocks

    @property
    def buckets(self) -> deque[Bucket]:
        """The newest closed seconds, oldest first."""
        return self.recent.buckets

    # ------------------------------------------------------------ folding

    def change(self, record: TargetChanged) -> None:
        """Sets a new state. The steady figures restart when a target becomes ready."""
        if record.state != self.state:
            self._since_s = record.t_s
        self.state, self.trouble = record.state, record.trouble
        self.address = record.address or self.address
        if record.state == "ready":
            self._health_probe, self._streak = HealthProbe(), Streak()
            self._ready_s = record.t_s
            self.load_changed(int(record.t_s))
            self.restart_window(record.t_s)

    def steer(self, steering: Steering, t_s: float) -> None:
        """Sets what controls its users from now on."""
        if self.stats_options.solo:
            self._turn_began_s = turn_began_s(self._turn_began_s, self.steering, steering, t_s)
        self.steering = steering
        if steering.manual_users is not None or steering.paused:
            self._note_steered(t_s, for_good=False)

    def change_load(self, t_s: float) -> None:
        """Its users got another think time or workload: nothing from now on is as planned."""
        self._note_steered(t_s, for_good=True)
        self.load_changed(int(t_s))
        self.restart_window(t_s)

    def restart_window(self, t_s: float) -> None:
        """Live windows reach no further back than this moment."""
        self.recent.load_from_s = math.ceil(t_s)

    def _note_steered(self, t_s: float, *, for_good: bool) -> None:
        self.planned.note_steered(self.planned.at(t_s, self.steering), for_good=for_good)
        self._closed = None

    def take_tick(self, tick_stats: TickStats) -> None:
        """Takes in a complete tick; live only."""
        self.recent.add_tick(tick_stats)

    def take_bucket(self, bucket: Bucket) -> None:
        """Takes in a closed second: live after its ticks, in a replay instead of them."""
        tick_stats = bucket.tick_stats
        self.recent.add_to_windows(bucket)
        self._health_probe = probe_after(self._health_probe, tick_stats)
        self._streak = streak_after(self._streak, tick_stats)
        before = self.buckets[-1] if self.buckets else None
        if before is None or self.levels.is_new_load(before, bucket):
            self.load_changed(bucket.second)
            first = first_second_of_load(before, bucket)
            self.recent.load_from_s = max(self.recent.load_from_s, first)
        self._closed, self._whole = None, None
        self.newest.forget()
        self.buckets.append(bucket)
        self._users_seen = users_after(self._users_seen, bucket.second, tick_stats.users)
        self.streams = self.streams or any(stats.tokens for stats in tick_stats.requests.values())
        if bucket.is_measured:
            self._add_to_sums(bucket)
        elif bucket.winding_down:
            self._state.wind_down(tick_stats)
            self.levels.wind_down(tick_stats)
        rows = self.newest.chart_rows(
            self._whole_run,
            streams=self.streams,
            silent_s=self._streak.silent_s,
            has_signals=self.history_s is not None,
        )
        self.history.add(bucket.second + 1, *rows)

    def judge(self, second: GeneratorSecond) -> None:
        """Takes in what the load workers did in the newest second."""
        if self.buckets and self.stats_options.has_claims:
            self.levels.judge(self.buckets[-1], second)
            self._closed = None

    def load_changed(self, second: int) -> None:
        """Restarts the steady window, because users, think time or workload changed in this second."""
        self._earlier.add_sums(self.levels.unsettled)
        self._earlier.add_sums(self.levels.steady.requests)
        self.stretches.load_changed(second)
        if level := self.levels.load_changed(second):
            self._finished.append(level_stats(level, self.whole.ok, self.planned, self.stats_options))
        self._closed = None
        self.newest.forget()

    def _add_to_sums(self, bucket: Bucket) -> None:
        planned = self.planned.at(bucket.second, self.steering)
        self.levels.add(bucket, planned)
        self.stretches.add(bucket, planned)
        self._state.add_state(bucket.tick_stats)
        self._resources.add_second(bucket)
        if bucket.between_turns is not None and self._has_begun:
            self._between.add_requests(bucket.between_turns.requests)
        self._has_begun = True

    # ------------------------------------------------------------ going on from a checkpoint

    def bare(self) -> "TargetTimeline":
        """The same without its newest seconds and the charts' rows; shares its parts with this one."""
        made = copy(self)
        made.recent = self.recent.emptied()
        made.newest = NewestFigures(made.recent, self.levels, self.stats_options)
        made.history = History(self.history_s)
        made._closed, made._whole = None, None
        return made

    def recall(self, bucket: Bucket) -> None:
        """Takes in a second that is in all sums already."""
        self.recent.add_to_windows(bucket)
        self.newest.forget()
        self.buckets.append(bucket)

    # ------------------------------------------------------------ asking

    @property
    def whole(self) -> Window:
        """The run less warm-up and pauses; computed once for each second."""
        if self._whole is None:
            parts = (self._earlier, self.levels.unsettled, self.levels.steady.requests)
            self._whole = self._state.with_requests(SumsByName.of(parts))
        return self._whole

    def _whole_run(self) -> Window:
        return self.whole

    def snapshot(
        self,
        now_s: float,
        *,
        newest_tick: int,
        window_s: float,
        axis: tuple[int, ...],
        steps: tuple[int, ...] = (),
        step_s: int = 1,
        think_time_s: float = 0.0,
        faults: tuple[str, ...] = (),
        is_live: bool = True,
    ) -> TargetSnapshot:
        """The target's current snapshot; `is_live` is true while load should be running.

        Its window ends with the session's newest tick even if the target has no data there. Its series use
        the axis shared by all targets, and `steps` that of the whole session where it is longer.
        `think_time_s` is the mean for targets that have no separate think time."""
        if self.custom_think_time_s is not None:
            think_time_s = self.custom_think_time_s
        added, alive = self.added, self.state in TAKES_LOAD
        last = self.blocks[-1] if self.blocks and alive else None
        bucket = self.buckets[-1] if self.buckets and alive else None
        closed = self._closed_figures()
        missing_s = self.recent.missing_s(now_s, self._ready_s) if alive and is_live else 0.0
        whole_series, whole_signals = self.history.in_steps(steps, step_s) if steps else (None, None)
        return TargetSnapshot(
            name=added.name,
            label=added.label or added.name,
            slot=added.slot,
            server=added.server,
            state=self.state,
            trouble=self.trouble,
            address=self.address,
            turn=solo_turn(self.steering, now_s) if self.stats_options.solo else "",
            load=load_of(
                self.steering,
                last,
                now_s,
                is_open=self.stats_options.open_model,
                takes_load=self.state in TAKES_LOAD,
                think_time_s=think_time_s,
            ),
            window=stats_of(Window(), options=self.stats_options)
            if missing_s
            else self._window(now_s, newest_tick, window_s),
            steady=closed.steady,
            whole=closed.whole,
            totals=Totals(closed.whole.requests, closed.whole.ok, closed.whole.errors),
            requests=closed.requests,
            resources=bucket.resources if bucket else NO_READING,
            health_probe=self._health_now(last) if alive else HealthProbe(),
            little_error=self.little_error(think_time_s),
            ratio=None,
            steady_ratio=None,
            series=self.history.series(axis),
            signals=self.history.signals(axis),
            whole_series=whole_series,
            whole_signals=whole_signals,
            spectrum=closed.spectrum,
            whole_spectrum=closed.whole_spectrum,
            turn_began_s=self._turn_began_s,
            options=added.options,
            streams=self.streams,
            runtime=added.runtime,
            database=added.database,
            missing_s=missing_s,
            faults=faults,
            levels=closed.levels,
            stretches=closed.stretches,
            usage=self._resources.usage(),
            never_answered=self.never_answered,
            users_seen=self._users_seen,
            has_turn=is_live and has_turn(self.steering, now_s),
            second=self.newest.second(self._whole_run) if alive and not missing_s else None,
            streak=self._streak if alive and is_live else Streak(),
            state_s=max(now_s - self._since_s, 0.0),
            launch=Launch(added.command, added.env, added.limits or {}, added.versions),
        )

    @property
    def never_answered(self) -> bool:
        """Whether requests were sent while it was measured, or between its turns, but none got a response,
        successful or not."""
        whole, between = self.whole, self._between.total()
        return never_answered(
            whole.total.errors | between.errors,
            asked=whole.ended + whole.in_flight + between.ended,
            ok=whole.ok.count + between.ok.count,
            tokens=whole.total.tokens + between.tokens,
        )

    def little_error(self, think_time_s: float) -> float | None:
        """How far users, rate and latency are from Little's law; None if it does not apply."""
        if not self.blocks or self.state not in TAKES_LOAD:
            return None
        turns = self.steering.turns if self.steering is not None else None
        unbroken_s = math.inf if turns is None else turns.turn_s
        return little_error(self.levels.steady, self.blocks[-1].users, think_time_s, unbroken_s=unbroken_s)

    def whole_stats(self) -> WindowStats:
        """The run less warm-up and pauses."""
        return self._closed_figures().whole

    def level_stats(self) -> tuple[LevelStats, ...]:
        """Every level that it settled at, oldest first."""
        return self._closed_figures().levels

    def _closed_figures(self) -> ClosedFigures:
        """The figures of the closed seconds; computed once for each second."""
        if self._closed is None:
            self._closed = ClosedFigures.of(
                self.whole,
                self.levels,
                self._finished,
                self.stretches.all,
                self.planned,
                self.stats_options,
            )
        return self._closed

    def stretch_stats(self) -> tuple[StretchStats, ...]:
        """Its stretches under constant load, settled or not, oldest first."""
        return self._closed_figures().stretches

    def _health_now(self, last: TickStats | None) -> HealthProbe:
        """The health probes after the newest ticks, which are in no closed second yet."""
        health_probe = reduce(probe_after, self.recent.since_closed(), self._health_probe)
        return replace(health_probe, waiting_ms=last.health_probe_waiting_us / 1000 if last else 0.0)

    def _window(self, now_s: float, newest_tick: int, window_s: float) -> WindowStats:
        """The live window; once the load shape has ended, the whole run, because nothing follows."""
        if self.steering is not None and self.steering.is_done(now_s):
            return self._closed_figures().whole
        return self.newest.live(now_s, newest_tick, window_s, self.steering, self._whole_run)
