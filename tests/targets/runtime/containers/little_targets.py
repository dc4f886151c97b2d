"""Little targets in containers, on a real engine: what tests of containers share."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio

from targets.launch import Command, Launch
from targets.runtime import Reading
from targets.runtime.containers import cleanup
from targets.runtime.containers.engine import Engine
from targets.runtime.containers.limits import Limits
from targets.runtime.containers.target import DockerTarget
from tests.support.local_targets import LITTLE_SERVER
from tests.targets.runtime.containers.conftest import Told

if TYPE_CHECKING:
    from docker import APIClient


def little(*options: str, **more: Any) -> Launch:
    """The little server with these options, in a container."""
    source = LITTLE_SERVER.read_text()
    return Launch(("python", "-P", "-c", source, "8000", "--host", "0.0.0.0", *options), {}, **more)


def python(code: str) -> Command:
    return Command(("python", "-P", "-c", code))


def container(
    name: str,
    launch: Launch,
    folder: Path,
    engine: Engine,
    limits: Limits | None = None,
    port: int | None = None,
) -> DockerTarget:
    return DockerTarget(name, lambda: launch, folder, engine, lambda: limits or Limits(), port=port)


async def started(target: DockerTarget) -> DockerTarget:
    await target.start()
    await target.ready(30)
    return target


async def read_until(target: DockerTarget, good: Callable[[Reading], object]) -> Reading:
    """The first reading of the engine that is as wanted."""
    with anyio.fail_after(30):
        while (reading := target.reading) is None or not good(reading):  # noqa: ASYNC110  no event tells
            await anyio.sleep(0.1)
    return reading


async def told_until(told: Told, kind: str) -> str:
    """The text of the first event of a kind."""
    with anyio.fail_after(30):
        while not (texts := [text for each, _, text in told if each == kind]):  # noqa: ASYNC110
            await anyio.sleep(0.05)
    return texts[0]


def host_config(client: "APIClient", session_id: str, name: str) -> dict[str, Any]:
    labels = [f"{cleanup.SESSION_LABEL}={session_id}", f"{cleanup.TARGET_LABEL}={name}"]
    (found,) = client.containers(filters={"label": labels})
    config: dict[str, Any] = client.inspect_container(found["Id"])["HostConfig"]
    return config
