"""Presets as the lobby shows them, and what the host of sessions says by itself."""

from pathlib import Path

import pytest

import presets
from tests.support import docker
from tests.support.waiting import eventually
from tui.session_api import Choice
from tui.session_host import SessionHost, preset_info


@pytest.mark.parametrize("name", presets.names())
def test_the_rows_of_a_preset_are_its_plan(name: str) -> None:
    plan, rows = presets.load(name), preset_info(name).targets
    chosen = plan.changed(targets=tuple(row.text for row in rows))
    assert chosen == plan.model_copy(update={"sweep": {}})
    assert [row.name for row in rows] == [choice.name for choice in plan.targets]


@pytest.mark.anyio
async def test_a_session_that_starts_without_the_lobby_is_offered_the_database_of_its_source() -> None:
    with docker.client():
        async with SessionHost.opened() as session_host:
            assert await session_host.docker_answers()
            session_host.offer_database(Choice("io-intensive", (), database="mysql"))
            session_host.offer_database(Choice("io-intensive", ()))
            (notice,) = await eventually(session_host.notices)
            assert "--database mysql starts MySQL in a container" in notice.text


@pytest.mark.anyio
async def test_no_database_is_offered_without_docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    async with SessionHost.opened() as session_host:
        assert not await session_host.docker_answers()
