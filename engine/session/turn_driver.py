"""Runs the turns of a session: begins them after the warm-up, records rounds, and ends them.

Rules of this file:
- it sends one order a target when turns begin, and none at a turn: front and workers compute the
  same schedule;
- rounds are built by `engine.metrics.round_builder`, and judged where they are shown;
- if requests take longer than a target settles, turns are made longer rather than measured wrongly.
"""

from collections import deque
from dataclasses import replace

from engine.answers.verdicts.verdict import is_decided
from engine.hosting.manager import TargetManager
from engine.metrics.aggregator import Advance
from engine.metrics.round_builder import RoundBuilder
from engine.metrics.rounds import Round
from engine.plan.plan import Plan
from engine.plan.rounds import ends_when_decided, limit_s, most_rounds, turn_schedule
from engine.protocol.tick_stats import TickStats
from engine.protocol.ticks import TICK_S
from engine.protocol.turns import TurnSchedule
from engine.recording.recorder import Recorder
from engine.session.ending import Ending
from engine.session.load_control import LoadControl
from engine.session.round_judge import RoundJudge
from targets.errors import TargetError

AHEAD_TICKS = 2
"""How far in the future turns begin, so that every worker knows of them in time."""
OVERRUNS, IN_ROUNDS = 2, 4
"""Turns are made longer once so many of the newest rounds had requests that went on into the next turn."""
LONGEST_SETTLING_TICKS = 25
MEASURED_A_SETTLING = 3
"""A turn is measured for at least so many times as long as it settles."""
RECORDED_WITHIN_S = 4.0
"""The last round is recorded so long after its end at the latest; missing figures must not keep a session."""


class TurnDriver:
    """Drives the turns of one session. Does nothing in other schedules."""

    def __init__(
        self,
        plan: Plan,
        *,
        load: LoadControl,
        manager: TargetManager,
        judge: RoundJudge,
        recorder: Recorder,
        ending: Ending,
    ) -> None:
        self.has_turns = plan.schedule == "turns"
        self._plan = plan
        self._load = load
        self._manager = manager
        self._judge = judge
        self._recorder = recorder
        self._ending = ending
        self._builder: RoundBuilder | None = None
        self._began_s = 0.0
        self._overruns: deque[bool] = deque(maxlen=IN_ROUNDS)
        """Of the newest rounds: whether requests of one turn went on into the next."""

    def is_measured(self, tick_stats: TickStats) -> bool:
        """Whether a tick counts in its target's figures."""
        steering = self._load.steerings.get(tick_stats.target)
        first = tick_stats.tick - tick_stats.ticks + 1
        return steering is None or steering.measures(first, tick_stats.tick)

    async def look(self, advance: Advance) -> None:
        """Takes in what became complete, and does what is due now."""
        if not self.has_turns:
            return
        if self._builder is None:
            if self._warm_up_is_over():
                await self._begin()
            return
        self._take(self._builder, advance)
        for found, is_overrun in self._builder.complete(self._manager.readings):
            self._recorder.record(self._without_outage(found))
            self._overruns.append(is_overrun)
        if ends_when_decided(self._plan) and is_decided(self._judge.verdicts()):
            self._event(f"decided after {len(self._recorder.snapshot.rounds)} rounds")
            self._ending.ask("completed")
            return
        await self._follow(self._builder)

    def _without_outage(self, found: Round) -> Round:
        """The round, tainted if one of abreast's own processes was down in it, or requests of that time were
        still in flight."""
        spoiled = self._recorder.outages.spoiling(found.from_s, found.to_s)
        return replace(found, tainted="; ".join(filter(None, [spoiled, found.tainted])))

    def _warm_up_is_over(self) -> bool:
        following = self._load.following()
        now_s = self._recorder.now_s()
        return bool(following) and all(
            each.shape_s(now_s) >= self._plan.warm_up_s for each in following.values()
        )

    def _next_tick(self) -> int:
        return int(self._recorder.now_s() / TICK_S) + AHEAD_TICKS

    async def _begin(self) -> None:
        schedule = turn_schedule(self._plan, len(self._load.following()), self._next_tick())
        self._began_s = schedule.from_tick * TICK_S
        await self._set(schedule)
        if self._builder is not None:
            labels = self._recorder.timeline.labels_of(self._builder.names)
            self._event(f"turns of {labels}: {_lengths(schedule)}; seed {schedule.seed}")

    async def _set(self, schedule: TurnSchedule) -> None:
        """Gives all targets that take load turns; ends the session if only one does."""
        names = tuple(self._load.following())
        if len(names) < 2:
            self._fail(names)
            return
        schedule = replace(schedule, targets=len(names))
        self._builder = RoundBuilder(schedule, names, self._recorder.timeline.label_of)
        self._overruns.clear()
        await self._load.take_turns(names, schedule)

    def _fail(self, names: tuple[str, ...]) -> None:
        left = self._recorder.timeline.label_of(names[0]) if names else "none"
        self._ending.fail(
            TargetError(
                "turns cannot go on: there is nothing to compare",
                why=f"of the targets, only {left} still takes load" if names else "no target takes load",
                hint="the log of the others says why they ended: abreast sessions",
            )
        )

    def _take(self, builder: RoundBuilder, advance: Advance) -> None:
        builder.take_ticks(advance.ticks)
        for name, reading in self._manager.read_cpu().items():
            builder.take_cpu(name, self._recorder.session_s(reading.at_ns), reading.cpu_ns)
        closed = len(advance.seconds)
        for second in list(self._recorder.timeline.generator)[-closed:] if closed else ():
            builder.take_second(second)

    async def _follow(self, builder: RoundBuilder) -> None:
        """Ends turns, makes them longer, or goes on without a target that is gone."""
        now_s, schedule = self._recorder.now_s(), builder.schedule
        gone = set(builder.names) - set(self._load.following())
        if gone:
            labels = self._recorder.timeline.labels_of(name for name in builder.names if name in gone)
            self._event(f"turns go on without {labels}")
            await self._set(self._restarted(builder))
        elif sum(self._overruns) >= OVERRUNS and schedule.settling_ticks < LONGEST_SETTLING_TICKS:
            settling = min(2 * schedule.settling_ticks, LONGEST_SETTLING_TICKS)
            measured = max(schedule.measured_ticks, MEASURED_A_SETTLING * settling)
            longer = replace(self._restarted(builder), settling_ticks=settling, measured_ticks=measured)
            self._event(f"requests take longer than {schedule.settling_s:g} s: now {_lengths(longer)}")
            await self._set(longer)
        elif self._is_over(builder, now_s):
            self._ending.ask("completed")

    def _event(self, text: str) -> None:
        self._recorder.event("turns", "", text)

    def _restarted(self, builder: RoundBuilder) -> TurnSchedule:
        """The same from now on; the round that is cut off begins again."""
        return replace(builder.schedule, from_tick=self._next_tick(), first_round=self._recorded + 1)

    @property
    def _recorded(self) -> int:
        """How many rounds are recorded."""
        return len(self._recorder.timeline.rounds)

    def _is_over(self, builder: RoundBuilder, now_s: float) -> bool:
        most = most_rounds(self._plan)
        if self._recorded >= most:
            return True
        if now_s >= builder.schedule.round_begins(most + 1) * TICK_S + RECORDED_WITHIN_S:
            return True
        return now_s >= self._began_s + limit_s(self._plan)


def _lengths(schedule: TurnSchedule) -> str:
    return f"{schedule.turn_s:g} s each, after {schedule.settling_s:g} s to settle"
