"""The databases of a session's targets: one each, created when they start, dropped when the session ends.

Rules of this file:
- this module imports no driver: it runs `targets.apps.records.prepare`, which connects to the server;
- the credentials in a URL are passed only through that program's environment; this module never prints or
  records them.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from subprocess import DEVNULL, PIPE
from typing import Any, Self

import anyio

from engine.hosting.database_choice import check_inside, chosen, session_database_kind
from engine.hosting.placement import Placement
from engine.hosting.service_containers import DatabaseContainer
from engine.plan.plan import Plan
from targets import database
from targets.database import Database
from targets.errors import UsageError
from targets.runtime.child_env import child_environment

WITHIN_S = 20.0
_PROGRAM = (sys.executable, "-P", "-m", "targets.apps.records.prepare")


@dataclass(slots=True)
class Databases:
    """The databases of one session."""

    server: Database
    session_id: str
    names: list[str] = field(default_factory=list)
    """The names of the databases that targets were given on the user's own server."""
    container: DatabaseContainer | None = None
    """The server that the session starts itself, if any; `server` is then its address from outside the
    session's network."""

    @classmethod
    def of(cls, plan: Plan, placement: Placement) -> Self:
        """Returns the databases for a plan; nothing starts yet. Raises UsageError for an invalid database or
        a missing driver."""
        if kind := session_database_kind(plan):
            container = DatabaseContainer(kind, placement)
            return cls(container.outside, placement.session_id, container=container)
        return cls(chosen(plan.database), placement.session_id)

    @property
    def is_server(self) -> bool:
        """Whether the targets use a database server instead of a SQLite file each."""
        return self.server.kind != "sqlite"

    @property
    def home(self) -> str:
        """The database that the user's URL names on the server, if any."""
        return self.server.name if self.is_server else ""

    def url_for(self, target: str, *, inside: bool = False) -> str:
        """Returns the URL of a target's own database, for use on this machine or, with `inside`, in a
        container.

        Empty for SQLite, which is a file in the target's folder. Raises UsageError if the target cannot reach
        the server."""
        if not self.is_server:
            return ""
        name = database.name_for(self.session_id, target)
        if self.container is not None:
            return replace(self.container.inside if inside else self.container.open_to_here(), name=name).url
        if inside:
            check_inside(self.server)
        if name not in self.names:
            self.names.append(name)
        return replace(self.server, name=name).url

    async def provide(self) -> None:
        """Starts the session's own server, if it has one, and waits until it answers a query. Raises
        TargetError."""
        if self.container is not None:
            await self.container.provide()

    async def halt(self) -> None:
        """Kills the server at once, as a fault does. Raises UsageError if it is not the session's own or is
        not running, TargetError if it cannot be killed."""
        await self._started_by_session("stopped").halt()

    async def resume(self) -> None:
        """Starts the server again after `halt`, with its data, and waits until it answers. Raises UsageError
        if it is not the session's own or was not halted, TargetError if it does not start."""
        await self._started_by_session("restarted").resume()

    def _started_by_session(self, done: str) -> DatabaseContainer:
        if self.container is None:
            raise UsageError(
                f"the database cannot be {done}",
                why="abreast did not start it"
                if self.is_server
                else "there is no database server: each target has a file of its own",
                hint="choose a database of abreast's own, in a container: --database mysql",
            )
        return self.container

    async def versions(self) -> dict[str, str]:
        """Returns the name and version of the database, or nothing if the server does not answer: the targets
        will report that."""
        if not self.is_server:
            import sqlite3

            return {"SQLite": sqlite3.sqlite_version}
        if self.container is not None:
            return self.container.versions
        said = await self._run("--version")
        try:
            found: dict[str, str] = json.loads(said)
        except ValueError:
            return {}
        return found

    async def drop(self) -> str:
        """Drops the targets' databases on the user's server. Returns the error in one line, or an empty
        string if there was none. Never raises."""
        if not self.names:
            return ""
        return await self._run("--drop", *self.names, wants_output=False)

    async def _run(self, *words: str, wants_output: bool = True) -> str:
        variables = {"ABREAST_DATABASE_URL": self.server.url, "ABREAST_DATABASE_HOME": self.home}
        done: Any = None
        with anyio.move_on_after(WITHIN_S):
            done = await anyio.run_process(
                [*_PROGRAM, *words],
                stdin=DEVNULL,
                stdout=PIPE,
                stderr=PIPE,
                check=False,
                env=child_environment(self.session_id, variables),
            )
        if done is None:
            return "" if wants_output else f"{self.server.shown} does not answer"
        if wants_output:
            return done.stdout.decode() if done.returncode == 0 else ""
        return "" if done.returncode == 0 else _last_line(done.stderr)


def _last_line(said: bytes) -> str:
    return (said.decode(errors="replace").strip().splitlines() or ["it failed"])[-1]


def names_of(session_id: str, targets: Sequence[str]) -> list[str]:
    """Returns the names of the databases of a session's targets."""
    return [database.name_for(session_id, target) for target in targets]
