"""Volumes that an image brings, on a real engine: they go with its containers."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from targets.launch import Launch
from targets.runtime.containers.container_spec import ContainerSpec
from targets.runtime.containers.image import default_base
from targets.runtime.containers.target import DockerTarget
from tests.targets.runtime.containers.conftest import Opened
from tests.targets.runtime.containers.little_targets import (
    python,
)

if TYPE_CHECKING:
    from docker import APIClient

pytestmark = pytest.mark.anyio


async def test_volumes_that_an_image_brings_go_with_its_containers(
    opened: Opened, tmp_path: Path, client: "APIClient"
) -> None:
    """They have no name and no label: nobody would find them afterwards."""
    before = volumes(client)
    with image_with_a_volume(client) as image:
        async with opened() as (engine, _):
            launch = Launch(python("import time; time.sleep(600)").argv, {}, prepare=(python("pass"),))
            for name in ("stopped", "left"):
                target = DockerTarget(
                    name, lambda: launch, tmp_path / name, engine, spec=ContainerSpec(image)
                )
                await target.start()
                assert any(len(each) == 64 for each in volumes(client) - before), "one without a name"
                if name == "stopped":
                    await target.stop(grace_s=0)
                    assert not any(len(each) == 64 for each in volumes(client) - before)
    assert volumes(client) <= before


def volumes(client: "APIClient") -> set[str]:
    return {each["Name"] for each in client.volumes()["Volumes"] or ()}


@contextmanager
def image_with_a_volume(client: "APIClient") -> Iterator[str]:
    """An image of the tests' base that wants a volume."""
    name = "abreast-test-volume:latest"
    base = os.environ.get("ABREAST_BASE_IMAGE") or default_base()
    list(client.build(fileobj=io.BytesIO(f"FROM {base}\nVOLUME /somewhere\n".encode()), tag=name, rm=True))
    yield name
    client.remove_image(name, force=True)
