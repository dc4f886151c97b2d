"""A crew: one worker's share of a target's virtual users, and what steers them."""

import math
from collections import defaultdict
from itertools import chain, cycle
from random import Random
from time import monotonic_ns
from typing import TYPE_CHECKING

import anyio

from engine.client.endpoint import Endpoint
from engine.protocol.address import Address
from engine.protocol.load_shape import Steering, ThinkTime, share
from engine.protocol.outcome import RESPONSE_TIMEOUT
from engine.protocol.tick_stats import OPEN_FROM_US
from engine.worker.arrivals import ArrivalScheduler
from engine.worker.counters import ExactCounts, PreparedRequest, TargetCounters
from engine.worker.health_probe import HealthProbe
from engine.worker.ids import IdAllocator
from engine.worker.scenario import Scenario, varies
from engine.worker.virtual_user import VirtualUser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anyio.abc import TaskGroup

    from engine.client.httpx_client import HttpxEndpoint
    from engine.client.websocket import WebSocket
    from engine.protocol.messages import AddTarget, Begin, OpenModel, Sample, Template

NS = 1_000_000_000
OPEN_FROM_NS = OPEN_FROM_US * 1000
LEAVE_GRACE_S = 5.0
"""How long a request in flight may take when its user leaves because fewer users are wanted."""
NEW_USERS_A_STEP = 25
"""At most so many users begin at once: a jump must neither flood a target's backlog nor hold the loop for
longer than a millisecond."""
ORDER_LENGTH = 1000
"""Requests in a weighted order before it repeats, at least."""


