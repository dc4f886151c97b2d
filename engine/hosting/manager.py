"""Starts, watches, restarts and stops the targets of a session, and reads their resource use.

Rules of this file:
- an error in one target affects only that target: it becomes a record, never an exception in the session;
- only events change a target's state (`target_state`), and only `_apply` sets it;
- a start that is overtaken by a stop, a removal or the end of the session is dropped without a record;
- a target is pinned to cores only once it is ready: importing on one core is slow.
"""

import math
from dataclasses import dataclass, field, replace

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from engine.hosting.databases import Databases
from engine.hosting.dependencies import LIVE_SETTINGS, Dependencies
from engine.hosting.network_delay import NetworkDelay
from engine.hosting.placement import Placement
from engine.hosting.target_descriptions import TargetDescriptions
from engine.hosting.target_instance import Deployment, TargetInstance
from engine.hosting.target_state import BEING_STARTED, Event, State, is_possible, next_state
from engine.machine import paths
from engine.metrics.event_detail import EventDetail
from engine.metrics.records import TargetChanged
from engine.plan.targets import MAX_TARGETS, TargetChoice
from engine.preflight.allowed_hosts import AllowedHosts
from engine.preflight.reachability import tls_of
from engine.recording.recorder import Recorder
from targets.errors import AbreastError, TargetError, in_a_line
from targets.launch import LaunchContext
from targets.requirements import nginx_command
from targets.runtime import Reading
from targets.runtime.cpu_clock import CpuReading, read_together
from targets.runtime.meter import ProcessTreeMeter
from targets.runtime.ports import free_port
from targets.target import ON_ROWS

METER_EVERY_S = 1.0
ADDRESS_RECORDED = frozenset({"ready", "down", "died"})
"""The states that are recorded with the target's address, since it is known by then."""


