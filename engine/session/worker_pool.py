"""Starts the load workers, sends them orders, and collects what they report.

Rules of this file:
- the pool works with messages only; that a worker is a process on this machine is a detail of `_Worker`;
- reading never waits, so that no worker ever waits for the front;
- a worker that ends before it was asked to is listed in `lost`, and is not waited for.
"""

import math
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from subprocess import DEVNULL, PIPE

import anyio
from anyio.abc import Process, TaskGroup, TaskStatus

from engine.plan.plan import MAX_USERS
from engine.protocol.messages import (
    AddTarget,
    Begin,
    Heartbeat,
    Hello,
    Order,
    Ping,
    Pong,
    Sample,
    SetWorkload,
    Stop,
    Stopped,
    Template,
    decode,
    encode,
)
from engine.protocol.order_parts import template_parts
from targets.errors import LoadError, reason_of
from targets.runtime.child_env import child_environment, tls_environment
from targets.runtime.exit_status import exit_in_words
from targets.runtime.front_priority import at_original_priority

HELLO_WITHIN_S = 20.0
PINGS = 5
PONG_WITHIN_S = 1.0
STOP_WITHIN_S = 8.0
NUMBERS_UNREPORTED = 1_000_000
"""More requests than a lost worker can have sent without having reported them."""


@dataclass(slots=True, eq=False)
class _Worker:
    number: int
    process: Process
    log_path: Path
    said_hello: anyio.Event = field(default_factory=anyio.Event)
    ended: anyio.Event = field(default_factory=anyio.Event)
    asked_to_stop: bool = False
    trouble: str = ""
    pings_ns: dict[int, int] = field(default_factory=dict)
    best_way_ns: float = math.inf
    offset_ns: int = 0
    """The worker's clock minus this process's."""
    ponged: anyio.Event = field(default_factory=anyio.Event)
    first_number: int = 0
    """How many request numbers its predecessors may have used."""
    first_user: int = 0
    started: Counter[str] = field(default_factory=Counter)
    """Requests by target, as far as it has reported them."""

    def succeed(self, lost: "_Worker") -> None:
        """Replaces a lost worker: skips all request and user numbers that it may have used."""
        self.first_number = lost.first_number + max(lost.started.values(), default=0) + NUMBERS_UNREPORTED
        self.first_user = lost.first_user + MAX_USERS

    async def send(self, order: Order) -> None:
        """Sends one order, with its requests ahead of it if there are many; does nothing if the worker is
        gone."""
        if isinstance(order, AddTarget | SetWorkload):
            for part in template_parts(order.target, order.templates):
                await self._say(part)
                order = replace(order, templates=()) if order.templates else order
        await self._say(order)

    async def _say(self, order: Order) -> None:
        if self.process.stdin is None or self.ended.is_set():
            return
        if isinstance(order, Ping):
            self.pings_ns[order.number] = time.monotonic_ns()
        try:
            await self.process.stdin.send(encode(order))
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            return

    def how(self, code: int) -> str:
        """Describes how the worker ended."""
        return self.trouble or f"{exit_in_words(code)}; its log is {self.log_path}"

    def take_pong(self, pong: Pong, now_ns: int) -> None:
        """Keeps the clock offset of the ping with the shortest round trip."""
        sent_ns = self.pings_ns.pop(pong.number, None)
        if sent_ns is not None and now_ns - sent_ns < self.best_way_ns:
            self.best_way_ns = now_ns - sent_ns
            self.offset_ns = pong.clock_ns - (sent_ns + now_ns) // 2
        self.ponged.set()


