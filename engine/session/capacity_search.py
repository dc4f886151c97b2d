"""Runs the trials of a search for capacity (`schedule = "capacity"`): looks at each tick, and gives the
target on trial its load.

What is tried next, and when the search is over, is decided in `engine.answers.capacity`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.answers.capacity.criteria import Criteria
from engine.answers.capacity.interleaving import Bounds, Searches
from engine.answers.capacity.level import can_survive
from engine.answers.capacity.observation import Observed, Place, trial_of
from engine.answers.capacity.search import Step
from engine.metrics.target_snapshot import TAKES_LOAD
from engine.metrics.target_timeline import TargetTimeline
from engine.metrics.trials import Trial
from engine.metrics.window import Window
from engine.plan.plan import Plan
from engine.protocol.messages import TICK_S, TICKS_A_BUCKET
from engine.protocol.tick_stats import TickStats
from engine.recording.recorder import Recorder
from engine.session.ending import Ending
from engine.session.load_control import LoadControl

DRAIN_WITHIN_S = 6.0
"""How long the last trial's requests may take to end; users who leave give them up after 5 s."""
START_WITHIN_S = 10.0
"""How long it may take until all users of a trial run."""
LOOK_AFTER_S = 5.0
"""A confirmation is ended early, once it cannot succeed any more, but not before it lasted so long. It is
looked at once a second."""


@dataclass(slots=True)
class _OnTrial:
    """The trial that runs. Mutable: it advances with the ticks."""

    target: str
    step: Step
    began_s: float
    running_tick: int | None = None
    """The first tick with all its users; None until then."""
    first_tick: int | None = None
    """The first that is measured; None until the load has settled."""
    looked_tick: int = 0
    """The newest tick when it was last looked at whether it can still succeed."""

    @property
    def last_tick(self) -> int:
        """The last that is measured."""
        assert self.first_tick is not None, "it is measured"
        return self.first_tick + round(self.step.seconds / TICK_S) - 1


class CapacitySearch:
    """One session's search."""

    def __init__(
        self,
        criteria: Criteria,
        bounds: Bounds,
        *,
        is_open: bool,
        load: LoadControl,
        recorder: Recorder,
        ending: Ending,
    ) -> None:
        self._criteria = criteria
        self._bounds = bounds
        self._is_open = is_open
        self._load = load
        self._recorder = recorder
        self._ending = ending
        self._on_trial: _OnTrial | None = None
        self._drained_by_s = 0.0

    @classmethod
    def of_plan(
        cls, plan: Plan, load: LoadControl, recorder: Recorder, ending: Ending
    ) -> "CapacitySearch | None":
        """The search of a plan; None if it has another schedule."""
        if plan.capacity is None or plan.slo is None:
            return None
        return cls(
            Criteria.of_slo(plan.slo.model_dump()),
            Bounds(plan.capacity.most, plan.capacity.within, plan.capacity.trials),
            is_open=plan.model == "open",
            load=load,
            recorder=recorder,
            ending=ending,
        )

    async def look(self) -> None:
        """Moves the search on: to the next trial, from settling to measuring, to the record of a trial."""
        if self._ending.is_asked:
            return
        if self._on_trial is not None and self._on_trial.target not in self._alive():
            self._on_trial = None
        if self._on_trial is None:
            await self._begin_next()
        elif self._on_trial.first_tick is None:
            self._settle(self._on_trial)
        else:
            await self._measure(self._on_trial, self._on_trial.first_tick)

    # ------------------------------------------------------------ between trials

    def _alive(self) -> list[str]:
        targets = self._recorder.timeline.targets
        return [name for name in self._load.steerings if targets[name].state in TAKES_LOAD]

    def _next(self) -> tuple[str, Step] | None:
        trials, now_s = self._recorder.timeline.trials, self._recorder.now_s()
        return Searches(trials, self._alive(), self._criteria, self._bounds, now_s).next

    async def _begin_next(self) -> None:
        """Begins the next trial once no request of the last one is left."""
        now_s = self._recorder.now_s()
        if now_s < self._drained_by_s and not all(map(_is_idle, self._alive_timelines())):
            return
        found = self._next()
        if found is None:
            self._ending.ask("completed")
            return
        target, step = found
        self._on_trial = _OnTrial(target, step, now_s)
        await self._load.hold(target, step.load)

    def _alive_timelines(self) -> list[TargetTimeline]:
        return [self._recorder.timeline.targets[name] for name in self._alive()]

    # ------------------------------------------------------------ a trial

    def _settle(self, trial: _OnTrial) -> None:
        """Begins to measure once all users run and the load has settled."""
        blocks = self._blocks(trial)
        if not blocks:
            return
        newest = blocks[-1]
        if trial.running_tick is None:
            is_late = self._recorder.now_s() - trial.began_s > START_WITHIN_S
            if self._is_open or newest.users >= trial.step.load or is_late:
                trial.running_tick = newest.tick
            return
        settled_s = (newest.tick - trial.running_tick) * TICK_S
        ok = Window.of(block for block in blocks if block.tick > trial.running_tick).ok
        needed_s = (
            self._criteria.settling_s(ok.quantile_us(0.5) / 1e6)
            if ok.count
            else self._criteria.settling_most_s
        )
        if settled_s >= needed_s - TICK_S / 2:
            trial.first_tick = newest.tick + 1

    async def _measure(self, trial: _OnTrial, first_tick: int) -> None:
        """Records the trial once it is complete, and ends its load unless it goes on with the same."""
        blocks = self._blocks(trial)
        newest = blocks[-1].tick if blocks else -1
        if newest < trial.last_tick:
            if trial.step.kind != "confirm" or (newest - first_tick + 1) * TICK_S < LOOK_AFTER_S:
                return
            if newest - trial.looked_tick < TICKS_A_BUCKET:
                return
            trial.looked_tick = newest
            so_far = self._record_of(trial, first_tick, newest)
            if can_survive(so_far, self._criteria, trial.step.seconds):
                return
            self._recorder.record(so_far)
        else:
            self._recorder.record(self._record_of(trial, first_tick, trial.last_tick))
        found = self._next()
        if found is not None and found[0] == trial.target and found[1].load == trial.step.load:
            began_s = self._recorder.now_s()
            self._on_trial = _OnTrial(trial.target, found[1], began_s, trial.running_tick, newest + 1)
            return
        self._on_trial = None
        self._drained_by_s = self._recorder.now_s() + DRAIN_WITHIN_S
        await self._load.hold(trial.target, 0)

    def _record_of(self, trial: _OnTrial, first_tick: int, last_tick: int) -> Trial:
        timeline = self._recorder.timeline
        target = timeline.targets[trial.target]
        place = Place(
            len(timeline.trials) + 1,
            trial.target,
            trial.step.load,
            trial.step.kind,
            trial.began_s,
            first_tick,
            last_tick,
        )
        observed = Observed(
            list(target.blocks),
            list(target.buckets),
            list(timeline.generator),
            target.whole.ok,
        )
        return trial_of(place, observed, self._criteria, is_open=self._is_open)

    def _blocks(self, trial: _OnTrial) -> Sequence[TickStats]:
        """The target's ticks since its load began, oldest first."""
        blocks = self._recorder.timeline.targets[trial.target].blocks
        return [block for block in blocks if block.tick * TICK_S >= trial.began_s]


def _is_idle(target: TargetTimeline) -> bool:
    """Whether no request of a target is left."""
    newest = target.blocks[-1] if target.blocks else None
    return newest is None or not (newest.in_flight or newest.waiting)
