"""Where targets of a session live: as processes of this machine, in containers of a Docker Engine, or
elsewhere."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from anyio.abc import TaskGroup

from engine.client.tls import client_context
from engine.hosting.supervision import Helper, Supervisor
from engine.hosting.target_instance import Deployment
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
    """One session's. Lives within a task group that its owner keeps."""

    group: TaskGroup
    folder: Path
    session_id: str
    cores: CorePlan
    runtime: Runtime
    """Of targets that ask for none."""
    plan_folder: str
    """Where the plan's file is; empty for a plan that is none."""
    recorder: Recorder
    supervisor: Supervisor
    """Of what serves targets."""
    _engine: Engine | None = None

    @property
    def engine(self) -> Engine:
        """What runs the containers; it is spoken to when the first is wanted."""
        if self._engine is None:
            self._engine = Engine(self.session_id, self.folder, self.group, self.recorder.event)
        return self._engine

    def in_container(self, choice: TargetChoice) -> bool:
        """Whether a target lives in a container."""
        return choice.runtime(self.runtime) == "docker"

    def site(self, choice: TargetChoice, here: LaunchContext) -> LaunchContext:
        """Where a target's commands run: `here`, or inside a container."""
        return inner_site(here) if self.in_container(choice) else here

    def create(self, deployment: Deployment, tls: Tls | None) -> RunningTarget:
        """The runtime of a target; nothing of it runs yet. It looks at the deployment at every start, since
        that may change between two of them."""
        choice, folder = deployment.choice, self.folder_of(deployment.choice)
        if choice.custom is not None and choice.custom.container:
            return AttachedContainer(
                choice.name,
                choice.custom.container_name,
                choice.custom.inner_port,
                folder,
                self.engine,
                health_path=choice.custom.health,
                request=lambda address: health_path_of(choice, address.url).head,
            )
        if choice.custom is not None and choice.is_attached:
            return AttachedTarget(
                choice.name,
                choice.custom.address,
                folder,
                health_path=choice.custom.health,
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
        """The versions of the packages that take part."""
        taking_part = packages(choice.target, choice.options)
        return self.versions_of(choice, taking_part)

    def versions_of(self, choice: TargetChoice, distributions: Collection[str]) -> dict[str, str]:
        """The versions of distributions where a target lives, as far as they are there."""
        return (held_versions if self.in_container(choice) else versions)(distributions)

    async def pin(self, choice: TargetChoice, slot: int, running: RunningTarget) -> None:
        """Deals out cores to a target that is ready: those it asks for, or those of the core plan."""
        if self.in_container(choice):  # its options are limits of its container
            await running.pin(self.cores.targets)
            return
        wanted = choice.options.cpus
        shared = self.cores.targets or (available_cores() if wanted else ())
        cores = dealt_cores(wanted, shared, slot)
        await running.pin(cores)
        if wanted and cores:
            self.recorder.event("target", choice.name, f"runs on {cores_in_words(cores)}")

    def watch_sidecar(self, name: str, running: RunningTarget, within_s: float) -> None:
        """Watches what runs beside a target's server, if anything does: it is a helper of abreast's, and its
        end is not the target's."""
        if (sidecar := running.sidecar) is not None:
            restart = partial(sidecar.restart, within_s)
            helper = Helper(_sidecar(name), sidecar.wait, restart, sidecar.pid, sidecar.is_paused)
            self.supervisor.watch(helper)

    def release_sidecar(self, name: str) -> None:
        """The target is about to end, or has ended, and its sidecar with it."""
        self.supervisor.release(_sidecar(name))

    async def close(self) -> None:
        """Takes away what the engine still holds of the session. Never raises."""
        if self._engine is not None:
            await self._engine.close()

    def folder_of(self, choice: TargetChoice) -> Path:
        """On this machine: its log, and the working folder of a process."""
        return self.folder / "targets" / choice.name.replace("#", "-")


def _sidecar(target: str) -> str:
    """What runs beside a target's server, as people read it."""
    return f"NGINX in front of {target}"
