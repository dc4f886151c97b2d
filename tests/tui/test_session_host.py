"""Presets as the lobby shows them, and what the host of sessions says by itself."""

from pathlib import Path

import pytest

from targets.errors import UsageError
from tests.support import docker
from tests.support.waiting import eventually
from tui.session_api import Choice
from tui.session_host import SessionHost


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


@pytest.mark.anyio
async def test_plans_of_the_folder_and_what_a_choice_would_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.toml").write_text('targets = ["fastapi"]\n[[stages]]\nusers = 3\nhold = "5 s"\n')
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    monkeypatch.chdir(tmp_path)
    async with SessionHost.opened() as session_host:
        assert [each.name for each in await session_host.folder_plans()] == ["mine.toml"]
        planned = session_host.planned(Choice("mine.toml", ("django-wsgi",), users=7, seconds=9.0))
        assert [row.name for row in planned.targets] == ["django-wsgi"]
        assert planned.stages[-1].users == 7
        assert planned.length_s == 10.0
        with pytest.raises(UsageError):
            session_host.planned(Choice("mine.toml", ("nothing",)))
