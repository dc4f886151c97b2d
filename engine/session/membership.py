"""The targets that take part in a running session: adds, removes, restarts them, and changes their options.

Rules of this file:
- starting and stopping are slow and run in the background; a target that is already changing is left alone;
- a target's users end before the target does, and start once it is ready; only during a fault do users stay
  on a target that is down;
- what runs in the background holds `LoadControl.changing` while it gives or takes load, not while a target
  starts or stops; what it waited for may have overtaken it.
"""

from anyio.abc import TaskGroup

from engine.hosting import database_choice
from engine.hosting.manager import TargetManager
from engine.hosting.target_instance import TargetInstance
from engine.metrics.event_detail import EventDetail
from engine.metrics.records import ByHand
from engine.plan.commands import Notice
from engine.plan.plan import Plan
from engine.plan.targets import MAX_TARGETS, TargetChoice, name_apart
from engine.preflight.requirements import check_requirements
from engine.protocol.load_shape import Steering
from engine.recording.recorder import Recorder
from engine.session.fault_injector import FaultInjector
from engine.session.load_control import LoadControl
from engine.session.once_requests import OnceRequests
from targets.errors import UsageError, unknown
from targets.options import words

GRACE_S = 2.0
"""How long requests in flight may still take when a target leaves."""
RESTART_GRACE_S = 0.5


class Membership:
    """Handles the membership of one session. `load` starts and ends users."""

    def __init__(
        self,
        plan: Plan,
        load: LoadControl,
        *,
        manager: TargetManager,
        once: OnceRequests,
        injector: FaultInjector,
        recorder: Recorder,
        group: TaskGroup,
    ) -> None:
        self._plan = plan
        self._load = load
        self._manager = manager
        self._once = once
        self._injector = injector
        self._recorder = recorder
        self._group = group

    def instance(self, name: str) -> TargetInstance:
        """The target with this name. Raises UsageError if there is none."""
        if name not in self._manager.instances:
            raise unknown("target", name, list(self._manager.instances))
        return self._manager.instances[name]

    def started_instance(self, name: str, done: str) -> TargetInstance:
        """The target with this name, if abreast started it. Raises UsageError for any other."""
        instance = self.instance(name)
        if instance.choice.is_attached:
            raise UsageError(
                f"{self._label_of(name)} cannot be {done}",
                why="abreast did not start it",
                hint="do this where it was started",
            )
        return instance

    def _label_of(self, name: str) -> str:
        return self._recorder.timeline.label_of(name)

    def add(self, text: str) -> None:
        """Adds a target and starts it. Raises UsageError if `text` is not valid, the target cannot run here,
        or there are too many."""
        if len(self._manager.instances) >= MAX_TARGETS:
            raise UsageError(
                f"a session can have at most {MAX_TARGETS} targets", hint="remove one first, with x"
            )
        choice = name_apart(
            [self._plan.parse_target(text)],
            taken=self._recorder.timeline.targets,
        )[0]
        self._check(choice)
        instance = self._manager.add(choice)
        self._recorder.event("target", choice.name, "joins", ByHand(), EventDetail("joins"))
        self._group.start_soon(self._start_with_load, instance)

    def remove(self, name: str) -> None:
        """Removes a target. Raises UsageError if there is none with this name."""
        instance = self.instance(name)
        if self._manager.begin_removal(instance):
            self._group.start_soon(self._remove, instance)

    def restart(self, name: str) -> None:
        """Stops a target, if it runs, and starts it again; if a fault has ended it, undoes its faults
        instead. Raises UsageError for an unknown target, or one that abreast did not start."""
        instance = self.started_instance(name, "restarted")
        if instance.is_down and not instance.is_changing:
            self._injector.undo(instance, shared=False)
        else:
            self._group.start_soon(self._restart, instance)

    def set_options(self, name: str, text: str) -> None:
        """Changes a target's options and restarts it. Raises UsageError if it cannot have these options, is
        already changing, or was not started by abreast."""
        instance = self.started_instance(name, "changed")
        choice = instance.choice.with_options(text).staying(instance.choice)
        self._check(choice)
        if instance.is_changing:
            raise UsageError(f"{self._label_of(name)} is {instance.state}", hint="wait until it is done")
        if choice.runtime(self._plan.runtime) != instance.choice.runtime(self._plan.runtime):
            raise UsageError(
                f"{self._label_of(name)} cannot change its runtime",
                why="the runtime cannot change after start",
                hint="add another target",
            )
        self._manager.change(instance, choice)
        said = words(choice.target, choice.public_options) or "at their defaults"
        self._recorder.event("target", choice.name, f"options {said}", ByHand(), EventDetail("options", said))
        self._group.start_soon(self._restart, instance)

    def _check(self, choice: TargetChoice) -> None:
        """Raises UsageError if a target cannot run here, or cannot serve the current workload."""
        workload = self._load.workload
        self._plan.check_served(workload, [choice])
        check_requirements(choice, self._plan.runtime)
        database_choice.check_target(self._plan, choice, workload)

    async def _start_with_load(self, instance: TargetInstance) -> None:
        if await self._manager.start(instance) and await self._once.set_up_later(instance):
            await self._give_load(instance)

    async def _give_load(self, instance: TargetInstance) -> bool:
        """Starts the users of a target that has become ready: as many as it had, or else as many as the
        others have. Returns False if it is no longer ready."""
        async with self._load.changing:
            if instance.takes_load:
                steering = self._load.steerings.get(instance.name) or self._shared_steering()
                await self._load.add_load(instance, steering)
            return instance.takes_load

    def _shared_steering(self) -> Steering:
        """The steering of a new target: that of the first one with load, else the plan's from now on."""
        steerings = self._load.steerings
        names = (name for name, instance in self._manager.instances.items() if instance.takes_load)
        shared = (steerings[name] for name in names if name in steerings)
        return next(shared, Steering(self._plan.shape, began_s=self._recorder.now_s()))

    async def _remove(self, instance: TargetInstance) -> None:
        name = instance.choice.name
        self._injector.void(instance)
        async with self._load.changing:
            await self._load.drop_load(name, GRACE_S)
        await self._once.tear_down(instance)
        await self._manager.remove(instance)
        self._load.forget(name)
        self._recorder.event("target", name, "leaves", ByHand(), EventDetail("leaves"))

    async def _restart(self, instance: TargetInstance) -> None:
        name = instance.choice.name
        async with self._load.changing:
            if instance.is_changing:
                self._recorder.notices.append(
                    Notice(
                        "warning",
                        f"{self._label_of(name)} is {instance.state}",
                        "wait until it is done",
                    )
                )
                return
            self._injector.void(instance)
            self._recorder.event("target", name, "restarts", ByHand(), EventDetail("restarts"))
            await self._load.drop_load(name, RESTART_GRACE_S)
        if await self._manager.restart(instance) and await self._give_load(instance):
            self._recorder.event("target", name, "is ready again", detail=EventDetail("ready-again"))
