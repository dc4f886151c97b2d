"""The open model in a load worker: gives each arrival to a user when it is due, whatever earlier ones do.

Rules of this file:
- an arrival keeps its intended start, and response times count from it, so that a user that begins late
  because the generator or the target was busy shows as late;
- every arrival is accounted for: arrivals = begun + dropped + waiting, at every tick;
- users that have finished wait here with their connections; the one that came last gets the next arrival, so
  that as few connections as possible are kept busy.
"""

import math
from collections.abc import Callable
from contextlib import closing
from time import monotonic_ns
from typing import TYPE_CHECKING, Protocol

import anyio
import anyio.lowlevel

from engine.protocol.load_shape import Steering, share
from engine.worker.arrival_schedule import ArrivalSchedule, InterArrival
from engine.worker.timer import PreciseTimer

if TYPE_CHECKING:
    from engine.protocol.request import OpenModel
    from engine.worker.counters import TargetCounters

NS = 1_000_000_000
MAX_ARRIVALS_AT_ONCE = 100
"""At most so many arrivals are given out before the event loop may serve its sockets."""
LATE_START_S = 1.0
"""A scheduler that starts later than this after its steering took effect skips what was due before: a target
that comes back must not get all the arrivals it was away for at once."""


class ArrivalUser(Protocol):
    """What the scheduler needs of a user."""

    def admit(self, intended_ns: int) -> None:
        """Gives it an arrival, which should begin at this moment of the monotonic clock."""


class ArrivalScheduler:
    """One worker's share of a target's arrivals. Runs until its scope is cancelled."""

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
        since_s: float | None = None,
        spawn: Callable[[], ArrivalUser],
    ) -> None:
        """Others sent what was due before `since_s`; `spawn` starts a new user, which waits for an arrival at
        once."""
        self.scope = anyio.CancelScope()
        self.epoch_ns = epoch_ns
        """May change while it runs."""
        self._spawn = spawn
        self._max_users = share(rule.max_users, worker, workers)
        self._workers = workers
        self._counters = counters
        begins_s = _since_s(steering, (monotonic_ns() - epoch_ns) / NS)
        self._schedule = ArrivalSchedule(steering, begins_s if since_s is None else max(begins_s, since_s))
        self._inter_arrival = InterArrival(poisson=rule.poisson, seed=seed)
        for _ in range(worker):
            self._inter_arrival.next_count()
        self._next_count = self._inter_arrival.next_count()
        self._timer: PreciseTimer | None = None
        self._idle: list[ArrivalUser] = []
        self._users = 0

    async def live(self) -> None:
        """Gives out arrivals, each when it is due."""
        self._timer = PreciseTimer()
        with closing(self._timer), self.scope:
            # Once closed, nothing is given out, even if the timer fired before the cancellation arrived.
            while not self.scope.cancel_called:
                due_ns = self._due_ns()
                if due_ns > monotonic_ns():
                    await self._timer.sleep_until(due_ns)
                else:
                    self._admit_due(due_ns)
                    await anyio.lowlevel.checkpoint()

    def steer(self, steering: Steering, at_s: float) -> None:
        """Sets what the rate follows from a session time on."""
        self._schedule = self._schedule.steered(steering, at_s)
        if self._timer is not None:
            self._timer.wake()

    def close(self) -> None:
        """Gives out no more arrivals; those that have begun may finish."""
        self.scope.cancel()
        self._idle.clear()

    def wait(self, user: ArrivalUser) -> None:
        """A user is ready for its next arrival."""
        self._idle.append(user)

    def begin(self) -> None:
        """An arrival's first request is about to be sent."""
        self._counters.waiting -= 1
        self._counters.begun += 1

    def give_up(self) -> None:
        """An arrival's user ends before it began."""
        self._counters.waiting -= 1
        self._counters.dropped += 1

    def leave(self, user: ArrivalUser) -> None:
        """A user has ended."""
        self._users -= 1
        if user in self._idle:
            self._idle.remove(user)

    @property
    def idle_users(self) -> int:
        """Users that wait for an arrival."""
        return len(self._idle)

    def _due_ns(self) -> float:
        """When the next arrival is due, on the monotonic clock; infinity where none is."""
        due_s = self._schedule.due_at(self._next_count)
        return self.epoch_ns + due_s * NS if math.isfinite(due_s) else math.inf

    def _admit_due(self, due_ns: float) -> None:
        now_ns = monotonic_ns()
        for _ in range(MAX_ARRIVALS_AT_ONCE):
            # A user that is spawned may close the scheduler.
            if due_ns > now_ns or self.scope.cancel_called:
                return
            self._admit(int(due_ns))
            for _ in range(self._workers):
                self._next_count = self._inter_arrival.next_count()
            due_ns = self._due_ns()

    def _admit(self, intended_ns: int) -> None:
        """One arrival: a waiting user takes it, or a new one does, or it is dropped."""
        self._counters.arrivals += 1
        if self._idle:
            user = self._idle.pop()
        elif self._users < self._max_users:
            self._users += 1
            user = self._spawn()
        else:
            self._counters.dropped += 1
            return
        self._counters.waiting += 1
        user.admit(intended_ns)


def _since_s(steering: Steering, now_s: float) -> float:
    """The session time from which arrivals count: since the steering took effect, or now where that was long
    ago."""
    in_effect_s = min(now_s, steering.began_s if steering.held_at_s is None else steering.held_at_s)
    return now_s if now_s - in_effect_s > LATE_START_S else in_effect_s
