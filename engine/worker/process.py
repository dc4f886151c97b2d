"""A load worker: a separate process that runs virtual users and reports the outcomes of their requests.

    python -P -m engine.worker.process --log FILE [--lease SECONDS]

Standard input carries orders, standard output carries reports, one JSON line each
(`engine.protocol.messages`).

Rules of this file:
- only the protocol uses its two pipes: whatever is printed or raised goes to the log file;
- nothing here waits for the front, and the end of its orders ends the worker at once; on a cluster, so does
  the end of its lease: no order for some seconds, however the front or the network went silent;
- no heavy imports: a worker starts in under 0.3 s.
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

from engine.client.rows import RowSource, sources_of
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
    RowsPart,
    SetEpoch,
    SetThinkTime,
    SetWorkload,
    Steer,
    Stop,
    Stopped,
    TemplatePart,
    decode,
)
from engine.protocol.order_parts import ReceivedTemplates
from engine.protocol.row_parts import ReceivedRows
from engine.worker.counters import ExactCounts, bucketed
from engine.worker.heartbeats import HeartbeatSchedule
from engine.worker.ids import IdAllocator
from engine.worker.reporter import ReportWriter, open_report_writer
from engine.worker.timer import PreciseTimer
from engine.worker.user_pool import NS, UserPool
from targets.errors import innermost

WithTemplates = TypeVar("WithTemplates", AddTarget, SetWorkload)

TICK_NS = int(TICK_S * NS)
MAX_ORDER_BYTES = 1024 * 1024 * 1024
"""Far above any order of a valid plan: bodies are sent in parts (`engine.protocol.order_parts`), and the rest
of a plan is limited (`engine.plan.render`)."""
STOPPED_WITHIN_S = 5.0
COLLECT_AFTER = (20_000, 100, 100)
"""The garbage collector's thresholds while there are few users."""
OBJECTS_A_USER = 100
"""More than a user keeps alive. With 10,000 users a pass of the garbage collector stops the event loop for 60
ms and finds nothing: a user's garbage is freed by its reference counts. So a pass only starts when there may
be more garbage than objects that users hold; neither new users nor their requests start one."""


