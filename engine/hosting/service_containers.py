"""Containers that serve the targets: the upstream, and a database server.

Rules of this file:
- each is started once, when the first target needs it, and removed with the session's containers; like the
  targets, it has limits and stays off the load workers' cores;
- targets in containers reach it by its name on the session's network; programs outside that network reach it
  by its published port, on loopback or on the host of a remote engine;
- a remote engine publishes the database's port only if a target on this machine needs it;
- if something that a target needs cannot be provided, only that target fails: the others continue;
- a service container that ends by itself is reported and restarted (`engine.hosting.supervision`).
"""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import anyio

from engine.hosting.placement import Placement
from engine.hosting.supervision import Helper
from targets import database, workload_requirements
from targets.database import Database
from targets.errors import TargetError, UsageError
from targets.launch import Launch
from targets.runtime.containers.connection import published_at
from targets.runtime.containers.container_spec import AS_UPSTREAM, UPSTREAM, inner_site
from targets.runtime.containers.database_makes import MAKES, image_of
from targets.runtime.containers.database_server import DatabaseServer
from targets.runtime.containers.engine_address import NEAR
from targets.runtime.containers.single_flight import SharedWork
from targets.runtime.containers.target import DockerTarget
from targets.runtime.ports import free_port

UPSTREAM_READY_WITHIN_S = 20.0
READY_WITHIN_S = 180.0
"""How long a database server may take to start: creating its first files on a slow disk takes a while."""
INNER_UPSTREAM = "the upstream in a container"
"""Its name, as shown to users."""
FAR_PORTS = range(20_000, 30_000)
"""Ports for a database on a remote engine: below those that systems assign by themselves."""


@dataclass(slots=True)
class UpstreamContainer:
    """The stand-in upstream for targets in containers."""

    placement: Placement
    files: Callable[[], dict[str, str]]
    """Returns the files with its current settings: name → contents."""
    _running: DockerTarget | None = None
    _starts: SharedWork[None] = field(default_factory=SharedWork[None])

    async def provide(self) -> None:
        """Starts it if necessary, and waits until it responds. Raises TargetError."""
        await self._starts.get(UPSTREAM, self._start)

    async def turn(self) -> None:
        """Passes the current settings to the upstream, if it runs. Raises TargetError."""
        if self._running is not None and self._running.runs:
            await self._running.put(self.files())

    async def _start(self) -> None:
        folder = self.placement.folder / "services" / UPSTREAM
        if self._running is None:
            self._running = DockerTarget(
                UPSTREAM, self._launch, folder, self.placement.engine, spec=AS_UPSTREAM
            )
        if not self._running.runs:
            await _begin(self._running, self.placement, UPSTREAM_READY_WITHIN_S)
        _watch(self._running, self.placement, INNER_UPSTREAM, self.provide)

    def _launch(self) -> Launch:
        return replace(workload_requirements.upstream(inner_site()), files=self.files())


