"""What serves targets in containers: started once, when the first needs it, also while the session runs."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from engine.metrics.target_snapshot import TargetSnapshot
from engine.plan import commands
from engine.plan.faults import parse_fault
from engine.plan.plan import Plan, make_plan
from engine.session.session import Session, opened
from targets.runtime.containers.cleanup import SERVICE_LABEL, SESSION_LABEL
from tests.support import docker, live_sessions
from tests.support.live_sessions import begun

if TYPE_CHECKING:
    from docker import APIClient

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]

WITHIN_S = 120.0
"""Containers take their time."""


def plan(*targets: str, runtime: str = "docker", database: str = "", workload: str = "hello") -> Plan:
    """A session of a few users, held until somebody ends it."""
    values = {
        "title": "Services",
        "targets": list(targets),
        "runtime": runtime,
        "database": database,
        "workload": workload,
        "think_time": "20 ms",
        "warm_up": "none",
        "stages": [{"users": 2, "hold": "60 s"}],
    }
    return make_plan(values, where="here")


# ---------------------------------------------------------------- while a session runs


@pytest.fixture
def client() -> "Iterator[APIClient]":
    """A client beside abreast's own. Skips the test where there is no engine."""
    with docker.client() as client:
        yield client


@asynccontextmanager
async def running(asked: Plan, *granted_hosts: str) -> AsyncIterator[Session]:
    """A session whose load has begun."""
    async with opened(asked, open_ended=True, granted_hosts=granted_hosts) as session:
        await begun(session, WITHIN_S)
        yield session


async def until(session: Session, is_so: Callable[[], object]) -> None:
    """Waits for the session to come to a state without a word of trouble."""

    def look() -> object:
        assert not [each for each in session.notices() if each.severity == "error"]
        return is_so()

    await live_sessions.until(session, look, WITHIN_S)


def target(session: Session, name: str) -> TargetSnapshot | None:
    """One of the targets as it is in the picture."""
    return next((each for each in session.snapshot.targets if each.name == name), None)


def succeeded(session: Session) -> dict[str, int]:
    """Good answers so far, by target."""
    return {each.name: each.totals.ok for each in session.snapshot.targets}


def services(client: "APIClient", session: Session) -> set[str]:
    """What serves the session's targets."""
    label = [f"{SESSION_LABEL}={session.id}", SERVICE_LABEL]
    return {each["Labels"][SERVICE_LABEL] for each in client.containers(filters={"label": label})}


async def go_on(session: Session) -> None:
    """Returns once every target has answered well again, several times."""
    before = succeeded(session)
    await until(session, lambda: all(ok > before.get(name, 0) + 5 for name, ok in succeeded(session).items()))


async def ask_for(session: Session, workload: str) -> None:
    """Has all targets asked for another workload, and waits until they are."""
    session.send(commands.SetWorkload(workload))
    await until(session, lambda: session.snapshot.workload == workload)


async def test_services_come_with_the_workload_that_needs_them(client: "APIClient") -> None:
    docker.need_databases(client)
    async with running(plan("fastapi", "django-wsgi")) as session:
        assert services(client, session) == set()
        for workload, needed in (("upstream", {"upstream"}), ("io", {"upstream", "mysql"})):
            await ask_for(session, workload)
            await go_on(session)
            assert services(client, session) == needed
        session.send(commands.AddTarget("django-asgi"))
        await until(session, lambda: (one := target(session, "django-asgi")) and one.state == "ready")
        await go_on(session)
        assert {
            each.name: each.totals.errors for each in session.snapshot.targets if each.totals.errors
        } == {}
    assert docker.things(client, session.id) == set()


async def test_a_service_that_ends_by_itself_is_told_of_and_started_again(client: "APIClient") -> None:
    async with running(plan("fastapi", workload="upstream")) as session:
        label = [f"{SESSION_LABEL}={session.id}", SERVICE_LABEL]
        (found,) = client.containers(filters={"label": label})
        client.kill(found["Id"])

        def texts() -> list[str]:
            return [each.text for each in session.snapshot.events]

        told = "the upstream in a container ended: killed by SIGKILL; it is being restarted"
        await live_sessions.until(session, lambda: told in texts(), WITHIN_S)
        await live_sessions.until(
            session, lambda: "the upstream in a container works again" in texts(), WITHIN_S
        )
        assert [each.title for each in session.notices()] == ["the upstream in a container ended"]
        session.send(commands.AddTarget("django-wsgi"))
        await until(session, lambda: (one := target(session, "django-wsgi")) and one.state == "ready")
        assert services(client, session) == {"upstream"}
        await go_on(session)


