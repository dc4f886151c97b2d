"""Carries faults out and undoes them, those of a plan in their time, and tells of recoveries.

Rules of this file:
- a fault is written down before it is done, and once more when it is over; one that could not be done is
  void, and changes nothing;
- a target's users go on asking while it is struck: what they meet is what is measured;
- what was done to a target's processes is gone with them: where it is started anew, its faults are over.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import anyio
from anyio.abc import TaskGroup

from engine.arena import Arena, Place
from engine.commands import Notice
from engine.faults import Fault, check_fault
from engine.load_shape import Steering
from engine.logbook import Logbook
from engine.plan import Plan
from engine.records import FaultBegan, FaultEnded
from engine.recovery import recovery_text
from engine.snapshot import TAKES_LOAD
from targets.errors import AbreastError, UsageError
from targets.runtime.containers.target import DockerTarget
from targets.runtime.local import LocalTarget

Undo = Callable[[], Awaitable[object]]

FIRST_LOOK_S = 1.0
"""The first look at a load shape comes within this time of its beginning; what a target that joined later has
missed is left out."""


@dataclass(slots=True, eq=False)
class Strike:
    """A fault that was injected and is not over."""

    number: int
    fault: Fault
    place: Place | None
    """Whose; None for what all lean on."""
    ending: anyio.Event = field(default_factory=anyio.Event)
    """Somebody wants it undone."""
    is_void: bool = False
    """There is nothing left of it that could be undone."""


class Striker:
    """One session's. Lives within a task group that its owner keeps."""

    def __init__(self, plan: Plan, arena: Arena, logbook: Logbook, group: TaskGroup) -> None:
        self._plan = plan
        self._arena = arena
        self._logbook = logbook
        self._group = group
        self._strikes: list[Strike] = []
        self._count = 0
        self._shape_s: dict[tuple[int, str], float] = {}
        """Where a load shape's clock stood at the last look, by fault of the plan and target."""
        self._told: set[tuple[int, str]] = set()
        """Recoveries that were told of, by fault and target."""

    # ------------------------------------------------------------ by hand

    def strike(self, fault: Fault, place: Place | None, workload: str, *, whose: str = "") -> None:
        """Injects a fault, and returns at once. `place` is None for what all targets lean on; `whose` turn it
        is says whom it concerns, if not all. Raises UsageError where that cannot be done."""
        if place is not None:
            runtime = place.choice.runtime(self._plan.runtime)
            check_fault(fault, target=place.choice.name, runtime=runtime, workload=workload)
            if place.state != "ready":
                name = place.choice.name
                raise UsageError(
                    f"{name} gets no {fault.kind}", why=f"it is {place.state}", hint="wait until it is ready"
                )
            whose = place.choice.name
        else:
            check_fault(fault, target="", runtime="", workload=workload)
        if any(each.place is place and each.fault.kind == fault.kind for each in self._strikes):
            raise UsageError(
                f"{fault.kind} is done already",
                why="it lasts",
                hint="undo it first, or wait until it is over",
            )
        self._count += 1
        strike = Strike(self._count, fault, place)
        self._strikes.append(strike)
        self._group.start_soon(self._carry_out, strike, whose)

    def undo(self, place: Place, *, shared: bool = True) -> None:
        """Ends all that is done to a target, and, if `shared`, to what all targets lean on. Raises UsageError
        where there is nothing."""
        concerned = [each for each in self._strikes if each.place is place or (shared and each.place is None)]
        if not concerned:
            raise UsageError(f"nothing is done to {place.choice.name}", hint="inject a fault first")
        for strike in concerned:
            strike.ending.set()

    def forget(self, place: Place) -> None:
        """Its processes are ended, or will be: what was done to them is over."""
        for strike in self._strikes:
            if strike.place is place:
                strike.is_void = True
                strike.ending.set()

    # ------------------------------------------------------------ carrying out

    async def _carry_out(self, strike: Strike, whose: str) -> None:
        fault, logbook = strike.fault, self._logbook
        logbook.record(FaultBegan(logbook.now_s(), strike.number, whose, fault.what))
        logbook.event("fault", whose, str(fault))
        try:
            undo = await self._do(strike)
        except AbreastError as error:
            self._strikes.remove(strike)
            logbook.record(FaultEnded(logbook.now_s(), strike.number, void=True))
            self._tell_trouble(f"{fault.what} could not be done", whose, error)
            return
        if undo is not None:
            with anyio.move_on_after(fault.lasts_s):
                await strike.ending.wait()
            if not strike.is_void:
                await self._undo(undo, fault, whose)
        self._strikes.remove(strike)
        logbook.record(FaultEnded(logbook.now_s(), strike.number))
        if undo is not None:
            logbook.event("fault", whose, f"{fault.what} is over")

    async def _undo(self, undo: Undo, fault: Fault, whose: str) -> None:
        try:
            await undo()
        except AbreastError as error:
            self._tell_trouble(f"{fault.what} could not be undone", whose, error)

    def _tell_trouble(self, what: str, whose: str, error: AbreastError) -> None:
        self._logbook.event("trouble", whose, f"{what}: {error.what}")
        self._logbook.notices.append(Notice("error", what, "\n".join(filter(None, [error.what, error.why]))))

    async def _do(self, strike: Strike) -> Undo | None:
        """Does it; how it is undone, or None where it is over already. Raises AbreastError."""
        if strike.place is None:
            return await self._do_to_all(strike.fault)
        fault, place, running = strike.fault, strike.place, strike.place.running
        match fault.kind:
            case "pause":
                await running.pause()
                return running.unpause
            case "kill":
                self._arena.fell(place)
                return lambda: self._arena.raise_again(place)
            case "restart":
                await self._arena.restart_under_load(place)
            case "kill-worker" if isinstance(running, LocalTarget):
                await running.kill_worker()
            case "cpus" | "memory" if isinstance(running, DockerTarget):
                return await _limit(running, fault)
            case _:
                raise UsageError(f"{place.choice.name} gets no {fault.kind}")
        return None

    async def _do_to_all(self, fault: Fault) -> Undo:
        provider, databases = self._arena.provider, self._arena.databases
        delay_s, error_rate = provider.delay_s, provider.error_rate
        match fault.kind:
            case "slow-upstream":
                await provider.set_upstream(fault.value, None)
                return lambda: provider.set_upstream(delay_s, None)
            case "break-upstream":
                await provider.set_upstream(None, fault.value)
                return lambda: provider.set_upstream(None, error_rate)
            case _:
                await databases.halt()
                return databases.resume

    # ------------------------------------------------------------ by plan

    def look(self, steerings: Mapping[str, Steering], workload: str) -> None:
        """Injects what the plan has in store for this moment, and tells of targets that have recovered."""
        for number, spec in enumerate(self._plan.fault):
            for name, steering in steerings.items():
                if spec.target in {"", name} and self._is_due(number, spec.at, name, steering):
                    self._strike_by_plan(spec.fault, name, workload)
                    if spec.fault.sort.is_shared and self._plan.schedule == "race":
                        break
        for recovery in self._logbook.timeline.recoveries():
            key = (recovery.number, recovery.target)
            if recovery.recovered_s is not None and key not in self._told:
                self._told.add(key)
                self._logbook.event("recovery", recovery.target, recovery_text(recovery))

    def _is_due(self, number: int, at_s: float, name: str, steering: Steering) -> bool:
        """Whether the load shape has passed this moment since the last look."""
        now_s = steering.shape_s(self._logbook.now_s()) - self._plan.warm_up_s
        before_s = self._shape_s.get((number, name), now_s - FIRST_LOOK_S)
        self._shape_s[number, name] = now_s
        return before_s < at_s <= now_s

    def _strike_by_plan(self, fault: Fault, name: str, workload: str) -> None:
        place = self._arena.places.get(name)
        if place is None or place.state not in TAKES_LOAD:
            return
        is_race = self._plan.schedule == "race"
        try:
            if fault.sort.is_shared:
                self.strike(fault, None, workload, whose="" if is_race else name)
            else:
                self.strike(fault, place, workload)
        except UsageError as error:
            self._tell_trouble(f"{fault.what} is left out", name, error)


async def _limit(running: DockerTarget, fault: Fault) -> Undo:
    """Changes a limit; how to change it back."""
    before = running.limits
    assert fault.value is not None
    if fault.kind == "cpus":
        await running.limit(cpus=fault.value)
        return lambda: running.limit(cpus=before.cpus)
    await running.limit(memory_bytes=round(fault.value))
    return lambda: running.limit(memory_bytes=before.memory_bytes)
