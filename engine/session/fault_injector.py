"""Carries faults out and undoes them, those of a plan in their time, and tells of recoveries.

Rules of this file:
- a fault is written down before it is done, and once more when it is over; one that could not be done is
  void, changes nothing, and is told of;
- a target's users go on asking while it is struck: what they meet is what is measured;
- what was done to a target's processes is gone with them: where they end, its faults are over;
- in a `solo` schedule what all lean on is struck in one target's turn, and is as it was when that is over;
- once a session ends nothing is done any more, nor undone: everything is stopped as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import anyio
from anyio.abc import TaskGroup

from engine.hosting.manager import TargetManager
from engine.hosting.target_instance import TargetInstance
from engine.metrics.records import FaultBegan, FaultEnded
from engine.metrics.recovery import recovery_text
from engine.plan.commands import Notice
from engine.plan.faults import Fault, check_fault
from engine.plan.plan import Plan
from engine.protocol.load_shape import Steering
from engine.recording.recorder import Recorder
from targets.errors import AbreastError, TargetError, UsageError
from targets.runtime import Undo

FIRST_LOOK_S = 1.0
"""The first look at a load shape comes within this time of its beginning; what a target that joined later has
missed is left out."""


@dataclass(slots=True, eq=False)
class Strike:
    """A fault that was injected and is not over."""

    number: int
    fault: Fault
    instance: TargetInstance | None
    """Whose; None for what all lean on."""
    whose: str
    """The target that it concerns; empty for all."""
    ending: anyio.Event = field(default_factory=anyio.Event)
    """Somebody wants it undone."""
    is_void: bool = False
    """There is nothing left of it that could be undone."""
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)


class FaultInjector:
    """One session's. Lives within a task group that its owner keeps."""

    def __init__(self, plan: Plan, manager: TargetManager, recorder: Recorder, group: TaskGroup) -> None:
        self._plan = plan
        self._manager = manager
        self._recorder = recorder
        self._group = group
        self._strikes: list[Strike] = []
        self._count = 0
        self._is_closed = False
        self._shape_s: dict[tuple[int, str], float] = {}
        """Where a load shape's clock stood at the last look, by fault of the plan and target."""
        self._told: set[tuple[int, str]] = set()
        """Recoveries that were told of, by fault and target."""

    def close(self) -> None:
        """The session ends."""
        self._is_closed = True
        for strike in self._strikes:
            strike.scope.cancel()

    # ------------------------------------------------------------ by hand

    def strike(
        self, fault: Fault, instance: TargetInstance | None, workload: str, *, whose: str = ""
    ) -> None:
        """Injects a fault, and returns at once. `place` is None for what all targets lean on; `whose` turn it
        is says whom it concerns, if not all. Raises UsageError where that cannot be done."""
        if instance is None:
            check_fault(fault, target="", runtime="", workload=workload)
        else:
            whose = instance.choice.name
            runtime = instance.choice.runtime(self._plan.runtime)
            check_fault(fault, target=whose, runtime=runtime, workload=workload)
            _check_ready(fault, instance)
        if any(each.instance is instance and each.fault.kind == fault.kind for each in self._strikes):
            raise UsageError(f"{fault.kind} is done already", hint="undo it first, or wait until it is over")
        if self._is_closed:
            return
        self._count += 1
        strike = Strike(self._count, fault, instance, whose)
        self._strikes.append(strike)
        self._group.start_soon(self._carry_out, strike)

    def undo(self, instance: TargetInstance, *, shared: bool = True) -> None:
        """Ends all that is done to a target, and, if `shared`, to what all targets lean on. Raises UsageError
        where there is nothing."""
        concerned = [
            each for each in self._strikes if each.instance is instance or (shared and each.instance is None)
        ]
        if not concerned:
            raise UsageError(f"nothing is done to {instance.choice.name}", hint="inject a fault first")
        for strike in concerned:
            strike.ending.set()

    def forget(self, instance: TargetInstance, but: Strike | None = None) -> None:
        """Its processes are ended, or will be: what was done to them is over."""
        for strike in self._strikes:
            if strike.instance is instance and strike is not but:
                strike.is_void = True
                strike.ending.set()

    def check_untouched(self, what: str) -> None:
        """Raises UsageError while a fault lasts, with which something else cannot be changed."""
        if self._strikes:
            lasting = ", ".join(each.fault.what for each in self._strikes)
            raise UsageError(f"{what} stays as it is", why=f"{lasting} lasts", hint="undo it first (i, undo)")

    # ------------------------------------------------------------ carrying out

    async def _carry_out(self, strike: Strike) -> None:
        fault, whose, recorder = strike.fault, strike.whose, self._recorder
        with strike.scope:
            recorder.record(FaultBegan(recorder.now_s(), strike.number, whose, fault.what))
            recorder.event("fault", whose, str(fault))
            try:
                undo = await self._do(strike)
            except AbreastError as error:
                self._strikes.remove(strike)
                recorder.record(FaultEnded(recorder.now_s(), strike.number, void=True))
                self._tell_left_out(f"{fault.what} could not be done", whose, error)
                return
            if undo is not None:
                await self._undo(strike, undo)
            self._strikes.remove(strike)
            recorder.record(FaultEnded(recorder.now_s(), strike.number))
            if undo is not None and not strike.is_void:
                recorder.event("fault", whose, f"{fault.what} is over")

    async def _undo(self, strike: Strike, undo: Undo) -> None:
        """Waits until a fault is to end, and ends it; where that fails, it lasts until somebody tries
        again."""
        lasts_s = strike.fault.lasts_s
        while True:
            with anyio.move_on_after(lasts_s):
                await strike.ending.wait()
            if strike.is_void:
                return
            try:
                await undo()
            except AbreastError as error:
                self._tell_left_out(f"{strike.fault.what} could not be undone", strike.whose, error)
                strike.ending, lasts_s = anyio.Event(), None
            else:
                return
            if strike.instance is not None and not strike.instance.takes_load:
                strike.is_void = True
                return

    def _tell_left_out(self, what: str, whose: str, error: AbreastError) -> None:
        why = ": ".join(filter(None, [error.what, error.why]))
        self._recorder.event("left-out", whose, f"{what}: {why}")
        self._recorder.notices.append(Notice("error", what, ". ".join(filter(None, [why, error.hint]))))

    async def _do(self, strike: Strike) -> Undo | None:
        """Does it; how it is undone, or None where it is over already. Raises AbreastError."""
        if strike.instance is None:
            return await self._do_to_all(strike.fault)
        fault, instance, running = strike.fault, strike.instance, strike.instance.running
        _check_ready(fault, instance)  # something else may have struck it since
        match fault.kind:
            case "pause":
                await running.pause()
                return running.unpause
            case "kill":
                self.forget(instance, but=strike)
                self._manager.kill(instance)
                return lambda: self._revive(instance)
            case "restart":
                self.forget(instance, but=strike)
                await self._manager.restart_under_load(instance)
                _check_risen(instance)
            case "kill-worker":
                await running.kill_worker()
            case "cpus" if fault.value is not None:
                return await running.limit(cpus=fault.value)
            case "memory" if fault.value is not None:
                return await self._take_memory(instance, round(fault.value))
            case _:
                raise UsageError(f"{instance.choice.name} gets no {fault.kind}")
        return None

    async def _take_memory(self, instance: TargetInstance, wanted_bytes: int) -> Undo:
        """Sets another limit of memory, which may end the target; it is started again when that is undone."""
        self._manager.put_at_risk(instance)
        try:
            restore = await instance.running.limit(memory_bytes=wanted_bytes)
        except AbreastError:
            self._manager.lift_risk(instance)
            raise

        async def give_back() -> None:
            if not instance.is_down:
                await restore()
                self._manager.lift_risk(instance)
            if instance.is_down:
                await self._revive(instance)

        return give_back

    async def _revive(self, instance: TargetInstance) -> None:
        await self._manager.revive(instance)
        _check_risen(instance)

    async def _do_to_all(self, fault: Fault) -> Undo:
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

    # ------------------------------------------------------------ by plan

    def look(self, steerings: Mapping[str, Steering], workload: str) -> None:
        """Injects what the plan has in store for this moment, ends what was for a turn that is over, and
        tells of targets that have recovered."""
        now_s = self._recorder.now_s()
        for strike in self._strikes:
            steering = steerings.get(strike.whose)
            if strike.instance is None and steering is not None and steering.is_done(now_s):
                strike.ending.set()
        for number, spec in enumerate(self._plan.fault):
            due = [
                name
                for name, steering in steerings.items()
                if spec.target in {"", name} and self._is_due(number, spec.at, name, steering)
            ]
            if due and spec.fault.traits.is_shared:
                turn = due[0] if self._plan.schedule == "solo" else ""
                self._strike_by_plan(spec.fault, None, workload, turn)
            else:
                for name in due:
                    self._strike_by_plan(spec.fault, self._manager.instances.get(name), workload, name)
        for recovery in self._recorder.timeline.recoveries():
            key = (recovery.number, recovery.target)
            if recovery.recovered_s is not None and key not in self._told:
                self._told.add(key)
                self._recorder.event("recovery", recovery.target, recovery_text(recovery))

    def _is_due(self, number: int, at_s: float, name: str, steering: Steering) -> bool:
        """Whether the load shape has passed this moment since the last look."""
        now_s = steering.shape_s(self._recorder.now_s()) - self._plan.warm_up_s
        before_s = self._shape_s.get((number, name), now_s - FIRST_LOOK_S)
        self._shape_s[number, name] = now_s
        return before_s < at_s <= now_s

    def _strike_by_plan(
        self, fault: Fault, instance: TargetInstance | None, workload: str, whose: str
    ) -> None:
        if instance is None and not fault.traits.is_shared:
            return  # it has left
        try:
            self.strike(fault, instance, workload, whose=whose)
        except UsageError as error:
            self._tell_left_out(f"{fault.what} is left out", whose, error)


def _check_ready(fault: Fault, instance: TargetInstance) -> None:
    if instance.state != "ready":
        raise UsageError(
            f"{instance.choice.name} gets no {fault.kind}",
            why=f"it is {instance.state}",
            hint="wait until it is ready",
        )


def _check_risen(instance: TargetInstance) -> None:
    if instance.state == "failed":
        raise TargetError(
            f"{instance.choice.name} did not come up again", why="its lane says why", hint="r starts it again"
        )
