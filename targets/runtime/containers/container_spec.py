"""The settings of a container, and creating one.

Rules of this file:
- a container gets only the rights it needs: no capabilities, no new privileges, a read-only root, an
  unprivileged user, and a port published as `port_binding` says, or none;
- it and its volume have the session's label from creation.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from targets import nginx
from targets.apps.supervisor import APART
from targets.launch import Command, Launch, LaunchContext
from targets.runtime.child_env import FIXED
from targets.runtime.containers.cleanup import SERVICE_LABEL, TARGET_LABEL
from targets.runtime.containers.limits import Limits, Machine, memory_update

if TYPE_CHECKING:
    from docker import APIClient

    from targets.runtime.containers.engine import Engine

PORT = 8000
"""The port a target listens on in its container."""
FOLDER = "/data"
"""A target's working folder in its container."""
UPSTREAM = "upstream"
"""The host name of the stand-in upstream on the session's network."""
PERIOD_US = 100_000
"""The scheduler period to which a container's CPU quota applies."""
TMPFS = {"/tmp": "rw,nosuid,nodev,size=256m,mode=1777"}  # noqa: S108  the container's own /tmp


@dataclass(frozen=True, slots=True)
class ContainerSpec:
    """The settings that all containers of a kind share; the defaults are a target's."""

    image: str = ""
    """Empty: the image that all targets share."""
    advice: str = ""
    """What to do if that image is missing."""
    port: int = PORT
    """The port it listens on in the container."""
    folder: str = FOLDER
    """Where its volume is mounted; the volume survives restarts."""
    user: str = ""
    """Empty: the image's default user."""
    alias: str = ""
    """Its host name on the session's network; empty: only its container's name."""
    label: str = TARGET_LABEL
    """The label that holds its name."""
    is_published: bool = True
    """Whether it can be reached from outside the session's network."""
    is_secret: bool = False
    """Whether its data must not be open to everyone who can reach its machine."""
    tmpfs: Mapping[str, str] = field(default_factory=lambda: TMPFS)


AS_TARGETS = ContainerSpec()
AS_UPSTREAM = ContainerSpec(alias=UPSTREAM, label=SERVICE_LABEL)


def inner_site(here: LaunchContext | None = None) -> LaunchContext:
    """The launch context for commands in a container, based on the one for this machine."""
    return replace(
        here or LaunchContext(PORT, Path(FOLDER)),
        port=PORT,
        folder=Path(FOLDER),
        host="0.0.0.0",  # noqa: S104  in the container; `port_binding` decides what is published
        inner_port=PORT + 1,
        upstream_url=f"http://{UPSTREAM}:{PORT}",
        plan_folder="",
        cache=None,  # the image sets its location
        live_settings=Path(FOLDER, "live-settings.json"),
        python="python",
        nginx=("python", "-P", "-m", nginx.WHEEL),
    )


def create(
    client: "APIClient",
    engine: "Engine",
    name: str,
    spec: ContainerSpec,
    command: Command,
    limits: Limits,
    *,
    image: str,
    published: tuple[str, int | None] | None,
) -> str:
    """Creates a container that runs the command once started, and returns its id. `published`: the address
    and port to publish on, where port None lets the engine choose; None: publish nothing. Blocks. Raises what
    the library raises."""
    labels = engine.labels | {spec.label: name}
    full_name = named(f"abreast-{engine.session_id}-{name}")
    for stale in client.containers(all=True, filters={"name": f"^/{full_name}$"}):
        client.remove_container(stale["Id"], v=True, force=True)
    client.create_volume(full_name, labels=labels)
    host = client.create_host_config(
        binds={full_name: {"bind": spec.folder, "mode": "rw"}},
        port_bindings={} if published is None else {spec.port: published},
        network_mode=engine.network,
        # Not NanoCpus: a quota could not change that while the container runs.
        cpu_period=PERIOD_US,
        cpu_quota=_quota_us(limits),
        cpuset_cpus=limits.cpuset or None,
        mem_limit=limits.memory_bytes,
        memswap_limit=limits.memory_bytes if engine.machine.limits_swap else None,
        pids_limit=limits.pids,
        read_only=True,
        tmpfs=dict(spec.tmpfs),
        cap_drop=["ALL"],
        security_opt=["no-new-privileges"],
        restart_policy={"Name": "no"},
        log_config=_kept_log(),
    )
    network = client.create_endpoint_config(aliases=[spec.alias]) if spec.alias else None
    made = client.create_container(
        image,
        list(command.argv),
        name=full_name,
        hostname=named(name),
        user=spec.user or None,
        environment=FIXED | command.env,
        working_dir=spec.folder,
        labels=labels,
        ports=[] if published is None else [spec.port],
        host_config=host,
        networking_config={"EndpointsConfig": {engine.network: network}} if network else None,
        # The session probes it itself; starting a program every few seconds would add load.
        healthcheck={"test": ["NONE"]},
    )
    return str(made["Id"])


def change_limits(container: str, wanted: Limits, machine: Machine, client: "APIClient") -> None:
    """Changes the CPU and memory limits of a running container. Blocks. Raises what the library raises."""
    memory_bytes, with_swap_bytes = memory_update(wanted, machine)
    client.update_container(
        container,
        cpu_period=PERIOD_US,
        cpu_quota=_quota_us(wanted),
        mem_limit=memory_bytes,
        memswap_limit=with_swap_bytes,
    )


def as_one(launch: Launch) -> Command:
    """The command a container runs: the server, plus any programs that run next to it, in one environment."""
    if not launch.sidecars:
        return Command(launch.argv, launch.env)
    words = list(launch.argv)
    env = launch.env
    for each in launch.sidecars:
        words += [APART, *each.argv]
        env = env | each.env
    return Command(("python", "-P", "-S", "-m", "targets.apps.supervisor", *words), env)


def named(text: str) -> str:
    """Makes a name valid for the engine: names of targets and sessions may contain characters it rejects."""
    return re.sub(r"[^a-zA-Z0-9_.-]", "-", text)


def _quota_us(limits: Limits) -> int:
    """Processor time per period."""
    return round(limits.cpus * PERIOD_US)


def _kept_log() -> Any:
    """A log that can be read back, whatever the engine's default is, and that cannot fill the disk."""
    from docker.types import LogConfig

    return LogConfig(type=LogConfig.types.JSON, config={"max-size": "10m", "max-file": "2"})
