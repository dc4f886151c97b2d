"""The databases of a session's targets: one each, made as they start, dropped when the session ends.

Rules of this file:
- no driver is imported here: programs of `targets.apps.records.prepare` speak with the server;
- what a URL lets in goes through the environment of those programs alone; nothing here says or records it.
"""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from subprocess import DEVNULL, PIPE
from typing import Any

import anyio

from targets import database
from targets.database import Database
from targets.errors import UsageError
from targets.runtime.sealing import sealed_environment

WITHIN_S = 20.0
_PROGRAM = (sys.executable, "-P", "-m", "targets.apps.records.prepare")


def resolved(said: str) -> str:
    """The URL that a plan means: itself, or what stands in the variable that it names. Raises UsageError."""
    if not said or "://" in said:
        return said
    url = os.environ.get(said, "")
    if not url:
        raise UsageError(
            f"the database of the plan is in the variable {said}, which is not set",
            hint=f"export {said}=mysql://user:password@host:3306, or say --database",
        )
    return url


def chosen(said: str) -> Database:
    """The server that a plan means, its drivers checked; SQLite where it says nothing. Raises UsageError."""
    found = database.parse(resolved(said))
    database.check_drivers(found)
    return found


@dataclass(slots=True)
class Databases:
    """Those of one session."""

    server: Database
    session_id: str
    names: list[str] = field(default_factory=list)
    """That were given out, on a server."""

    @property
    def is_server(self) -> bool:
        """Whether there is a server, rather than a file for each target."""
        return self.server.kind != "sqlite"

    @property
    def home(self) -> str:
        """A database of the server that the person named, if any."""
        return self.server.name if self.is_server else ""

    def url_for(self, target: str) -> str:
        """The URL of a target's own database; empty for a file in its folder."""
        if not self.is_server:
            return ""
        name = database.name_for(self.session_id, target)
        if name not in self.names:
            self.names.append(name)
        return replace(self.server, name=name).url

    async def versions(self) -> dict[str, str]:
        """Name and version of what keeps the rows; nothing where it does not answer: targets will say so."""
        if not self.is_server:
            import sqlite3

            return {"SQLite": sqlite3.sqlite_version}
        said = await self._run("--version")
        try:
            found: dict[str, str] = json.loads(said)
        except ValueError:
            return {}
        return found

    async def halt(self) -> None:
        """Ends the server at once, as a fault does. Raises UsageError where it is not abreast's."""
        raise UsageError(
            "the database is not stopped",
            why="abreast did not start it"
            if self.is_server
            else "there is no server: each target has a file",
            hint="choose a database of abreast's own: --runtime docker --database mysql",
        )

    async def resume(self) -> None:
        """Starts it again, with its rows, and returns once it answers. Raises TargetError."""

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
                env=sealed_environment(self.session_id, variables),
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
