"""What serves targets in containers and is a container itself: the upstream, and a database server.

Rules of this file:
- each is started when the first target needs it, once, and is removed with the session's containers; it has
  the limits that targets have, and keeps off the load workers' cores as they do;
- targets in containers find it by its name on the session's network; who is outside, by its port on loopback,
  or at the host of another machine's engine;
- an engine of another machine publishes the database only where a target of this one needs it;
- if a target cannot have what it needs, only that target fails: the others go on;
- one that ends by itself is reported and restarted (`engine.hosting.supervision`).
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
from targets.runtime.containers.database_server import MAKES, NAME, DatabaseServer, image_of
from targets.runtime.containers.engine_address import NEAR
from targets.runtime.containers.target import DockerTarget
from targets.runtime.ports import free_port

UPSTREAM_READY_WITHIN_S = 20.0
READY_WITHIN_S = 180.0
"""A database server that makes its first files on a slow disk takes a while."""
DATABASE, INNER_UPSTREAM = "the database", "the upstream in a container"
"""As people read them."""
FAR_PORTS = range(20_000, 30_000)
"""For a database at another machine's engine: below those that systems give out by themselves."""


class Shared:
    """Work that several may want done at the same time: it is done once, and its failure is everybody's."""

    def __init__(self, work: Callable[[], Awaitable[None]]) -> None:
        self._work = work
        self._lock = anyio.Lock()
        self._times = 0
        self._trouble: TargetError | None = None

    async def __call__(self) -> None:
        """Returns once it is done. Raises TargetError."""
        times = self._times
        async with self._lock:
            if self._times != times and self._trouble is not None:
                raise self._trouble
            try:
                self._trouble = None
                await self._work()
            except TargetError as error:
                self._trouble = error
                raise
            finally:
                self._times += 1


@dataclass(slots=True)
class UpstreamContainer:
    """The stand-in upstream of the targets in containers."""

    placement: Placement
    files: Callable[[], dict[str, str]]
    """Its current settings, by file name."""
    provide: Shared = field(init=False)
    """Returns once it answers. Raises TargetError."""
    _running: DockerTarget | None = None

    def __post_init__(self) -> None:
        self.provide = Shared(self._start)

    async def turn(self) -> None:
        """Passes its current settings on, if it runs. Raises TargetError."""
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
    """A database server of the session's own."""

    kind: str
    """`mysql` or `postgresql`."""
    placement: Placement
    port: int = 0
    """Where it is reached from outside the session's network."""
    password: str = field(default_factory=lambda: secrets.token_urlsafe(16), repr=False)
    provide: Shared = field(init=False)
    """Returns once it answers a query. Raises TargetError."""
    _running: DatabaseServer | None = None
    _is_needed_here: bool = False
    """By a target of this machine."""
    _back: anyio.Event | None = None
    """While a fault has it halted: set once it answers again."""

    def __post_init__(self) -> None:
        self.provide = Shared(self._start)
        if published_at() == NEAR:
            self._is_needed_here = True  # only this machine reaches it, and targets may join later
            self.port = free_port()
        else:
            # Targets of this machine need the port before it runs, and which ports are free there is unknown.
            self.port = FAR_PORTS.start + secrets.randbelow(len(FAR_PORTS))

    def open_to_here(self) -> Database:
        """The same as `outside`, for a target of this machine: it is published for that. Raises UsageError
        where it runs and is not."""
        running = self._running
        if running is not None and running.runs and not self._is_needed_here:
            raise UsageError(
                "the session's database cannot be reached from this machine",
                why="it is on another one, and was started for targets in containers alone",
                hint="run this target in a container, too, or name it with the others at the start",
            )
        self._is_needed_here = True
        return self.outside

    @property
    def outside(self) -> Database:
        """As it is reached from this machine. Raises TargetError if the Docker engine cannot be
        determined."""
        return Database(self.kind, published_at(), self.port, MAKES[self.kind].administrator, self.password)

    @property
    def inside(self) -> Database:
        """As it is reached from a container of the session."""
        return replace(self.outside, host=NAME, port=MAKES[self.kind].port)

    @property
    def versions(self) -> dict[str, str]:
        """Name and version of the server; nothing before it was ready."""
        said = self._running.version if self._running else ""
        return database.version_of(self.kind, said) if said else {}

    async def halt(self) -> None:
        """Ends it at once, as a fault. Raises UsageError where it does not run, or TargetError."""
        running = self._running
        if running is None or not running.runs:
            raise UsageError("the database cannot be stopped", why="it does not run")
        self.placement.supervisor.release(DATABASE)
        self._back = anyio.Event()
        await running.end_at_once()

    async def resume(self) -> None:
        """Starts it again after `halt`, with its data; returns once it answers. Raises UsageError if
        it was not halted, or TargetError."""
        if (back := self._back) is None:
            raise UsageError("the database cannot be started again", why="it was not stopped")
        await self._bring_up()
        self._back = None
        back.set()

    async def _start(self) -> None:
        """Who needs it while it is halted waits until it is back."""
        while self._back is not None:
            await self._back.wait()
        await self._bring_up()

    async def _bring_up(self) -> None:
        folder = self.placement.folder / "services" / NAME
        if self._running is None:
            self._running = DatabaseServer(
                self.kind, self.password, folder, self.placement.engine, self.port, is_published=False
            )
        if not self._running.runs:
            if self._is_needed_here:
                self._running.publish()
            self.placement.recorder.event("image", "", f"starting the database: {image_of(self.kind)}")
            await _begin(self._running, self.placement, READY_WITHIN_S)
            if self._is_needed_here:
                self.port = self._running.address.port  # another port, if that one was taken
        _watch(self._running, self.placement, DATABASE, self.provide)


async def _begin(running: DockerTarget, placement: Placement, within_s: float) -> None:
    """Starts it, and returns once it is ready. Raises TargetError."""
    try:
        await running.start()
        await running.ready(within_s)
    except TargetError:
        await running.stop(grace_s=0)
        raise
    await running.pin(placement.cores.targets)


def _watch(running: DockerTarget, placement: Placement, name: str, provide: Shared) -> None:
    """From its first start until it is halted."""
    if not placement.supervisor.watches(name):
        placement.supervisor.watch(Helper(name, running.wait, provide))
