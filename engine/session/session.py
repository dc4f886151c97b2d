"""Runs a plan: targets, load, commands, records. The outermost block of a front; a screen runs inside it.

Rules of this file:
- a session ends by its own `ending` event alone, whatever happens outside: `run` is shielded from
  cancellation, so that load stops first, then targets, then the journal is closed, however the block is left;
- every load worker knows the session's epoch before any load flows.
"""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from time import monotonic_ns
from typing import Any

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup

from engine.hosting import database_choice
from engine.hosting.databases import Databases
from engine.hosting.dependencies import Dependencies
from engine.hosting.manager import TargetManager
from engine.hosting.placement import Placement
from engine.hosting.supervision import Helper, Supervisor
from engine.machine import ceiling, environment, paths
from engine.machine.interference import Meter
from engine.machine.open_files import raise_open_files_limit
from engine.metrics.aggregator import Aggregator
from engine.metrics.records import Began, Ended
from engine.metrics.snapshot import Snapshot
from engine.metrics.timeline import BY_HAND, PAUSED, View
from engine.plan.commands import Command, Notice, RunCommand, ViewCommand
from engine.plan.plan import Plan
from engine.preflight import parity_check
from engine.preflight.allowed_hosts import AllowedHosts, LookUp, look_up
from engine.preflight.reachability import check_limits, check_reach
from engine.preflight.requirements import check_requirements
from engine.protocol.messages import TICK_S
from engine.recording.disk_space import check_room, no_room
from engine.recording.journal import FILE_NAME, JournalWriter
from engine.recording.log_limit import keep_small
from engine.recording.recorder import Recorder
from engine.session.auto_warm_up import AutoWarmUp
from engine.session.controller import Controller
from engine.session.fault_injector import FaultInjector
from engine.session.header import header_of, new_id, now_text
from engine.session.load_control import LoadControl
from engine.session.membership import GRACE_S, Membership
from engine.session.worker_pool import WorkerPool, launched
from targets.errors import AbreastError, LoadError, first_of, innermost, reason_of
from targets.runtime.affinity import pin_tree
from targets.runtime.front_priority import lowered_front_priority
from targets.runtime.guard import Guard
from targets.target import ON_ROWS

BEGIN_AFTER_S = 0.1
"""The epoch lies this far ahead when the workers are told of it."""
SETTLE_S = 0.05
"""A tick's samples are looked for this long after its end."""
STOP_TARGETS_WITHIN_S = 30.0
COMMANDS_WAITING = 256


