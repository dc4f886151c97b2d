"""The open model in a load worker: lets arrivals in when they are due, whatever became of those before.

Rules of this file:
- an arrival keeps its intended moment, and response times count from it, so that a user who begins late
  because the generator or the target was busy shows as late;
- every arrival is accounted for: arrivals = begun + dropped + waiting, at every tick;
- users who have finished wait at the door with their connections; the one who came last goes first, so that
  as few connections as possible are kept busy.
"""

import math
from collections.abc import Callable
from contextlib import closing
from time import monotonic_ns
from typing import TYPE_CHECKING

import anyio
import anyio.lowlevel

from engine.protocol.load_shape import Steering, share
from engine.worker.arrival_schedule import ArrivalSchedule, InterArrival
from engine.worker.timer import PreciseTimer

if TYPE_CHECKING:
    from engine.protocol.request import OpenModel
    from engine.worker.counters import TargetCounters
    from engine.worker.virtual_user import VirtualUser

NS = 1_000_000_000
ADMITTED_AT_ONCE = 100
"""At most so many arrivals are let in before the loop may turn to its sockets."""
LATE_START_S = 1.0
"""A door that opens later than this after its stages began lets nobody in who was due before: a target that
comes back must not get all the arrivals it was away for at once."""


class ArrivalScheduler:
    """One crew's door. Lives until its scope is cancelled."""

    def __init__(
        self,
        rule: "OpenModel",
        steering: Steering,
        counters: "TargetCounters",
        *,
        epoch_ns: int,
        worker: int,
        workers: int,
        seed: int,
        spawn: Callable[[], "VirtualUser"],
    ) -> None:
        self.scope = anyio.CancelScope()
        self._spawn = spawn
        """A new user, who comes to the door at once."""
        self._epoch_ns = epoch_ns
        self._most_users = share(rule.max_users, worker, workers)
        self._workers = workers
        self._counters = counters
        now_s = (monotonic_ns() - epoch_ns) / NS
        is_late = now_s - steering.began_s > LATE_START_S
        self._course = ArrivalSchedule(steering, since_s=now_s if is_late else steering.began_s)
        self._spacing = InterArrival(poisson=rule.poisson, seed=seed)
        for _ in range(worker):
            self._spacing.next_count()
        self._next_count = self._spacing.next_count()
        self._alarm: PreciseTimer | None = None
        self._free: list[VirtualUser] = []
        self._users = 0

    async def live(self) -> None:
        """Lets arrivals in, each when it is due."""
        self._alarm = PreciseTimer()
        with closing(self._alarm), self.scope:
            # A closed door lets nobody in, even where its alarm rang before the cancellation came through.
            while not self.scope.cancel_called:
                due_ns = self._due_ns()
                if due_ns > monotonic_ns():
                    await self._alarm.sleep_until(due_ns)
                else:
                    self._admit_due(due_ns)
                    await anyio.lowlevel.checkpoint()

    def steer(self, steering: Steering, at_s: float) -> None:
        """Whose hand is on the rate from a moment on."""
        self._course = self._course.steered(steering, at_s)
        if self._alarm is not None:
            self._alarm.ring()

    def close(self) -> None:
        """Nobody comes in any more; who is in may finish."""
        self.scope.cancel()
        self._free.clear()

    def wait(self, user: "VirtualUser") -> None:
        """A user has nothing to do."""
        self._free.append(user)

    def begin(self) -> None:
        """An arrival's first request is about to be sent."""
        self._counters.waiting -= 1
        self._counters.begun += 1

    def give_up(self) -> None:
        """An arrival's user ends before it began."""
        self._counters.waiting -= 1
        self._counters.dropped += 1

    def leave(self, user: "VirtualUser") -> None:
        """A user has ended."""
        self._users -= 1
        if user in self._free:
            self._free.remove(user)

    @property
    def idle(self) -> int:
        """Users who wait for an arrival."""
        return len(self._free)

    def _due_ns(self) -> float:
        """When the next arrival is due, on the monotonic clock; infinity where none is."""
        due_s = self._course.due_at(self._next_count)
        return self._epoch_ns + due_s * NS if math.isfinite(due_s) else math.inf

    def _admit_due(self, due_ns: float) -> None:
        now_ns = monotonic_ns()
        for _ in range(ADMITTED_AT_ONCE):
            # A door that was closed while its alarm rang is woken once more before its scope ends it.
            if due_ns > now_ns or self.scope.cancel_called:
                return
            self._admit(int(due_ns))
            for _ in range(self._workers):
                self._next_count = self._spacing.next_count()
            due_ns = self._due_ns()

    def _admit(self, intended_ns: int) -> None:
        """One arrival: a waiting user takes it, or a new one, or it is dropped."""
        self._counters.arrivals += 1
        if self._free:
            user = self._free.pop()
        elif self._users < self._most_users:
            self._users += 1
            user = self._spawn()
        else:
            self._counters.dropped += 1
            return
        self._counters.waiting += 1
        user.admit(intended_ns)
