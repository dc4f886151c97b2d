"""A load worker: a process of its own that runs virtual users and reports what became of their requests.

    python -P -m engine.worker.process --log FILE

Standard input carries orders, standard output reports, one JSON line each (`engine.protocol.messages`).

Rules of this file:
- the protocol has its two pipes for itself: whatever is printed or raised goes to the log file;
- nothing here waits for the front, and the end of its orders ends the worker at once;
- heavy imports stay out: a worker is up in under 0.3 s.
"""

import argparse
import asyncio
import gc
import os
import signal
import sys
import time
import traceback
from collections import defaultdict
from contextlib import closing, suppress
from dataclasses import replace
from time import monotonic_ns
from typing import TypeVar

import anyio
from anyio.abc import TaskGroup

from engine.machine.open_files import raise_open_files_limit
from engine.machine.time_slice import ask_for_short_slice
from engine.protocol.messages import (
    TICK_S,
    AddTarget,
    Begin,
    Heartbeat,
    Hello,
    Order,
    Ping,
    Pong,
    RemoveTarget,
    Requests,
    SetThinkTime,
    SetWorkload,
    Steer,
    Stop,
    Stopped,
    decode,
)
from engine.protocol.order_parts import Gathered
from engine.worker.counters import ExactCounts, bucketed
from engine.worker.heartbeats import HeartbeatSchedule
from engine.worker.ids import IdAllocator
from engine.worker.reporter import ReportWriter, open_report_writer
from engine.worker.timer import PreciseTimer
from engine.worker.user_pool import NS, UserPool
from targets.errors import innermost

Requested = TypeVar("Requested", AddTarget, SetWorkload)

TICK_NS = int(TICK_S * NS)
LONGEST_ORDER_BYTES = 1024 * 1024 * 1024
"""Far above any order of a plan that passed: bodies come in parts (`engine.protocol.order_parts`), and what
else a plan holds is bounded (`engine.plan.render`)."""
LAST_WORDS_WITHIN_S = 5.0
COLLECT_AFTER = (20_000, 100, 100)
"""The collector's thresholds while there are few users."""
OBJECTS_A_USER = 100
"""More than one lives on. With 10,000 users a pass of the collector stops the loop for 60 ms, and finds
nothing: what a user leaves behind is freed by its reference count. So a pass waits until what may be garbage
outweighs what users may hold; neither that more of them come nor what they do in turn sets one off."""


