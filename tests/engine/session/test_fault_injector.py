"""Faults at real targets: what they do, how they end, and that targets recover."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import psutil
import pytest

from engine.export.loaded import load
from engine.metrics.target_snapshot import TargetSnapshot
from engine.plan import commands
from engine.plan.faults import parse_fault
from engine.plan.plan import make_plan
from engine.recording.old_events import detail_of
from engine.session.session import Session, opened
from tests.support.live_sessions import begun, finished, until
from tests.support.servers import CountingServer, serving

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]


@asynccontextmanager
async def running(*targets: str, **changes: Any) -> AsyncIterator[Session]:
    """Targets under a load of a few users, held until the block is left. What their events say for programs
    must be what their texts say."""
    values: dict[str, Any] = {
        "title": "Faults",
        "targets": list(targets),
        "workload": "hello",
        "think_time": "20 ms",
        "warm_up": "none",
        "stages": [{"users": 4, "hold": "60 s"}],
    }
    async with opened(make_plan(values | changes, where="here"), open_ended=True) as session:
        await begun(session)
        yield session
        for event in session.snapshot.events:
            assert event.detail == detail_of(event.kind, event.text), event


def target(session: Session, name: str = "fastapi") -> TargetSnapshot:
    """One of the targets as it is in the picture."""
    return next(each for each in session.snapshot.targets if each.name == name)


def inject(session: Session, text: str, name: str = "fastapi") -> None:
    """As the key does."""
    session.send(commands.InjectFault(name, parse_fault(text)))


def events(session: Session, kind: str = "fault") -> list[str]:
    """What was said of faults, in order."""
    return [f"{each.target}: {each.text}" for each in session.snapshot.events if each.kind == kind]


async def notice(session: Session) -> str:
    """The next message for the person."""
    said: list[str] = []

    def something() -> bool:
        said.extend(f"{each.title}: {each.text}" for each in session.notices())
        return bool(said)

    await until(session, something)
    return said[0]


def processes(session: Session) -> set[psutil.Process]:
    """All of the session's targets."""
    found: set[psutil.Process] = set()
    for process in psutil.process_iter():
        try:
            environment = process.environ()
            if environment.get("ABREAST_SESSION") == session.id and "ABREAST_TARGET" in environment:
                found.add(process)
        except psutil.Error:
            continue
    return found


def statuses(session: Session) -> set[str]:
    """What the system says of them."""
    found: set[str] = set()
    for process in processes(session):
        with suppress(psutil.Error):
            found.add(process.status())
    return found


async def test_a_paused_target_answers_nothing_and_goes_on_where_it_was() -> None:
    async with running("fastapi", "django-wsgi") as session:
        await until(session, lambda: target(session).window.ok > 0)
        inject(session, "pause")
        await until(session, lambda: (target(session).load.oldest_in_flight_ms or 0) > 500)
        assert statuses(session) >= {psutil.STATUS_STOPPED}
        assert (target(session).state, target(session).faults) == ("ready", ("pause",))
        assert target(session, "django-wsgi").faults == ()
        session.send(commands.UndoFaults("fastapi"))
        await until(session, lambda: "fastapi: pause is over" in events(session))
        await until(session, lambda: (target(session).load.oldest_in_flight_ms or 0) < 500)
        assert target(session).faults == ()
        assert target(session).totals.errors == ()
        assert psutil.STATUS_STOPPED not in statuses(session)


async def test_users_go_on_asking_a_target_that_is_killed_and_it_comes_back_by_itself() -> None:
    async with running("fastapi") as session:
        await until(session, lambda: target(session).window.ok > 0)
        address, before = target(session).address, target(session).load.users
        inject(session, "kill for 500 ms")
        await until(session, lambda: target(session).state == "down")
        await until(session, lambda: dict(target(session).totals.errors).get("refused", 0) > 0)
        await until(session, lambda: target(session).state == "ready")
        ok = target(session).totals.ok
        await until(session, lambda: target(session).totals.ok > ok)
        assert (target(session).address, target(session).load.users) == (address, before)
        assert events(session) == ["fastapi: kill for 0.5 s", "fastapi: kill is over"]
        assert [each.text for each in session.snapshot.by_hand] == ["kill for 0.5 s"]
        assert not session.any_target_failed, "it was meant to end"


async def test_a_target_that_is_killed_for_good_is_started_by_hand() -> None:
    async with running("fastapi") as session:
        inject(session, "kill")
        await until(session, lambda: target(session).state == "down")
        inject(session, "pause")
        assert await notice(session) == "pause cannot be injected into fastapi: wait until it is ready"
        session.send(commands.RestartTarget("fastapi"))
        await until(session, lambda: target(session).state == "ready")
        await until(session, lambda: "fastapi: kill is over" in events(session))