async def test_who_comes_while_the_database_is_stopped_waits_until_it_is_back(client: "APIClient") -> None:
    docker.need_databases(client)
    async with running(plan("fastapi", workload="io")) as session:
        assert services(client, session) == {"mysql"}
        session.send(commands.InjectFault("fastapi", parse_fault("stop-database")))
        await until(session, lambda: services(client, session) == set())
        session.send(commands.AddTarget("django-wsgi"))
        await until(session, lambda: (one := target(session, "django-wsgi")) and one.state == "starting")
        assert services(client, session) == set()
        session.send(commands.UndoFaults("fastapi"))
        await until(session, lambda: (one := target(session, "django-wsgi")) and one.state == "ready")
        assert services(client, session) == {"mysql"}


async def test_targets_with_databases_of_their_own_have_a_server_of_each_kind(client: "APIClient") -> None:
    """One that joins later too; a fault stops all servers of the session, and all come back."""
    docker.need_databases(client)
    asked = plan("fastapi:database=sqlite", "fastapi:database=mysql", runtime="local", workload="io")
    async with running(asked) as session:
        assert services(client, session) == {"mysql"}
        session.send(commands.AddTarget("django-wsgi:database=postgresql:runtime=docker"))
        session.send(commands.AddTarget("fastapi-sync:database=mysql:runtime=docker"))
        await until(
            session,
            lambda: [each.state for each in session.snapshot.targets] == ["ready"] * 4,
        )
        assert services(client, session) == {"mysql", "postgresql"}
        await go_on(session)
        kinds = {each.name: each.database.partition(" ")[0] for each in session.snapshot.targets}
        assert kinds == {
            "fastapi": "sqlite",
            "fastapi#2": "mysql",
            "django-wsgi": "postgresql",
            "fastapi-sync": "mysql",
        }
        session.send(commands.InjectFault("fastapi", parse_fault("stop-database")))
        await until(session, lambda: services(client, session) == set())
        session.send(commands.UndoFaults("fastapi"))
        await until(session, lambda: services(client, session) == {"mysql", "postgresql"})
        await go_on(session)
    assert docker.things(client, session.id) == set()


async def test_another_database_comes_with_other_options(client: "APIClient") -> None:
    docker.need_databases(client)
    async with running(plan("fastapi", runtime="local", workload="io")) as session:
        assert services(client, session) == set()
        session.send(commands.SetOptions("fastapi", "database=postgresql"))
        await until(session, lambda: services(client, session) == {"postgresql"})
        await until(session, lambda: (one := target(session, "fastapi")) and one.state == "ready")
        await go_on(session)
        one = target(session, "fastapi")
        assert one is not None
        assert one.database.startswith("postgresql in a container")


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An address at which this machine's engine is taken for another's."""
    host = docker.own_address()
    gateway = docker.Gateway(host)
    monkeypatch.setenv("DOCKER_HOST", f"tcp://{host}:{gateway.port}")
    yield host
    gateway.close()


async def test_a_database_on_another_machine_stays_in_its_network(client: "APIClient", far: str) -> None:
    docker.need_databases(client)
    async with running(plan("fastapi", workload="io"), far) as session:
        await go_on(session)
        assert docker.published(client, session.id, "mysql") == []
        session.send(commands.AddTarget("django-wsgi:runtime=local"))
        said: list[str] = []

        def refused() -> bool:
            said.extend(each.title for each in session.notices() if each.severity == "error")
            return bool(said)

        await live_sessions.until(session, refused, WITHIN_S)
        assert said == ["the session's database cannot be reached from this machine"]


async def test_a_database_on_another_machine_is_published_for_targets_of_this_one(
    client: "APIClient", far: str
) -> None:
    docker.need_databases(client)
    async with running(plan("fastapi", "fastapi:runtime=local", workload="io"), far) as session:
        await go_on(session)
        assert [each["IP"] for each in docker.published(client, session.id, "mysql")] == [far]
