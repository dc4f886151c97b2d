"""The containers of a Docker Engine that can become targets.

Rules of this file:
- nothing here changes anything in the engine: it lists and looks;
- only this file parses the engine's responses: callers get plain data.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from targets.errors import TargetError
from targets.runtime import Address
from targets.runtime.containers.cleanup import SESSION_LABEL, TARGET_LABEL
from targets.runtime.containers.connection import connect, trouble
from targets.runtime.containers.engine_address import selected_engine

PROJECT_LABEL = "com.docker.compose.project"
SERVICE_LABEL = "com.docker.compose.service"
NUMBER_LABEL = "com.docker.compose.container-number"

_HERE = ("127.0.0.1", "localhost", "::1")
_ANY = ("", "0.0.0.0", "::")  # noqa: S104  what the engine reports, not an address to bind here


@dataclass(frozen=True, slots=True)
class Port:
    """A TCP port of a container that its engine publishes."""

    inner: int
    """Where it listens in the container."""
    outer: int
    """Where the engine's machine does."""
    host: str
    """The address that it is published on; `0.0.0.0`, `::` or empty: every one of the machine."""

    def address(self, host: str) -> Address | None:
        """Where it is reached from here, given the engine's host; None if it is published on the loopback of
        another machine."""
        if self.host in _ANY:
            return Address("127.0.0.1" if host in _HERE else host, self.outer)
        if ip_address(self.host).is_loopback and host not in _HERE:
            return None
        return Address(self.host, self.outer)


@dataclass(frozen=True, slots=True)
class Container:
    """One container, no matter who started it."""

    id: str
    name: str
    state: str
    """In the engine's words: `running`, `paused`, `exited`, `restarting`, …"""
    status: str
    """The same for people: `Up 3 minutes`."""
    ports: tuple[Port, ...]
    """In order of the inner port, each once."""
    project: str = ""
    """The compose project that it belongs to, and its service there; empty for a container of none."""
    service: str = ""
    number: int = 1
    """Which of the service's containers it is."""
    serves_contract: bool = False
    """Its labels say that it serves abreast's contract."""

    @property
    def is_young(self) -> bool:
        """Whether it was started less than a minute ago."""
        return bool(re.match(r"Up (Less than a|\d+) second", self.status))


@dataclass(frozen=True, slots=True)
class FoundContainer:
    """What one engine has."""

    host: str
    """Where it publishes ports."""
    containers: tuple[Container, ...]
    """By name, stopped ones too."""

    @property
    def projects(self) -> dict[str, list[Container]]:
        """Compose project → its containers, by service and number."""
        projects: dict[str, list[Container]] = {}
        for each in sorted(self.containers, key=lambda one: (one.service, one.number)):
            if each.project:
                projects.setdefault(each.project, []).append(each)
        return dict(sorted(projects.items()))


def look() -> FoundContainer:
    """The containers of the engine that the environment selects, except those of abreast's sessions, which
    end with their session. Blocks. Raises TargetError."""
    where = selected_engine()
    client = connect(where)
    try:
        found = client.containers(all=True)
        containers = [each for each in found if SESSION_LABEL not in (each.get("Labels") or {})]
    except Exception as error:
        raise trouble(error, "the engine's containers cannot be listed") from error
    finally:
        client.close()
    listed = sorted((listed_container(each) for each in containers), key=lambda each: each.name)
    return FoundContainer(where.host, tuple(listed))


def listed_container(container: Mapping[str, Any]) -> Container:
    """A container from the engine's list. Pure."""
    labels = container.get("Labels") or {}
    names = [name.removeprefix("/") for name in container.get("Names") or ()]
    number = labels.get(NUMBER_LABEL, "1")
    return Container(
        id=container["Id"],
        name=next((name for name in names if "/" not in name), container["Id"][:12]),
        state=container.get("State", ""),
        status=container.get("Status", ""),
        ports=_each_once(
            Port(each["PrivatePort"], each["PublicPort"], each.get("IP", ""))
            for each in container.get("Ports") or ()
            if each.get("Type") == "tcp" and each.get("PublicPort")
        ),
        project=labels.get(PROJECT_LABEL, ""),
        service=labels.get(SERVICE_LABEL, ""),
        number=int(number) if number.isdecimal() and len(number) < 10 else 1,
        serves_contract=TARGET_LABEL in labels,
    )


def published(inspection: Mapping[str, Any]) -> tuple[Port, ...]:
    """The TCP ports that an inspected container publishes. Pure."""
    bindings = (inspection.get("NetworkSettings") or {}).get("Ports") or {}
    return _each_once(
        Port(int(inner.removesuffix("/tcp")), int(each["HostPort"]), each.get("HostIp", ""))
        for inner, places in bindings.items()
        if inner.endswith("/tcp")
        for each in places or ()
        if each.get("HostPort")
    )


def _each_once(ports: Any) -> tuple[Port, ...]:
    """In order of the inner port; of several places, the one with IPv4."""
    chosen: dict[int, Port] = {}
    for port in sorted(ports, key=lambda each: (each.inner, ":" in each.host, each.outer)):
        chosen.setdefault(port.inner, port)
    return tuple(chosen.values())


def limits(inspection: Mapping[str, Any]) -> dict[str, Any] | None:
    """An inspected container's limits in the form of a record; None if it has none. Pure."""
    host_config = inspection.get("HostConfig") or {}
    quota, period = host_config.get("CpuQuota") or 0, host_config.get("CpuPeriod") or 100_000
    nano = host_config.get("NanoCpus") or 0
    pids = host_config.get("PidsLimit") or 0
    held = {
        "cpus": nano / 1e9 if nano else quota / period if quota > 0 else None,
        "cpuset": host_config.get("CpusetCpus") or "",
        "memory_bytes": host_config.get("Memory") or None,
        "pids": pids if pids > 0 else None,
    }
    return held if any(held.values()) else None


def not_running(name: str, state: str, status: str = "") -> TargetError:
    """The error for a container that cannot take load in its current state."""
    mend = {"paused": "unpause", "created": "start", "exited": "start", "dead": "start"}.get(state)
    return TargetError(
        f"the container {name} is not running",
        why=f"it is {state}" + (f" ({status})" if status else ""),
        hint=f"docker {mend} {name}" if mend else f"check it with docker ps and docker logs {name}",
    )


def address_of(name: str, ports: Sequence[Port], inner: int | None, host: str) -> Address:
    """Where a container's port is reached: the one asked for, or its lowest. Raises TargetError."""
    if not ports:
        raise TargetError(
            f"the container {name} publishes no TCP port",
            why="what listens inside cannot be reached from outside",
            hint="start it with a published port, as in docker run -p 127.0.0.1:8000:8000; or, where it "
            "shares its host's network, name its address: abreast attach http://127.0.0.1:PORT",
        )
    chosen = next((port for port in ports if inner in {None, port.inner}), None)
    if chosen is None:
        raise TargetError(
            f"the container {name} does not publish its port {inner}",
            why=f"published: {', '.join(str(port.inner) for port in ports)}",
            hint=f"for example {name}:{ports[0].inner}",
        )
    address = chosen.address(host)
    if address is None:
        raise TargetError(
            f"the container {name} cannot be reached from here",
            why=f"port {chosen.inner} is published only on {chosen.host} of the engine's machine, {host}",
            hint="publish it on that machine's address, or run abreast there",
        )
    return address