async def test_a_worker_that_is_killed_is_replaced_by_its_master() -> None:
    async with running("fastapi:workers=2", "django-wsgi:workers=2", "fastapi") as session:
        await until(session, lambda: all(each.window.ok > 0 for each in session.snapshot.targets))
        before = processes(session)
        for name in ("fastapi#2", "django-wsgi"):
            inject(session, "kill-worker", name)
        await until(session, lambda: len(before - processes(session)) == 2)
        await until(session, lambda: len(processes(session)) >= len(before))
        assert [each.state for each in session.snapshot.targets] == ["ready"] * 3
        inject(session, "kill-worker", "fastapi")
        assert "fastapi has no worker to kill" in await notice(session)
        await until(
            session,
            lambda: {each.target for each in session.snapshot.recoveries} == {"fastapi#2", "django-wsgi"},
        )
        await until(session, lambda: len(events(session, "left-out")) == 1)


async def test_a_restart_under_load_is_felt_and_is_over_when_it_is_ready() -> None:
    async with running("fastapi") as session:
        await until(session, lambda: target(session).window.ok > 0)
        before = processes(session)
        inject(session, "restart")
        await until(session, lambda: target(session).state == "down")
        assert target(session).load.users == 4
        await until(session, lambda: target(session).state == "ready")
        await until(session, lambda: session.snapshot.recoveries[0].ended_s is not None)
        await until(session, lambda: target(session).totals.errors != ())
        assert processes(session).isdisjoint(before)
        assert not session.any_target_failed


async def test_what_was_done_to_a_process_is_over_with_it() -> None:
    async with running("fastapi") as session:
        inject(session, "pause")
        await until(session, lambda: target(session).faults == ("pause",))
        inject(session, "kill for 200 ms")
        await until(session, lambda: "fastapi: kill is over" in events(session))
        assert target(session).faults == ()
        inject(session, "pause for 200 ms")
        await until(session, lambda: "fastapi: pause is over" in events(session))


async def test_two_faults_of_one_moment_do_not_get_in_each_others_way() -> None:
    async with running("fastapi") as session:
        inject(session, "kill for 200 ms")
        inject(session, "restart")
        assert "restart" in await notice(session)
        await until(session, lambda: "fastapi: kill is over" in events(session))
        await until(session, lambda: target(session).state == "ready")
        inject(session, "restart")
        inject(session, "kill for 200 ms")
        assert "kill" in await notice(session)
        await until(session, lambda: target(session).state == "down")
        await until(session, lambda: target(session).state == "ready" and not target(session).faults)
        session.send(commands.RestartTarget("fastapi"))
        await until(session, lambda: "fastapi: is ready again" in events(session, "target"))


async def test_a_target_that_is_removed_while_it_rises_has_not_failed() -> None:
    async with running("fastapi", "django-asgi") as session:
        inject(session, "restart")
        await until(session, lambda: target(session).state == "down")
        session.send(commands.RemoveTarget("fastapi"))
        await until(session, lambda: "fastapi: leaves" in events(session, "target"))
        assert not session.any_target_failed
        assert [each.title for each in session.notices()] == []


async def test_once_the_session_ends_nothing_is_undone_any_more() -> None:
    async with running("fastapi", "django-asgi") as session:
        inject(session, "kill for 1 s")
        inject(session, "pause for 1 s", "django-asgi")
        await until(session, lambda: len(session.snapshot.recoveries) == 2)
        undone = [each for each in events(session) if "is over" in each]
        session.end()
        await finished(session)
        assert [each for each in events(session) if "is over" in each] == undone
    assert statuses(session) == set()


async def test_the_upstream_is_slow_and_breaks_for_a_while_and_is_as_it_was() -> None:
    async with running("fastapi", "django-asgi", workload="upstream") as session:
        inject(session, "slow-upstream 1 s for 2 s")
        await until(
            session,
            lambda: all((each.load.oldest_in_flight_ms or 0) > 400 for each in session.snapshot.targets),
        )
        assert [each.faults for each in session.snapshot.targets] == [("slow-upstream 1s",)] * 2
        await until(session, lambda: ": slow-upstream 1s is over" in events(session))
        inject(session, "break-upstream 100%")
        await until(session, lambda: all(each.totals.errors for each in session.snapshot.targets))
        inject(session, "break-upstream 50%")
        assert (
            await notice(session) == "break-upstream is active already: undo it first, or wait until it ends"
        )
        session.send(commands.UndoFaults("django-asgi"))
        await until(session, lambda: ": break-upstream 100% is over" in events(session))
        ok = [each.totals.ok for each in session.snapshot.targets]
        await until(
            session,
            lambda: all(
                each.totals.ok > before for each, before in zip(session.snapshot.targets, ok, strict=True)
            ),
        )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cpus 0.5", "fastapi cannot get the fault cpus"),
        ("stop-database", "stop-database does nothing with workload 'hello'"),
        ("slow-upstream 2s", "slow-upstream does nothing with workload 'hello'"),
    ],
)
async def test_what_cannot_be_done_is_said_and_does_nothing(text: str, said: str) -> None:
    async with running("fastapi") as session:
        inject(session, text)
        assert said in await notice(session)
        assert session.snapshot.recoveries == ()
        session.send(commands.UndoFaults("fastapi"))
        assert "fastapi has no active fault" in await notice(session)


