"""compose.yaml for real: brought up by compose itself, attached to, put under load, and still running."""

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from targets import catalog
from targets.runtime.containers import inventory
from targets.runtime.containers.cleanup import TARGET_LABEL
from targets.runtime.containers.image import build, recipe
from tests.support import docker
from tests.support.fronts import started, until

if TYPE_CHECKING:
    from docker import APIClient

ROOT = Path(__file__).parents[2]
SHORT = ("--headless", "--json", "--seconds", "2", "--users", "4")
UP_WITHIN_S = 120.0
_NAMES = [name for name in catalog.TARGETS if name != "fastapi"]
OTHERS = (_NAMES[:7], _NAMES[7:])
"""As many at a time as a session holds."""


@dataclass(frozen=True)
class TargetManager:
    """The project as compose runs it."""

    client: "APIClient"
    project: str

    def containers(self) -> dict[str, dict[str, Any]]:
        """Service → its container, inspected; stopped ones too."""
        label = {"label": f"{inventory.PROJECT_LABEL}={self.project}"}
        listed = self.client.containers(all=True, filters=label)
        return {
            each["Labels"][inventory.SERVICE_LABEL]: self.client.inspect_container(each["Id"])
            for each in listed
        }

    def running(self) -> dict[str, str]:
        """Service → when it was started, of those that run; what prepares the databases is meant to end."""
        return {
            name: each["State"]["StartedAt"]
            for name, each in self.containers().items()
            if each["State"]["Running"] and name != "prepare"
        }


def compose() -> list[str]:
    """How compose is called here. Fails the test where it is not."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]) and _succeeds(*command, "version"):
            return command
    return pytest.fail("there is no compose; on Debian: apt-get install docker-compose")


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False, timeout=600).returncode == 0


@pytest.fixture(scope="module")
def manager() -> Iterator[TargetManager]:
    """All targets and the upstream, and the database where an image of one is there."""
    with docker.client() as client:
        command, project = [*compose(), "--file", str(ROOT / "compose.yaml")], f"arena{secrets.token_hex(3)}"
        environment = os.environ | {"ABREAST_TARGETS_IMAGE": _image(client)}
        docker.need_databases(client)
        services = [*catalog.TARGETS, "upstream", "database", "prepare"]

        def call(*words: str) -> None:
            done = subprocess.run(
                [*command, "--project-name", project, *words],
                env=environment,
                capture_output=True,
                text=True,
                timeout=600,
            )
            assert done.returncode == 0, done.stderr

        try:
            call("up", "--detach", "--no-build", *services)
            manager = TargetManager(client, project)
            for number in range(len(catalog.TARGETS)):
                until(partial(_is_well, 18_000 + number), "it is well", UP_WITHIN_S)
            yield manager
        finally:
            call("down", "--volumes", "--timeout", "3")
        assert manager.containers() == {}


def _image(client: "APIClient") -> str:
    """The targets' image, which is built where it is not there."""
    wanted = recipe()
    if not client.images(wanted.tag):
        build(wanted, client, print, lambda _: None)
    return wanted.tag


def _is_well(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def test_targets_of_the_arena_under_load(manager: TargetManager, tmp_path: Path) -> None:
    before = manager.running()
    names = ["fastapi", "django-wsgi", "hybrid"]
    with started(tmp_path, "attach", manager.project, "--targets", ",".join(names), *SHORT) as front:
        assert front.wait() == 0, front.err
        assert front.json["plan"]["workload"] == "hello", "their labels say that they serve the contract"
        targets = front.json["targets"]
    assert [each["name"] for each in targets] == names
    assert [each["address"] for each in targets] == [f"127.0.0.1:{18_000 + at}" for at in (0, 1, 6)]
    for target in targets:
        assert (target["runtime"], target["summary"]["failed"]) == ("attached", 0)
        assert target["summary"]["ok"] > 0
        assert target["limits"] == {"cpus": 1.0, "cpuset": "", "memory_bytes": 2 * 1024**3, "pids": 4096}
        assert any(0 < pct <= 110 for pct in target["buckets"]["cpu_pct"] if pct is not None)
        assert any(20 < megabytes < 2048 for megabytes in target["buckets"]["memory_mb"] if megabytes)
    assert manager.running() == before, "nothing of it was stopped or started"


def test_every_target_reaches_the_upstream(manager: TargetManager, tmp_path: Path) -> None:
    for names in OTHERS:
        run = ("attach", manager.project, "--targets", ",".join(names), "--workload", "upstream", *SHORT)
        with started(tmp_path, *run) as front:
            assert front.wait() == 0, front.err
            assert [each["summary"]["failed"] for each in front.json["targets"]] == [0] * len(names)
            assert all(each["summary"]["ok"] > 0 for each in front.json["targets"])


def test_targets_keep_rows_in_the_database(manager: TargetManager, tmp_path: Path) -> None:
    state = until(
        lambda: (each := manager.containers()["prepare"]["State"])["Status"] == "exited" and each,
        "the databases are prepared",
        UP_WITHIN_S,
    )
    assert state["ExitCode"] == 0
    for names in OTHERS:
        targets = ",".join(names)
        run = ("attach", manager.project, "--targets", targets, "--workload", "io", *SHORT, "--seconds", "10")
        with started(tmp_path, *run) as front:
            assert front.wait() == 0, front.err
            assert [each["summary"]["failed"] for each in front.json["targets"]] == [0] * len(names)
            assert all(each["summary"]["ok"] > 0 for each in front.json["targets"])
            assert "left out" not in front.err, "what ended well was meant to"


def test_a_service_is_held_as_abreast_holds_its_own_container(manager: TargetManager, tmp_path: Path) -> None:
    run = ("run", "hello", "--headless", "--runtime", "docker", "--targets", "fastapi", "--seconds", "600")
    with started(tmp_path, *run) as front:
        front.loads()
        label = {"label": [f"{TARGET_LABEL}=fastapi", f"abreast.session={front.session_id}"]}
        (listed,) = manager.client.containers(filters=label)
        own = manager.client.inspect_container(listed["Id"])
        front.process.terminate()
        assert front.wait() == 130
    theirs = manager.containers()["fastapi"]
    assert _held(theirs) == _held(own)


def _held(inspected: dict[str, Any]) -> dict[str, Any]:
    """What a container is held to, and how it is told."""
    host, config = inspected["HostConfig"], inspected["Config"]
    same = ("ReadonlyRootfs", "CapDrop", "SecurityOpt", "MemorySwap", "Tmpfs", "LogConfig", "Privileged")
    told = dict(each.split("=", 1) for each in config["Env"])
    for name in ("ABREAST_DATABASE_URL", "ABREAST_UPSTREAM_URL", "ABREAST_WORKLOAD"):
        told.pop(name, None)  # where its services are, and what it begins with
    return {
        "limits": (inventory.limits(inspected) or {}) | {"cpuset": ""},  # a session deals out cores
        "volumes": sorted(each["Destination"] for each in inspected["Mounts"]),
        "command": config["Cmd"],
        "user": config["User"],
        "healthcheck": config["Healthcheck"]["Test"],
        "ports": list(host["PortBindings"]),
        "restarts": host["RestartPolicy"]["Name"] in {"", "no"},
        "env": told,
    } | {name: host[name] for name in same}
