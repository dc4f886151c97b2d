"""Decides where a session's targets run: as processes on this machine, in containers of a Docker Engine, or
outside abreast."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from anyio.abc import TaskGroup

from engine.client.tls import client_context
from engine.hosting.revisions import Checkouts
from engine.hosting.supervision import Helper, Supervisor
from engine.hosting.target_instance import Deployment
from engine.machine import paths
from engine.machine.environment import (
    CorePlan,
    available_cores,
    cores_in_words,
    dealt_cores,
    versions,
)
from engine.plan.targets import Runtime, TargetChoice
from engine.preflight.reachability import health_path_of
from engine.protocol.address import Tls
from engine.recording.recorder import Recorder
from targets.launch import LaunchContext
from targets.requirements import packages
from targets.runtime import RunningTarget
from targets.runtime.attached import AttachedTarget
from targets.runtime.containers.attached import AttachedContainer
from targets.runtime.containers.container_spec import inner_site
from targets.runtime.containers.engine import Engine
from targets.runtime.containers.image import held_versions
from targets.runtime.containers.limits import Limits
from targets.runtime.containers.target import DockerTarget
from targets.runtime.local import LocalTarget


@dataclass(slots=True)
class Placement:
    """Places the targets of one session. It uses a task group that its owner manages."""

    group: TaskGroup
    folder: Path
    session_id: str
    cores: CorePlan
    runtime: Runtime
    """The default runtime, for targets that choose none."""
    plan_folder: str
    """The folder of the plan's file; empty if the plan does not come from a file."""
    recorder: Recorder
    supervisor: Supervisor
    """Watches the helpers that serve targets."""
    checkouts: Checkouts
    """Where targets of a revision run."""
    shared_core: int | None = None
    """In a duel, the one core that all targets are pinned to, whatever their options say."""
    _engine: Engine | None = None

    @property
    def engine(self) -> Engine:
        """The Docker Engine that runs the containers. Created on first use."""
        if self._engine is None:
            self._engine = Engine(self.session_id, self.folder, self.group, self.recorder.event)
        return self._engine

    def in_container(self, choice: TargetChoice) -> bool:
        """Whether a target's runtime is Docker."""
        return choice.runtime(self.runtime) == "docker"

    def site(self, choice: TargetChoice, here: LaunchContext) -> LaunchContext:
        """Returns the context that a target's commands run in: `here`, or the one inside its container."""
        return inner_site(here) if self.in_container(choice) else here

    def create(self, deployment: Deployment, tls: Tls | None) -> RunningTarget:
        """Creates the running target for a deployment, without starting it. It reads the deployment again at
        every start, since that may have changed."""
        choice, folder = deployment.choice, self.folder_of(deployment.choice)
        if choice.custom is not None and choice.custom.container:
            return AttachedContainer(
                choice.name,
                choice.custom.container_name,
                choice.custom.inner_port,
                folder,
                self.engine,
                health_path=choice.custom.health,
                health_statuses=choice.custom.health_status,
                request=lambda address: health_path_of(choice, address.url).head,
            )
        if choice.custom is not None and choice.is_attached:
            return AttachedTarget(
                choice.name,
                choice.custom.address,
                folder,
                health_path=choice.custom.health,
                health_statuses=choice.custom.health_status,
                request=lambda address: health_path_of(choice, address.url).head,
                context=client_context(tls) if tls else None,
                server_name=tls.server_name if tls else "",
                tell=partial(self.recorder.event, "waiting", choice.name),
            )
        if not self.in_container(choice):
            port = deployment.site.port
            return LocalTarget(choice.name, deployment.launch, folder, self.session_id, port=port)
        return DockerTarget(
            choice.name,
            deployment.launch_on_site,
            folder,
            self.engine,
            lambda: Limits.of(deployment.options),
        )

    def versions(self, choice: TargetChoice) -> dict[str, str]:
        """Returns the versions of the packages that a target uses, and the commit of one that names a
        revision."""
        taking_part = packages(choice.target, choice.options)
        return self.versions_of(choice, taking_part) | self.checkouts.versions(choice)

    def versions_of(self, choice: TargetChoice, distributions: Collection[str]) -> dict[str, str]:
        """Returns the versions of those distributions that are installed where a target runs."""
        return (held_versions if self.in_container(choice) else versions)(distributions)

    async def pin(self, choice: TargetChoice, slot: int, running: RunningTarget) -> None:
        """Pins a ready target to the cores that its options ask for, or else to those of the core plan; in a
        duel to the shared core. Raises TargetError if the target cannot be pinned to that one."""
        if self.shared_core is not None:
            await running.confine(self.shared_core)
            return
        if self.in_container(choice):  # its options are the container's limits
            await running.pin(self.cores.targets)
            return
        wanted = choice.options.cpus
        shared = self.cores.targets or (available_cores() if wanted else ())
        cores = dealt_cores(wanted, shared, slot)
        await running.pin(cores)
        if wanted and cores:
            self.recorder.event("target", choice.name, f"runs on {cores_in_words(cores)}")

    def watch_sidecar(self, name: str, running: RunningTarget, within_s: float) -> None:
        """Watches the sidecar next to a target's server, if it has one. A sidecar is a helper of abreast: if
        it ends, the target has not ended."""
        if (sidecar := running.sidecar) is not None:
            restart = partial(sidecar.restart, within_s)
            helper = Helper(_sidecar(name), sidecar.wait, restart, sidecar.pid, sidecar.is_paused)
            self.supervisor.watch(helper)

    def release_sidecar(self, name: str) -> None:
        """Stops watching a target's sidecar: the target is ending or has ended, and its sidecar with it."""
        self.supervisor.release(_sidecar(name))

    async def close(self) -> None:
        """Removes what the session still has in the engine. Never raises."""
        if self._engine is not None:
            await self._engine.close()

    def folder_of(self, choice: TargetChoice) -> Path:
        """Returns a target's folder on this machine, for its log and as its process's working folder."""
        return paths.target_folder(self.folder, choice.name)


def _sidecar(target: str) -> str:
    """Returns the name of a target's sidecar, as shown to users."""
    return f"NGINX in front of {target}"
