"""Holds duels: all targets at once, saturated, on one core, compared second by second by CPU time (M10).

Rules of this file:
- a duel that interrupts a race restores everything that it changed, however it ends: cores, users and think
  times; its seconds are in no figure of the race;
- CPU time is read at the ticks, so that it belongs to the requests that were counted meanwhile; each closed
  second becomes a round, and one that shows nothing says why;
- the first seconds, in which the targets get used to it, are no rounds.
"""

import math
from dataclasses import dataclass, field

import anyio
from anyio.abc import TaskGroup

from engine.answers.verdicts.verdict import is_decided
from engine.answers.verdicts.wording import summary_sentence
from engine.hosting.manager import TargetManager
from engine.hosting.target_instance import TargetInstance
from engine.machine.environment import CorePlan, cores_in_words
from engine.machine.shared_core import idle_ns, shared_core, why_no_duel
from engine.metrics.aggregator import ClosedSecond
from engine.metrics.cpu_track import CpuTrack
from engine.metrics.duel_rounds import DuelSecond, duel_round
from engine.metrics.duels import LEAST_USERS, MOST_USERS, DuelBegan, DuelEnded
from engine.metrics.event_detail import EventDetail
from engine.metrics.outages import IN_DUEL, Outage
from engine.metrics.rounds import Round
from engine.plan.plan import Plan
from engine.plan.rounds import ends_when_decided, limit_s, most_rounds
from engine.protocol.messages import TICK_S
from engine.recording.recorder import Recorder
from engine.session.ending import Ending
from engine.session.fault_injector import FaultInjector
from engine.session.load_control import LoadControl
from engine.session.round_judge import RoundJudge
from targets.errors import AbreastError, TargetError, UsageError

WITHIN_S = 60.0
"""A duel in a race lasts no longer."""
SETTLES_S = 1.0
"""How long after its beginning the first round may begin."""
INSTEAD = "compare them in turns: --schedule turns"


def check_duel(plan: Plan, cores: CorePlan) -> None:
    """Raises UsageError if the plan is a duel that cannot be held with these cores, or not with its
    targets."""
    if plan.schedule != "duel":
        return
    if why := why_no_duel(cores):
        raise UsageError("this machine cannot hold a duel", why=why, hint=INSTEAD)
    if attached := [choice.name for choice in plan.targets if choice.is_attached]:
        raise UsageError(
            f"{', '.join(attached)} cannot take part in a duel",
            why="abreast did not start it, and cannot choose its cores",
            hint=INSTEAD,
        )


@dataclass(slots=True)
class _Duel:
    """A duel that goes on."""

    began: DuelBegan
    outage: Outage | None
    """What keeps its seconds out of a race's figures."""
    cpu: dict[str, CpuTrack] = field(default_factory=dict)
    """By target."""
    idle: CpuTrack = field(default_factory=CpuTrack)
    """Of the shared core."""
    troubles: list[tuple[float, str]] = field(default_factory=list)
    """What happened at which session time that taints the second."""
    starts: dict[str, anyio.Event | None] = field(default_factory=dict)
    """By target: what stands for its last start."""
    is_ending: bool = False
    """What it changed is being restored."""
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)

    @property
    def first_second(self) -> int:
        """The first one that is a round."""
        return math.ceil(self.began.t_s + SETTLES_S)


