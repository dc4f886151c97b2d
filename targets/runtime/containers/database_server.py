"""Runs a database server in a container of its official image, or of one that takes the same variables.

Rules of this file:
- it is ready when it answers a query over TCP: to set it up, the official images first start their server
  once without a network;
- its data are in a volume of the session, so they survive a restart of its container;
- commits do not wait for the disk, as on the targets' SQLite files;
- its password belongs to the session and is passed only in environment variables.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import anyio

from targets.database import NAMES
from targets.errors import TargetError
from targets.launch import Command, Launch
from targets.runtime.containers.cleanup import SERVICE_LABEL
from targets.runtime.containers.container_spec import TMPFS, ContainerSpec
from targets.runtime.containers.database_makes import MAKES, image_of, image_variable
from targets.runtime.containers.engine import Engine
from targets.runtime.containers.target import DockerTarget

_PAUSE_S = 0.25


class DatabaseServer(DockerTarget):
    """One server's life as a container."""

    def __init__(
        self,
        kind: str,
        password: str,
        folder: Path,
        engine: Engine,
        port: int | None = None,
        *,
        is_published: bool = True,
    ) -> None:
        """`folder` is where its log is written; `port` is the port on which it is published if it
        `is_published`."""
        self.version = ""
        """As the server reports it; known once it is ready."""
        self._make = make = MAKES[kind]
        self._shown = f"the {NAMES[kind]} server"
        self._password = password
        image = image_of(kind)
        env = {make.password_variable: password} | make.more
        spec = ContainerSpec(
            image=image,
            advice=f"fetch it while online: docker pull {image}; name another image: "
            f"{image_variable(kind)}=NAME; or do without a server: --database sqlite",
            port=make.port,
            folder=make.folder,
            user=make.runs_as,
            alias=kind,
            label=SERVICE_LABEL,
            is_published=is_published,
            is_secret=True,
            tmpfs=TMPFS | {make.sockets: "rw,nosuid,nodev,size=16m,mode=1777"},
        )
        launch = Launch(make.options, env)
        super().__init__(kind, lambda: launch, folder, engine, spec=spec, port=port)

    def publish(self) -> None:
        """Publishes it outside the session's network from its next start on."""
        self._spec = replace(self._spec, is_published=True)

    async def ready(self, deadline_s: float, ips: Sequence[str] = ()) -> None:
        """Returns once it answers a query, which is sent from inside its container. Raises TargetError with
        the last log lines if it ends, or if `deadline_s` seconds pass without an answer."""
        del ips
        run = self._started()
        with anyio.move_on_after(deadline_s):
            while not run.ended.is_set():
                if self_said := await self._asked():
                    self.version = self_said
                    self._publishing.is_known = True
                    return
                with anyio.move_on_after(_PAUSE_S):
                    await run.ended.wait()
        if run.ended.is_set():
            raise self._trouble(f"{self._shown} died at start: {await self.wait()}")
        await self._log.save(run)
        raise self._trouble(f"{self._shown} did not get ready within {deadline_s:.0f} s")

    async def _asked(self) -> str:
        """Its version; empty if it does not answer yet."""
        command = Command(self._make.version, {self._make.client_variable: self._password})
        try:
            exit_code, said = await self._run_inside(command)
        except TargetError:
            return ""
        return said.strip().splitlines()[-1] if exit_code == 0 and said.strip() else ""

    async def end_at_once(self) -> None:
        """Kills it with SIGKILL, as a fault, and returns once it has ended. Raises TargetError."""
        run = self._started()
        await self._engine.call(f"{self._shown} cannot be stopped", lambda client: client.kill(run.container))
        await run.ended.wait()
