"""Starts the load workers, sends them orders, and collects what they report.

Rules of this file:
- the pool works with messages only; whether a worker is a process here or on a cluster is its link's business
  (`engine.session.worker_link`);
- reading never waits, so that no worker ever waits for the front;
- workers on a cluster hold a lease: each is pinged, and stops by itself if no ping arrives;
- a worker that ends before it was asked to is listed in `lost`, and is not waited for;
- what a worker reports counts while it has its number, and not once another has it.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import anyio
from anyio.abc import TaskGroup, TaskStatus

from engine.cluster.clock_offset import ClockOffset
from engine.cluster.clock_tracker import ClockChange
from engine.protocol.messages import (
    Begin,
    Heartbeat,
    Hello,
    Order,
    Pong,
    Sample,
    SetEpoch,
    Stop,
    Stopped,
    Template,
    decode,
)
from engine.protocol.order_parts import template_parts
from engine.protocol.row_parts import row_parts
from engine.protocol.rows import Table
from engine.session.load_worker import LoadWorker
from engine.session.worker_link import WorkerLink, WorkerProcess
from targets.errors import reason_of

HELLO_WITHIN_S = 20.0
PLACED_WITHIN_S = 35.0
"""So much longer a worker on a cluster may take, for which the bridge first looks for a place."""
PING_EVERY_S = 1.0
"""Of workers on a cluster, whose lease is five times as long."""
STOP_WITHIN_S = 8.0
NO_USERS_WITHIN_S = 8.0
"""Longer than the lease of a worker that does not answer, and than the grace of requests in flight."""
ASK_EVERY_S = 0.02
LEFT_WITHIN_S = 2.0
"""How long a worker whose place a spare one takes may need for its last reports."""


@dataclass(slots=True)
class WorkerPool:
    """A session's load workers. Created by `launched`."""

    take: Callable[[Sample | Heartbeat], None]
    """Called with every sample and heartbeat as it arrives."""
    connect: Callable[[int], Awaitable[WorkerLink]]
    """Starts the worker with this number, or connects to it."""
    group: TaskGroup
    """Runs the tasks that read the workers' output."""
    workers: list[LoadWorker] = field(default_factory=list)
    """By number."""
    lost: list[str] = field(default_factory=list)
    """How each worker ended that had not been asked to."""
    hello_within_s: float = HELLO_WITHIN_S
    """How long a worker may take to answer at its start."""
    tables: Sequence[Table] = ()
    """Rows of data files: workers that replace others get them too."""
    on_clock: Callable[[int, ClockChange], None] = lambda _number, _change: None
    """Called when the times of a worker's figures have been corrected."""
    dealing: anyio.Lock = field(default_factory=anyio.Lock)
    """Held while users are dealt anew. `LoadControl.changing` is taken before it, never while it is held."""
    replacements: int = 0
    """How many workers are getting the number and the users of one that ended."""
    _spares: list[LoadWorker] = field(default_factory=list)
    """Workers that run and have no share of the users yet."""
    _starting: set[LoadWorker] = field(default_factory=set)
    """Workers that have no users yet, until they do or have ended."""
    _epoch_ns: int = 0
    _seed: int = 0

    @property
    def pids(self) -> list[int]:
        """The workers' process ids."""
        return [pid for number in range(len(self.workers)) if (pid := self.pid(number)) is not None]

    def pid(self, number: int) -> int | None:
        """The process id of the worker with this number; None once it has ended, or on another machine."""
        worker = self.workers[number]
        if worker.ended.is_set() or not worker.link.is_here:
            return None
        return worker.link.pid or worker.hello_pid or None

    @property
    def clocks(self) -> list[ClockOffset]:
        """By the workers' numbers: how far their clocks are from this machine's."""
        return [worker.clock.now for worker in self.workers]

    @property
    def spares(self) -> list[WorkerLink]:
        """Workers that run and have no share of the users yet, oldest first."""
        self._spares = [each for each in self._spares if not each.ended.is_set()]
        return [each.link for each in self._spares]

    async def begin(self, epoch_ns: int, seed: int) -> None:
        """Starts the session's clock in every worker, whose clock offset is measured if `measure_clocks` did
        not; `epoch_ns` is on this process's clock. Raises LoadError if a worker on a cluster answers no
        ping."""
        self._epoch_ns, self._seed = epoch_ns, seed
        for worker in self.workers:
            await self._begin(worker)

    @asynccontextmanager
    async def replacing(self, number: int) -> AsyncIterator[None]:
        """Starts a worker in place of one that ended: in the block it has its number and the session's clock,
        but no orders, and users are not dealt anew. Several can be replaced at the same time. Raises
        LoadError if the worker does not start, or answers no ping."""
        with anyio.CancelScope(shield=True):  # what has been started is known then, and can be ended
            worker = LoadWorker(number, await self.connect(number), is_spare=True)
        async with self._taking_in(worker):
            async with self.dealing:
                self.replacements += 1
            try:
                worker.is_spare = False
                self._seat(worker)
                await self._send_rows(worker)
                await self._begin(worker, (time.monotonic_ns() - self._epoch_ns) / 1e9)
                yield
            finally:
                self.replacements -= 1

    @asynccontextmanager
    async def _taking_in(self, worker: LoadWorker) -> AsyncIterator[None]:
        """Waits until a worker takes orders, and ends it if that or the block fails, or is cancelled. Raises
        LoadError as `replacing` does."""
        self._starting.add(worker)
        try:
            with anyio.CancelScope(shield=True):
                await self._open(worker)
            await self._await_hello(worker)
            await worker.measure_clock()
            worker.check_clock()
            yield
        except BaseException:
            worker.refuse()
            raise
        self._starting.discard(worker)

    async def start(self, number: int) -> None:
        """Starts a worker; `all_started` waits until it takes orders."""
        self._seat(worker := LoadWorker(number, await self.connect(number)))
        await self._open(worker)

    def _seat(self, worker: LoadWorker) -> None:
        """Gives a worker its number, in place of one that has it if there is one."""
        number = worker.number
        for lost in self.workers[number : number + 1]:
            worker.succeed(lost)
        self.workers[number:] = [worker, *self.workers[number + 1 :]]

    async def _open(self, worker: LoadWorker) -> None:
        await self.group.start(self._read, worker)
        if worker.link.leased:
            self.group.start_soon(self._renew_lease, worker)

    async def all_started(self) -> None:
        """Waits until every worker takes orders. Raises LoadError if one does not start."""
        for worker in self.workers:
            await self._await_hello(worker)

    async def _await_hello(self, worker: LoadWorker) -> None:
        await worker.await_hello(self.hello_within_s + PLACED_WITHIN_S * worker.link.leased)

    async def wait(self, number: int) -> str:
        """Waits until the worker that now has this number has ended, and returns how it ended."""
        worker = self.workers[number]
        await worker.ended.wait()
        return worker.how()

    async def send(self, order: Order, worker: int | None = None) -> None:
        """Sends an order to every worker that has begun, or only to the one with the number `worker`."""
        for each in self.workers if worker is None else [self.workers[worker]]:
            if each.has_begun:
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

    async def send_rows(self, tables: Sequence[Table]) -> None:
        """Sends every worker its share of the rows of data files, before it gets targets."""
        self.tables = tables
        for worker in self.workers:
            await self._send_rows(worker)

    async def _send_rows(self, worker: LoadWorker) -> None:
        for table in self.tables:
            for part in row_parts(table.share(worker.number, len(self.workers))):
                await worker.send(part)

    # ------------------------------------------------------------ workers that join later

    async def add_spare(self, link: WorkerLink) -> None:
        """Takes in a worker that gets a share of the users later. Raises LoadError if it does not start, or
        answers no ping."""
        worker = LoadWorker(-1, link, is_spare=True)
        async with self._taking_in(worker):
            self._spares.append(worker)

    async def no_users(self) -> None:
        """Waits until no worker has users, after they were ended; at most until its lease has ended those of
        a worker that does not answer."""
        with anyio.move_on_after(NO_USERS_WITHIN_S):
            for worker in self.workers:
                worker.users = None
            while with_users := [
                each for each in self.workers if each.users != 0 and not each.ended.is_set()
            ]:
                for worker in with_users:
                    await worker.ping()
                await anyio.sleep(ASK_EVERY_S)

    async def assign_number(self, link: WorkerLink, number: int) -> None:
        """Gives a spare worker a number, in place of the worker that has it if there is one, which ends. It
        has no share until `redistribute`."""
        (worker,) = [each for each in self._spares if each.link is link]
        for before in self.workers[number : number + 1]:
            before.asked_to_stop = True
            await before.send(Stop(0.0))
            with anyio.move_on_after(LEFT_WITHIN_S):
                await before.ended.wait()
        self._spares = [each for each in self._spares if each is not worker]
        worker.number, worker.is_spare = number, False
        self._seat(worker)

    async def redistribute(self, since_s: float) -> None:
        """Shares the users out over all workers, none of which has any, from this session time on: no number
        of a request comes twice, and rows in order begin again. They come with the next `AddTarget`."""
        first_number = max(each.next_number for each in self.workers)
        for worker in self.workers:
            worker.begin_anew(first_number)
            await self._begin(worker, since_s)
            await self._send_rows(worker)

    # ------------------------------------------------------------ clocks

    async def measure_clocks(self) -> None:
        """Measures every worker's clock offset, all at the same time."""
        async with anyio.create_task_group() as group:
            for worker in self.workers:
                group.start_soon(worker.measure_clock)

    async def _begin(self, worker: LoadWorker, since_s: float | None = None) -> None:
        if not worker.clock_was_measured:
            await worker.measure_clock()
        worker.check_clock()
        epoch_ns = self._epoch_ns + worker.clock.use().offset_ns
        begin = Begin(
            epoch_ns,
            worker.number,
            len(self.workers),
            self._seed,
            first_number=worker.first_number,
            first_user=worker.first_user,
            since_s=since_s,
        )
        await worker.send(begin)
        worker.has_begun = True

    async def stop(self, grace_s: float) -> None:
        """Ends all users and all workers, and collects their last reports; waits at most `grace_s` plus
        STOP_WITHIN_S."""
        for worker in (*self.workers, *self._spares):
            worker.asked_to_stop = True
            await worker.send(Stop(grace_s))
        with anyio.move_on_after(grace_s + STOP_WITHIN_S):
            for worker in (*self.workers, *self._spares):
                await worker.ended.wait()

    async def _renew_lease(self, worker: LoadWorker) -> None:
        while not worker.ended.is_set():
            await worker.ping()
            with anyio.move_on_after(PING_EVERY_S):
                await worker.ended.wait()

    async def _read(
        self, worker: LoadWorker, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
    ) -> None:
        task_status.started()
        rest = b""
        try:
            async for chunk in worker.link.reports():
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self._hear(worker, decode(line))
        except (anyio.BrokenResourceError, ValueError) as error:
            worker.trouble = worker.trouble or reason_of(error)
            worker.link.kill()  # its output is no longer read
        worker.end = await worker.link.wait()
        self._starting.discard(worker)
        worker.ended.set()
        worker.said_hello.set()
        worker.ponged.set()
        if not worker.asked_to_stop and not worker.is_spare:
            self.lost.append(f"load worker {worker.number}: {worker.how()}")

    def _has_number(self, worker: LoadWorker) -> bool:
        """Whether no other worker has its number."""
        return self.workers[worker.number : worker.number + 1] == [worker]

    def _correct_clock(self, worker: LoadWorker) -> None:
        if (change := worker.clock.correct()) is not None:
            self.group.start_soon(worker.send, SetEpoch(self._epoch_ns + change.now.offset_ns))
            self.on_clock(worker.number, change)

    def _hear(self, worker: LoadWorker, report: object) -> None:
        now_ns = time.monotonic_ns()
        match report:
            case Sample() | Heartbeat() if self._has_number(worker):
                if isinstance(report, Sample):
                    worker.started[report.target] += report.started
                self.take(report)
            case Pong():
                worker.take_pong(report, now_ns)
                if self._has_number(worker):
                    self._correct_clock(worker)
            case Hello():
                worker.hello_pid = report.pid
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
    """Runs `count` load workers on this machine while the block runs; all have ended once it is left, however
    it is left.

    Raises LoadError if one does not start.
    """
    async with starting(
        count, partial(WorkerProcess.start, folder=folder, session_id=session_id), take
    ) as pool:
        await pool.all_started()
        yield pool


@asynccontextmanager
async def starting(
    count: int,
    connect: Callable[[int], Awaitable[WorkerLink]],
    take: Callable[[Sample | Heartbeat], None],
) -> AsyncIterator[WorkerPool]:
    """The same with workers from `connect`, but the block runs at once, while they start: call `all_started`
    before they get orders."""
    async with anyio.create_task_group() as group:
        worker_pool = WorkerPool(take, connect, group)
        try:
            for number in range(count):
                await worker_pool.start(number)
            yield worker_pool
        finally:
            with anyio.CancelScope(shield=True):
                await _end(worker_pool)
        group.cancel_scope.cancel()


async def _end(worker_pool: WorkerPool) -> None:
    workers = (*worker_pool.workers, *worker_pool._spares, *worker_pool._starting)
    for worker in workers:
        worker.asked_to_stop = True
        await worker.link.close()
    with anyio.move_on_after(2.0):
        for worker in workers:
            await worker.ended.wait()
    for worker in workers:
        if not worker.ended.is_set():
            worker.link.kill()
    with anyio.move_on_after(2.0):
        for worker in workers:
            await worker.ended.wait()
