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

from engine import paths
from engine.client.address import Address, Tls
from engine.databases import Databases
from engine.lodging import Lodging, reading_of
from engine.logbook import Logbook
from engine.longer_way import DelayProxy
from engine.provider import KNOBS, Provider
from engine.reach import tls_of
from engine.records import TargetAdded, TargetChanged
from engine.safety import AllowedHosts
from engine.snapshot import TAKES_LOAD, TargetState
from engine.supervision import Helper
from engine.target_plan import MAX_TARGETS, TargetChoice
from targets.database import packages as drivers
from targets.errors import AbreastError
from targets.needs import nginx_command
from targets.options import plain
from targets.runtime import Reading, RunningTarget
from targets.runtime.containers.target import DockerTarget
from targets.runtime.meter import ProcessTreeMeter
from targets.runtime.ports import free_port
from targets.site import Launch, Site
from targets.target import ON_ROWS

METER_EVERY_S = 1.0
LIVING: frozenset[TargetState] = TAKES_LOAD | {"starting"}


@dataclass(slots=True, eq=False)
class Place:
    """One target's place in the arena."""

    choice: TargetChoice
    slot: int
    running: RunningTarget
    site: Site
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
class Arena:
    """All targets of one session. Lives within a task group that its owner keeps."""

    group: TaskGroup
    session_id: str
    lodging: Lodging
    ready_within_s: float
    network_delay_s: float
    """Round trip added to the way to every target."""
    logbook: Logbook
    provider: Provider
    databases: Databases
    database_versions: dict[str, str]
    """Of what keeps the rows."""
    workload: str
    """What targets are asked for when they start."""
    allowed: AllowedHosts
    """Where load may go."""
    died: Callable[[str], Awaitable[None]]
    """Gets the name of a ready target that ended by itself."""
    places: dict[str, Place] = field(default_factory=dict)
    readings: dict[str, Reading] = field(default_factory=dict)
    """The newest of each target that is ready."""
    any_failed: bool = False
    """A target did not start, or ended by itself."""
    is_closing: bool = False
    """The session is ending: whatever ends now was meant to."""

    def add(self, choice: TargetChoice) -> Place:
        """Gives a target its place; nothing starts yet."""
        folder = self.lodging.folder_of(choice)
        inside = self.lodging.is_inside(choice)
        site = Site(
            port=free_port(),
            folder=folder,
            inner_port=free_port(),
            nginx=nginx_command(),
            plan_folder=self.lodging.plan_folder,
            upstream_url=self.provider.upstream_url,
            database_url="" if choice.own else self.databases.url_for(choice.name, inside=inside),
            database_home=self.databases.home,
            cache=paths.cache(),
            knobs=folder / KNOBS,
            workload=self.workload,
        )
        site, tls = self.lodging.site(choice, site), tls_of(choice.own, self.lodging.plan_folder)
        place = Place(choice, self._free_slot(), self._housed(choice, site, tls), site, tls)
        self.places[choice.name] = place
        self._introduce(place)
        return place

    def _housed(self, choice: TargetChoice, site: Site, tls: Tls | None) -> RunningTarget:
        return self.lodging.house(
            choice,
            site,
            tls,
            launch=lambda port: self.places[choice.name].launch(port),
            options=lambda: self.places[choice.name].choice.options,
        )

    def change(self, place: Place, choice: TargetChoice) -> None:
        """Gives a target other options, from its next start on."""
        place.choice = choice
        self._introduce(place)

    def _introduce(self, place: Place) -> None:
        choice, spec = place.choice, place.choice.target
        launch = place.launch(place.site.port)
        self.logbook.record(
            TargetAdded(
                name=choice.name,
                slot=place.slot,
                server=spec.server(choice.public_options),
                command=launch.argv,
                env=dict(launch.env),
                runtime=choice.runtime(self.lodging.runtime),
                options=plain(spec, choice.public_options),
                versions=self.lodging.versions(choice) | self._versions_of_rows(choice),
                limits=self.lodging.limits(choice, place.running),
            )
        )

    def _versions_of_rows(self, choice: TargetChoice) -> dict[str, str]:
        """Of the database and what speaks with it, for a target that keeps rows."""
        if choice.own is not None or self.workload not in ON_ROWS:
            return {}
        speaking = drivers(self.databases.server, awaited="tortoise-orm" in choice.target.packages)
        own = self.databases.own.versions if self.databases.own else {}
        return self.lodging.versions_of(choice, speaking) | self.database_versions | own

    async def provide(self, workload: str) -> None:
        """Returns once all is there that the targets need for a workload. Raises UsageError, TargetError."""
        for place in self.places.values():
            await self._provide(place, workload)

    async def _provide(self, place: Place, workload: str) -> None:
        if place.choice.own is not None:
            return
        await self.provider.provide(workload, inside=self.lodging.is_inside(place.choice))
        if workload in ON_ROWS and self.databases.own is not None:
            await self.databases.provide()
            if not self.lodging.is_inside(place.choice):  # its port may be another than was planned
                place.site = replace(place.site, database_url=self.databases.url_for(place.choice.name))
            self._introduce(place)

    async def prepare_for(self, workload: str) -> None:
        """Makes what targets that run need for another workload. Raises TargetError where that fails."""
        for place in self.places.values():
            place.site = replace(place.site, workload=workload)
        if workload not in ON_ROWS:
            return
        async with anyio.create_task_group() as group:
            for place in (each for each in self.places.values() if each.state == "ready"):
                for command in place.launch(place.site.port).prepare:
                    if isinstance(place.running, DockerTarget):
                        group.start_soon(place.running.run_beside, command)
                    else:
                        group.start_soon(self.provider.run, command, place.choice.name, place.site.folder)

    def _free_slot(self) -> int:
        """A slot that no target had yet, or, after many comings and goings, one that none has now."""
        living = {place.slot for place in self.places.values()}
        had = {line.added.slot for line in self.logbook.timeline.lines.values()}
        slots = range(MAX_TARGETS)
        return next((slot for taken in (had, living) for slot in slots if slot not in taken), 0)

    async def start(self, place: Place, meanwhile: TargetState = "starting") -> bool:
        """Starts a target and waits until it is ready; False, and a record that says why, if it does not.
        `meanwhile` is what it is called until then."""
        place.end_is_wanted = False
        if place.state != meanwhile:
            self._change(place, meanwhile)
        try:
            await self._provide(place, self.workload)
            await place.running.start()
            # Before the first question: where a container is published is known by now.
            place.ips = await self.allowed.check(place.running.address.host)
            if not place.end_is_wanted:
                await place.running.ready(self.ready_within_s, place.ips)
                await self._lengthen_way(place)
        except AbreastError as error:
            if self._is_unwanted(place):
                return False
            place.end_is_wanted = True
            await place.running.stop()
            self.any_failed = True
            self._change(place, "failed", str(error))
            self.logbook.event("trouble", place.choice.name, error.what)
            return False
        if self._is_unwanted(place):
            await place.running.stop()
            return False
        if place.choice.is_attached or self.lodging.is_inside(place.choice):
            self._introduce(place)  # its limits are known by now
        await self.lodging.settle(place.choice, place.slot, place.running)
        self._change(place, "ready")
        self.lodging.watch_beside(place.choice.name, place.running, self.ready_within_s)
        place.ended = anyio.Event()
        self.group.start_soon(self._watch, place, place.ended)
        return True

    async def stop(self, place: Place) -> None:
        """Stops a target; its place stays."""
        await self._halt(place)
        if place.state == "stopping":
            self._change(place, "stopped")

    async def remove(self, place: Place) -> None:
        """Stops a target and gives its place away."""
        await self.stop(place)
        await self._shorten_way(place)
        self._change(place, "stopped")
        self.places.pop(place.choice.name, None)

    async def restart(self, place: Place) -> bool:
        """Stops a target, where it runs, and starts it again on the same port."""
        await self._halt(place)
        if place.ended is not None:
            await place.ended.wait()
        return await self.start(place)

    def fell(self, place: Place) -> None:
        """Ends a target's processes at once, as a fault does; its users go on asking."""
        self.lodging.release_beside(place.choice.name, place.running)
        place.end_is_wanted = True
        self._change(place, "down", "killed by a fault")
        self.readings.pop(place.choice.name, None)
        place.running.kill()

    async def restart_under_load(self, place: Place) -> None:
        """Stops a target and starts it again on the same port, while its users go on asking."""
        self.lodging.release_beside(place.choice.name, place.running)
        place.is_rising = place.end_is_wanted = True
        self._change(place, "down", "restarted by a fault")
        self.readings.pop(place.choice.name, None)
        await place.running.stop()
        await self.raise_again(place)

    async def raise_again(self, place: Place) -> None:
        """Starts a target that is down, on the same port; does nothing with any other. One that does not come
        up loses its users."""
        if not place.is_down():
            return
        place.is_rising = True
        try:
            if place.ended is not None:
                await place.ended.wait()
            if place.is_down() and not self.is_closing:
                await self.start(place, meanwhile="down")
        finally:
            place.is_rising = False
        if place.state == "failed":
            await self.died(place.choice.name)

    async def stop_all(self) -> None:
        """Stops every target, all at the same time."""
        async with anyio.create_task_group() as group:
            for place in self.places.values():
                group.start_soon(self.stop, place)
                group.start_soon(self._shorten_way, place)
        await self.lodging.close()

    async def read_meters(self) -> None:
        """Reads what every ready target uses, once a second, until it is cancelled."""
        meter = ProcessTreeMeter()
        while True:
            roots = {
                name: place.running.pids
                for name, place in self.places.items()
                if place.state == "ready" and place.running.pids
            }
            here = await anyio.to_thread.run_sync(meter.read, roots) if roots else {}
            self.readings = {
                name: reading
                for name, place in self.places.items()
                if place.state == "ready" and (reading := here.get(name) or reading_of(place.running))
            }
            await anyio.sleep(METER_EVERY_S)

    async def _lengthen_way(self, place: Place) -> None:
        """A target gets a delay proxy, and keeps it over restarts at the same address. Raises LoadError."""
        address = place.running.address
        upstreams = tuple(str(replace(address, host=ip)) for ip in place.ips or (address.host,))
        if not self.network_delay_s or (place.delay_proxy and place.delay_proxy.upstreams == upstreams):
            return
        await self._shorten_way(place)
        name, log_path = place.choice.name, self.lodging.folder / f"delay-proxy-{place.slot}.log"
        proxy = DelayProxy(name, upstreams, self.network_delay_s, self.session_id, log_path)
        try:
            await proxy.start()
        except BaseException:
            await proxy.end()
            raise
        place.delay_proxy = proxy
        self.lodging.supervisor.watch(
            Helper(f"the delay proxy of {name}", proxy.wait, proxy.start, lambda: proxy.pid)
        )

    async def _shorten_way(self, place: Place) -> None:
        proxy, place.delay_proxy = place.delay_proxy, None
        if proxy is not None:
            self.lodging.supervisor.release(f"the delay proxy of {place.choice.name}")
            await proxy.end()

    def _is_unwanted(self, place: Place) -> bool:
        """Whether somebody stopped or removed it while it was being started."""
        return place.end_is_wanted or self.is_closing

    async def _halt(self, place: Place) -> None:
        self.lodging.release_beside(place.choice.name, place.running)
        place.end_is_wanted = True
        if place.state in LIVING:
            self._change(place, "stopping")
        await place.running.stop()
        self.readings.pop(place.choice.name, None)

    async def _watch(self, place: Place, ended: anyio.Event) -> None:
        how = await place.running.wait()
        ended.set()
        if place.end_is_wanted or self.is_closing:
            return
        self.lodging.release_beside(place.choice.name, place.running)
        self.readings.pop(place.choice.name, None)
        if place.falls_by_fault:
            self._change(place, "down", how)
            self.logbook.event("fault", place.choice.name, f"it is down: {how}")
            return
        self.any_failed = True
        tail = "\n".join(place.running.log_tail(5))
        self._change(place, "died", f"it ended by itself: {how}\n{tail}".strip())
        self.logbook.event("trouble", place.choice.name, f"ended by itself: {how}")
        await self.died(place.choice.name)

    def _change(self, place: Place, state: TargetState, trouble: str = "") -> None:
        place.state = state
        address = str(place.running.address) if state in {"ready", "down", "died"} else ""
        self.logbook.record(TargetChanged(self.logbook.now_s(), place.choice.name, state, trouble, address))