def weighted_order(weights: list[int], rng: Random) -> list[int]:
    """Positions of `weights` in random order, each as often as its weight says, exactly."""
    divisor = math.gcd(*weights) or 1
    once = [at for at, weight in enumerate(weights) for _ in range(weight // divisor)]
    order = once * max(1, ORDER_LENGTH // max(len(once), 1))
    rng.shuffle(order)
    return order


class UserPool:
    """The users, those who are leaving, and the target's canary where this worker is the first.

    It outlives the target's removal until the last user has left, and may be opened again meanwhile.
    """

    def __init__(self, target: str, begin: "Begin", ids: IdAllocator, tasks: "TaskGroup") -> None:
        worker, workers, seed = begin.worker, begin.workers, begin.seed
        self.target = target
        self.counters = TargetCounters()
        self.rng = Random(f"{seed}/{target}/{worker}")  # noqa: S311 - dice, not secrets
        self.gate = anyio.Event()
        self.paused = False
        self._worker = worker
        self._workers = workers
        self._seed = seed
        self._epoch_ns = begin.epoch_ns
        self._ids = ids
        self._arrival_scheduler: ArrivalScheduler | None = None
        """In the open model, where arrivals come in."""
        self._tasks = tasks
        self._staying: list[VirtualUser] = []
        self._leaving: set[VirtualUser] = set()
        self._health_probe: HealthProbe | None = None

    def open(self, order: "AddTarget") -> None:
        """Starts, or starts anew with another configuration."""
        self.end(order.timeout_s, monotonic_ns())
        address = Address(
            order.host, order.port, order.unix_path, order.tls, order.ips, proxy_port=order.proxy_port
        )
        endpoint = self._own_endpoint = Endpoint(address, order.connect_timeout_s)
        self._is_slow = order.client == "httpx"
        self.endpoint: Endpoint | HttpxEndpoint = (
            _slow(address, order.connect_timeout_s) if self._is_slow else endpoint
        )
        self._is_secure = order.tls is not None
        self.timeout_ns = int(order.timeout_s * NS)
        self.ending = False
        self.think_time = order.think_time
        steering = Steering(order.stages, order.at_s)
        self._arrival_scheduler = None
        if order.open_model is not None:
            self._open_door(order.open_model, steering)
        self.set_workload(order.templates, journey=order.journey)
        self.steer(steering, order.at_s)
        if order.health_probe is not None and self._worker == 0:
            self._health_probe = HealthProbe(order.health_probe, endpoint, self.counters, order.timeout_s)
            self._tasks.start_soon(self._health_probe.live)

    def _open_door(self, rule: "OpenModel", steering: Steering) -> None:
        self._arrival_scheduler = ArrivalScheduler(
            rule,
            steering,
            self.counters,
            epoch_ns=self._epoch_ns,
            worker=self._worker,
            workers=self._workers,
            seed=self._seed,
            spawn=self._spawn,
        )
        self._tasks.start_soon(self._arrival_scheduler.live)

    def end(self, grace_s: float, now_ns: int) -> None:
        """All users leave; no more come."""
        self.ending = True
        if self._arrival_scheduler is not None:
            self._arrival_scheduler.close()
        self._shrink(0, now_ns + int(grace_s * NS))
        self.gate.set()
        if self._health_probe is not None:
            self._health_probe.scope.cancel()
            self._health_probe = None

    @property
    def has_ended(self) -> bool:
        """Whether it was ended and the last user has left."""
        return self.ending and not self._staying and not self._leaving

    def set_workload(self, templates: "tuple[Template, ...]", *, journey: bool = False) -> None:
        """What users send from now on."""
        prepared = self.counters.prepare(templates)
        order = weighted_order([template.weight for template in templates], self.rng)
        self.only: PreparedRequest | None = prepared[0] if len(prepared) == 1 else None
        """The only request of the workload; its users need no order."""
        self.order: Iterator[PreparedRequest] = cycle([prepared[at] for at in order])
        self.scenario: Scenario | None = None
        """What users play where it varies: their next request is then for them to choose."""
        if varies(templates, journey=journey):
            self.scenario = Scenario(
                templates,
                prepared,
                order,
                journey=journey,
                seed=self._seed,
                numbers=self._ids.requests,
                is_secure=self._is_secure,
            )
        self._asks_apart = any(each.head_only or each.closes for each in prepared)
        """Some request must not follow another in the same read."""
        self._streams = any(template.kind != "http" for template in templates)
        if any(template.kind == "websocket" for template in templates):
            self._websocket_type = _websocket_type()
        self._set_pace()

    async def open_websocket(self, within_s: float) -> "WebSocket | str":
        """A connection for one conversation, or the kind of the failure."""
        return await self._own_endpoint.open(self._websocket_type, self.counters, within_s)

    def left_s(self, began_ns: int) -> float:
        """What is left of the time of a request, which runs while it is being connected too."""
        return (began_ns + self.timeout_ns - monotonic_ns()) / NS

    def next_request(self) -> PreparedRequest:
        """What the next user to ask sends."""
        return self.only or next(self.order)

    def set_think_time(self, think_time: ThinkTime) -> None:
        """How long users think from now on; what is left of a thought is stretched or cut in proportion."""
        before_s, self.think_time = self.think_time.mean_s, think_time
        self._set_pace()
        if before_s > 0:
            for user in self._staying:
                user.rescale_wait(think_time.mean_s / before_s)

    def steer(self, steering: Steering, at_s: float) -> None:
        """Who says how many users there are, and whether they send, from this session time on."""
        self.steering = steering
        if self._arrival_scheduler is not None:
            self._arrival_scheduler.steer(steering, at_s)
        if steering.paused and not self.paused:
            self.gate = anyio.Event()
        elif not steering.paused:
            self.gate.set()
        self.paused = steering.paused
        self._set_pace()

    def _set_pace(self) -> None:
        self.thinks = self.think_time.mean_s > 0
        self.can_follow_up = not (
            self.thinks
            or self.paused
            or self._asks_apart
            or self._streams
            or self._arrival_scheduler is not None
            or self._is_slow
        )
        """A user's next request may follow in the very read that brought its answer."""

    def adjust(self, now_s: float, now_ns: int) -> None:
        """Starts and ends users so that there are as many as wanted at this session time."""
        if self._leaving:
            for user in self._leaving:
                if now_ns >= user.leave_by_ns:
                    user.scope.cancel()
        if self.ending or self._arrival_scheduler is not None:
            return
        wanted = share(self.steering.users(now_s), self._worker, self._workers)
        missing = wanted - len(self._staying)
        if missing > 0:
            self._grow(min(missing, NEW_USERS_A_STEP), in_step=missing > 1)
        elif missing < 0:
            self._shrink(wanted, now_ns + int(LEAVE_GRACE_S * NS))

    def _grow(self, users: int, *, in_step: bool) -> None:
        """New users; where several come at once, each begins in the middle of a thought."""
        spread_s = self.think_time.mean_s if in_step else 0.0
        for _ in range(users):
            self._spawn(self.rng.uniform(0, spread_s))

    def _spawn(self, first_thought_s: float = 0.0) -> VirtualUser:
        user = VirtualUser(self, self._ids.user_comes(), first_thought_s, self._arrival_scheduler)
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

    def forget(self, user: VirtualUser) -> None:
        """A user has ended."""
        self._leaving.discard(user)
        self._ids.user_leaves(user.number)

    @property
    def users(self) -> int:
        """Users who have begun and not ended."""
        return len(self._staying) + len(self._leaving)

    def close_tick(self, tick: int, ticks: int, now_ns: int) -> "Sample":
        """The tick's Sample. Also ends the requests that have waited too long for their answer."""
        in_flight, oldest_ns = 0, now_ns
        open_ages: defaultdict[str, ExactCounts] = defaultdict(lambda: ExactCounts(int))
        for user in chain(self._staying, self._leaving):
            if not user.began_ns:
                continue
            in_flight += 1
            oldest_ns = min(oldest_ns, user.began_ns)
            if self._streams:
                user.count_tokens()
            if now_ns - user.began_ns >= OPEN_FROM_NS and (open_us := user.open_us(now_ns)) >= OPEN_FROM_US:
                open_ages[user.request_name][open_us] += 1
            if now_ns - user.began_ns >= self.timeout_ns:
                user.give_up(RESPONSE_TIMEOUT)
        waiting_ns = (
            now_ns - self._health_probe.began_ns if self._health_probe and self._health_probe.began_ns else 0
        )
        return self.counters.close(
            worker=self._worker,
            target=self.target,
            tick=tick,
            ticks=ticks,
            users=len(self._staying) - (self._arrival_scheduler.idle if self._arrival_scheduler else 0),
            in_flight=in_flight,
            oldest_in_flight_us=(now_ns - oldest_ns) // 1000,
            open_ages=open_ages,
            health_probe_waiting_us=waiting_ns // 1000,
            paused=self.paused,
        )


def _slow(address: Address, connect_timeout_s: float) -> "HttpxEndpoint":
    from engine.client.httpx_client import HttpxEndpoint  # httpx takes half a second to import

    return HttpxEndpoint(address, connect_timeout_s)


def _websocket_type() -> "type[WebSocket]":
    from engine.client.websocket import WebSocket  # a worker that opens none stays light

    return WebSocket
