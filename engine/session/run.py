"""One run of a plan, from starting the first process to ending the last.

Rules of this file:
- every load worker knows the session's epoch before load starts;
- load stops first, then the targets, however the run ends.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from time import monotonic_ns

import anyio
from anyio.abc import TaskGroup

from engine.hosting.supervision import Helper, NotAgainError, NotReplacedError
from engine.machine.interference import Meter
from engine.metrics.aggregator import Aggregator
from engine.metrics.records import Began
from engine.plan.commands import Notice, RunCommand
from engine.preflight import parity_check
from engine.preflight.http2 import check_http2
from engine.protocol.messages import TICK_S
from engine.recording.log_limit import keep_small
from engine.session.header import now_text
from engine.session.membership import GRACE_S
from engine.session.parts import SessionContext, SessionParts, assemble
from engine.session.worker_link import WorkerLink, WorkerProcess
from engine.session.worker_pool import starting
from targets.errors import LoadError
from targets.runtime.affinity import pin_tree

BEGIN_AFTER_S = 0.1
"""How far in the future the epoch is when it is set, so that the workers receive it in time."""
SETTLE_S = 0.05
"""How long after a tick's end its samples are still collected."""
STOP_TARGETS_WITHIN_S = 30.0
COMMANDS_WAITING = 256