@dataclass(slots=True)
class TargetManager:
    """Manages all targets of one session. It uses a task group that its owner manages."""

    group: TaskGroup
    placement: Placement
    ready_within_s: float
    recorder: Recorder
    dependencies: Dependencies
    databases: Databases
    descriptions: TargetDescriptions
    network_delay: NetworkDelay
    workload: str
    """The workload that targets are started for."""
    allowed: AllowedHosts
    """The hosts that load may be sent to."""
    instances: dict[str, TargetInstance] = field(default_factory=dict)
    """The targets, by name."""
    readings: dict[str, Reading] = field(default_factory=dict)
    """The latest reading of each ready target, by name."""
    any_failed: bool = False
    """Whether any target failed to start or ended by itself."""
    is_closing: bool = False
    """Whether `close` was called."""
    deaths: MemoryObjectReceiveStream[str] = field(init=False)
    """The names of targets that ended by themselves or did not recover from a fault; ends at `close`."""
    _report_death: MemoryObjectSendStream[str] = field(init=False)
    _reads_backwards: bool = True

    def __post_init__(self) -> None:
        self._report_death, self.deaths = anyio.create_memory_object_stream[str](math.inf)

    # ------------------------------------------------------------ adding and removing targets

    def add(self, choice: TargetChoice) -> TargetInstance:
        """Adds a target to the session without starting it. Raises UsageError if its revision was not checked
        out, or it cannot use its database."""
        choice = self.placement.checkouts.place(choice)
        folder = self.placement.folder_of(choice)
        context = LaunchContext(
            port=free_port(),
            folder=folder,
            inner_port=free_port(),
            nginx=nginx_command(),
            plan_folder=self.placement.plan_folder,
            upstream_url=self.dependencies.upstream_url,
            cache=paths.cache(),
            live_settings=folder / LIVE_SETTINGS,
            workload=self.workload,
        )
        site = self._with_database(choice, self.placement.site(choice, context))
        deployment = Deployment(choice, site)
        tls = tls_of(choice.custom, self.placement.plan_folder)
        running = self.placement.create(deployment, tls)
        instance = self.instances[choice.name] = TargetInstance(deployment, self._free_slot(), running, tls)
        self.descriptions.relabel(choice)
        self.descriptions.record(instance, self.workload)
        return instance

    def change(self, instance: TargetInstance, choice: TargetChoice) -> None:
        """Changes a target's options; they take effect at its next start. Raises UsageError if it cannot use
        its database."""
        instance.deployment.site = self._with_database(choice, instance.deployment.site)
        instance.deployment.choice = choice
        self.descriptions.relabel(choice)
        self.descriptions.record(instance, self.workload)

    def _with_database(self, choice: TargetChoice, site: LaunchContext) -> LaunchContext:
        """A target's context with the database that its options, or else the plan, give it."""
        if choice.custom is not None:
            return site
        store, inside = self.databases.of(choice), self.placement.in_container(choice)
        url = store.url_for(choice.name, inside=inside)
        return replace(site, database_url=url, database_home=store.home)

    def begin_removal(self, instance: TargetInstance) -> bool:
        """Marks a target as being removed: from now on it takes no load and is not started again. Returns
        False if its removal had already begun."""
        if instance.life in {State.LEAVING, State.GONE}:
            return False
        self._apply(instance, Event.REMOVE)
        return True

    async def remove(self, instance: TargetInstance) -> None:
        """Stops a target whose removal has begun, and removes it from the session."""
        await self._halt(instance)
        await self.network_delay.remove_from(instance)
        self._apply(instance, Event.REMOVED)
        self.instances.pop(instance.name, None)

    def _free_slot(self) -> int:
        """Returns a slot that no target has had yet, or, if all have been used, one that is free now."""
        taken_now = {instance.slot for instance in self.instances.values()}
        taken_ever = {target.added.slot for target in self.recorder.timeline.targets.values()}
        slots = range(MAX_TARGETS)
        return next((slot for taken in (taken_ever, taken_now) for slot in slots if slot not in taken), 0)

    # ------------------------------------------------------------ what targets need

    async def provide(self, workload: str) -> None:
        """Provides everything that the targets need for a workload. Raises UsageError, TargetError."""
        for instance in self.instances.values():
            await self._provide(instance, workload)

    async def _provide(self, instance: TargetInstance, workload: str) -> None:
        if instance.choice.custom is not None:
            return
        inside = self.placement.in_container(instance.choice)
        await self.dependencies.provide(workload, inside=inside)
        if workload in ON_ROWS:
            await self.databases.of(instance.choice).provide()
            # The port of a server may differ from the planned one.
            instance.deployment.site = self._with_database(instance.choice, instance.deployment.site)
            self.descriptions.record(instance, workload)

    async def prepare_for(self, workload: str) -> None:
        """Switches targets to another workload, and runs the preparation commands of ready ones if it needs
        rows in a database. Raises TargetError if that fails."""
        for instance in self.instances.values():
            instance.deployment.site = replace(instance.deployment.site, workload=workload)
        if workload not in ON_ROWS:
            return
        async with anyio.create_task_group() as group:
            for instance in self.instances.values():
                if instance.state == "ready":
                    for command in instance.deployment.launch_on_site().prepare:
                        group.start_soon(instance.running.run, command)

    # ------------------------------------------------------------ starting and stopping

    async def start(self, instance: TargetInstance) -> bool:
        """Starts a target and waits until it is ready. Returns False if it does not become ready, and records
        why. Also returns False, without a record, if it cannot be started now (e.g. it is already starting or
        being removed), if the session is ending, or if it is stopped or removed meanwhile."""
        if self.is_closing or not is_possible(instance.life, Event.START):
            return False
        self._apply(instance, Event.START)
        return await self._bring_up(instance)

    async def restart(self, instance: TargetInstance) -> bool:
        """Stops a target if it runs, and starts it again on the same port. Returns False as `start` does."""
        await self._halt(instance)
        await _process_has_ended(instance)
        return await self.start(instance)

    async def stop(self, instance: TargetInstance) -> None:
        """Stops a target; it stays in the session."""
        await self._halt(instance)
        if instance.life is State.STOPPING:
            self._apply(instance, Event.STOPPED)

    def close(self) -> None:
        """Marks the session as ending: no more starts, and a target that ends from now on has not died."""
        self.is_closing = True
        self._report_death.close()

    async def stop_all(self) -> None:
        """Stops all targets at the same time, ends their delay proxies, and cleans up the Docker Engine."""
        async with anyio.create_task_group() as group:
            for instance in self.instances.values():
                group.start_soon(self.stop, instance)
                group.start_soon(self.network_delay.remove_from, instance)
        await self.placement.close()

    async def _bring_up(self, instance: TargetInstance) -> bool:
        """Starts a target that is already in a starting state, and waits until it is ready. Returns False as
        `start` does."""
        running = instance.running
        try:
            await self._provide(instance, self.workload)
            await running.start()
            # Before the first request: the address where a container is published is known by now.
            instance.ips = await self.allowed.check(running.address.host)
            if self._is_wanted(instance):
                await running.ready(self.ready_within_s, instance.ips)
                await self.network_delay.add_to(instance)
        except AbreastError as error:
            await self._start_failed(instance, error)
            return False
        if self._is_wanted(instance):
            if instance.choice.is_attached or self.placement.in_container(instance.choice):
                self.descriptions.record(instance, self.workload)  # its limits are known by now
            await self._pin(instance)
        if not self._is_wanted(instance):
            await running.stop()
            return False
        self._apply(instance, Event.READY)
        self.placement.watch_sidecar(instance.name, running, self.ready_within_s)
        instance.process_ended = anyio.Event()
        self.group.start_soon(self._watch, instance, instance.process_ended)
        return True

    async def _pin(self, instance: TargetInstance) -> None:
        try:
            await self.placement.pin(instance.choice, instance.slot, instance.running)
        except TargetError as error:
            self.recorder.event("trouble", instance.name, in_a_line(error))

    async def _start_failed(self, instance: TargetInstance, error: AbreastError) -> None:
        if self._is_wanted(instance):
            await instance.running.stop()
        if self._is_wanted(instance):
            self.any_failed = True
            self._apply(instance, Event.START_FAILED, str(error))
            self.recorder.event("trouble", instance.name, error.what)

    def _is_wanted(self, instance: TargetInstance) -> bool:
        """Whether to continue a start: no stop, removal or end of the session has overtaken it."""
        return instance.life in BEING_STARTED and not self.is_closing

    async def _halt(self, instance: TargetInstance) -> None:
        self._apply(instance, Event.STOP)
        self._forget_process(instance)
        await instance.running.stop()

    # ------------------------------------------------------------ faults

    def kill(self, instance: TargetInstance) -> None:
        """Kills a ready target's processes at once, for a fault; its users stay."""
        self._apply(instance, Event.KILL, "killed by a fault")
        self._forget_process(instance)
        instance.running.kill()

    async def restart_under_load(self, instance: TargetInstance) -> None:
        """Stops a ready target and starts it again on the same port, for a fault; its users stay."""
        self._apply(instance, Event.RESTART_UNDER_LOAD, "restarted by a fault")
        self._forget_process(instance)
        await instance.running.stop()
        await self._recover(instance)

    async def revive(self, instance: TargetInstance) -> None:
        """Starts a target again on the same port if it is down; otherwise does nothing. If it does not become
        ready, it loses its users."""
        if instance.life is State.DOWN:
            self._apply(instance, Event.REVIVE)
            await self._recover(instance)

    def put_at_risk(self, instance: TargetInstance) -> None:
        """Notes that a fault may end a ready target: if it ends, it counts as down, and its users stay."""
        self._apply(instance, Event.PUT_AT_RISK)

    def lift_risk(self, instance: TargetInstance) -> None:
        """Notes that the fault has ended; does nothing if the target is not at risk any more."""
        if instance.life is State.AT_RISK:
            self._apply(instance, Event.RISK_LIFTED)

    async def _recover(self, instance: TargetInstance) -> None:
        await _process_has_ended(instance)
        if self._is_wanted(instance):
            await self._bring_up(instance)
        if instance.life is State.FAILED:
            self._report_death.send_nowait(instance.name)

    # ------------------------------------------------------------ watching

    async def read_meters(self) -> None:
        """Reads the resource use of every ready target once a second, until cancelled."""
        meter = ProcessTreeMeter()
        while True:
            roots = {
                name: instance.running.pids
                for name, instance in self.instances.items()
                if instance.state == "ready" and instance.running.pids
            }
            here = await anyio.to_thread.run_sync(meter.read, roots) if roots else {}
            self.readings = {
                name: reading
                for name, instance in self.instances.items()
                if instance.state == "ready" and (reading := here.get(name) or instance.running.reading)
            }
            await anyio.sleep(METER_EVERY_S)

    def read_cpu(self) -> dict[str, CpuReading]:
        """Reads the exact CPU time of every ready target, by name, within microseconds of each other. The
        order of reading alternates from call to call."""
        self._reads_backwards = not self._reads_backwards
        clocks = {
            name: instance.running.cpu_clock
            for name, instance in self.instances.items()
            if instance.state == "ready"
        }
        return read_together(clocks, backwards=self._reads_backwards)

    async def _watch(self, instance: TargetInstance, process_ended: anyio.Event) -> None:
        how = await instance.running.wait()
        process_ended.set()
        if self.is_closing:
            return
        match instance.life:
            case State.READY:
                self._forget_process(instance)
                self.any_failed = True
                tail = "\n".join(instance.running.log_tail(5))
                self._apply(instance, Event.ENDED, f"it ended by itself: {how}\n{tail}".strip())
                exited = EventDetail("exited", reason=how)
                self.recorder.event("trouble", instance.name, f"ended by itself: {how}", detail=exited)
                self._report_death.send_nowait(instance.name)
            case State.AT_RISK:
                self._forget_process(instance)
                self._apply(instance, Event.ENDED, how)
                down = EventDetail("down", reason=how)
                self.recorder.event("fault", instance.name, f"it is down: {how}", detail=down)
            case _:
                self._apply(instance, Event.ENDED)

    def _forget_process(self, instance: TargetInstance) -> None:
        """Stops watching the sidecar, and drops the reading, of a target that is ending or has ended."""
        self.placement.release_sidecar(instance.name)
        self.readings.pop(instance.name, None)

    def _apply(self, instance: TargetInstance, event: Event, trouble: str = "") -> None:
        """Applies an event to a target's state, and records the change if it is visible to users."""
        before = instance.state
        instance.life = next_state(instance.life, event)
        state = instance.state
        if state != before:
            address = str(instance.running.address) if state in ADDRESS_RECORDED else ""
            now_s = self.recorder.now_s()
            self.recorder.record(TargetChanged(now_s, instance.name, state, trouble, address))


async def _process_has_ended(instance: TargetInstance) -> None:
    if instance.process_ended is not None:
        await instance.process_ended.wait()
