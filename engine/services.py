"""What serves targets in containers and is a container itself: the upstream, and a database server.

Rules of this file:
- each is started when the first target needs it, once, and is removed with the session's containers; it has
  the limits that targets have, and keeps off the load workers' cores as they do;
- targets in containers find it by its name on the session's network; who is outside, by its port on loopback;
- a target that cannot have what it needs fails alone: the others go on;
- one that ends by itself is told of, and started again with the next target that needs it.
"""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import anyio

from engine import databases
from engine.databases import Databases
from engine.lodging import Lodging
from engine.plan import Plan
from targets import database, provisions
from targets.database import Database
from targets.errors import TargetError, UsageError
from targets.runtime.containers.connection import published_at
from targets.runtime.containers.database_server import MAKES, NAME, DatabaseServer, image_of
from targets.runtime.containers.mould import AS_UPSTREAM, UPSTREAM, inner_site
from targets.runtime.containers.target import DockerTarget
from targets.runtime.ports import free_port
from targets.site import Launch

UPSTREAM_READY_WITHIN_S = 20.0
READY_WITHIN_S = 180.0
"""A database server that makes its first files on a slow disk takes a while."""


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
class InnerUpstream:
    """The stand-in upstream of the targets in containers."""

    lodging: Lodging
    files: Callable[[], dict[str, str]]
    """Its knobs as they stand, by the file's name."""
    provide: Shared = field(init=False)
    """Returns once it answers. Raises TargetError."""
    _running: DockerTarget | None = None

    def __post_init__(self) -> None:
        self.provide = Shared(self._start)

    async def turn(self) -> None:
        """Tells it how its knobs stand, where it runs. Raises TargetError."""
        if self._running is not None and self._running.runs:
            await self._running.put(self.files())

    async def _start(self) -> None:
        folder = self.lodging.folder / "services" / UPSTREAM
        if self._running is None:
            self._running = DockerTarget(
                UPSTREAM, self._launch, folder, self.lodging.engine, mould=AS_UPSTREAM
            )
        if not self._running.runs:
            await _begin(self._running, self.lodging, UPSTREAM_READY_WITHIN_S)

    def _launch(self) -> Launch:
        return replace(provisions.upstream(inner_site()), files=self.files())


@dataclass(slots=True)
class OwnServer:
    """A database server of the session's own."""

    kind: str
    """`mysql` or `postgresql`."""
    lodging: Lodging
    port: int = field(default_factory=free_port)
    """Where it is reached from outside the session's network."""
    password: str = field(default_factory=lambda: secrets.token_urlsafe(16), repr=False)
    provide: Shared = field(init=False)
    """Returns once it answers a query. Raises TargetError."""
    _running: DatabaseServer | None = None
    _is_halted: bool = False

    def __post_init__(self) -> None:
        self.provide = Shared(self._start)

    @property
    def outside(self) -> Database:
        """As it is reached from this machine. Raises TargetError where nobody can say which engine is
        meant."""
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
        self._is_halted = True
        await running.end_at_once()

    async def resume(self) -> None:
        """Starts it again after `halt`, with its data; returns once it answers. Raises UsageError where it
        runs, or TargetError."""
        if self._running is None or self._running.runs:
            raise UsageError("the database cannot be started again", why="nobody stopped it")
        self._is_halted = False
        await self.provide()

    async def _start(self) -> None:
        if self._is_halted:  # who starts meanwhile meets what the fault means
            return
        folder = self.lodging.folder / "services" / NAME
        if self._running is None:
            self._running = DatabaseServer(self.kind, self.password, folder, self.lodging.engine, self.port)
        if not self._running.runs:
            self.lodging.logbook.event("image", "", f"starting the database: {image_of(self.kind)}")
            await _begin(self._running, self.lodging, READY_WITHIN_S, lambda: self._is_halted)


def databases_of(plan: Plan, lodging: Lodging) -> Databases:
    """Those of a session's targets. Raises UsageError for what is no database, TargetError where nobody can
    say which engine is meant."""
    if kind := databases.own_kind(plan):
        own = OwnServer(kind, lodging)
        return Databases(own.outside, lodging.session_id, own=own)
    return Databases(databases.chosen(plan.database), lodging.session_id)


async def _begin(
    running: DockerTarget, lodging: Lodging, within_s: float, is_wanted: Callable[[], bool] = lambda: False
) -> None:
    """Starts it, and returns once it is ready. `is_wanted`: whether its end is. Raises TargetError."""
    try:
        await running.start()
        await running.ready(within_s)
    except TargetError:
        await running.stop(grace_s=0)
        raise
    await running.pin(lodging.cores.targets)
    lodging.group.start_soon(_watch, running, lodging, is_wanted)


async def _watch(running: DockerTarget, lodging: Lodging, is_wanted: Callable[[], bool]) -> None:
    how = await running.wait()
    if not is_wanted() and not lodging.engine.is_closing:
        lodging.logbook.event("trouble", "", f"the {running.name} ended by itself: {how}")