class SessionRun:
    """Runs targets, load workers and their helpers. `run` is called once."""

    def __init__(self, context: SessionContext) -> None:
        self.began = anyio.Event()
        """Set when load starts, or when it is clear that it never will."""
        self.commands, self._inbox = anyio.create_memory_object_stream[RunCommand](COMMANDS_WAITING)
        """Accepts commands until the run is taken down."""
        self._context = context
        self._plan = context.plan
        self._recorder = context.recorder
        self._ending = context.ending
        self._aggregator = Aggregator()
        self._parts: SessionParts | None = None

    @property
    def any_target_failed(self) -> bool:
        """Whether a target did not start, or ended on its own."""
        return self._parts is not None and self._parts.manager.any_failed

    @property
    def worker_pids(self) -> list[int]:
        """The process ids of the load workers, once they run; empty before that."""
        return self._parts.worker_pool.pids if self._parts is not None else []

    async def run(self) -> None:
        """Runs the plan until it ends or the session is asked to end, then takes everything down. Raises
        AbreastError."""
        context = self._context
        async with (
            starting(
                self._plan.load_worker_count,
                self._connect,
                self._aggregator.take,
            ) as worker_pool,
            anyio.create_task_group() as group,
        ):
            group.start_soon(keep_small, context.folder)
            parts = self._parts = assemble(context, worker_pool, group)
            self._aggregator.is_measured = parts.turns.is_measured
            group.start_soon(self._handle_deaths, parts)
            self._watch_helpers(parts)
            parts.spare_workers.leave = partial(self._release_worker, parts)
            parts.spare_workers.join = partial(self._join_worker, parts)
            try:
                if await self._start_targets(parts, group):
                    await worker_pool.all_started()
                    await check_http2(self._plan, self._peers(parts))
                    if await self._set_up(parts, group):
                        peers = self._peers(parts)
                        await parity_check.check_parity(self._plan, peers, recorder=self._recorder)
                        await self._begin(parts)
                        group.start_soon(parts.manager.read_meters)
                        group.start_soon(parts.controller.serve, self._inbox)
                        group.start_soon(parts.spare_workers.serve)
                        await self._drive(parts)
            finally:
                self.began.set()
                self.commands.close()
                parts.supervisor.close()
                parts.spare_workers.close()
                parts.injector.close()
                parts.duels.close()
                parts.profiler.close()
                try:
                    await self._take_down(parts)
                finally:
                    await parts.once.tear_down_all()  # if the session breaks off
                    group.cancel_scope.cancel()

    async def _connect(self, number: int) -> WorkerLink:
        """Starts a load worker on this machine, or connects to one on the cluster."""
        context = self._context
        if context.cluster is not None:
            return await context.cluster.connect(number)
        return await WorkerProcess.start(number, context.folder, context.session_id)

    def close(self) -> None:
        """Stops accepting commands. Called once `run` has ended, or if it never ran."""
        self.commands.close()
        self._inbox.close()

    # ------------------------------------------------------------ before load

    async def _start_targets(self, parts: SessionParts, group: TaskGroup) -> bool:
        """Starts all targets at once; returns True if one is ready and the session was not asked to end."""
        manager = parts.manager
        await self._check_out(parts, group)
        if self._ending.is_asked:
            return False
        instances = [manager.add(choice) for choice in self._plan.targets]
        if not all(manager.placement.in_container(choice) for choice in self._plan.targets):
            await manager.dependencies.provide(self._plan.workload)
        async with self._publishing(parts), anyio.create_task_group() as starting:
            for instance in instances:
                starting.start_soon(manager.start, instance)
            group.start_soon(self._cancel_at_end, starting.cancel_scope)
        if not any(instance.state == "ready" for instance in instances):
            self._ending.ask("failed")
        return not self._ending.is_asked

    async def _check_out(self, parts: SessionParts, group: TaskGroup) -> None:
        """Checks out the revisions of targets until that is done or the session is asked to end."""
        async with self._publishing(parts):
            with anyio.CancelScope() as scope:
                group.start_soon(self._cancel_at_end, scope)
                await parts.manager.placement.checkouts.check_out(
                    partial(self._recorder.event, "waiting", "")
                )

    @asynccontextmanager
    async def _publishing(self, parts: SessionParts) -> AsyncIterator[None]:
        """Makes snapshots while the block runs: there are no ticks of load yet."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._publish_each_tick, parts)
            yield
            group.cancel_scope.cancel()

    async def _publish_each_tick(self, parts: SessionParts) -> None:
        while True:
            parts.supervisor.look()
            self._recorder.publish()
            await anyio.sleep(TICK_S)

    async def _cancel_at_end(self, scope: anyio.CancelScope) -> None:
        await self._ending.wait()
        scope.cancel()

    async def _set_up(self, parts: SessionParts, group: TaskGroup) -> bool:
        """Sends the plan's setup requests to all ready targets; returns True if the session was not asked to
        end. Raises TargetError if one of them fails."""
        async with self._publishing(parts), anyio.create_task_group() as setting_up:
            for instance in parts.manager.instances.values():
                if instance.state == "ready":
                    setting_up.start_soon(parts.once.set_up, instance)
            group.start_soon(self._cancel_at_end, setting_up.cancel_scope)
        return not self._ending.is_asked

    def _peers(self, parts: SessionParts) -> dict[str, parity_check.Peer]:
        """The ready targets, by label."""
        return {
            self._recorder.timeline.label_of(name): parity_check.Peer(
                instance.choice,
                instance.address,
                instance.running.address.url,
                self._recorder.timeline.targets[name].added.database,
                instance.setup_values,
            )
            for name, instance in parts.manager.instances.items()
            if instance.state == "ready"
        }

    async def _begin(self, parts: SessionParts) -> None:
        """Pins the load workers to their cores, sets the epoch, and starts the load."""
        recorder, worker_pool, load = self._recorder, parts.worker_pool, parts.load
        for number in range(self._plan.load_worker_count):
            self._pin_worker(parts, number)
            self._aggregator.worker_joined(number)
        meter = Meter(self._context.cores.workers, lambda: worker_pool.pids)
        recorder.judge.read_interference = meter.read
        ready = [
            (turn, instance)
            for turn, instance in enumerate(parts.manager.instances.values())
            if instance.state == "ready"
        ]
        await worker_pool.send_rows([data.table for data in self._plan.rows.values()])
        for _, instance in ready:
            await load.send_ahead(instance)
        await worker_pool.measure_clocks()
        epoch_ns = monotonic_ns() + round(BEGIN_AFTER_S * 1e9)
        recorder.start_clock(epoch_ns)
        await worker_pool.begin(epoch_ns, self._plan.seed)
        for turn, instance in ready:
            if instance.state == "ready":
                await load.add_load(
                    instance, self._plan.steering_of(turn, open_ended=self._context.open_ended)
                )
        parts.duels.start()
        recorder.record(Began(now_text()))
        recorder.event("start", "", f"load begins: {load.workload}, think time {load.think_time}")
        parts.cluster_watch.tell_clocks()
        recorder.publish()
        self.began.set()

    # ------------------------------------------------------------ under load

    async def _drive(self, parts: SessionParts) -> None:
        """Ticks until the plan has ended or the session is asked to end."""
        recorder, load, manager = self._recorder, parts.load, parts.manager
        tick, shown_stage = 0, ""
        while not self._ending.is_asked:
            tick = max(tick, int(recorder.now_s() / TICK_S)) + 1
            with anyio.move_on_after(max(0.0, tick * TICK_S + SETTLE_S - recorder.now_s())):
                await self._ending.wait()
            parts.supervisor.look()
            advance = self._aggregator.advance(recorder.now_s())
            recorder.fold(advance, steerings=load.steerings, readings=manager.readings)
            await parts.auto_warm_up.look()
            await parts.turns.look(advance)
            if parts.capacity_search is not None:
                await parts.capacity_search.look()
            parts.injector.look(load.steerings, load.workload)
            parts.profiler.look(load.steerings)
            await parts.duels.look()
            parts.spare_workers.look()
            recorder.publish()
            stage = recorder.timeline.stage(recorder.published_s)
            if stage.detail.action and stage.text != shown_stage:
                shown_stage = stage.text
                recorder.event("stage", "", stage.text, detail=stage.detail)
            length_s = self._plan.length_s - recorder.timeline.saved_s
            ends_by_time = not (self._context.open_ended or parts.turns.has_turns or parts.duels.is_planned)
            if ends_by_time and recorder.now_s() >= length_s and not parts.profiler.is_busy:
                self._ending.ask("completed")

    async def _handle_deaths(self, parts: SessionParts) -> None:
        """Ends the users of a target that ended on its own. The other targets continue; if none is left, the
        session fails, unless it is open-ended."""
        manager = parts.manager
        async with manager.deaths:
            async for name in manager.deaths:
                self._recorder.notices.append(
                    Notice(
                        "error",
                        f"{self._recorder.timeline.label_of(name)} has stopped by itself",
                        "r restarts it; the other targets keep running",
                    )
                )
                await parts.controller.give_up(name)
                any_takes_load = any(instance.takes_load for instance in manager.instances.values())
                if not self._context.open_ended and not any_takes_load:
                    self._ending.ask("failed")

    # ------------------------------------------------------------ helpers

    def _watch_helpers(self, parts: SessionParts) -> None:
        """Watches the guard and the load workers; the targets' helpers are watched once they are started."""
        guard = self._context.guard
        parts.supervisor.watch(Helper("the guard", guard.wait, guard.start, lambda: guard.pid))
        for number in range(self._plan.load_worker_count):
            self._watch_worker(parts, number)

    def _watch_worker(self, parts: SessionParts, number: int) -> None:
        parts.supervisor.watch(
            Helper(
                f"load worker {number}",
                partial(parts.worker_pool.wait, number),
                partial(self._replace_worker, parts, number),
                partial(parts.worker_pool.pid, number),
                let_go=partial(self._let_go_worker, parts, number),
            )
        )

    def _let_go_worker(self, parts: SessionParts, number: int, error: LoadError) -> NotReplacedError | None:
        self._aggregator.worker_left(number)
        return parts.cluster_watch.let_go(number, error)

    def _release_worker(self, parts: SessionParts, number: int) -> None:
        """The worker with this number, if there is one, ends on purpose."""
        parts.supervisor.release(f"load worker {number}")
        self._aggregator.worker_left(number)

    def _join_worker(self, parts: SessionParts, number: int) -> None:
        """A worker that was started later has this number now."""
        self._pin_worker(parts, number)
        self._aggregator.worker_joined(number)
        self._watch_worker(parts, number)

    async def _replace_worker(self, parts: SessionParts, number: int) -> None:
        """Replaces a load worker that ended on its own, and gives the new one the same share of all users;
        the samples of the old one's last tick are lost. Raises LoadError if the new worker does not start,
        NotReplacedError if the session goes on without it, NotAgainError if load has not started."""
        self._aggregator.worker_left(number)
        if not self.began.is_set():
            hint = f"its log is in {self._context.folder}"
            raise NotAgainError("a load worker ended by itself", why="before any load", hint=hint)
        async with parts.cluster_watch.replacing(number), parts.worker_pool.replacing(number):
            self._pin_worker(parts, number)
            self._aggregator.worker_joined(number)
            async with parts.load.changing:
                with parts.cluster_watch.coming_back(number):
                    await parts.load.reload(number)

    def _pin_worker(self, parts: SessionParts, number: int) -> None:
        pid = parts.worker_pool.pid(number)
        if (cores := self._context.cores.workers) and pid is not None:
            pin_tree(pid, (cores[number % len(cores)],))

    # ------------------------------------------------------------ the end

    async def _take_down(self, parts: SessionParts) -> None:
        """Stops the load first, then the targets."""
        recorder, manager, load = self._recorder, parts.manager, parts.load
        manager.close()
        recorder.event("end", "", "load stops, then the targets")
        recorder.publish()
        stopped_s = recorder.now_s()
        await parts.worker_pool.stop(GRACE_S)
        recorder.fold(
            self._aggregator.flush(),
            steerings=load.steerings,
            readings=manager.readings,
            stopped_s=stopped_s,
        )
        recorder.publish()
        await parts.once.tear_down_all()
        with anyio.move_on_after(STOP_TARGETS_WITHIN_S):
            await manager.stop_all()
            if trouble := await manager.databases.drop():
                recorder.event("trouble", "", f"databases were left behind: {trouble}")
            await manager.dependencies.stop()
        if trouble := await manager.placement.checkouts.remove():
            recorder.event("trouble", "", f"a worktree was left behind: {trouble}; run abreast clean")
