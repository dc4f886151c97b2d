"""Targets are started, restarted and removed one way at a time, whatever comes in between."""

import psutil
import pytest

from engine.plan import commands
from engine.session.session import Session
from targets.runtime.child_env import TARGET_MARK
from targets.runtime.guard import leftovers
from tests.engine.session.test_session import running, target, texts
from tests.support.live_sessions import finished, until

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180), pytest.mark.races]


def processes(session: Session, name: str) -> list[psutil.Process]:
    """All that runs of a target."""
    return [each for each in leftovers(session.id) if each.environ().get(TARGET_MARK) == name]


async def test_a_target_that_is_removed_before_its_start_began_is_never_started() -> None:
    async with running("fastapi") as session:
        session.send(commands.AddTarget("django-wsgi"))
        session.send(commands.RemoveTarget("django-wsgi"))
        await until(session, lambda: "django-wsgi leaves" in texts(session))
        await until(session, lambda: processes(session, "django-wsgi") == [])
        session.end()
        await finished(session)
        assert (session.outcome, session.error) == ("completed", None)


async def test_two_restarts_at_once_are_one() -> None:
    async with running("fastapi") as session:
        session.send(commands.RestartTarget("fastapi"))
        session.send(commands.RestartTarget("fastapi"))
        await until(session, lambda: "fastapi is ready again" in texts(session))
        shown = target(session, "fastapi")
        assert shown is not None
        assert shown.state == "ready"
        assert len(processes(session, "fastapi")) == 1
        assert texts(session).count("fastapi is ready again") == 1
        assert not session.any_target_failed


async def test_a_target_that_is_removed_while_it_restarts_is_gone() -> None:
    async with running("fastapi", "django-asgi") as session:
        session.send(commands.RestartTarget("fastapi"))
        session.send(commands.RemoveTarget("fastapi"))
        await until(session, lambda: "fastapi leaves" in texts(session))
        await until(session, lambda: target(session, "fastapi") is None)
        await until(session, lambda: processes(session, "fastapi") == [])
        assert not session.any_target_failed
