"""Options of targets in a running session: a front of their own, cores, and other options while it runs."""

import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import psutil
import pytest
from anyio.abc import TaskGroup

from engine.export.loaded import load
from engine.machine.environment import available_cores, dealt_cores
from engine.plan import commands
from engine.plan.plan import make_plan
from engine.protocol.load_shape import Steering
from engine.session.membership import Membership
from engine.session.session import Session, opened
from targets.errors import UsageError
from targets.runtime.guard import leftovers
from tests.engine.session.test_session import running, target, texts
from tests.support.live_sessions import finished, until
from tests.support.recording import Recording, plan, steering

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]

LINUX = pytest.mark.skipif(
    sys.platform != "linux", reason="this system does not pin processes to cores: run it on Linux"
)


def processes_of(session: Session, name: str) -> list[psutil.Process]:
    """All processes of a target."""
    return [each for each in leftovers(session.id) if each.environ().get("ABREAST_TARGET") == name]


def programs(processes: list[psutil.Process]) -> set[str]:
    """Their names."""
    return {each.name() for each in processes}


async def test_a_front_belongs_to_its_target() -> None:
    async with running("fastapi:front=nginx-unix", "django-wsgi") as session:
        everything = processes_of(session, "fastapi")
        assert "nginx" in programs(everything)

        def metered() -> int:
            found = target(session, "fastapi")
            return (found.resources.processes or 0) if found else 0

        await until(session, lambda: metered() == len(everything))
        next(each for each in everything if each.name() == "nginx").send_signal(signal.SIGKILL)
        await until(session, lambda: "NGINX in front of fastapi works again" in texts(session))
        found = target(session, "fastapi")
        assert found is not None
        assert found.state == "ready", "abreast's own NGINX ended, and not the target"
        session.send(commands.RestartTarget("fastapi"))
        await until(session, lambda: "fastapi is ready again" in texts(session))
        assert "nginx" in programs(processes_of(session, "fastapi"))
    assert leftovers(session.id) == []


async def test_what_goes_wrong_behind_a_front_shows_as_its_answers() -> None:
    text = "django-wsgi:server=sync:front=nginx-unix:backlog=1:proxy_timeout=0.3"
    async with running(text) as session:
        await until(session, lambda: answered(session, "django-wsgi") > 0)
        everything = processes_of(session, "django-wsgi")
        (worker,) = [
            each
            for each in everything
            if each.ppid() in {other.pid for other in everything} and each.name() != "nginx"
        ]
        worker.suspend()
        session.send(commands.SetUsers(None, 20))

        def kinds() -> str:
            found = target(session, "django-wsgi")
            return str(found.totals.errors) if found else ""

        await until(session, lambda: "502" in kinds())  # the queue of the socket is full
        await until(session, lambda: "504" in kinds())  # nobody answers in time


def answered(session: Session, name: str) -> int:
    """How many requests a target served."""
    found = target(session, name)
    return found.totals.ok if found else 0


@LINUX
async def test_every_thread_runs_on_the_cores_that_were_asked_for() -> None:
    core = available_cores()[-1]
    async with running(f"django-wsgi:workers=2:front=nginx:cpus=@{core}") as session:
        await until(session, lambda: f"django-wsgi runs on core {core}" in texts(session))
        for process in processes_of(session, "django-wsgi"):
            for thread in process.threads():
                assert os.sched_getaffinity(thread.id) == {core}


async def test_other_options_restart_that_target_alone() -> None:
    async with running("fastapi", "django-asgi") as session:
        other = {each.pid for each in processes_of(session, "django-asgi")}
        await until(session, lambda: answered(session, "fastapi") > 0)
        session.send(commands.SetOptions("fastapi", "server=gunicorn:workers=2"))
        await until(session, lambda: "fastapi is ready again" in texts(session))

        changed = target(session, "fastapi")
        assert changed is not None
        assert changed.server == "gunicorn ×2"
        assert changed.options["workers"] == 2
        assert changed.totals.ok > 0, "it is the same lane"
        assert "fastapi options server=gunicorn:workers=2" in texts(session)
        assert {each.pid for each in processes_of(session, "django-asgi")} == other
        session.send(commands.SetOptions("fastapi", "wrkers=2"))
        await until(session, lambda: any("wrkers" in each.title for each in session.notices()))
        session.end("completed")
        await finished(session)
        recorded = load(session.recorder.journal.path).document["targets"][0]
        assert recorded["options"]["workers"] == 2
        assert "gunicorn" in recorded["command"]


async def test_what_this_machine_lacks_is_refused_before_anything_starts() -> None:
    plan = make_plan(
        {"title": "t", "targets": ["fastapi:cpus=@4095"], "stages": [{"users": 1, "hold": "1 s"}]},
        where="test",
    )
    with pytest.raises(UsageError, match="fastapi cannot"):
        async with opened(plan):
            raise AssertionError("it began")