class Worker:
    """What the worker is doing, and how it obeys."""

    def __init__(self, tasks: TaskGroup, report_writer: ReportWriter) -> None:
        self.ended = anyio.Event()
        """Nothing is left to do."""
        self.trouble = ""
        """Why it ended, where nobody asked it to."""
        self._tasks = tasks
        self._report_writer = report_writer
        self._begun = anyio.Event()
        self._begin = Begin(0, 0, 1)
        self._pools: dict[str, UserPool] = {}
        self._numberings: dict[str, IdAllocator] = {}
        """By target, those that have left as well."""
        self._gathered: defaultdict[str, Gathered] = defaultdict(Gathered)
        """By target: requests that came ahead of their order."""
        self._stopping = False
        self._next_tick = 0
        """The first tick that is not closed yet."""
        self._lag: ExactCounts = defaultdict(int)
        self._most_users = 0

    @property
    def number(self) -> int:
        """From 0; 0 as well until the session's clock was started."""
        return self._begin.worker

    # ------------------------------------------------------------ orders

    async def read_orders(self, orders: asyncio.StreamReader) -> None:
        """Obeys one line after the other, until there are no more."""
        while line := await orders.readline():
            order = decode(line)
            if isinstance(order, Ping):
                self._report_writer.say(Pong(order.number, monotonic_ns()))
            else:
                self._obey(order)
        self.trouble = self.trouble or "the front closed its orders"
        self.ended.set()

    def _obey(self, order: object) -> None:
        match order:
            case Begin():
                self._begin = order
                self._next_tick = max(0, self._tick_at(monotonic_ns()))
                self._begun.set()
            case Requests():
                self._gathered[order.target].take(order)
            case AddTarget():
                self._add(self._whole(order))
            case Stop():
                self._stop(order.grace_s)
            case RemoveTarget() | SetThinkTime() | SetWorkload() | Steer():
                pool = self._pools.get(order.target)
                if pool is None or pool.ending:
                    _log(f"no target {order.target!r} for {type(order).__name__}")
                else:
                    _change(pool, self._whole(order) if isinstance(order, SetWorkload) else order)
            case _:
                raise TypeError(f"{type(order).__name__} is not an order")

    def _whole(self, order: Requested) -> Requested:
        """The order with the requests that came ahead of it."""
        gathered = self._gathered.pop(order.target, None)
        return order if gathered is None else replace(order, templates=gathered.whole() + order.templates)

    def _add(self, order: AddTarget) -> None:
        if not self._begun.is_set():
            raise RuntimeError("a target was added before the session's clock was started")
        pool = self._pools.get(order.target)
        if pool is None:
            ids = self._numberings.setdefault(order.target, IdAllocator(self._begin))
            pool = UserPool(order.target, self._begin, ids, self._tasks)
            self._pools[order.target] = pool
        pool.open(order)

    def _stop(self, grace_s: float) -> None:
        self._stopping = True
        for pool in self._pools.values():
            pool.end(grace_s, monotonic_ns())
        if not self._begun.is_set():  # no clock, no users: nothing to wait for
            self.ended.set()

    # ------------------------------------------------------------ clocks

    async def beat(self) -> None:
        """The heartbeat: measures how late the loop is, and keeps the number of users as it should be."""
        await self._begun.wait()
        pulse = HeartbeatSchedule(monotonic_ns())
        with closing(PreciseTimer()) as alarm:
            while True:
                await alarm.sleep_until(pulse.due_ns)
                for late_ns in pulse.beats(alarm.rang_ns):
                    self._lag[late_ns // 1000] += 1
                now_ns = monotonic_ns()
                now_s = (now_ns - self._begin.epoch_ns) / NS
                for pool in self._pools.values():
                    pool.adjust(now_s, now_ns)
                self._spare_users()
                if self._stopping and all(pool.has_ended for pool in self._pools.values()):
                    self._close_ticks(self._next_tick)
                    self.ended.set()

    def _spare_users(self) -> None:
        """Keeps the collector from running because users have come."""
        self._most_users = max(self._most_users, sum(pool.users for pool in self._pools.values()))
        gc.set_threshold(max(COLLECT_AFTER[0], OBJECTS_A_USER * self._most_users), *COLLECT_AFTER[1:])

    async def tick(self) -> None:
        """Closes each tick when its time is over."""
        await self._begun.wait()
        while True:
            over_ns = self._begin.epoch_ns + (self._next_tick + 1) * TICK_NS
            await anyio.sleep(max(0, over_ns - monotonic_ns()) / NS)
            # Timers count in milliseconds, and may come a fraction of one early.
            last = self._tick_at(monotonic_ns() + NS // 1000) - 1
            if last >= self._next_tick:
                self._close_ticks(last)

    def _tick_at(self, clock_ns: int) -> int:
        return (clock_ns - self._begin.epoch_ns) // TICK_NS

    def _close_ticks(self, last: int) -> None:
        """Closes all open ticks up to `last` as one; more than one only where the worker was held up."""
        now_ns = monotonic_ns()
        ticks = last - self._next_tick + 1
        samples = [pool.close_tick(last, ticks, now_ns) for pool in self._pools.values()]
        lag = bucketed(self._lag)
        self._report_writer.close_tick(samples, Heartbeat(self.number, last, ticks, time.process_time(), lag))
        self._lag = defaultdict(int)
        self._pools = {target: pool for target, pool in self._pools.items() if not pool.has_ended}
        self._next_tick = last + 1


def _change(pool: UserPool, order: Order) -> None:
    """Applies an order that concerns one running target."""
    match order:
        case RemoveTarget():
            pool.end(order.grace_s, monotonic_ns())
        case SetThinkTime():
            pool.set_think_time(order.think_time)
        case SetWorkload() if order.templates:  # a worker that took another's place has them from the start
            pool.set_workload(order.templates, journey=order.journey)
        case Steer():
            pool.steer(order.steering, order.at_s)


async def serve(orders_fd: int, reports_fd: int) -> bool:
    """Runs a worker over two pipes until it has ended; whether it ended well."""
    report_writer = await open_report_writer(reports_fd)
    report_writer.say(Hello(os.getpid()))
    number, trouble = 0, ""
    try:
        orders = await _open_orders(orders_fd)
        async with anyio.create_task_group() as tasks:
            worker = Worker(tasks, report_writer)
            for task in (worker.beat, worker.tick):
                tasks.start_soon(task)
            tasks.start_soon(worker.read_orders, orders)
            tasks.start_soon(_end_when_lost, worker, report_writer)
            await worker.ended.wait()
            tasks.cancel_scope.cancel()
        number, trouble = worker.number, worker.trouble
    except Exception as error:
        _log(traceback.format_exc())
        trouble = innermost(error)
    await report_writer.close(Stopped(number, trouble), LAST_WORDS_WITHIN_S)
    return not trouble


def _log(text: str) -> None:
    """A line of the log; a disk that is full ends no worker."""
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)


async def _end_when_lost(worker: Worker, report_writer: ReportWriter) -> None:
    await report_writer.lost.wait()
    worker.trouble = worker.trouble or "the front no longer reads"
    worker.ended.set()


async def _open_orders(fd: int) -> asyncio.StreamReader:
    orders = asyncio.StreamReader(limit=LONGEST_ORDER_BYTES)
    pipe = os.fdopen(fd, "rb", buffering=0)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), pipe)
    return orders


def _seal_pipes(log_path: str) -> tuple[int, int]:
    """Keeps orders and reports for the protocol: (orders, reports). The standard files become the log."""
    orders_fd, reports_fd = os.dup(0), os.dup(1)
    log_fd = os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing_fd = os.open(os.devnull, os.O_RDONLY)
    for opened, standard in ((nothing_fd, 0), (log_fd, 1), (log_fd, 2)):
        os.dup2(opened, standard)
    os.close(nothing_fd)
    os.close(log_fd)
    return orders_fd, reports_fd


def main() -> int:
    """Runs the worker; its exit code is 1 where it ended in trouble."""
    parser = argparse.ArgumentParser(prog="engine.worker.process", description=__doc__)
    parser.add_argument("--log", required=True, help="file that gets everything printed or raised")
    orders_fd, reports_fd = _seal_pipes(parser.parse_args().log)
    # Ctrl+C reaches the whole terminal; what it means is for the front to say.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise_open_files_limit()
    ask_for_short_slice()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    well = anyio.run(serve, orders_fd, reports_fd, backend="asyncio", backend_options={"use_uvloop": True})
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
