"""The targets of a session: starts them, watches them, restarts and stops them, reads what they use.

Rules of this file:
- one target's trouble is that target's alone: it becomes a record, never an exception in the session;
- a target that ends is a death unless somebody here asked for it;
- cores are dealt out once a target is ready: importing on one core is slow.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup

from engine.hosting.databases import Databases
from engine.hosting.delay_proxy import DelayProxy
from engine.hosting.dependencies import LIVE_SETTINGS, Dependencies
from engine.hosting.placement import Placement, reading_of
from engine.hosting.supervision import Helper
from engine.machine import paths
from engine.metrics.records import TargetAdded, TargetChanged
from engine.metrics.snapshot import TAKES_LOAD, TargetState
from engine.plan.labels import labels_of
from engine.plan.targets import MAX_TARGETS, TargetChoice
from engine.preflight.allowed_hosts import AllowedHosts
from engine.preflight.reachability import tls_of
from engine.protocol.address import Address, Tls
from engine.recording.recorder import Recorder
from targets.database import packages as drivers
from targets.errors import AbreastError
from targets.launch import Launch, LaunchContext
from targets.options import plain
from targets.requirements import nginx_command
from targets.runtime import Reading, RunningTarget
from targets.runtime.containers.target import DockerTarget
from targets.runtime.meter import ProcessTreeMeter
from targets.runtime.ports import free_port
from targets.target import ON_ROWS

METER_EVERY_S = 1.0
LIVING: frozenset[TargetState] = TAKES_LOAD | {"starting"}


@dataclass(slots=True, eq=False)
class TargetInstance:
    """One target's place in the arena."""

    choice: TargetChoice
    slot: int
    running: RunningTarget
    site: LaunchContext
    """Where it runs."""
    tls: Tls | None = None
    """How it is spoken to with TLS; None: in the clear."""
    state: TargetState = "waiting"
    end_is_wanted: bool = False
    """Whoever ends it now does so on purpose: it has not died."""
    falls_by_fault: bool = False
    """What is done to it may end it: then it is down, and keeps its users."""
    is_leaving: bool = False
    """It is being removed."""
    is_rising: bool = False
    """It is down, and is being started again under load."""
    delay_proxy: DelayProxy | None = None
    """Lengthens the way to it, where the plan asks for that; load goes there."""
    ips: tuple[str, ...] = ()
    """The addresses of its host: those that were checked when it last started get its load, and no others."""
    ended: anyio.Event | None = None
    """Set when the process that was last ready has ended; None before the first was."""

    def launch(self, port: int) -> Launch:
        """How it is started on a port, with the options that it has now."""
        return self.choice.target.launch(self.choice.options, replace(self.site, port=port))

    @property
    def address(self) -> Address:
        """Where it is asked, by way of no proxy."""
        return Address(self.running.address.host, self.running.address.port, tls=self.tls, ips=self.ips)

    @property
    def is_moving(self) -> bool:
        """Whether it is being started, stopped or removed right now."""
        return self.is_leaving or self.is_rising or self.state in {"starting", "stopping"}

    def is_down(self) -> bool:
        """Whether a fault has ended it."""
        return self.state == "down"

    @property
    def takes_load(self) -> bool:
        """Whether it has users: it is ready, or down by a fault."""
        return self.state in TAKES_LOAD


