"""Injects faults and undoes them, those of a plan at their time, and reports recoveries.

Rules of this file:
- a fault is recorded before it is injected, and again when it ends; one that could not be injected is void,
  changes nothing, and is reported;
- a target's users stay while a fault is active: what happens to their requests is what is measured;
- faults of a target's processes end with those processes;
- in a `solo` schedule, a fault in something that all targets share belongs to one target's turn, and ends
  with it;
- once a session ends, no fault is injected or undone any more: everything is stopped in its current state.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import anyio
from anyio.abc import TaskGroup

from engine.hosting.manager import TargetManager
from engine.hosting.target_instance import TargetInstance
from engine.metrics.event_detail import EventDetail
from engine.metrics.records import ByHand, FaultBegan, FaultEnded
from engine.metrics.recovery import recovery_text
from engine.plan.commands import Notice
from engine.plan.fault_schedule import by_name_of_target
from engine.plan.faults import Fault, check_fault
from engine.plan.labels import labels_of
from engine.plan.plan import Plan
from engine.protocol.load_shape import Steering
from engine.recording.recorder import Recorder
from targets.errors import AbreastError, TargetError, UsageError
from targets.runtime import Undo

FIRST_LOOK_S = 1.0
"""The first look at a load shape happens within this time after the shape begins; faults that were due before
a target joined are skipped for it."""


@dataclass(slots=True, eq=False)
class ActiveFault:
    """A fault that was injected and has not ended."""

    number: int
    """Its number among the session's faults, from 1."""
    fault: Fault
    instance: TargetInstance | None
    """The target it was injected into; None for something that all targets share."""
    target: str
    """The name of the target that it affects; empty for all targets."""
    is_planned: bool = False
    """The plan wants it, not a person."""
    ending: anyio.Event = field(default_factory=anyio.Event)
    """Set when the fault is to be undone."""
    is_void: bool = False
    """Whether there is nothing left to undo."""
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)