@dataclass(slots=True)
class WorkerPool:
    """A session's load workers. Created by `launched`."""

    take: Callable[[Sample | Heartbeat], None]
    """Called with every sample and heartbeat as it arrives."""
    folder: Path
    """Where the workers' logs are."""
    session_id: str
    group: TaskGroup
    """Runs the tasks that read the workers' output."""
    workers: list[_Worker] = field(default_factory=list)
    """By number."""
    lost: list[str] = field(default_factory=list)
    """How each worker ended that had not been asked to."""
    _epoch_ns: int = 0
    _seed: int = 0

    @property
    def pids(self) -> list[int]:
        """The workers' process ids."""
        return [worker.process.pid for worker in self.workers]

    def pid(self, number: int) -> int | None:
        """The process id of the worker with this number; None once it has ended."""
        process = self.workers[number].process
        return process.pid if process.returncode is None else None

    async def begin(self, epoch_ns: int, seed: int) -> None:
        """Measures every worker's clock offset and starts the session's clock there; `epoch_ns` is on this
        process's clock."""
        self._epoch_ns, self._seed = epoch_ns, seed
        for worker in self.workers:
            await self._begin(worker)

    async def launch(self, number: int) -> None:
        """Starts a worker with this number, in place of one that ended if there was one.

        If load has started, the worker gets the session's clock, but no orders. Raises LoadError if it does
        not start.
        """
        await self.start(number)
        worker = self.workers[number]
        await _await_hello(worker)
        if self._epoch_ns:
            await self._begin(worker)

    async def start(self, number: int) -> None:
        """Starts a worker's process; `all_started` waits until it takes orders."""
        worker = await _start(number, self.folder, self.session_id)
        for lost in self.workers[number : number + 1]:
            worker.succeed(lost)
        self.workers[number:] = [worker, *self.workers[number + 1 :]]
        await self.group.start(self._read, worker)

    async def all_started(self) -> None:
        """Waits until every worker takes orders. Raises LoadError if one does not start."""
        for worker in self.workers:
            await _await_hello(worker)

    async def wait(self, number: int) -> str:
        """Waits until the worker that now has this number has ended, and returns how it ended."""
        worker = self.workers[number]
        await worker.ended.wait()
        return worker.how(worker.process.returncode or 0)

    async def send(self, order: Order, worker: int | None = None) -> None:
        """Sends an order to every worker, or only to the one with the number `worker`."""
        for each in self.workers if worker is None else [self.workers[worker]]:
            await each.send(order)

    async def send_ahead(self, target: str, templates: Sequence[Template]) -> tuple[Template, ...]:
        """Sends the requests of a target's next order, if there are many, and returns those that the order
        itself must carry. So orders to several targets take effect together, and large ones are not late."""
        sent = False
        for part in template_parts(target, templates):
            sent = True
            for worker in self.workers:
                await worker.send(part)
        return () if sent else tuple(templates)

    async def _begin(self, worker: _Worker) -> None:
        for number in range(PINGS):
            worker.ponged = anyio.Event()
            await worker.send(Ping(number))
            with anyio.move_on_after(PONG_WITHIN_S):
                await worker.ponged.wait()
        epoch_ns = self._epoch_ns + worker.offset_ns
        begin = Begin(
            epoch_ns,
            worker.number,
            len(self.workers),
            self._seed,
            first_number=worker.first_number,
            first_user=worker.first_user,
        )
        await worker.send(begin)

    async def stop(self, grace_s: float) -> None:
        """Ends all users and all workers, and collects their last reports; waits at most `grace_s` plus
        STOP_WITHIN_S."""
        for worker in self.workers:
            worker.asked_to_stop = True
            await worker.send(Stop(grace_s))
        with anyio.move_on_after(grace_s + STOP_WITHIN_S):
            for worker in self.workers:
                await worker.ended.wait()

    async def _read(
        self, worker: _Worker, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
    ) -> None:
        task_status.started()
        assert worker.process.stdout is not None
        rest = b""
        try:
            async for chunk in worker.process.stdout:
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self._hear(worker, decode(line))
        except (anyio.BrokenResourceError, ValueError) as error:
            worker.trouble = worker.trouble or reason_of(error)
            with suppress(ProcessLookupError):  # its output is no longer read
                worker.process.kill()
        code = await worker.process.wait()
        worker.ended.set()
        worker.said_hello.set()
        worker.ponged.set()
        if not worker.asked_to_stop:
            self.lost.append(f"load worker {worker.number}: {worker.how(code)}")

    def _hear(self, worker: _Worker, report: object) -> None:
        now_ns = time.monotonic_ns()
        match report:
            case Sample():
                worker.started[report.target] += report.started
                self.take(report)
            case Heartbeat():
                self.take(report)
            case Pong():
                worker.take_pong(report, now_ns)
            case Hello():
                worker.said_hello.set()
            case Stopped():
                worker.trouble = report.trouble
                worker.asked_to_stop = worker.asked_to_stop or not report.trouble


@asynccontextmanager
async def launched(
    count: int,
    *,
    folder: Path,
    session_id: str,
    take: Callable[[Sample | Heartbeat], None],
) -> AsyncIterator[WorkerPool]:
    """Runs `count` load workers while the block runs; all have ended once it is left, however it is left.

    Raises LoadError if one does not start.
    """
    async with starting(count, folder=folder, session_id=session_id, take=take) as worker_pool:
        await worker_pool.all_started()
        yield worker_pool


@asynccontextmanager
async def starting(
    count: int,
    *,
    folder: Path,
    session_id: str,
    take: Callable[[Sample | Heartbeat], None],
) -> AsyncIterator[WorkerPool]:
    """The same, but the block runs at once, while they start: call `all_started` before they get orders."""
    async with anyio.create_task_group() as group:
        worker_pool = WorkerPool(take, folder, session_id, group)
        try:
            for number in range(count):
                await worker_pool.start(number)
            yield worker_pool
        finally:
            with anyio.CancelScope(shield=True):
                await _end(worker_pool)
        group.cancel_scope.cancel()


async def _start(number: int, folder: Path, session_id: str) -> _Worker:
    log_path = folder / f"load-worker-{number}.log"
    with at_original_priority():
        process = await anyio.open_process(
            [sys.executable, "-P", "-m", "engine.worker.process", "--log", str(log_path)],
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            cwd=folder,
            env=child_environment(session_id, tls_environment()),
            start_new_session=True,
        )
    return _Worker(number, process, log_path)


async def _await_hello(worker: _Worker) -> None:
    with anyio.move_on_after(HELLO_WITHIN_S):
        await worker.said_hello.wait()
    if not worker.said_hello.is_set() or worker.ended.is_set():
        worker.asked_to_stop = True
        raise LoadError(
            "a load worker did not start",
            why=worker.trouble or "it ended, or did not answer",
            hint=f"read its log: {worker.log_path}",
        )


async def _end(worker_pool: WorkerPool) -> None:
    for worker in worker_pool.workers:
        worker.asked_to_stop = True
        if worker.process.stdin is not None:
            await worker.process.stdin.aclose()
    with anyio.move_on_after(2.0):
        for worker in worker_pool.workers:
            await worker.ended.wait()
    for worker in worker_pool.workers:
        if worker.process.returncode is None:
            worker.process.kill()
            await worker.process.wait()
