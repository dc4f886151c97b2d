"""Who takes part in a running session: targets join, leave, are restarted and get other options.

Rules of this file:
- starting and stopping takes long and runs beside all else; a target that is on the move is left alone;
- a target's users end before it does, and begin when it is ready; only a fault leaves them to a target that
  is gone.
"""

from anyio.abc import TaskGroup

from engine.arena import Arena, Place
from engine.commands import Notice
from engine.load_control import LoadControl
from engine.load_shape import Steering
from engine.logbook import Logbook
from engine.plan import Plan
from engine.striking import Striker
from engine.target_plan import MAX_TARGETS, name_apart
from targets.errors import UsageError, unknown
from targets.options import words

GRACE_S = 2.0
"""Requests in flight get this long when a target leaves."""
RESTART_GRACE_S = 0.5


class Roster:
    """One session's. `load` gives and takes users."""

    def __init__(
        self,
        plan: Plan,
        load: LoadControl,
        *,
        arena: Arena,
        striker: Striker,
        logbook: Logbook,
        group: TaskGroup,
    ) -> None:
        self._plan = plan
        self._load = load
        self._arena = arena
        self._striker = striker
        self._logbook = logbook
        self._group = group

    def place(self, name: str) -> Place:
        """A target's place. Raises UsageError for a name that nobody has."""
        if name not in self._arena.places:
            raise unknown("target", name, list(self._arena.places))
        return self._arena.places[name]

    def own_place(self, name: str, done: str) -> Place:
        """The place of a target that abreast started itself. Raises UsageError for another."""
        place = self.place(name)
        if place.choice.is_attached:
            raise UsageError(
                f"{name} is not {done}", why="abreast did not start it", hint="do so where it was started"
            )
        return place

    def add(self, text: str) -> None:
        """One more target joins. Raises UsageError."""
        if len(self._arena.places) >= MAX_TARGETS:
            raise UsageError(f"{MAX_TARGETS} targets are the most", hint="remove one first, with x")
        choice = name_apart(
            [self._plan.parse_target(text)],
            taken=self._logbook.timeline.lines,
        )[0]
        self._plan.check_served(self._load.workload, [choice])
        choice.check_here(self._plan.runtime)
        place = self._arena.add(choice)
        self._logbook.event("target", choice.name, "joins")
        self._group.start_soon(self._start_with_load, place)

    def remove(self, name: str) -> None:
        """A target leaves. Raises UsageError."""
        place = self.place(name)
        if not place.is_leaving:
            place.is_leaving = True
            self._group.start_soon(self._remove, place)

    def restart(self, name: str) -> None:
        """Stops a target, where it runs, and starts it again. Raises UsageError."""
        place = self.own_place(name, "restarted")
        if place.state == "down" and not place.is_moving:
            self._striker.undo(place, shared=False)
        else:
            self._group.start_soon(self._restart, place)

    def set_options(self, name: str, text: str) -> None:
        """A target gets other options, for which it is restarted. Raises UsageError."""
        place = self.own_place(name, "changed")
        choice = place.choice.with_options(text).staying(place.choice)
        self._plan.check_served(self._load.workload, [choice])
        choice.check_here(self._plan.runtime)
        if place.is_moving:
            raise UsageError(f"{choice.name} is {place.state}", hint="wait until it is done")
        if choice.runtime(self._plan.runtime) != place.choice.runtime(self._plan.runtime):
            raise UsageError(
                f"{choice.name} cannot move", why="runtime is chosen at its birth", hint="add another target"
            )
        self._arena.change(place, choice)
        said = words(choice.target, choice.public_options) or "as usual"
        self._logbook.event("target", choice.name, f"options {said}")
        self._group.start_soon(self._restart, place)

    async def _start_with_load(self, place: Place) -> None:
        if await self._arena.start(place):
            await self._load.add_load(place, self._shared_steering())

    def _shared_steering(self) -> Steering:
        """How a newcomer is steered: as the first target that takes load, else by the plan from now on."""
        steerings = self._load.steerings
        names = (name for name, place in self._arena.places.items() if place.takes_load)
        shared = (steerings[name] for name in names if name in steerings)
        return next(shared, Steering(self._plan.shape, began_s=self._logbook.now_s()))

    async def _remove(self, place: Place) -> None:
        name = place.choice.name
        self._striker.forget(place)
        await self._load.drop_load(name, GRACE_S)
        await self._arena.remove(place)
        self._load.forget(name)
        self._logbook.event("target", name, "leaves")

    async def _restart(self, place: Place) -> None:
        name = place.choice.name
        if place.is_moving:
            self._logbook.notices.append(
                Notice("warning", f"{name} is {place.state}", "wait until it is done")
            )
            return
        self._striker.forget(place)
        self._logbook.event("target", name, "restarts")
        await self._load.drop_load(name, RESTART_GRACE_S)
        steering = self._load.steerings.get(name) or self._shared_steering()
        if await self._arena.restart(place):
            await self._load.add_load(place, steering)
            self._logbook.event("target", name, "is ready again")