class Worker:
    """Applies the front's orders, and keeps the clocks of users and ticks."""

    def __init__(self, tasks: TaskGroup, report_writer: ReportWriter) -> None:
        self.ended = anyio.Event()
        """Set once nothing is left to do."""
        self.trouble = ""
        """Why it ended, if it was not asked to."""
        self._tasks = tasks
        self._report_writer = report_writer
        self._begun = anyio.Event()
        self._begin = Begin(0, 0, 1)
        self._pools: dict[str, UserPool] = {}
        self._ids: dict[str, IdAllocator] = {}
        """By target, also for targets that were removed."""
        self._received_templates: defaultdict[str, ReceivedTemplates] = defaultdict(ReceivedTemplates)
        """By target: requests that arrived ahead of their order."""
        self._received_rows = ReceivedRows()
        self._rows: dict[str, dict[str, RowSource]] = {}
        """By target, also for targets that were removed: where each data file goes on."""
        self._stopping = False
        self._heard_ns = monotonic_ns()
        """When the last order arrived."""
        self._next_tick = 0
        """The first tick that is not closed."""
        self._lag: ExactCounts = defaultdict(int)
        self._max_users = 0

    @property
    def number(self) -> int:
        """From 0; also 0 until the session's clock was started."""
        return self._begin.worker

    # ------------------------------------------------------------ orders

    async def read_orders(self, orders: asyncio.StreamReader) -> None:
        """Applies one order after the other, until there are no more."""
        while line := await orders.readline():
            order = decode(line)
            self._heard_ns = monotonic_ns()
            if isinstance(order, Ping):
                users = sum(pool.users for pool in self._pools.values())
                self._report_writer.send(Pong(order.number, monotonic_ns(), users))
            else:
                self._apply(order)
        self.trouble = self.trouble or "the front closed the pipe of orders"
        self.ended.set()

    async def keep_lease(self, lease_s: float) -> None:
        """Ends all load once no order, not even a ping, has arrived for `lease_s`."""
        while (left_s := lease_s - (monotonic_ns() - self._heard_ns) / NS) > 0:  # noqa: ASYNC110 - sleeps until it can have run out
            await anyio.sleep(left_s)
        self.trouble = self.trouble or f"nothing was heard of the front for {lease_s:g} s"
        self.ended.set()

    def _apply(self, order: object) -> None:
        match order:
            case Begin():
                self._take_share(order)
            case SetEpoch():
                self._set_epoch(order.epoch_ns)
            case RowsPart():
                self._received_rows.add(order)
            case TemplatePart():
                self._received_templates[order.target].add(order)
            case AddTarget():
                self._add(self._with_received(order))
            case Stop():
                self._stop(order.grace_s)
            case RemoveTarget() | SetThinkTime() | SetWorkload() | Steer():
                self._apply_to_target(order)
            case _:
                raise TypeError(f"{type(order).__name__} is not an order")

    def _apply_to_target(self, order: RemoveTarget | SetThinkTime | SetWorkload | Steer) -> None:
        whole = self._with_received(order) if isinstance(order, SetWorkload) else order
        pool = self._pools.get(order.target)
        if pool is None or pool.ending:
            _log(f"no target {order.target!r} for {type(order).__name__}")
        else:
            _change(pool, whole, self._next_tick)

    def _set_epoch(self, epoch_ns: int) -> None:
        self._begin = replace(self._begin, epoch_ns=epoch_ns)
        for pool in self._pools.values():
            pool.set_epoch(epoch_ns)

    def _take_share(self, begin: Begin) -> None:
        """Starts the session's clock; if it runs, its ticks go on."""
        self._begin = begin
        self._ids.clear()
        self._rows.clear()
        if not self._begun.is_set():
            self._next_tick = max(0, self._tick_at(monotonic_ns()))
            self._begun.set()

    def _with_received(self, order: WithTemplates) -> WithTemplates:
        """The order with the requests that arrived ahead of it."""
        received = self._received_templates.pop(order.target, None)
        return order if received is None else replace(order, templates=received.templates() + order.templates)

    def _add(self, order: AddTarget) -> None:
        if not self._begun.is_set():
            raise RuntimeError("a target was added before the session's clock was started")
        ids = self._ids.setdefault(order.target, IdAllocator(self._begin))
        rows = self._rows.setdefault(
            order.target, sources_of(self._received_rows.tables, first_user=self._begin.first_user)
        )
        pool = self._pools.get(order.target)
        if pool is None:
            pool = UserPool(order.target, self._begin, ids, self._tasks, rows)
            self._pools[order.target] = pool
        else:
            pool.deal(self._begin, ids, rows)
        pool.open(order, self._next_tick)

    def _stop(self, grace_s: float) -> None:
        self._stopping = True
        for pool in self._pools.values():
            pool.end(grace_s, monotonic_ns())
        if not self._begun.is_set():  # no clock, no users: nothing to wait for
            self.ended.set()

    # ------------------------------------------------------------ clocks

    async def run_heartbeats(self) -> None:
        """At each heartbeat: measures how late the event loop is, and adjusts the number of users."""
        await self._begun.wait()
        heartbeats = HeartbeatSchedule(monotonic_ns())
        with closing(PreciseTimer()) as timer:
            while True:
                await timer.sleep_until(heartbeats.due_ns)
                for late_ns in heartbeats.lateness_ns(timer.woken_ns):
                    self._lag[late_ns // 1000] += 1
                now_ns = monotonic_ns()
                now_s = (now_ns - self._begin.epoch_ns) / NS
                for pool in self._pools.values():
                    pool.adjust(now_s, now_ns)
                self._defer_collector()
                if self._stopping and all(pool.has_ended for pool in self._pools.values()):
                    self._close_ticks(self._next_tick)
                    self.ended.set()

    def _defer_collector(self) -> None:
        """Keeps new users from starting the garbage collector."""
        self._max_users = max(self._max_users, sum(pool.users for pool in self._pools.values()))
        gc.set_threshold(max(COLLECT_AFTER[0], OBJECTS_A_USER * self._max_users), *COLLECT_AFTER[1:])

    async def run_ticks(self) -> None:
        """Closes each tick when its time is over."""
        await self._begun.wait()
        with closing(PreciseTimer()) as timer:
            while True:
                await timer.sleep_until(self._begin.epoch_ns + (self._next_tick + 1) * TICK_NS)
                last = self._tick_at(monotonic_ns()) - 1
                if last >= self._next_tick:
                    self._close_ticks(last)

    def _tick_at(self, clock_ns: int) -> int:
        return (clock_ns - self._begin.epoch_ns) // TICK_NS

    def _close_ticks(self, last: int) -> None:
        """Closes all open ticks up to `last` as one; more than one only if the worker was held up."""
        now_ns = monotonic_ns()
        ticks = last - self._next_tick + 1
        samples = [pool.close_tick(last, ticks, now_ns) for pool in self._pools.values()]
        lag = bucketed(self._lag)
        self._report_writer.close_tick(samples, Heartbeat(self.number, last, ticks, time.process_time(), lag))
        self._lag = defaultdict(int)
        self._pools = {target: pool for target, pool in self._pools.items() if not pool.has_ended}
        self._next_tick = last + 1
        for pool in self._pools.values():
            pool.begin_tick(self._next_tick, now_ns)


def _change(pool: UserPool, order: Order, tick: int) -> None:
    """Applies an order that concerns one running target; `tick` is the current one."""
    match order:
        case RemoveTarget():
            pool.end(order.grace_s, monotonic_ns())
        case SetThinkTime():
            pool.set_think_time(order.think_time)
        case SetWorkload() if order.templates:  # a worker that replaced another has them from the start
            pool.set_workload(order.templates, journey=order.journey)
        case Steer():
            pool.steer(order.steering, order.at_s, tick)


async def serve(orders_fd: int, reports_fd: int, lease_s: float | None) -> bool:
    """Runs a worker over two pipes until it has ended; returns whether it ended without trouble. With
    `lease_s` it also ends if the front is silent for so long."""
    report_writer = await open_report_writer(reports_fd)
    report_writer.send(Hello(os.getpid()))
    number, trouble = 0, ""
    try:
        orders = await _open_orders(orders_fd)
        async with anyio.create_task_group() as tasks:
            worker = Worker(tasks, report_writer)
            for task in (worker.run_heartbeats, worker.run_ticks):
                tasks.start_soon(task)
            tasks.start_soon(worker.read_orders, orders)
            tasks.start_soon(_end_when_front_is_gone, worker, report_writer)
            if lease_s is not None:
                tasks.start_soon(worker.keep_lease, lease_s)
            await worker.ended.wait()
            tasks.cancel_scope.cancel()
        number, trouble = worker.number, worker.trouble
    except Exception as error:
        _log(traceback.format_exc())
        trouble = innermost(error)
    await report_writer.close(Stopped(number, trouble), STOPPED_WITHIN_S)
    return not trouble


def _log(text: str) -> None:
    """Writes a line to the log; a full disk does not end the worker."""
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)