class Session:
    """One run of a plan. Made by `opened`; everything public may be called from the same event loop."""

    def __init__(
        self,
        plan: Plan,
        *,
        open_ended: bool,
        session_id: str,
        folder: Path,
        journal: JournalWriter,
        guard: Guard,
        allowed: AllowedHosts,
    ) -> None:
        self.plan = plan
        self.id = session_id
        self.folder = folder
        self.open_ended = open_ended
        """The last stage holds until somebody ends the session."""
        self.began = anyio.Event()
        """Set when load flows, or when it is clear that it never will."""
        self.finished = anyio.Event()
        """Set when everything is down and the journal is complete."""
        self.outcome = "running"
        self.error: AbreastError | None = None
        """Why the session could not go on, where it could not."""
        self.cores = environment.plan_cores(environment.available_cores(), plan.load_worker_count)
        self.ceiling = ceiling.load()
        """What this machine's load workers can send, where that was measured."""
        self.recorder = Recorder(
            journal,
            header_of(plan, session_id, cores=self.cores, ceiling=self.ceiling, open_ended=open_ended),
            View(),
            self.ceiling,
            plan.masker(),
        )
        self._guard = guard
        self._allowed = allowed
        self._ending = anyio.Event()
        self._wanted_outcome = "completed"
        self._collector = Aggregator()
        self._commands, self._inbox = anyio.create_memory_object_stream[RunCommand](COMMANDS_WAITING)
        self._worker_pool: WorkerPool
        self._manager: TargetManager | None = None

    # ------------------------------------------------------------ what a front may ask

    @property
    def snapshot(self) -> Snapshot:
        """The newest picture; another object at every tick."""
        return self.recorder.snapshot

    @property
    def any_target_failed(self) -> bool:
        """Whether a target did not start, or ended by itself."""
        return self._manager is not None and self._manager.any_failed

    def now_s(self) -> float:
        """Session time, in seconds; 0 until load flows."""
        return self.recorder.now_s()

    def send(self, command: Command) -> None:
        """Hands a command over; never waits. What comes of it is seen in snapshots and notices."""
        if isinstance(command, ViewCommand):
            self.recorder.look(command)
            return
        try:
            self._commands.send_nowait(command)
        except (anyio.WouldBlock, anyio.ClosedResourceError, anyio.BrokenResourceError):
            self.recorder.notices.append(Notice("warning", "not done", "the session takes no commands now"))

    def notices(self) -> list[Notice]:
        """Messages since the last call; each is given once."""
        found = list(self.recorder.notices)
        self.recorder.notices.clear()
        return found

    def end(self, outcome: str = "completed") -> None:
        """Asks the session to end; the first to ask says how. Never waits: `finished` tells."""
        if not self._ending.is_set():
            self._wanted_outcome = outcome
            self._ending.set()

    async def export(self) -> None:
        """Writes a session that has ended where abreast was started; a notice says where, or why not."""
        try:
            path = await anyio.to_thread.run_sync(self._export)
        except AbreastError as error:
            self.recorder.notices.append(Notice("error", error.what, error.hint or error.why))
        except OSError as error:
            self.recorder.notices.append(Notice("error", "the journal is gone", reason_of(error)))
        else:
            self.recorder.notices.append(Notice("information", "exported", f"to {path}"))

    # ------------------------------------------------------------ the life of a session

    async def run(self) -> None:
        """Runs the plan until its end or until `end` is called, then takes everything down.

        An AbreastError is kept in `error`, and not raised. Whatever else ends it is raised, and recorded: a
        session that broke off did not come to its end."""
        with anyio.CancelScope(shield=True):
            try:
                await self._live()
            except* AbreastError as errors:
                self._fail(first_of(errors))
            except* BaseException as errors:
                self._break_off(errors)
                raise
            finally:
                self._finish()

    async def _live(self) -> None:
        async with (
            launched(
                self.plan.load_worker_count,
                folder=self.folder,
                session_id=self.id,
                take=self._collector.take,
            ) as self._worker_pool,
            anyio.create_task_group() as group,
        ):
            group.start_soon(keep_small, self.folder)
            supervisor = Supervisor(group, self.recorder, self._fail)
            placement = Placement(
                group=group,
                folder=self.folder,
                session_id=self.id,
                cores=self.cores,
                runtime=self.plan.runtime,
                plan_folder=self.plan.folder,
                recorder=self.recorder,
                supervisor=supervisor,
            )
            rows = Databases.of(self.plan, placement)
            manager = self._manager = TargetManager(
                group=group,
                session_id=self.id,
                placement=placement,
                ready_within_s=self.plan.ready_within,
                network_delay_s=self.plan.network_delay,
                recorder=self.recorder,
                dependencies=Dependencies(self.folder, self.id, placement),
                databases=rows,
                database_versions=await rows.versions() if self.plan.workload in ON_ROWS else {},
                workload=self.plan.workload,
                allowed=self._allowed,
                died=lambda name: self._target_died(controller, name),
                choices={choice.name: choice for choice in self.plan.targets},
            )
            injector = FaultInjector(self.plan, manager, self.recorder, group)
            load = LoadControl(
                self.plan, worker_pool=self._worker_pool, manager=manager, recorder=self.recorder
            )
            controller = Controller(
                self.plan,
                load=load,
                manager=manager,
                injector=injector,
                membership=Membership(
                    self.plan,
                    load=load,
                    manager=manager,
                    injector=injector,
                    recorder=self.recorder,
                    group=group,
                ),
                recorder=self.recorder,
                export=self._export,
            )
            self._watch_helpers(supervisor, load)
            try:
                if await self._start_targets(manager, group):
                    await self._check_parity(manager)
                    await self._begin(manager, load)
                    group.start_soon(manager.read_meters)
                    group.start_soon(controller.serve, self._inbox)
                    await self._drive(manager, load, injector)
            finally:
                self.began.set()
                supervisor.close()
                injector.close()
                await self._take_down(manager, load)
                group.cancel_scope.cancel()

    async def _start_targets(self, manager: TargetManager, group: TaskGroup) -> bool:
        """Starts all targets at once; True if one is ready and nobody ended the session meanwhile."""
        instances = [manager.add(choice) for choice in self.plan.targets]
        if not all(manager.placement.in_container(choice) for choice in self.plan.targets):
            await manager.dependencies.provide(self.plan.workload)
        async with anyio.create_task_group() as showing:
            showing.start_soon(self._publish_for_ever)
            async with anyio.create_task_group() as starting:
                for instance in instances:
                    starting.start_soon(manager.start, instance)
                group.start_soon(self._cancel_at_end, starting.cancel_scope)
            showing.cancel_scope.cancel()
        if not any(instance.state == "ready" for instance in instances):
            self.end("failed")
        return not self._ending.is_set()

    async def _check_parity(self, manager: TargetManager) -> None:
        """Raises UsageError where targets that are ready do not work alike."""
        peers = {
            self.recorder.timeline.label_of(name): parity_check.Peer(
                instance.choice, instance.address, instance.running.address.url
            )
            for name, instance in manager.instances.items()
            if instance.state == "ready"
        }
        rows_in_files = not manager.databases.is_server
        await parity_check.check_parity(self.plan, peers, rows_in_files=rows_in_files, recorder=self.recorder)

    async def _cancel_at_end(self, scope: anyio.CancelScope) -> None:
        await self._ending.wait()
        scope.cancel()

    async def _publish_for_ever(self) -> None:
        while True:
            if self._manager is not None:
                self._manager.placement.supervisor.look()
            self.recorder.publish()
            await anyio.sleep(TICK_S)

    async def _begin(self, manager: TargetManager, load: LoadControl) -> None:
        """Deals out the cores, sets the epoch, and lets the load flow."""
        for number in range(self.plan.load_worker_count):
            self._pin_worker(number)
            self._collector.worker_joined(number)
        self.recorder.judge.read_interference = Meter(self.cores.workers, lambda: self._worker_pool.pids).read
        ready = [
            (n, instance)
            for n, instance in enumerate(manager.instances.values())
            if instance.state == "ready"
        ]
        for _, instance in ready:
            await load.send_ahead(instance)
        epoch_ns = monotonic_ns() + round(BEGIN_AFTER_S * 1e9)
        self.recorder.start_clock(epoch_ns)
        await self._worker_pool.begin(epoch_ns, self.plan.seed)
        for number, instance in ready:
            if instance.state == "ready":
                await load.add_load(instance, self.plan.turn(number, open_ended=self.open_ended))
        self.recorder.record(Began(now_text()))
        self.recorder.event("start", "", f"load begins: {load.workload}, think time {load.think_time}")
        self.recorder.publish()
        self.began.set()

    async def _drive(self, manager: TargetManager, load: LoadControl, injector: FaultInjector) -> None:
        """Ticks until the plan is over or somebody ends the session."""
        tick, shown_stage = 0, ""
        auto_warm_up = AutoWarmUp(self.plan, load, self.recorder)
        while not self._ending.is_set():
            tick = max(tick, int(self.now_s() / TICK_S)) + 1
            with anyio.move_on_after(max(0.0, tick * TICK_S + SETTLE_S - self.now_s())):
                await self._ending.wait()
            manager.placement.supervisor.look()
            self.recorder.fold(
                self._collector.advance(self.now_s()), steerings=load.steerings, readings=manager.readings
            )
            await auto_warm_up.look()
            injector.look(load.steerings, load.workload)
            self.recorder.publish()
            stage = self.recorder.snapshot.stage_text
            if stage not in {"", BY_HAND, PAUSED, shown_stage}:
                shown_stage = stage
                self.recorder.event("stage", "", stage)
            length_s = self.plan.length_s - self.recorder.timeline.saved_s
            if not self.open_ended and self.now_s() >= length_s:
                self.end("completed")

    async def _take_down(self, manager: TargetManager, load: LoadControl) -> None:
        """Load first, then targets."""
        self._commands.close()
        manager.is_closing = True
        self.recorder.event("end", "", "load stops, then the targets")
        self.recorder.publish()
        await self._worker_pool.stop(GRACE_S)
        self.recorder.fold(
            self._collector.flush(), steerings=load.steerings, readings=manager.readings, winding_down=True
        )
        self.recorder.publish()
        with anyio.move_on_after(STOP_TARGETS_WITHIN_S):
            await manager.stop_all()
            if trouble := await manager.databases.drop():
                self.recorder.event("trouble", "", f"databases were left behind: {trouble}")
            await manager.dependencies.stop()

    def _finish(self) -> None:
        for stream in (self._commands, self._inbox):
            stream.close()
        self.outcome = self._outcome()
        self.recorder.record(Ended(self.now_s(), now_text(), self.outcome))
        self.recorder.publish()
        self.began.set()
        self.finished.set()

    def _outcome(self) -> str:
        """How it ended, in a word: the worst that applies."""
        if self._wanted_outcome != "completed":
            return self._wanted_outcome
        if self.any_target_failed or self._is_any_silent():
            return "failed"
        missed = any(not threshold.passed for threshold in self.recorder.timeline.thresholds())
        return "threshold" if missed else "completed"

    def _is_any_silent(self) -> bool:
        """Whether a target answered nothing in all its measured run."""
        return any(line.never_answered for line in self.recorder.timeline.lines.values())

    # ------------------------------------------------------------ what goes wrong

    def _fail(self, error: AbreastError) -> None:
        """The session cannot go on."""
        self.error = error
        self.recorder.event("trouble", "", str(error))
        self.end("failed")
        if self._wanted_outcome == "completed":  # it was ending already
            self._wanted_outcome = "failed"

    def _break_off(self, errors: BaseExceptionGroup) -> None:
        """The session ends by something that nobody foresaw; or by a signal, where there is nothing else."""
        self.recorder.event("trouble", "", f"the session broke off: {innermost(errors)}")
        self._wanted_outcome = "interrupted" if errors.split(Exception)[0] is None else "failed"
        self._ending.set()

    def _watch_helpers(self, supervisor: Supervisor, load: LoadControl) -> None:
        """The guard and the load workers; targets' own helpers are watched as they are started."""
        supervisor.watch(Helper("the guard", self._guard.wait, self._guard.start, lambda: self._guard.pid))
        for number in range(self.plan.load_worker_count):
            supervisor.watch(
                Helper(
                    f"load worker {number}",
                    partial(self._worker_pool.wait, number),
                    partial(self._replace_worker, number, load),
                    partial(self._worker_pool.pid, number),
                )
            )

    async def _replace_worker(self, number: int, load: LoadControl) -> None:
        """Starts a load worker in the place of one that ended by itself, with its share of all users; what
        the last tick of that one held is lost. Raises LoadError."""
        self._collector.worker_left(number)
        if not self.began.is_set():
            hint = f"its log is in {self.folder}"
            raise LoadError("a load worker ended by itself", why="before any load", hint=hint)
        await self._worker_pool.launch(number)
        self._pin_worker(number)
        self._collector.worker_joined(number)
        await load.reload(number)

    def _pin_worker(self, number: int) -> None:
        if self.cores.workers:
            core = self.cores.workers[number % len(self.cores.workers)]
            pin_tree(self._worker_pool.pids[number], (core,))

    async def _target_died(self, controller: Controller, name: str) -> None:
        """A target ended by itself: its users end too, the other targets go on."""
        self.recorder.notices.append(
            Notice(
                "error",
                f"{self.recorder.timeline.label_of(name)} has stopped by itself",
                "r restarts it; the other targets keep running",
            )
        )
        await controller.give_up(name)
        instances = self._manager.instances.values() if self._manager else ()
        if not self.open_ended and not any(instance.takes_load for instance in instances):
            self.end("failed")

    # ------------------------------------------------------------ records

    def document(self) -> dict[str, Any]:
        """The session JSON so far, whatever of it the journal could not take. Raises OSError where the block
        of `opened` was left and the journal is gone."""
        from engine.export import live_document  # an export is rare: what it imports is not needed before

        return live_document(self.recorder.journal.records())

    def _export(self) -> str:
        from engine.export import write_beside

        return str(write_beside(self.document(), Path.cwd(), self.plan.preset))