@dataclass(slots=True)
class DatabaseContainer:
    """A database server that the session starts itself; there is at most one of each kind."""

    kind: str
    """`mysql` or `postgresql`; its name on the session's network, too."""
    placement: Placement
    port: int = 0
    """The port at which it is reached from outside the session's network."""
    password: str = field(default_factory=lambda: secrets.token_urlsafe(16), repr=False)
    _running: DatabaseServer | None = None
    _starts: SharedWork[None] = field(default_factory=SharedWork[None])
    _is_needed_here: bool = False
    """Whether a target on this machine needs it, so that its port is published."""
    _back: anyio.Event | None = None
    """The event that is set once it answers again after a fault halted it; None if it is not halted."""

    def __post_init__(self) -> None:
        if published_at() == NEAR:
            self._is_needed_here = True  # only this machine can reach the port; targets may join later
            self.port = free_port()
        else:
            # Targets on this machine need the port before it runs; which ports are free there is unknown.
            self.port = FAR_PORTS.start + secrets.randbelow(len(FAR_PORTS))

    async def provide(self) -> None:
        """Starts it if necessary, and waits until it answers a query. Raises TargetError."""
        await self._starts.get(self.kind, self._start)

    def open_to_here(self) -> Database:
        """Returns `outside` for a target on this machine, and has the port published when the server starts.
        Raises UsageError if the server already runs without a published port."""
        running = self._running
        if running is not None and running.runs and not self._is_needed_here:
            raise UsageError(
                "the session's database cannot be reached from this machine",
                why="it is on another machine, and was started only for targets in containers",
                hint="run this target in a container, or name it with the others at the start",
            )
        self._is_needed_here = True
        return self.outside

    @property
    def shown_name(self) -> str:
        """Its name, as shown to users."""
        return f"the {database.NAMES[self.kind]} server"

    @property
    def runs(self) -> bool:
        """Whether it runs now."""
        return self._running is not None and self._running.runs

    @property
    def is_halted(self) -> bool:
        """Whether a fault has it halted."""
        return self._back is not None

    @property
    def outside(self) -> Database:
        """The database as reached from this machine."""
        return Database(self.kind, published_at(), self.port, MAKES[self.kind].administrator, self.password)

    @property
    def inside(self) -> Database:
        """The database as reached from a container of the session."""
        return replace(self.outside, host=self.kind, port=MAKES[self.kind].port)

    @property
    def versions(self) -> dict[str, str]:
        """The name and version of the server; empty before it was ready."""
        said = self._running.version if self._running else ""
        return database.version_of(self.kind, said) if said else {}

    async def halt(self) -> None:
        """Kills the server at once, for a fault. Raises UsageError if it does not run, TargetError if it
        cannot be killed."""
        running = self._running
        if running is None or not running.runs:
            raise UsageError(f"{self.shown_name} cannot be stopped", why="it is not running")
        self.placement.supervisor.release(self.shown_name)
        self._back = back = anyio.Event()
        try:
            await running.end_at_once()
        except TargetError:
            self._back = None
            back.set()
            _watch(running, self.placement, self.shown_name, self.provide)
            raise

    async def resume(self) -> None:
        """Starts the server again after `halt`, with its data, and waits until it answers. Raises UsageError
        if it was not halted, TargetError if it does not start."""
        if (back := self._back) is None:
            raise UsageError(f"{self.shown_name} cannot be restarted", why="it was not stopped")
        await self._bring_up()
        self._back = None
        back.set()

    async def _start(self) -> None:
        """Starts the server if it does not run; while a fault has it halted, first waits until it is back."""
        while self._back is not None:
            await self._back.wait()
        await self._bring_up()

    async def _bring_up(self) -> None:
        folder = self.placement.folder / "services" / self.kind
        if self._running is None:
            self._running = DatabaseServer(
                self.kind, self.password, folder, self.placement.engine, self.port, is_published=False
            )
        if not self._running.runs:
            if self._is_needed_here:
                self._running.publish()
            text = f"starting {self.shown_name}: {image_of(self.kind)}"
            self.placement.recorder.event("image", "", text)
            await _begin(self._running, self.placement, READY_WITHIN_S)
            if self._is_needed_here:
                self.port = self._running.address.port  # it differs if the planned port was taken
        _watch(self._running, self.placement, self.shown_name, self.provide)


async def _begin(running: DockerTarget, placement: Placement, within_s: float) -> None:
    """Starts a container, waits until it is ready, and pins it to the targets' cores. Raises TargetError."""
    try:
        await running.start()
        await running.ready(within_s)
    except TargetError:
        await running.stop(grace_s=0)
        raise
    await running.pin(placement.cores.targets)


def _watch(
    running: DockerTarget, placement: Placement, name: str, provide: Callable[[], Awaitable[None]]
) -> None:
    """Has the supervisor watch and restart a service container, unless it already does."""
    if not placement.supervisor.is_watching(name):
        placement.supervisor.watch(Helper(name, running.wait, provide))
