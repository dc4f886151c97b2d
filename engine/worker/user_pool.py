"""One worker's share of a target's virtual users: starts them, dismisses them, and counts them at each tick.

What the users share is a `TargetLoad`; how many there are follows the target's `Steering`.
"""

from collections import defaultdict
from collections.abc import Iterable
from itertools import chain
from random import Random
from time import monotonic_ns
from typing import TYPE_CHECKING

from engine.protocol.load_shape import ThinkTime, share
from engine.protocol.outcome import RESPONSE_TIMEOUT
from engine.protocol.tick_stats import OPEN_FROM_US
from engine.protocol.ticks import TICK_S
from engine.worker.arrivals import ArrivalScheduler
from engine.worker.counters import ExactCounts, LoadState, TargetCounters
from engine.worker.health_probe import HealthProbe
from engine.worker.target_load import TargetLoad
from engine.worker.virtual_user import VirtualUser

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anyio.abc import TaskGroup

    from engine.client.rows import RowSource
    from engine.protocol.load_shape import Steering
    from engine.protocol.messages import AddTarget, Begin, OpenModel, Sample, Template
    from engine.worker.ids import IdAllocator

NS = 1_000_000_000
OPEN_FROM_NS = OPEN_FROM_US * 1000
LEAVE_GRACE_S = 5.0
"""How long a request in flight may take when its user leaves because fewer users are wanted."""
SWEEPS_A_TIMEOUT = 10
"""How often requests are looked at within the shortest timeout: none ends later than a tenth after it."""
SWEPT_EACH_TICK_NS = int(SWEEPS_A_TIMEOUT * TICK_S * NS)
"""From this timeout on, looking once a tick is often enough."""
MAX_NEW_USERS_AT_ONCE = 25
"""A jump must neither flood a target's backlog nor hold the event loop for longer than a millisecond."""


