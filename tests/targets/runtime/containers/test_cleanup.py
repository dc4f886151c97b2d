"""What a session leaves in an engine is taken away, whatever the engine refuses."""

from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import pytest

from targets.errors import AbreastError, TargetError
from targets.runtime.containers import cleanup
from targets.runtime.containers.cleanup import SESSION_LABEL, has_note, leave_note, remove_noted
from targets.runtime.containers.engine_address import EngineAddress
from targets.runtime.guard import Guard
from tests.support import docker
from tests.support.fronts import until
from tests.targets.runtime.containers.conftest import Opened

if TYPE_CHECKING:
    from docker import APIClient


def things_of(client: "APIClient", session_id: str) -> set[str]:
    """A network and a volume of the session, made for the test."""
    labels = {SESSION_LABEL: session_id}
    network = client.create_network(f"abreast-{session_id}", labels=labels)["Id"]
    volume = client.create_volume(f"abreast-{session_id}", labels=labels)["Name"]
    return {network, volume}


@pytest.mark.parametrize(
    ("refused", "stays"), [(b"GET /containers", 0), (b"GET /volumes", 1), (b"DELETE /networks", 1)]
)
def test_what_an_engine_refuses_does_not_keep_the_rest(
    client: "APIClient",
    session_id: str,
    tmp_path: Path,
    refused: bytes,
    stays: int,
) -> None:
    gateway = docker.Gateway(tmp_path / "gateway.sock", refused=refused)
    try:
        things_of(client, session_id)
        leave_note(tmp_path, EngineAddress(f"unix://{gateway.path}"))
        with pytest.raises(AbreastError, match="what the session left cannot be removed") as caught:
            remove_noted(tmp_path, session_id, options=cleanup.CleanupOptions(within_s=1))
        assert "not allowed by the gateway" in caught.value.why
        assert has_note(tmp_path), "somebody has to come again"
        assert len(docker.things(client, session_id)) == stays

        gateway.refused = b""
        assert remove_noted(tmp_path, session_id) == stays
        assert not has_note(tmp_path)
        assert docker.things(client, session_id) == set()
    finally:
        gateway.close()
        cleanup.remove_all(client, session_id)


def test_an_engine_that_stops_in_the_middle_is_a_named_error(
    client: "APIClient", session_id: str, tmp_path: Path
) -> None:
    gateway = docker.Gateway(tmp_path / "gateway.sock", ending=b"GET /networks")
    try:
        leave_note(tmp_path, EngineAddress(f"unix://{gateway.path}"))
        with pytest.raises(AbreastError, match="what the session left cannot be removed"):
            remove_noted(tmp_path, session_id)
        assert has_note(tmp_path)
    finally:
        gateway.close()


def test_a_note_that_cannot_be_taken_away_is_a_named_error(
    client: "APIClient", session_id: str, tmp_path: Path
) -> None:
    (tmp_path / cleanup.NOTE).mkdir()
    with pytest.raises(AbreastError, match="what the session left cannot be removed"):
        remove_noted(tmp_path, session_id)


@pytest.mark.anyio
async def test_what_comes_late_is_removed_too(client: "APIClient", session_id: str, tmp_path: Path) -> None:
    """The engine was still at it when the front was killed: the guard had nothing to find for a while."""
    gateway = docker.Gateway(tmp_path / "gateway.sock")

    def has_looked() -> bool:
        return len([each for each in gateway.asked if each.startswith(b"GET /networks")]) >= 8

    guard = Guard(session_id, tmp_path)
    try:
        things_of(client, session_id)
        leave_note(tmp_path, EngineAddress(gateway.address))
        await guard.start()
        async with anyio.create_task_group() as group:
            group.start_soon(guard.close)
            await anyio.to_thread.run_sync(until, has_looked, "the guard has looked some times")
            assert docker.things(client, session_id) == set()
            late = things_of(client, session_id)
        assert not late & docker.things(client, session_id)
        assert not has_note(tmp_path)
    finally:
        gateway.close()
        cleanup.remove_all(client, session_id)


@pytest.mark.anyio
async def test_where_no_note_can_be_left_nothing_is_made(
    opened: Opened, session_id: str, tmp_path: Path, client: "APIClient"
) -> None:
    (tmp_path / cleanup.NOTE).mkdir()
    async with opened() as (engine, _):
        with pytest.raises(TargetError, match="no container is started") as caught:
            await engine.open()
        assert cleanup.NOTE in caught.value.why
        assert str(tmp_path) in caught.value.hint
        assert docker.things(client, session_id) == set()
        (tmp_path / cleanup.NOTE).rmdir()
        await engine.open()