async def test_a_database_that_somebody_else_runs_is_not_stopped() -> None:
    async with running("fastapi", workload="io") as session:
        inject(session, "stop-database")
        assert "stop-database could not be injected" in await notice(session)
        await until(session, lambda: session.snapshot.recoveries == ())
        assert target(session).faults == ()


async def test_a_server_of_somebody_else_is_not_struck() -> None:
    async with (
        serving(CountingServer()) as port,
        running(
            "theirs:label=Theirs", target=[{"name": "theirs", "url": f"http://127.0.0.1:{port}"}]
        ) as session,
    ):
        inject(session, "pause", "theirs")
        assert "Theirs cannot be the target of a fault" in await notice(session)


async def test_a_paused_target_can_be_restarted_removed_and_left_behind() -> None:
    async with running("fastapi", "django-wsgi", "django-asgi") as session:
        for name in ("fastapi", "django-wsgi", "django-asgi"):
            inject(session, "pause", name)
        await until(session, lambda: all(each.faults for each in session.snapshot.targets))
        session.send(commands.RestartTarget("fastapi"))
        session.send(commands.RemoveTarget("django-wsgi"))
        await until(session, lambda: target(session).state == "ready" and not target(session).faults)
        await until(session, lambda: len(session.snapshot.targets) == 2)
        assert target(session, "django-asgi").faults == ("pause",)
    assert statuses(session) == set()


async def test_a_plan_strikes_in_its_time_and_tells_who_recovered() -> None:
    plan = make_plan(
        {
            "title": "Faults",
            "targets": ["fastapi:label=Paused:model_time=0.1", "django-asgi:model_time=0.1"],
            "workload": "slow-model",
            "think_time": "none",
            "warm_up": "1 s",
            "stages": [{"users": 20, "hold": "6 s"}],
            "fault": [{"at": "2 s", "fault": "pause", "for": "1 s", "target": "Paused"}],
        },
        where="here",
    )
    async with opened(plan) as session:
        await finished(session)
    result = load(session.recorder.journal.path).document
    (recovery,) = result["recoveries"]
    assert (recovery["target"], recovery["fault"]) == ("fastapi", "pause")
    assert recovery["began_s"] >= 3.0, "two seconds into the stages, a second of warm-up before"
    assert recovery["ended_s"] - recovery["began_s"] >= 1.0
    assert recovery["took_s"] is None or recovery["took_s"] >= 1, "a busy machine may keep it from that"
    assert [each for each in result["events"] if each["kind"] in {"left-out", "trouble"}] == []
    paused = result["targets"][0]["buckets"]["ok"]
    assert min(paused[3:-1]) < max(paused) / 2, "the pause shows"


async def test_in_a_solo_schedule_each_turn_has_its_own_slow_upstream() -> None:
    plan = make_plan(
        {
            "title": "Faults",
            "targets": ["fastapi", "django-asgi"],
            "workload": "upstream",
            "schedule": "solo",
            "warm_up": "none",
            "stages": [{"users": 2, "hold": "2 s"}],
            "fault": [{"at": "500 ms", "fault": "slow-upstream 300 ms"}],
        },
        where="here",
    )
    async with opened(plan) as session:
        await finished(session)
    result = load(session.recorder.journal.path).document
    faults = [(each["target"], each["text"]) for each in result["events"] if each["kind"] == "fault"]
    assert faults[:3] == [
        ("fastapi", "slow-upstream 0.3s"),
        ("fastapi", "slow-upstream 0.3s is over"),
        ("django-asgi", "slow-upstream 0.3s"),
    ]
    assert session.snapshot.by_hand == (), "the plan did that"
    assert [each["target"] for each in result["recoveries"]] == ["fastapi", "django-asgi"]
    assert [each for each in result["events"] if each["kind"] == "left-out"] == []


async def test_in_a_race_what_all_lean_on_is_struck_once() -> None:
    plan = make_plan(
        {
            "title": "Faults",
            "targets": ["fastapi", "django-asgi"],
            "workload": "upstream",
            "warm_up": "none",
            "stages": [{"users": 2, "hold": "3 s"}],
            "fault": [{"at": "500 ms", "fault": "slow-upstream 200 ms for 1 s"}],
        },
        where="here",
    )
    async with opened(plan) as session:
        await finished(session)
    result = load(session.recorder.journal.path).document
    faults = [(each["target"], each["text"]) for each in result["events"] if each["kind"] == "fault"]
    assert faults == [("", "slow-upstream 0.2s for 1 s"), ("", "slow-upstream 0.2s is over")]
    assert len(result["recoveries"]) == 2
    assert [each for each in result["events"] if each["kind"] == "left-out"] == []
