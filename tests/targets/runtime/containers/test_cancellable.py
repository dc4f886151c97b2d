"""Work on an image ends when nobody wants it any more, also before the engine has answered at all."""

from pathlib import Path

import anyio
import pytest

from tests.support import docker
from tests.support.waiting import WITHIN_S
from tests.targets.runtime.containers.conftest import Opened

pytestmark = [pytest.mark.anyio, pytest.mark.races]


@pytest.mark.parametrize("is_far", [False, True])
async def test_an_image_that_the_engine_keeps_silent_about(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_far: bool
) -> None:
    gateway = docker.Gateway(
        docker.own_address() if is_far else tmp_path / "g.sock", swallowed=b"POST /images"
    )
    monkeypatch.setenv("DOCKER_HOST", gateway.address)
    try:
        async with opened() as (engine, _):
            await engine.open()
            async with anyio.create_task_group() as group:
                group.start_soon(engine.image, "abreast-test-never:1")
                assert await anyio.to_thread.run_sync(gateway.has_swallowed.wait, WITHIN_S)
                group.cancel_scope.cancel()
            assert await anyio.to_thread.run_sync(gateway.has_let_go.wait, WITHIN_S)
    finally:
        gateway.close()