@dataclass(slots=True)
class TargetManager:
    """All targets of one session. Lives within a task group that its owner keeps."""

    group: TaskGroup
    session_id: str
    placement: Placement
    ready_within_s: float
    network_delay_s: float
    """Round trip added to the way to every target."""
    recorder: Recorder
    dependencies: Dependencies
    databases: Databases
    database_versions: dict[str, str]
    """Of what keeps the rows."""
    workload: str
    """What targets are asked for when they start."""
    allowed: AllowedHosts
    """Where load may go."""
    died: Callable[[str], Awaitable[None]]
    """Gets the name of a ready target that ended by itself."""
    choices: dict[str, TargetChoice]
    """Of the plan, and of every target that has joined since, by name: labels tell them all apart."""
    instances: dict[str, TargetInstance] = field(default_factory=dict)
    readings: dict[str, Reading] = field(default_factory=dict)
    """The newest of each target that is ready."""
    any_failed: bool = False
    """A target did not start, or ended by itself."""
    is_closing: bool = False
    """The session is ending: whatever ends now was meant to."""

    def add(self, choice: TargetChoice) -> TargetInstance:
        """Gives a target its place; nothing starts yet."""
        folder = self.placement.folder_of(choice)
        inside = self.placement.in_container(choice)
        site = LaunchContext(
            port=free_port(),
            folder=folder,
            inner_port=free_port(),
            nginx=nginx_command(),
            plan_folder=self.placement.plan_folder,
            upstream_url=self.dependencies.upstream_url,
            database_url="" if choice.custom else self.databases.url_for(choice.name, inside=inside),
            database_home=self.databases.home,
            cache=paths.cache(),
            live_settings=folder / LIVE_SETTINGS,
            workload=self.workload,
        )
        site, tls = self.placement.site(choice, site), tls_of(choice.custom, self.placement.plan_folder)
        instance = TargetInstance(choice, self._free_slot(), self._housed(choice, site, tls), site, tls)
        self.instances[choice.name] = instance
        self._label(choice)
        self._introduce(instance)
        return instance

    def _housed(self, choice: TargetChoice, site: LaunchContext, tls: Tls | None) -> RunningTarget:
        return self.placement.create(
            choice,
            site,
            tls,
            launch=lambda port: self.instances[choice.name].launch(port),
            options=lambda: self.instances[choice.name].choice.options,
        )

    def change(self, instance: TargetInstance, choice: TargetChoice) -> None:
        """Gives a target other options, from its next start on."""
        instance.choice = choice
        self._label(choice)
        self._introduce(instance)

    def _label(self, choice: TargetChoice) -> None:
        """Records the labels of other targets that are another with this choice."""
        self.choices[choice.name] = choice
        labels = self._labels()
        for name, line in self.recorder.timeline.lines.items():
            if name != choice.name and line.added.label != labels[name]:
                self.recorder.record(replace(line.added, label=labels[name]))

    def _labels(self) -> dict[str, str]:
        return labels_of(tuple(self.choices.values()), self.placement.runtime)

    def _introduce(self, instance: TargetInstance) -> None:
        choice, spec = instance.choice, instance.choice.target
        launch = instance.launch(instance.site.port)
        self.recorder.record(
            TargetAdded(
                name=choice.name,
                slot=instance.slot,
                server=spec.server(choice.public_options),
                command=launch.argv,
                env=dict(launch.env),
                runtime=choice.runtime(self.placement.runtime),
                options=plain(spec, choice.public_options),
                versions=self.placement.versions(choice) | self._versions_of_rows(choice),
                limits=self.placement.limits(choice, instance.running),
                label=self._labels()[choice.name],
            )
        )

    def _versions_of_rows(self, choice: TargetChoice) -> dict[str, str]:
        """Of the database and what speaks with it, for a target that keeps rows."""
        if choice.custom is not None or self.workload not in ON_ROWS:
            return {}
        speaking = drivers(self.databases.server, awaited="tortoise-orm" in choice.target.packages)
        own = self.databases.own.versions if self.databases.own else {}
        return self.placement.versions_of(choice, speaking) | self.database_versions | own

    async def provide(self, workload: str) -> None:
        """Returns once all is there that the targets need for a workload. Raises UsageError, TargetError."""
        for instance in self.instances.values():
            await self._provide(instance, workload)

    async def _provide(self, instance: TargetInstance, workload: str) -> None:
        if instance.choice.custom is not None:
            return
        await self.dependencies.provide(workload, inside=self.placement.in_container(instance.choice))
        if workload in ON_ROWS and self.databases.own is not None:
            await self.databases.provide()
            if not self.placement.in_container(instance.choice):  # its port may be another than was planned
                instance.site = replace(
                    instance.site, database_url=self.databases.url_for(instance.choice.name)
                )
            self._introduce(instance)

    async def prepare_for(self, workload: str) -> None:
        """Makes what targets that run need for another workload. Raises TargetError where that fails."""
        for instance in self.instances.values():
            instance.site = replace(instance.site, workload=workload)
        if workload not in ON_ROWS:
            return
        async with anyio.create_task_group() as group:
            for instance in (each for each in self.instances.values() if each.state == "ready"):
                for command in instance.launch(instance.site.port).prepare:
                    if isinstance(instance.running, DockerTarget):
                        group.start_soon(instance.running.run_beside, command)
                    else:
                        group.start_soon(
                            self.dependencies.run, command, instance.choice.name, instance.site.folder
                        )

    def _free_slot(self) -> int:
        """A slot that no target had yet, or, after many comings and goings, one that none has now."""
        living = {instance.slot for instance in self.instances.values()}
        had = {line.added.slot for line in self.recorder.timeline.lines.values()}
        slots = range(MAX_TARGETS)
        return next((slot for taken in (had, living) for slot in slots if slot not in taken), 0)

    async def start(self, instance: TargetInstance, meanwhile: TargetState = "starting") -> bool:
        """Starts a target and waits until it is ready; False, and a record that says why, if it does not.
        `meanwhile` is what it is called until then."""
        instance.end_is_wanted = False
        if instance.state != meanwhile:
            self._change(instance, meanwhile)
        try:
            await self._provide(instance, self.workload)
            await instance.running.start()
            # Before the first question: where a container is published is known by now.
            instance.ips = await self.allowed.check(instance.running.address.host)
            if not instance.end_is_wanted:
                await instance.running.ready(self.ready_within_s, instance.ips)
                await self._lengthen_way(instance)
        except AbreastError as error:
            if self._is_unwanted(instance):
                return False
            instance.end_is_wanted = True
            await instance.running.stop()
            self.any_failed = True
            self._change(instance, "failed", str(error))
            self.recorder.event("trouble", instance.choice.name, error.what)
            return False
        if self._is_unwanted(instance):
            await instance.running.stop()
            return False
        if instance.choice.is_attached or self.placement.in_container(instance.choice):
            self._introduce(instance)  # its limits are known by now
        await self.placement.pin(instance.choice, instance.slot, instance.running)
        self._change(instance, "ready")
        self.placement.watch_beside(instance.choice.name, instance.running, self.ready_within_s)
        instance.ended = anyio.Event()
        self.group.start_soon(self._watch, instance, instance.ended)
        return True

    async def stop(self, instance: TargetInstance) -> None:
        """Stops a target; its place stays."""
        await self._halt(instance)
        if instance.state == "stopping":
            self._change(instance, "stopped")

    async def remove(self, instance: TargetInstance) -> None:
        """Stops a target and gives its place away."""
        await self.stop(instance)
        await self._shorten_way(instance)
        self._change(instance, "stopped")
        self.instances.pop(instance.choice.name, None)

    async def restart(self, instance: TargetInstance) -> bool:
        """Stops a target, where it runs, and starts it again on the same port."""
        await self._halt(instance)
        if instance.ended is not None:
            await instance.ended.wait()
        return await self.start(instance)

    def kill(self, instance: TargetInstance) -> None:
        """Ends a target's processes at once, as a fault does; its users go on asking."""
        self.placement.release_beside(instance.choice.name, instance.running)
        instance.end_is_wanted = True
        self._change(instance, "down", "killed by a fault")
        self.readings.pop(instance.choice.name, None)
        instance.running.kill()

    async def restart_under_load(self, instance: TargetInstance) -> None:
        """Stops a target and starts it again on the same port, while its users go on asking."""
        self.placement.release_beside(instance.choice.name, instance.running)
        instance.is_rising = instance.end_is_wanted = True
        self._change(instance, "down", "restarted by a fault")
        self.readings.pop(instance.choice.name, None)
        await instance.running.stop()
        await self.revive(instance)

    async def revive(self, instance: TargetInstance) -> None:
        """Starts a target that is down, on the same port; does nothing with any other. One that does not come
        up loses its users."""
        if not instance.is_down():
            return
        instance.is_rising = True
        try:
            if instance.ended is not None:
                await instance.ended.wait()
            if instance.is_down() and not self.is_closing:
                await self.start(instance, meanwhile="down")
        finally:
            instance.is_rising = False
        if instance.state == "failed":
            await self.died(instance.choice.name)

    async def stop_all(self) -> None:
        """Stops every target, all at the same time."""
        async with anyio.create_task_group() as group:
            for instance in self.instances.values():
                group.start_soon(self.stop, instance)
                group.start_soon(self._shorten_way, instance)
        await self.placement.close()

    async def read_meters(self) -> None:
        """Reads what every ready target uses, once a second, until it is cancelled."""
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
                if instance.state == "ready" and (reading := here.get(name) or reading_of(instance.running))
            }
            await anyio.sleep(METER_EVERY_S)

    async def _lengthen_way(self, instance: TargetInstance) -> None:
        """A target gets a delay proxy, and keeps it over restarts at the same address. Raises LoadError."""
        address = instance.running.address
        upstreams = tuple(str(replace(address, host=ip)) for ip in instance.ips or (address.host,))
        if not self.network_delay_s or (instance.delay_proxy and instance.delay_proxy.upstreams == upstreams):
            return
        await self._shorten_way(instance)
        name, log_path = instance.choice.name, self.placement.folder / f"delay-proxy-{instance.slot}.log"
        proxy = DelayProxy(name, upstreams, self.network_delay_s, self.session_id, log_path)
        try:
            await proxy.start()
        except BaseException:
            await proxy.end()
            raise
        instance.delay_proxy = proxy
        self.placement.supervisor.watch(
            Helper(f"the delay proxy of {name}", proxy.wait, proxy.start, lambda: proxy.pid)
        )

    async def _shorten_way(self, instance: TargetInstance) -> None:
        proxy, instance.delay_proxy = instance.delay_proxy, None
        if proxy is not None:
            self.placement.supervisor.release(f"the delay proxy of {instance.choice.name}")
            await proxy.end()

    def _is_unwanted(self, instance: TargetInstance) -> bool:
        """Whether somebody stopped or removed it while it was being started."""
        return instance.end_is_wanted or self.is_closing

    async def _halt(self, instance: TargetInstance) -> None:
        self.placement.release_beside(instance.choice.name, instance.running)
        instance.end_is_wanted = True
        if instance.state in LIVING:
            self._change(instance, "stopping")
        await instance.running.stop()
        self.readings.pop(instance.choice.name, None)

    async def _watch(self, instance: TargetInstance, ended: anyio.Event) -> None:
        how = await instance.running.wait()
        ended.set()
        if instance.end_is_wanted or self.is_closing:
            return
        self.placement.release_beside(instance.choice.name, instance.running)
        self.readings.pop(instance.choice.name, None)
        if instance.falls_by_fault:
            self._change(instance, "down", how)
            self.recorder.event("fault", instance.choice.name, f"it is down: {how}")
            return
        self.any_failed = True
        tail = "\n".join(instance.running.log_tail(5))
        self._change(instance, "died", f"it ended by itself: {how}\n{tail}".strip())
        self.recorder.event("trouble", instance.choice.name, f"ended by itself: {how}")
        await self.died(instance.choice.name)

    def _change(self, instance: TargetInstance, state: TargetState, trouble: str = "") -> None:
        instance.state = state
        address = str(instance.running.address) if state in {"ready", "down", "died"} else ""
        self.recorder.record(
            TargetChanged(self.recorder.now_s(), instance.choice.name, state, trouble, address)
        )
