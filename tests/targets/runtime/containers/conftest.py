"""What the tests on a real Docker Engine share."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import anyio
import pytest

from targets.runtime.containers.engine import Engine
from tests.support import docker

if TYPE_CHECKING:
    from docker import APIClient

Told: TypeAlias = list[tuple[str, str, str]]
"""Kind, target and text of every event."""
Opened: TypeAlias = Callable[[], AbstractAsyncContextManager[tuple[Engine, Told]]]


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """The loop of the front."""
    return "asyncio", {"use_uvloop": False}


@pytest.fixture
def client() -> "Iterator[APIClient]":
    """A client beside abreast's own. Skips the test where there is no engine."""
    with docker.client() as client:
        yield client


@pytest.fixture
def session_id(tmp_path: Path) -> str:
    return f"test-{tmp_path.parent.name[-4:]}-{tmp_path.name}"


@pytest.fixture
def opened(tmp_path: Path, session_id: str, client: "APIClient") -> Iterator[Opened]:
    """A session's engine, which closes itself; nothing of the session is left then."""

    @asynccontextmanager
    async def open_one() -> AsyncIterator[tuple[Engine, Told]]:
        told: Told = []
        async with anyio.create_task_group() as group:
            engine = Engine(session_id, tmp_path, group, lambda *event: told.append(event))
            try:
                yield engine, told
            finally:
                await engine.close()
                group.cancel_scope.cancel()

    yield open_one
    assert docker.things(client, session_id) == set()