@pytest.mark.parametrize(
    ("wanted", "turn", "cores"),
    [
        ("", 0, (1, 2, 3)),
        ("1", 0, (1,)),
        ("1", 1, (2,)),
        ("1", 3, (1,)),
        ("2", 1, (1, 3)),
        ("@0", 5, (0,)),
    ],
)
def test_cores_are_dealt_out_in_turn(wanted: str, turn: int, cores: tuple[int, ...]) -> None:
    assert dealt_cores(wanted, (1, 2, 3), turn) == cores


async def test_a_secret_in_the_options_is_not_written_down() -> None:
    async with running("fastapi") as session:
        session.send(commands.SetOptions("fastapi", "env.API_TOKEN=hush:workers=2"))
        await until(session, lambda: any("is ready again" in text for text in texts(session)))
        assert any("workers=2" in text for text in texts(session))
    assert "hush" not in session.recorder.journal.path.read_text()


class Background:
    """A target that changes in the background, and what is done to it and its load, in order."""

    def __init__(self, group: TaskGroup, recording: Recording) -> None:
        self.done: list[str] = []
        choice = SimpleNamespace(name="fastapi", is_attached=False)
        self.instance = SimpleNamespace(
            name="fastapi", choice=choice, takes_load=True, is_down=False, is_changing=False
        )
        self.load = SimpleNamespace(
            changing=anyio.Lock(),
            steerings={},
            workload="hello",
            add_load=self._add_load,
            drop_load=self._drop_load,
            forget=lambda _: None,
        )
        self.manager = SimpleNamespace(
            instances={},
            add=lambda _: self.instance,
            begin_removal=lambda _: True,
            start=self._do("started"),
            restart=self._do("restarted"),
            remove=self._do("removed"),
        )
        parts: dict[str, Any] = {
            "load": self.load,
            "manager": self.manager,
            "once": SimpleNamespace(set_up_later=self._do("set up"), tear_down=self._do("torn down")),
            "injector": SimpleNamespace(void=lambda _: None),
        }
        self.membership = Membership(plan("fastapi"), **parts, recorder=recording.book, group=group)

    def has_load(self, users: int) -> None:
        """It takes part, and has so many users."""
        self.manager.instances["fastapi"] = self.instance
        self.load.steerings["fastapi"] = steering(users)

    def _do(self, what: str) -> Callable[[object], Awaitable[bool]]:
        async def do(_: object) -> bool:
            self.done.append(what)
            return True

        return do

    async def _add_load(self, _: object, given: Steering) -> None:
        self.done.append(f"gets {given.users(30.0)} users")

    async def _drop_load(self, _: str, grace_s: float) -> None:
        assert grace_s > 0
        self.done.append("loses its users")


@pytest.fixture
async def background(tmp_path: Path) -> AsyncIterator[Background]:
    with Recording(tmp_path / "journal", "fastapi") as recording:
        async with anyio.create_task_group() as group:
            yield Background(group, recording)


async def test_a_target_that_joins_gets_users_once_no_change_of_load_goes_on(background: Background) -> None:
    async with background.load.changing:
        background.membership.add("fastapi")
        await anyio.wait_all_tasks_blocked()
        assert background.done == ["started", "set up"]
    await anyio.wait_all_tasks_blocked()
    assert background.done[2:] == ["gets 2 users"]


async def test_a_target_that_ended_before_it_got_users_gets_none(background: Background) -> None:
    async with background.load.changing:
        background.membership.add("fastapi")
        await anyio.wait_all_tasks_blocked()
        background.instance.takes_load = False
    await anyio.wait_all_tasks_blocked()
    assert background.done == ["started", "set up"]


async def test_a_restart_waits_for_changes_of_load(background: Background) -> None:
    background.has_load(3)
    async with background.load.changing:
        background.membership.restart("fastapi")
        await anyio.wait_all_tasks_blocked()
        assert background.done == []
    await anyio.wait_all_tasks_blocked()
    assert background.done == ["loses its users", "restarted", "gets 3 users"]


async def test_a_restart_gives_the_users_that_were_set_meanwhile(background: Background) -> None:
    background.has_load(3)

    async def restart(_: object) -> bool:
        background.has_load(5)  # the end of a duel, say
        return True

    background.manager.restart = restart
    background.membership.restart("fastapi")
    await anyio.wait_all_tasks_blocked()
    assert background.done == ["loses its users", "gets 5 users"]


async def test_of_two_restarts_that_waited_one_is_refused(background: Background) -> None:
    background.has_load(3)

    async def restart(_: object) -> bool:
        background.instance.is_changing, background.instance.state = True, "stopping"
        return False

    background.manager.restart = restart
    async with background.load.changing:
        background.membership.restart("fastapi")
        background.membership.restart("fastapi")
        await anyio.wait_all_tasks_blocked()
    await anyio.wait_all_tasks_blocked()
    assert background.done == ["loses its users"]


async def test_a_removal_waits_for_changes_of_load(background: Background) -> None:
    background.has_load(3)
    async with background.load.changing:
        background.membership.remove("fastapi")
        await anyio.wait_all_tasks_blocked()
        assert background.done == []
    await anyio.wait_all_tasks_blocked()
    assert background.done == ["loses its users", "torn down", "removed"]
