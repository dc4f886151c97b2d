"""The databases of a session's targets: one each, made as they start, dropped when the session ends.

Rules of this file:
- no driver is imported here: programs of `targets.apps.records.prepare` speak with the server;
- what a URL lets in goes through the environment of those programs alone; nothing here says or records it.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from subprocess import DEVNULL, PIPE
from typing import Any, Self

import anyio

from engine.hosting.database_choice import check_inside, chosen, own_kind
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
    """Those of one session."""

    server: Database
    session_id: str
    names: list[str] = field(default_factory=list)
    """That were given out, on a server of the person's."""
    own: DatabaseContainer | None = None
    """The session's own, of which `server` says how it is reached from outside its network."""

    @classmethod
    def of(cls, plan: Plan, placement: Placement) -> Self:
        """Those of a session's targets. Raises UsageError for an invalid database, TargetError if
        the Docker engine cannot be determined."""
        if kind := own_kind(plan):
            own = DatabaseContainer(kind, placement)
            return cls(own.outside, placement.session_id, own=own)
        return cls(chosen(plan.database), placement.session_id)

    @property
    def is_server(self) -> bool:
        """Whether there is a server, rather than a file for each target."""
        return self.server.kind != "sqlite"

    @property
    def home(self) -> str:
        """A database of the server that the person named, if any."""
        return self.server.name if self.is_server else ""

    def url_for(self, target: str, *, inside: bool = False) -> str:
        """The URL of a target's own database, as it is reached from here or, `inside`, from a container.

        Empty for a file in its folder. Raises UsageError where it cannot be reached."""
        if not self.is_server:
            return ""
        name = database.name_for(self.session_id, target)
        if self.own is not None:
            return replace(self.own.inside if inside else self.own.open_to_here(), name=name).url
        if inside:
            check_inside(self.server)
        if name not in self.names:
            self.names.append(name)
        return replace(self.server, name=name).url

    async def provide(self) -> None:
        """Returns once the session's own server answers, where it has one. Raises TargetError."""
        if self.own is not None:
            await self.own.provide()

    async def halt(self) -> None:
        """Ends the server at once, as a fault would. Raises UsageError where it is not the session's own, or
        does not run, and TargetError where that fails."""
        await self._at_hand("stopped").halt()

    async def resume(self) -> None:
        """Starts the server again after `halt`, with its data; returns once it answers. Raises UsageError
        where it is not the session's own, or runs, and TargetError where it does not come up."""
        await self._at_hand("started again").resume()

    def _at_hand(self, done: str) -> DatabaseContainer:
        if self.own is None:
            raise UsageError(
                f"the database is not {done}",
                why="abreast did not start it"
                if self.is_server
                else "there is no server: each target has a file",
                hint="choose a database of abreast's own, in a container: --database mysql",
            )
        return self.own

    async def versions(self) -> dict[str, str]:
        """Name and version of what keeps the rows; nothing where it does not answer: targets will say so."""
        if not self.is_server:
            import sqlite3

            return {"SQLite": sqlite3.sqlite_version}
        if self.own is not None:
            return self.own.versions
        said = await self._run("--version")
        try:
            found: dict[str, str] = json.loads(said)
        except ValueError:
            return {}
        return found

    async def drop(self) -> str:
        """Drops what was made; what went wrong, in a line, if something did. Never raises."""
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
    """The names that a session's targets had there."""
    return [database.name_for(session_id, target) for target in targets]
