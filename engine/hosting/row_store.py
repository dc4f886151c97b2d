"""One place where targets of a session keep their rows: SQLite files, a server of the user's, or one that the
session starts in a container.

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
from typing import Any

import anyio

from engine.hosting.database_choice import check_inside
from engine.hosting.service_containers import DatabaseContainer
from targets import database
from targets.database import SQLITE, Database
from targets.runtime.child_env import child_environment
from targets.runtime.containers.single_flight import SharedWork

WITHIN_S = 20.0
_PROGRAM = (sys.executable, "-P", "-m", "targets.apps.records.prepare")


@dataclass(slots=True)
class RowStore:
    """A database server or SQLite files, for the targets of one session that were given it."""

    server: Database
    session_id: str
    shown: str
    """Its name, as shown to users."""
    names: list[str] = field(default_factory=list)
    """The names of the databases that targets were given on the user's own server."""
    container: DatabaseContainer | None = None
    """The server that the session starts itself, if any; `server` is then its address from outside the
    session's network."""
    versions: dict[str, str] = field(default_factory=dict)
    """The name and version of the server or of SQLite, once `provide` has looked them up."""
    _is_looked_up: bool = False
    _look_ups: SharedWork[None] = field(default_factory=SharedWork[None])

    @property
    def is_server(self) -> bool:
        """Whether the targets use a database server instead of a SQLite file each."""
        return self.server.kind != SQLITE

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
        """Starts the session's own server, if it is one, and waits until it answers a query; finds out the
        version. Raises TargetError if it does not start; a user's server that does not answer has no version:
        the targets will report that."""
        if self.container is not None:
            await self.container.provide()
            self.versions = self.container.versions
        elif not self._is_looked_up:
            await self._look_ups.get(self.shown, self._look_up_version)
            self._is_looked_up = True

    async def drop(self) -> str:
        """Drops the targets' databases on the user's server. Returns the error in one line, or an empty
        string if there was none. Never raises."""
        if not self.names:
            return ""
        return await self._run("--drop", *self.names, wants_output=False)

    async def _look_up_version(self) -> None:
        if not self.is_server:
            import sqlite3

            self.versions = {"SQLite": sqlite3.sqlite_version}
            return
        try:
            self.versions = json.loads(await self._run("--version"))
        except ValueError:
            self.versions = {}

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