class Duels:
    """The duels of one session. `group` runs what reads CPU times."""

    def __init__(
        self,
        plan: Plan,
        *,
        cores: CorePlan,
        ending: Ending,
        load: LoadControl,
        manager: TargetManager,
        injector: FaultInjector,
        judge: RoundJudge,
        recorder: Recorder,
        group: TaskGroup,
    ) -> None:
        self._plan = plan
        self._cores = cores
        self._ending = ending
        self._load = load
        self._manager = manager
        self._injector = injector
        self._judge = judge
        self._recorder = recorder
        self._group = group
        self._duel: _Duel | None = None
        self._held = 0
        self.is_planned = plan.schedule == "duel"
        """Whether the whole session is a duel."""
        recorder.on_second.append(self._take)
        if self.is_planned:
            manager.placement.shared_core = shared_core(cores)

    @property
    def holds_load(self) -> bool:
        """Whether a duel controls the load now, because it interrupts a race."""
        return self._duel is not None and self._duel.began.in_race

    # ------------------------------------------------------------ beginning

    async def begin(self) -> None:
        """Turns a race into a duel. Raises UsageError or TargetError if that is not possible now; then
        nothing has changed."""
        if self._duel is not None:
            raise UsageError("a duel is held already", hint="v ends it")
        if self._plan.schedule != "race":
            raise UsageError("only a race can become a duel", hint=INSTEAD)
        if self._plan.model == "open":
            raise UsageError("there is no duel in the open model", why="arrivals saturate no target")
        self._injector.check_no_faults("a duel cannot begin")
        if any(self._load.steerings[name].paused for name in self._load.steered(None)):
            raise UsageError("a duel cannot begin while load is paused", hint="space resumes it")
        instances = self._able()
        now_s = self._recorder.now_s()
        users = max(self._load.steerings[instance.name].users(now_s) for instance in instances)
        users = min(max(users, LEAST_USERS), MOST_USERS)
        outage = self._recorder.outages.begin(IN_DUEL, now_s)
        try:
            core = await self._confine(instances)
        except AbreastError:
            await self._release()
            outage.end(self._recorder.now_s())
            raise
        self._record_beginning(core, users, instances, outage)
        await self._load.begin_duel(users)

    def start(self) -> None:
        """Begins the duel of a plan, whose targets are on the shared core since their start. Does nothing in
        other schedules. Raises UsageError or TargetError if a target cannot take part."""
        if self.is_planned:
            users, _ = self._plan.held or (0, 0.0)
            self._record_beginning(shared_core(self._cores), users, self._able(), None)

    def _able(self) -> list[TargetInstance]:
        """The targets that take load, if all of them can take part. Raises TargetError, UsageError."""
        instances = [each for each in self._manager.instances.values() if each.takes_load]
        if len(instances) < 2:
            raise UsageError("a duel needs two targets that take load", why=f"there is {len(instances)}")
        if why := why_no_duel(self._cores):
            raise UsageError("this machine cannot hold a duel", why=why, hint=INSTEAD)
        for instance in instances:
            if why := instance.running.cpu_clock.why_not:
                what = f"{self._label_of(instance.name)} cannot take part in a duel"
                raise TargetError(what, why=f"its CPU time is not counted exactly: {why}", hint=INSTEAD)
        return instances

    async def _confine(self, instances: list[TargetInstance]) -> int:
        core = self._manager.placement.shared_core = shared_core(self._cores)
        for instance in instances:
            await instance.running.confine(core)
        return core

    def _record_beginning(
        self, core: int, users: int, instances: list[TargetInstance], outage: Outage | None
    ) -> None:
        recorder = self._recorder
        now_s = recorder.now_s()
        self._held += 1
        names = tuple(instance.name for instance in instances)
        began = DuelBegan(now_s, self._held, core, users, names, in_race=outage is not None)
        self._duel = duel = _Duel(began, outage)
        recorder.record(began)
        text = f"a duel begins: all targets on {cores_in_words((core,))}, {users} users each, no think time"
        recorder.event("duel", "", text)
        self._group.start_soon(self._read_at_ticks, duel)

    # ------------------------------------------------------------ ending

    async def look(self) -> None:
        """Ends a duel that is over: it has taken its time, or too few targets are left."""
        duel = self._duel
        if duel is None or duel.is_ending:
            return
        left = [each for each in self._manager.instances.values() if each.takes_load or each.is_changing]
        why = self._why_over(duel) if len(left) > 1 else "there are too few targets"
        if why and duel.began.in_race:
            await self.end(why)
        elif why:
            self._finish(duel, why)
            self._ending.ask("completed")
            if len(left) < 2:
                self._ending.fail(
                    TargetError("the duel cannot go on: there is nothing to compare", why=f"{why} under load")
                )

    def _why_over(self, duel: _Duel) -> str:
        """Why a duel ends now, in a few words; empty if it goes on."""
        plan, in_race, rounds = self._plan, duel.began.in_race, self._rounds(duel)
        if len(rounds) >= most_rounds(plan) and not in_race:
            return "all rounds are done"
        ends_early = in_race or ends_when_decided(plan)
        if ends_early and is_decided(self._judge.verdicts(duel.began.number), ("cpu",)):
            return "decided"
        most_s = WITHIN_S if in_race else limit_s(plan)
        is_late = bool(rounds) and self._recorder.now_s() >= rounds[0].from_s + most_s
        return f"{most_s:g} s have passed" if is_late else ""

    def _rounds(self, duel: _Duel) -> list[Round]:
        """Its rounds so far."""
        return [each for each in self._recorder.timeline.rounds if each.series == duel.began.number]

    def close(self) -> None:
        """Ends the duel because the session ends: everything is stopped as it is."""
        if (duel := self._duel) is not None:
            self._finish(duel, "the session ends")

    async def end(self, why: str) -> None:
        """Ends the duel, and restores what it changed. Raises UsageError if there is none."""
        duel = self._duel
        if duel is None or duel.is_ending:
            raise UsageError("there is no duel", hint="v begins one")
        duel.is_ending = True
        with anyio.CancelScope(shield=True):
            if duel.outage is not None:
                await self._load.end_duel()
                await self._release()
                duel.outage.end(self._recorder.now_s())
        self._finish(duel, why)

    def _finish(self, duel: _Duel, why: str) -> None:
        self._duel = None
        duel.scope.cancel()
        self._recorder.record(DuelEnded(self._recorder.now_s(), why))
        count = len(self._rounds(duel))
        found = [each for each in self._judge.verdicts(duel.began.number) if each.metric == "cpu"]
        answer = summary_sentence(found).removesuffix(".")
        text = f"the duel is over after {count} round{'' if count == 1 else 's'} ({why})"
        detail = EventDetail("over", reason=answer)
        self._recorder.event("duel", "", f"{text}: {answer}" if answer else text, detail=detail)

    async def _release(self) -> None:
        placement = self._manager.placement
        placement.shared_core = None
        for instance in list(self._manager.instances.values()):  # a target may be removed meanwhile
            if instance.takes_load and not instance.is_down:
                await placement.pin(instance.choice, instance.slot, instance.running)

    # ------------------------------------------------------------ reading and rounds

    async def _read_at_ticks(self, duel: _Duel) -> None:
        with duel.scope:
            while True:
                self._read(duel)
                now_s = self._recorder.now_s()
                await anyio.sleep((math.floor(now_s / TICK_S + 1e-6) + 1) * TICK_S - now_s)

    def _read(self, duel: _Duel) -> None:
        recorder = self._recorder
        for name, reading in self._manager.read_cpu().items():
            duel.cpu.setdefault(name, CpuTrack()).add(recorder.session_s(reading.at_ns), reading.cpu_ns)
        now_s = recorder.now_s()
        duel.idle.add(now_s, idle_ns(duel.began.core))
        if fault := self._injector.active_text:
            duel.troubles.append((now_s, f"a fault was active: {fault}"))
        if recorder.timeline.sampling is not None:
            duel.troubles.append((now_s, "py-spy sampled the targets"))
        for name, instance in self._manager.instances.items():
            if name in duel.starts and duel.starts[name] is not instance.process_ended:
                duel.troubles.append((now_s, f"{self._label_of(name)} was restarted"))
            elif instance.takes_load and instance.state != "ready":
                duel.troubles.append((now_s, f"{self._label_of(name)} was {instance.state}"))
            duel.starts[name] = instance.process_ended

    def _take(self, second: ClosedSecond) -> None:
        """Records a closed second of a duel as a round."""
        duel = self._duel
        if duel is None or duel.is_ending or second.second < duel.first_second or self._is_warm_up(duel):
            return
        self._read(duel)
        number = len(self._rounds(duel)) + 1
        self._recorder.record(duel_round(second, number, duel.began.number, self._seen(duel, second)))
        duel.troubles = [each for each in duel.troubles if each[0] >= second.second + 1]

    def _seen(self, duel: _Duel, second: ClosedSecond) -> DuelSecond:
        from_s, to_s = float(second.second), second.second + 1.0
        names = [name for name in second.all_tick_stats if name in self._manager.instances]
        instances = {name: self._manager.instances[name] for name in names}
        wanted = duel.began.users
        if not duel.began.in_race:
            wanted = max((ticks.users for ticks in second.all_tick_stats.values()), default=0)
        return DuelSecond(
            cpu_s={name: duel.cpu.get(name, CpuTrack()).used_s(from_s, to_s) for name in names},
            readings=self._manager.readings,
            core_idle=duel.idle.used_s(from_s, to_s),
            users=wanted,
            trouble=self._outage(from_s, to_s) or self._distrust() or _first(duel.troubles, from_s, to_s),
            strays={name: each.running.threads_off(duel.began.core) for name, each in instances.items()},
            labels={name: self._label_of(name) for name in names},
        )

    def _is_warm_up(self, duel: _Duel) -> bool:
        """Whether the newest second belongs to the plan's warm-up."""
        targets = self._recorder.timeline.targets.values()
        newest = [target.buckets[-1] for target in targets if target.buckets]
        return not duel.began.in_race and any(bucket.warm_up for bucket in newest)

    def _outage(self, from_s: float, to_s: float) -> str:
        """Why this time counts for no target; empty if it is only because of the duel itself."""
        spoiled = self._recorder.outages.spoiling(from_s, to_s)
        return "" if spoiled == IN_DUEL else spoiled

    def _distrust(self) -> str:
        """Why the generator taints the newest second. Answers that are read late change latencies only, of
        which a duel says nothing."""
        why = self._recorder.judge.distrust
        return f"the generator was red: {why}" if why else ""

    def _label_of(self, name: str) -> str:
        return self._recorder.timeline.label_of(name)


def _first(troubles: list[tuple[float, str]], from_s: float, to_s: float) -> str:
    return next((text for t_s, text in troubles if from_s <= t_s < to_s + TICK_S), "")
