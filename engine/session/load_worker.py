"""One load worker as the front knows it: its link, its clock, and what it may have used.

Rules of this file:
- whether a worker is a process here or on a cluster is its link's business (`engine.session.worker_link`);
- a worker that is refused is ended, so that it does not begin later.
"""

import time
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import count as numbers_from

import anyio

from engine.cluster.clock_offset import offset_of
from engine.cluster.clock_tracker import ClockTracker
from engine.plan.plan import MAX_USERS
from engine.protocol.messages import AddTarget, Order, Ping, Pong, SetWorkload, encode
from engine.protocol.order_parts import template_parts
from engine.session.worker_link import WorkerLink
from targets.errors import LoadError

PINGS = 5
"""A worker on a cluster that answers none of so many is refused: they take as long as its lease."""
PINGS_AFAR = 25
"""Over a network round trips differ more."""
PONG_WITHIN_S = 1.0
NUMBERS_UNREPORTED = 1_000_000
"""More requests than a worker can have sent without having reported them."""


@dataclass(slots=True, eq=False)
class LoadWorker:
    """A load worker, as the pool knows it. Mutable."""

    number: int
    link: WorkerLink
    hello_pid: int = 0
    said_hello: anyio.Event = field(default_factory=anyio.Event)
    ended: anyio.Event = field(default_factory=anyio.Event)
    asked_to_stop: bool = False
    is_spare: bool = False
    """No users are its own yet: of a spare one, the number is not known either."""
    trouble: str = ""
    end: str = ""
    """How it ended."""
    clock: ClockTracker = field(default_factory=ClockTracker)
    """The worker's clock minus this process's."""
    users: int | None = None
    """Its virtual users when it last answered a ping since this was set to None."""
    pong_within_s: float = PONG_WITHIN_S
    """How long each ping of a series waits for its answer."""
    has_begun: bool = False
    """It knows the session's clock, and takes orders about targets."""
    clock_was_measured: bool = False
    """By a series of pings."""
    ponged: anyio.Event = field(default_factory=anyio.Event)
    first_number: int = 0
    """How many request numbers its predecessors may have used."""
    first_user: int = 0
    started: Counter[str] = field(default_factory=Counter)
    """Requests by target, as far as it has reported them."""
    _pings: "numbers_from[int]" = field(default_factory=numbers_from)
    _pings_ns: dict[int, int] = field(default_factory=dict)

    @property
    def next_number(self) -> int:
        """How many request numbers it and its predecessors may have used."""
        return self.first_number + max(self.started.values(), default=0) + NUMBERS_UNREPORTED

    def succeed(self, lost: "LoadWorker") -> None:
        """Replaces a lost worker: skips all request and user numbers that it may have used."""
        self.first_number = lost.next_number
        self.first_user = lost.first_user + MAX_USERS

    def begin_anew(self, first_number: int) -> None:
        """Skips so many request numbers; all user numbers are free."""
        self.first_number, self.first_user = first_number, 0
        self.started.clear()

    async def await_hello(self, within_s: float) -> None:
        """Waits until it takes orders. Raises LoadError if it does not start."""
        with anyio.move_on_after(within_s):
            await self.said_hello.wait()
        if self.said_hello.is_set() and not self.ended.is_set():
            return
        self.refuse()
        why, log = self.how(), self.link.log
        again = f"; if it happens again, read its log: {log}" if log and log not in why else ""
        raise LoadError(
            "a load worker did not start", why=why or "it did not answer", hint=f"try again{again}"
        )

    async def measure_clock(self) -> None:
        """Measures its clock offset by a series of pings."""
        self.clock_was_measured = True
        for number in range(PINGS_AFAR if self.link.leased else PINGS):
            if self.ended.is_set() or (number >= PINGS and not self.clock.now.is_measured):
                return
            self.ponged = anyio.Event()
            await self.ping()
            with anyio.move_on_after(self.pong_within_s):
                await self.ponged.wait()

    def check_clock(self) -> None:
        """Raises LoadError if it answered no ping, unless it is a process here, which has the same clock, or
        has ended: it would not be known which seconds its figures are of."""
        if not self.link.leased or self.ended.is_set() or self.clock.now.is_measured:
            return
        self.refuse()
        raise LoadError(
            f"a load worker of node {self.link.node} does not answer",
            why=f"its clock cannot be compared with this machine's: it answered none of {PINGS} pings",
            hint="see ray status; restart Ray on that node, or remove it from the cluster",
        )

    def refuse(self) -> None:
        """Ends it at once, since nothing becomes of it."""
        self.asked_to_stop = True
        self.link.kill()

    async def ping(self) -> None:
        """Asks for its clock and its users."""
        await self.send(Ping(next(self._pings)))

    async def send(self, order: Order) -> None:
        """Sends one order, with its requests ahead of it if there are many; does nothing if the worker is
        gone."""
        if isinstance(order, AddTarget | SetWorkload):
            for part in template_parts(order.target, order.templates):
                await self._say(part)
                order = replace(order, templates=()) if order.templates else order
        await self._say(order)

    async def _say(self, order: Order) -> None:
        if self.ended.is_set():
            return
        if isinstance(order, Ping):
            self._pings_ns[order.number] = time.monotonic_ns()
        await self.link.send(encode(order))

    def how(self) -> str:
        """Describes how the worker ended."""
        return self.trouble or self.end

    def take_pong(self, pong: Pong, now_ns: int) -> None:
        """Takes in a round trip."""
        sent_ns = self._pings_ns.pop(pong.number, None)
        if sent_ns is not None:
            self.clock.take(offset_of(sent_ns, pong.clock_ns, now_ns), now_ns)
        self.users = pong.users
        self.ponged.set()