@asynccontextmanager
async def opened(
    plan: Plan,
    *,
    open_ended: bool = False,
    granted_hosts: Collection[str] = (),
    look_up: LookUp = look_up,
) -> AsyncIterator[Session]:
    """A session that runs while the block does; when the block is left, it ends and everything is taken down.

    Load goes to this machine and private networks, and beyond them to `granted_hosts` alone. Raises
    AbreastError where the plan would have it go elsewhere, or wants more users than can be connected, where
    this machine cannot run a target, the session's folder or journal cannot be made, or the guard does not
    come up.
    """
    plan = plan.for_cores(environment.usable_core_count())
    check_limits(plan)
    allowed = AllowedHosts.of(granted_hosts, look_up)
    await anyio.to_thread.run_sync(check_reach, plan, allowed)
    for choice in plan.targets:
        check_requirements(choice, plan.runtime)
    database_choice.check(plan)
    raise_open_files_limit()  # targets inherit it, and need a file for each user as load workers do
    session_id = new_id(plan.preset or "plan")
    folder = paths.session_folder(session_id)
    cores = environment.plan_cores(environment.available_cores(), plan.load_worker_count)
    check_room(folder)
    with JournalWriter(folder / FILE_NAME) as journal, lowered_front_priority(cores.targets):
        async with Guard(session_id, folder) as guard, anyio.create_task_group() as group:
            session = Session(
                plan,
                open_ended=open_ended,
                session_id=session_id,
                folder=folder,
                journal=journal,
                guard=guard,
                allowed=allowed,
            )
            if journal.trouble:
                raise no_room(folder, journal.trouble)
            group.start_soon(session.run)
            try:
                yield session
            except Exception:
                session.end("failed")
                raise
            finally:
                session.end("interrupted")
                with anyio.CancelScope(shield=True):
                    await session.finished.wait()