async def _end_when_front_is_gone(worker: Worker, report_writer: ReportWriter) -> None:
    await report_writer.lost.wait()
    worker.trouble = worker.trouble or "the front no longer reads"
    worker.ended.set()


async def _open_orders(fd: int) -> asyncio.StreamReader:
    orders = asyncio.StreamReader(limit=MAX_ORDER_BYTES)
    pipe = os.fdopen(fd, "rb", buffering=0)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), pipe)
    return orders


def _take_over_pipes(log_path: str) -> tuple[int, int]:
    """Reserves the pipes of orders and reports for the protocol; standard output and error become the log."""
    orders_fd, reports_fd = os.dup(0), os.dup(1)
    log_fd = os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing_fd = os.open(os.devnull, os.O_RDONLY)
    for opened, standard in ((nothing_fd, 0), (log_fd, 1), (log_fd, 2)):
        os.dup2(opened, standard)
    os.close(nothing_fd)
    os.close(log_fd)
    return orders_fd, reports_fd


def main() -> int:
    """Runs the worker; the exit code is 1 if it ended with trouble."""
    parser = argparse.ArgumentParser(
        prog="engine.worker.process",
        description="Runs virtual users; reads orders from standard input, reports on standard output.",
    )
    parser.add_argument("--log", required=True, help="file for everything that is printed or raised")
    parser.add_argument("--lease", type=float, help="end if no order arrives for so many seconds")
    arguments = parser.parse_args()
    orders_fd, reports_fd = _take_over_pipes(arguments.log)
    # Ctrl+C reaches every process of the terminal; only the front decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise_open_files_limit()
    ask_for_short_slice()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    is_ok = anyio.run(
        serve,
        orders_fd,
        reports_fd,
        arguments.lease,
        backend="asyncio",
        backend_options={"use_uvloop": True},
    )
    return 0 if is_ok else 1


if __name__ == "__main__":
    sys.exit(main())
