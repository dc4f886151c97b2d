"""Presets as the lobby shows them, and what the host of sessions says by itself."""

from pathlib import Path

import pytest

from engine.recording import visitors_file
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
async def test_a_warning_from_outside_is_shown_once() -> None:
    async with SessionHost.opened() as session_host:
        session_host.warn("metrics", "they do not arrive")
        (notice,) = session_host.notices()
        assert (notice.severity, notice.title, notice.text) == ("warning", "metrics", "they do not arrive")
        assert session_host.notices() == []


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


@pytest.mark.anyio
async def test_the_person_at_the_screen_is_shown_how_many_watch_in_a_browser(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tui.session_host.VISITORS_EVERY_S", 0.05)
    async with SessionHost.opened() as session_host:
        session_host.start(Choice("hello", ("fastapi",), users=1))
        session = await eventually(lambda: session_host.session)
        assert session is not None
        for count, text in ((2, "2 visitors now"), (1, "1 visitor now"), (0, "no visitors now")):
            visitors_file.note(session.folder, count)
            await eventually(lambda text=text: text in {each.text for each in session_host.notices()})  # type: ignore[misc]
            assert session_host.visitors() == count
