"""Virtual users: each is one task that sends one request after another over a connection of its own.

In the closed model a user sends for as long as it is wanted. In the open model it waits for arrivals, and
sends one request, or goes through one journey, for each arrival that it is given.

Rules of this file:
- *when* a user sends is decided here, *what* and *how* in `RequestSender`;
- a user asked to leave ends at once unless a request is in flight; that one gets a grace time.
"""

from typing import TYPE_CHECKING

import anyio

from engine.protocol.outcome import REDIRECT_FAULTS
from engine.worker.adjustable_sleep import AdjustableSleep
from engine.worker.request_sender import RequestSender

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from engine.worker.arrivals import ArrivalScheduler
    from engine.worker.target_load import TargetLoad

BACKOFF_FIRST_S = 0.05
BACKOFF_LONGEST_S = 1.0


def backoff_s(failed_connections: int, rng: "Random") -> float:
    """How long to wait after the nth connection in a row without a response: doubling, with jitter."""
    longest_s = min(BACKOFF_FIRST_S * 2.0 ** min(failed_connections - 1, 16), BACKOFF_LONGEST_S)
    return longest_s * rng.uniform(0.5, 1.0)


class VirtualUser:
    """One virtual user: request, response, think time, and again."""

    __slots__ = (
        "_arrivals",
        "_failed_connections",
        "_first_think_s",
        "_intended_ns",
        "_load",
        "_on_end",
        "_sleep",
        "_thinking",
        "leave_by_ns",
        "number",
        "scope",
        "sender",
    )

    def __init__(
        self,
        load: "TargetLoad",
        number: int,
        on_end: "Callable[[VirtualUser], None]",
        *,
        first_think_s: float = 0.0,
        arrivals: "ArrivalScheduler | None" = None,
    ) -> None:
        """`arrivals` is what it waits for in the open model; None in the closed model."""
        self.number = number
        """From 0; no other user of the target has it at the same time, in any worker."""
        self.sender = RequestSender(load, number)
        self.scope = anyio.CancelScope()
        self.leave_by_ns = 0
        """When it must have left, once it was asked to."""
        self._load = load
        self._on_end = on_end
        self._first_think_s = first_think_s
        self._arrivals = arrivals
        self._intended_ns = 0
        """When the arrival that it was given should have begun; 0 once it has."""
        self._failed_connections = 0
        """Connections in a row that brought no response."""
        self._thinking = False
        self._sleep = AdjustableSleep()

    async def live(self) -> None:
        """Runs until it has left."""
        with self.scope:
            try:
                if self._first_think_s:
                    await self._think(self._first_think_s)
                if self._arrivals is None:
                    await self._send_repeatedly()
                else:
                    await self._serve(self._arrivals)
            finally:
                self.sender.close()
                if self._arrivals is not None:
                    self._withdraw_from(self._arrivals)
                self._on_end(self)

    def leave(self, by_ns: int) -> None:
        """Asks it to end; a request in flight may take until `by_ns`."""
        self.sender.stopping = True
        self.leave_by_ns = by_ns
        if not self.sender.began_ns:
            self.scope.cancel()

    def admit(self, intended_ns: int) -> None:
        """Gives it an arrival, which should begin now or should have begun."""
        self._intended_ns = intended_ns
        self._sleep.wake()

    def rescale_wait(self, factor: float) -> None:
        """Makes what is left of its think time this many times as long."""
        if self._thinking and self._sleep.rescale(factor):
            self.sender.due_ns = 0

    @property
    def _leaving(self) -> bool:
        return self.sender.stopping

    async def _send_repeatedly(self) -> None:
        load, sender = self._load, self.sender
        while not self._leaving:
            if load.paused:
                await self._wait_out_pause()
                continue
            outcome = await sender.send_next()
            if isinstance(outcome, str) and outcome not in REDIRECT_FAULTS:
                await self._back_off()
                sender.due_ns = 0
            if load.thinks:
                think_s = load.think_time.before(sender.next_step).draw_s(load.rng)
                if sender.due_ns:
                    sender.due_ns += int(think_s * 1e9)
                await self._think(think_s)

    async def _serve(self, arrivals: "ArrivalScheduler") -> None:
        """One request or journey for each arrival. No back-off: the rate says how often it tries."""
        load, sender = self._load, self.sender
        while not self._leaving:
            if not self._intended_ns:
                arrivals.wait(self)
                await self._sleep.until_woken()
            intended_ns, self._intended_ns = self._intended_ns, 0
            arrivals.begin()
            await sender.send_next(intended_ns)
            while sender.is_midway and not self._leaving:
                await self._think(load.think_time.before(sender.next_step).draw_s(load.rng))
                if load.paused:
                    await load.gate.wait()
                await sender.send_next()

    def _withdraw_from(self, arrivals: "ArrivalScheduler") -> None:
        if self._intended_ns:
            self._intended_ns = 0
            arrivals.give_up()
        arrivals.leave(self)

    async def _back_off(self) -> None:
        """Waits before the next connection, longer with each one in a row that brought no response."""
        if self.sender.got_response:
            self._failed_connections = 0
        self.sender.drop_closed_connection()
        self._failed_connections += 1
        await self._wait(backoff_s(self._failed_connections, self._load.rng))

    async def _wait_out_pause(self) -> None:
        """Waits for the end of the pause, and then a part of what a request and a think time take: users must
        not return in step. In a short turn they would still be, and a few more or fewer of their requests
        would end in it together."""
        self.sender.due_ns = 0
        await self._load.gate.wait()
        cycle_s = self._load.think_time.mean_s + self.sender.last_took_ns / 1e9
        await self._think(self._load.rng.uniform(0, cycle_s))

    async def _think(self, seconds: float) -> None:
        self._thinking = True
        await self._wait(seconds)
        self._thinking = False

    async def _wait(self, seconds: float) -> None:
        if not self._leaving and seconds > 0:
            await self._sleep.sleep(seconds)