class FaultInjector:
    """Injects the faults of one session, in a task group that belongs to the caller."""

    def __init__(self, plan: Plan, manager: TargetManager, recorder: Recorder, group: TaskGroup) -> None:
        self._plan = plan
        self._planned = by_name_of_target(plan.fault, labels_of(plan.targets, plan.runtime))
        self._manager = manager
        self._recorder = recorder
        self._group = group
        self._active: list[ActiveFault] = []
        self._count = 0
        self._is_closed = False
        self._shape_s: dict[tuple[int, str], float] = {}
        """The time on a load shape's clock at the last look, by index of the plan's fault and target."""
        self._reported: set[tuple[int, str]] = set()
        """Recoveries that were already reported, by fault and target."""

    def close(self) -> None:
        """Ends fault injection, because the session ends: active faults are not undone."""
        self._is_closed = True
        for active in self._active:
            active.scope.cancel()

    @property
    def active_text(self) -> str:
        """The active faults, in words; empty if there is none."""
        return ", ".join(active.fault.what for active in self._active)

    # ------------------------------------------------------------ manually

    def inject(
        self,
        fault: Fault,
        instance: TargetInstance | None,
        workload: str,
        *,
        target: str = "",
        is_planned: bool = False,
    ) -> None:
        """Injects a fault, and returns at once. `instance` is None for something that all targets share; then
        `target` is the target whose turn it is, if the fault belongs to a turn. `is_planned`: the plan wants
        it, not a person. Raises UsageError if the fault is not possible or already active."""
        if instance is None:
            check_fault(fault, target="", runtime="", workload=workload)
        else:
            target = instance.name
            runtime = instance.choice.runtime(self._plan.runtime)
            check_fault(fault, target=self._label_of(instance), runtime=runtime, workload=workload)
            self._check_ready(fault, instance)
        if any(each.instance is instance and each.fault.kind == fault.kind for each in self._active):
            raise UsageError(f"{fault.kind} is active already", hint="undo it first, or wait until it ends")
        if self._is_closed:
            return
        self._count += 1
        active = ActiveFault(self._count, fault, instance, target, is_planned=is_planned)
        self._active.append(active)
        self._group.start_soon(self._carry_out, active)

    def undo(self, instance: TargetInstance, *, shared: bool = True) -> None:
        """Ends all faults of a target and, if `shared`, those in things that all targets share. Raises
        UsageError if there are none."""
        concerned = [
            each for each in self._active if each.instance is instance or (shared and each.instance is None)
        ]
        if not concerned:
            raise UsageError(f"{self._label_of(instance)} has no active fault", hint="inject a fault first")
        for active in concerned:
            active.ending.set()

    def void(self, instance: TargetInstance, *, but: ActiveFault | None = None) -> None:
        """Ends a target's faults except `but` without undoing them: its processes have ended or soon will."""
        for active in self._active:
            if active.instance is instance and active is not but:
                active.is_void = True
                active.ending.set()

    def check_no_faults(self, what: str) -> None:
        """Raises UsageError while a fault is active; `what` is then not possible: `a duel cannot begin`."""
        if self._active:
            why = f"a fault is active: {self.active_text}"
            raise UsageError(f"{what} now", why=why, hint="undo it first (i, undo)")

    # ------------------------------------------------------------ carrying out

    async def _carry_out(self, active: ActiveFault) -> None:
        fault, target, recorder = active.fault, active.target, self._recorder
        with active.scope:
            recorder.record(FaultBegan(recorder.now_s(), active.number, target, fault.what))
            by_hand = None if active.is_planned else ByHand()
            injected = EventDetail("injected", fault.what, lasts_s=fault.lasts_s)
            recorder.event("fault", target, str(fault), by_hand, injected)
            try:
                undo = await self._apply(active)
            except AbreastError as error:
                self._active.remove(active)
                recorder.record(FaultEnded(recorder.now_s(), active.number, void=True))
                self._report_failure(f"{fault.what} could not be injected", target, error)
                return
            if undo is not None:
                await self._undo(active, undo)
            self._active.remove(active)
            recorder.record(FaultEnded(recorder.now_s(), active.number))
            if undo is not None and not active.is_void:
                over = EventDetail("over", fault.what)
                recorder.event("fault", target, f"{fault.what} is over", detail=over)

    async def _undo(self, active: ActiveFault, undo: Undo) -> None:
        """Waits until a fault is to end, then undoes it; if that fails, tries again at the next `undo`."""
        lasts_s = active.fault.lasts_s
        while True:
            with anyio.move_on_after(lasts_s):
                await active.ending.wait()
            if active.is_void:
                return
            try:
                await undo()
            except AbreastError as error:
                self._report_failure(f"{active.fault.what} could not be undone", active.target, error)
                active.ending, lasts_s = anyio.Event(), None
            else:
                return
            if active.instance is not None and not active.instance.takes_load:
                active.is_void = True
                return

    def _report_failure(self, what: str, target: str, error: AbreastError) -> None:
        why = ": ".join(filter(None, [error.what, error.why]))
        self._recorder.event("left-out", target, f"{what}: {why}")
        self._recorder.notices.append(Notice("error", what, ". ".join(filter(None, [why, error.hint]))))

    async def _apply(self, active: ActiveFault) -> Undo | None:
        """Injects the fault; returns how to undo it, or None if it is over already. Raises AbreastError."""
        if active.instance is None:
            return await self._apply_to_shared(active.fault)
        fault, instance, running = active.fault, active.instance, active.instance.running
        self._check_ready(fault, instance)  # another fault may have come first
        match fault.kind:
            case "pause":
                await running.pause()
                return running.unpause
            case "kill":
                self.void(instance, but=active)
                self._manager.kill(instance)
                return lambda: self._revive(instance)
            case "restart":
                self.void(instance, but=active)
                await self._manager.restart_under_load(instance)
                self._check_started(instance)
            case "kill-worker":
                await running.kill_worker()
            case "cpus" if fault.value is not None:
                return await running.limit(cpus=fault.value)
            case "memory" if fault.value is not None:
                return await self._limit_memory(instance, round(fault.value))
            case _:
                raise UsageError(f"{fault.kind} cannot be injected into {self._label_of(instance)}")
        return None

    async def _limit_memory(self, instance: TargetInstance, wanted_bytes: int) -> Undo:
        """Sets another memory limit, which may end the target. Undoing it restores the limit, and starts the
        target again if it has ended."""
        self._manager.put_at_risk(instance)
        try:
            restore = await instance.running.limit(memory_bytes=wanted_bytes)
        except AbreastError:
            self._manager.lift_risk(instance)
            raise

        async def undo() -> None:
            if not instance.is_down:
                await restore()
                self._manager.lift_risk(instance)
            if instance.is_down:
                await self._revive(instance)

        return undo

    async def _revive(self, instance: TargetInstance) -> None:
        await self._manager.revive(instance)
        self._check_started(instance)

    async def _apply_to_shared(self, fault: Fault) -> Undo:
        dependencies, databases = self._manager.dependencies, self._manager.databases
        delay_s, error_rate = dependencies.delay_s, dependencies.error_rate
        match fault.kind:
            case "slow-upstream":
                await dependencies.set_upstream(fault.value, None)
                return lambda: dependencies.set_upstream(delay_s, None)
            case "break-upstream":
                await dependencies.set_upstream(None, fault.value)
                return lambda: dependencies.set_upstream(None, error_rate)
            case _:
                await databases.halt()
                return databases.resume

    # ------------------------------------------------------------ from the plan

    def look(self, steerings: Mapping[str, Steering], workload: str) -> None:
        """Injects the plan's faults that are due, ends those of turns that are over, and reports targets that
        have recovered."""
        self._end_faults_of_past_turns(steerings)
        for number, spec in enumerate(self._planned):
            due = [
                name
                for name, steering in steerings.items()
                if spec.target in {"", name} and self._is_due(number, spec.at, name, steering)
            ]
            if due and spec.fault.traits.is_shared:
                turn = due[0] if self._plan.schedule == "solo" else ""
                self._inject_by_plan(spec.fault, None, workload, turn)
            else:
                for name in due:
                    if instance := self._manager.instances.get(name):  # None: it was removed
                        self._inject_by_plan(spec.fault, instance, workload, name)
        self._report_recoveries()

    def _end_faults_of_past_turns(self, steerings: Mapping[str, Steering]) -> None:
        now_s = self._recorder.now_s()
        for active in self._active:
            steering = steerings.get(active.target)
            if active.instance is None and steering is not None and steering.is_done(now_s):
                active.ending.set()

    def _is_due(self, number: int, at_s: float, name: str, steering: Steering) -> bool:
        """Whether the load shape has passed `at_s` since the last look."""
        now_s = steering.shape_s(self._recorder.now_s()) - self._plan.warm_up_s
        before_s = self._shape_s.get((number, name), now_s - FIRST_LOOK_S)
        self._shape_s[number, name] = now_s
        return before_s < at_s <= now_s

    def _inject_by_plan(
        self, fault: Fault, instance: TargetInstance | None, workload: str, target: str
    ) -> None:
        try:
            self.inject(fault, instance, workload, target=target, is_planned=True)
        except UsageError as error:
            self._report_failure(f"{fault.what} is skipped", target, error)

    def _report_recoveries(self) -> None:
        for recovery in self._recorder.timeline.recoveries():
            key = (recovery.number, recovery.target)
            if recovery.recovered_s is not None and key not in self._reported:
                self._reported.add(key)
                self._recorder.event("recovery", recovery.target, recovery_text(recovery))

    # ------------------------------------------------------------ checks

    def _label_of(self, instance: TargetInstance) -> str:
        return self._recorder.timeline.label_of(instance.name)

    def _check_ready(self, fault: Fault, instance: TargetInstance) -> None:
        if instance.state != "ready":
            raise UsageError(
                f"{fault.kind} cannot be injected into {self._label_of(instance)}",
                why=f"it is {instance.state}",
                hint="wait until it is ready",
            )

    def _check_started(self, instance: TargetInstance) -> None:
        if instance.state == "failed":
            raise TargetError(
                f"{self._label_of(instance)} did not start again",
                why="its lane shows why",
                hint="r starts it again",
            )