class UserPool:
    """A target's users, those that are leaving, and its health probe if this worker is the first.

    It stays until the last user has left, also after the target's removal, and may be opened again meanwhile.
    """

    def __init__(
        self,
        target: str,
        begin: "Begin",
        ids: "IdAllocator",
        tasks: "TaskGroup",
        rows: "Mapping[str, RowSource] | None" = None,
    ) -> None:
        """As `deal`."""
        self.target = target
        self.counters = TargetCounters(target, begin.worker)
        self.ending = True
        """No user is wanted any more, or none yet."""
        self.load: TargetLoad
        self.steering: Steering
        self._tasks = tasks
        self._rng = Random(f"{begin.seed}/{target}/{begin.worker}")  # noqa: S311 - repeatable, not secret
        self._arrivals: ArrivalScheduler | None = None
        """In the open model."""
        self._staying: list[VirtualUser] = []
        self._leaving: set[VirtualUser] = set()
        self._health_probe: HealthProbe | None = None
        self._tick_began_ns = 0
        self._sweep_at_ns = 0
        """When requests in flight are next checked for timeouts that a tick is too long for."""

        self.deal(begin, ids, rows)

    def deal(self, begin: "Begin", ids: "IdAllocator", rows: "Mapping[str, RowSource] | None" = None) -> None:
        """Says what of the target's users is this worker's share, from the next `open` on; `rows` are those
        of the plan's data files, by name."""
        self._begin = begin
        self._ids = ids
        self._rows = rows or {}
        most = [each.most_users for each in self._rows.values() if each.most_users is not None]
        self._most_users = min(most, default=None)
        """How many users there may be at the same time, each with a row of its own; None: any number."""

    def set_epoch(self, epoch_ns: int) -> None:
        """Moves session time 0 on this worker's clock."""
        if self._arrivals is not None:
            self._arrivals.epoch_ns = epoch_ns

    def open(self, order: "AddTarget", tick: int) -> None:
        """Starts load, or starts it anew with another configuration; `tick` is the current one."""
        self.end(order.timeout_s, monotonic_ns())
        self.load = TargetLoad(
            order,
            self.counters,
            self._ids.requests,
            rows=self._rows,
            rng=self._rng,
            seed=self._begin.seed,
            worker=(self._begin.worker, self._begin.workers),
        )
        self.steering = order.steering
        self._set_gate(tick)
        self.ending = False
        self._arrivals = None if order.open_model is None else self._start_arrivals(order.open_model)
        if order.health_probe is not None and self._begin.worker == 0:
            self._health_probe = HealthProbe(
                order.health_probe, self.load.native_endpoint, self.counters, order.timeout_s
            )
            self._tasks.start_soon(self._health_probe.live)

    def _start_arrivals(self, rule: "OpenModel") -> ArrivalScheduler:
        arrivals = ArrivalScheduler(
            rule,
            self.steering,
            self.counters,
            epoch_ns=self._begin.epoch_ns,
            worker=self._begin.worker,
            workers=self._begin.workers,
            seed=self._begin.seed,
            since_s=self._begin.since_s,
            spawn=self._spawn,
        )
        self._tasks.start_soon(arrivals.live)
        return arrivals

    def end(self, grace_s: float, now_ns: int) -> None:
        """Asks all users to leave; a request in flight may take `grace_s` more. No more users come."""
        self.ending = True
        if self._arrivals is not None:
            self._arrivals.close()
        self._shrink(0, now_ns + int(grace_s * NS))
        if self._health_probe is not None:
            self._health_probe.scope.cancel()
            self._health_probe = None

    @property
    def has_ended(self) -> bool:
        """Whether it was ended and the last user has left."""
        return self.ending and not self._staying and not self._leaving

    @property
    def users(self) -> int:
        """Users that have begun and not ended."""
        return len(self._staying) + len(self._leaving)

    def set_workload(self, templates: "tuple[Template, ...]", *, journey: bool) -> None:
        """Sets what users send from now on."""
        self.load.set_workload(templates, journey=journey)

    def set_think_time(self, think_time: ThinkTime) -> None:
        """Sets how long users think; what is left of a think time is rescaled in proportion."""
        before_s = self.load.think_time.mean_s
        self.load.set_think_time(think_time)
        if before_s > 0:
            for user in self._staying:
                user.rescale_wait(think_time.mean_s / before_s)

    def steer(self, steering: "Steering", at_s: float, tick: int) -> None:
        """Sets how many users there are, and whether they send, from this session time on, which is in this
        tick."""
        self.steering = steering
        if self._arrivals is not None:
            self._arrivals.steer(steering, at_s)
        self._set_gate(tick)

    def begin_tick(self, tick: int, now_ns: int) -> None:
        """Lets users send, or stops them, as their turn begins or ends with this tick."""
        self._tick_began_ns = now_ns
        if self.steering.turns is not None:
            self._set_gate(tick)

    def _set_gate(self, tick: int) -> None:
        paused = self.steering.paused or not self.steering.has_turn(tick)
        if paused != self.load.paused:
            self.load.set_paused(paused=paused)

    def adjust(self, now_s: float, now_ns: int) -> None:
        """Starts and dismisses users so that there are as many as wanted at this session time."""
        for user in self._leaving:
            if now_ns >= user.leave_by_ns:
                user.scope.cancel()
        if self.load.shortest_timeout_ns < SWEPT_EACH_TICK_NS and now_ns >= self._sweep_at_ns:
            self._sweep_at_ns = now_ns + self.load.shortest_timeout_ns // SWEEPS_A_TIMEOUT
            self._time_out(self._in_flight(), now_ns)
        if self.ending or self._arrivals is not None:
            return
        wanted = share(self.steering.users(now_s), self._begin.worker, self._begin.workers)
        missing = wanted - len(self._staying)
        if self._most_users is not None:  # those that leave have their rows still
            missing = min(missing, self._most_users - self.users)
        if missing > 0:
            self._grow(min(missing, MAX_NEW_USERS_AT_ONCE), in_step=missing > 1)
        elif missing < 0:
            self._shrink(wanted, now_ns + int(LEAVE_GRACE_S * NS))

    def _grow(self, users: int, *, in_step: bool) -> None:
        """Starts users; if several start at once, each begins within a think time, so that they spread."""
        spread_s = self.load.think_time.mean_s if in_step else 0.0
        for _ in range(users):
            self._spawn(self._rng.uniform(0, spread_s))

    def _spawn(self, first_think_s: float = 0.0) -> VirtualUser:
        user = VirtualUser(
            self.load,
            self._ids.take_user(),
            self._forget,
            first_think_s=first_think_s,
            arrivals=self._arrivals,
        )
        self._staying.append(user)
        self._tasks.start_soon(user.live)
        return user

    def _shrink(self, users: int, leave_by_ns: int) -> None:
        for user in self._staying[users:]:
            self._leaving.add(user)
            user.leave(leave_by_ns)
        for user in self._leaving:
            user.leave_by_ns = min(user.leave_by_ns, leave_by_ns)
        del self._staying[users:]

    def _forget(self, user: VirtualUser) -> None:
        self._leaving.discard(user)
        self._ids.return_user(user.number)

    def close_tick(self, tick: int, ticks: int, now_ns: int) -> "Sample":
        """The Sample of `ticks` ticks that end with `tick`. Also ends requests whose timeout has passed."""
        in_flight = self._in_flight()
        if self.load.has_streams:
            for user in in_flight:
                user.sender.count_tokens()
        oldest_ns = min((user.sender.began_ns for user in in_flight), default=now_ns)
        idle = 0 if self._arrivals is None else self._arrivals.idle_users
        state = LoadState(
            users=len(self._staying) - idle,
            in_flight=len(in_flight),
            oldest_in_flight_us=(now_ns - oldest_ns) // 1000,
            open_ages=_open_ages(in_flight, now_ns),
            health_probe_waiting_us=self._health_probe.waiting_us(now_ns) if self._health_probe else 0,
            paused=self.steering.paused,
            notes_arrivals=self.load.notes_arrivals,
            length_us=self._length_us(now_ns),
        )
        self._time_out(in_flight, now_ns)
        return self.counters.close(tick, ticks, state)

    def _in_flight(self) -> list[VirtualUser]:
        return [user for user in chain(self._staying, self._leaving) if user.sender.began_ns]

    def _length_us(self, now_ns: int) -> int:
        """In turns: how long the ticks that end now lasted; else 0."""
        if self.steering.turns is None or not self._tick_began_ns:
            return 0
        return (now_ns - self._tick_began_ns) // 1000

    def _time_out(self, in_flight: Iterable[VirtualUser], now_ns: int) -> None:
        for user in in_flight:
            if user.sender.has_timed_out(now_ns):
                user.sender.fail(RESPONSE_TIMEOUT)


def _open_ages(in_flight: Iterable[VirtualUser], now_ns: int) -> dict[str, ExactCounts]:
    """By the request's name: how long requests have been open, from `OPEN_FROM_US` up."""
    ages: defaultdict[str, ExactCounts] = defaultdict(lambda: ExactCounts(int))
    for user in in_flight:
        if now_ns - user.sender.began_ns >= OPEN_FROM_NS:
            open_us = user.sender.open_us(now_ns)
            if open_us >= OPEN_FROM_US:
                ages[user.sender.request_name][open_us] += 1
    return ages
