"""A running session obeys: think times, targets that come and go, load workers that die."""

import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import anyio
import pytest

import presets
from engine.export.loaded import load
from engine.metrics.outcomes import NO_LOAD
from engine.metrics.records import Event
from engine.metrics.target_snapshot import TargetSnapshot
from engine.plan import commands
from engine.plan.plan import make_plan
from engine.recording import archive, journal
from engine.session.session import Session, opened
from tests.support.live_sessions import begun, finished, until
from tests.support.servers import CountingServer, serving

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180), pytest.mark.races]


@asynccontextmanager
async def running(*targets: str, load_workers: int = 1) -> AsyncIterator[Session]:
    """`hello` on these targets, load flowing; held until the block is left."""
    plan = presets.load("hello").changed(targets=targets, users=2, load_workers=load_workers)
    async with opened(plan, open_ended=True) as session:
        await begun(session)
        yield session


def target(session: Session, name: str) -> TargetSnapshot | None:
    """A target that is in the picture."""
    return next((each for each in session.snapshot.targets if each.name == name), None)


def texts(session: Session) -> list[str]:
    """What the event log says."""
    return [f"{event.target} {event.text}".strip() for event in session.snapshot.events]


async def test_a_target_keeps_a_think_time_of_its_own_over_a_restart() -> None:
    async with running("fastapi", "django-asgi") as session:

        def means() -> list[float]:
            return [each.load.think_time_mean_s for each in session.snapshot.targets]

        session.send(commands.SetThinkTime("fastapi", "300 ms"))
        await until(session, lambda: means() == [0.3, 0.1])
        session.send(commands.RestartTarget("fastapi"))
        await until(session, lambda: "fastapi is ready again" in texts(session))
        assert means() == [0.3, 0.1]
        assert session.snapshot.think_time == "100 ms"
        session.send(commands.SetThinkTime(None, "none"))
        await until(session, lambda: means() == [0.0, 0.0])


async def test_in_a_solo_schedule_targets_have_their_turns_alone() -> None:
    stages = ({"users": 3, "hold": 4.0},)
    plan = presets.load("hello").changed(
        targets=("fastapi", "django-asgi"), stages=stages, schedule="solo", think_time="20 ms"
    )
    async with opened(plan) as session:
        await finished(session)
    assert session.outcome == "completed"
    (listed,) = archive.recorded()
    assert listed.summary is not None, "a session writes it at its end"
    assert [each.name for each in listed.summary.targets] == ["fastapi", "django-asgi"]
    first, second = load(session.recorder.journal.path).document["targets"]
    turns = [
        [t for t, ok in zip(each["buckets"]["t_s"], each["buckets"]["ok"], strict=True) if ok]
        for each in (first, second)
    ]
    assert max(turns[0]) < min(turns[1]), "nobody shares the machine"
    for each in (first, second):
        assert each["summary"]["window"]["seconds"] == 4.0, (
            "warm-up and the others' turns are no part of a summary"
        )
        assert each["summary"]["ok"] > 0
    assert not session.snapshot.health.contended
    assert all(each.steady.ok > 0 for each in session.snapshot.targets), "results show each one's last level"
    stages_said = [event.text for event in session.snapshot.events if event.kind == "stage"]
    assert [text for text in stages_said if "stage 1/1" in text] == [
        "fastapi alone · stage 1/1: hold 3 users",
        "django-asgi alone · stage 1/1: hold 3 users",
    ]


async def test_a_hand_on_one_turn_lets_the_later_ones_wait() -> None:
    stages = ({"users": 2, "hold": 2.0},)
    plan = presets.load("hello").changed(
        targets=("fastapi", "django-asgi"), stages=stages, schedule="solo", warm_up="none"
    )
    async with opened(plan, open_ended=True) as session:
        await begun(session)
        session.send(commands.ChangeUsers(None, 1))
        await until(session, lambda: (it := target(session, "fastapi")) is not None and it.load.users == 3)
        await until(session, lambda: session.now_s() > 2.0 + 2.0 + 0.5)
        other = target(session, "django-asgi")
        assert other is not None
        assert (other.load.users, other.load.paused, other.totals.ok) == (0, True, 0)
        session.send(commands.HandBack(None))
        await until(session, lambda: (it := target(session, "django-asgi")) is not None and it.totals.ok > 0)
        done = target(session, "fastapi")
        assert done is not None
        assert done.load.users == 0
        assert done.window.ok == done.totals.ok > 0, "after its turn a target shows what was measured in it"


async def test_a_target_that_is_removed_while_it_starts_did_not_fail() -> None:
    async with running("fastapi") as session:
        session.send(commands.AddTarget("django-wsgi"))
        await until(session, lambda: target(session, "django-wsgi") is not None)
        session.send(commands.RemoveTarget("django-wsgi"))
        session.send(commands.RemoveTarget("django-wsgi"))
        await until(session, lambda: "django-wsgi leaves" in texts(session))
        await until(session, lambda: target(session, "django-wsgi") is None)
        assert texts(session).count("django-wsgi leaves") == 1
        session.end("completed")
        await finished(session)
        assert (session.outcome, session.any_target_failed) == ("completed", False)


async def test_a_session_that_is_left_before_load_is_listed_as_such() -> None:
    plan = presets.load("hello").changed(targets=("fastapi",))
    async with opened(plan, open_ended=True) as session:
        session.end("completed")
        await finished(session)
    (listed,) = archive.recorded()
    document = load(listed.journal).document
    assert (session.outcome, listed.outcome, document["outcome"]) == (NO_LOAD, NO_LOAD, NO_LOAD)


async def test_a_search_that_is_left_before_any_target_started_ends_too() -> None:
    plan = presets.load("hello").changed(targets=("fastapi",), schedule="capacity", slo="p95 < 500 ms")
    async with opened(plan) as session:
        session.end("interrupted")
        await finished(session)
    (listed,) = archive.recorded()
    assert (session.snapshot.targets, listed.outcome) == ((), "interrupted")
    assert listed.summary is not None
    assert listed.summary.sentence == "Nothing was measured, because no target became ready."


async def test_the_colour_of_a_target_that_left_is_not_given_to_the_next() -> None:
    async with running("fastapi", "django-asgi") as session:
        session.send(commands.RemoveTarget("fastapi"))
        await until(session, lambda: target(session, "fastapi") is None)
        session.send(commands.AddTarget("fastapi"))
        await until(session, lambda: len(session.snapshot.targets) == 2)
        newcomer = target(session, "fastapi#2")
        assert newcomer is not None
        assert newcomer.slot == 2


async def test_labels_follow_from_the_targets_that_take_part() -> None:
    def labels() -> list[str]:
        return [each.label for each in session.snapshot.targets]

    async with running("fastapi:workers=2", "django-asgi") as session:
        assert labels() == ["fastapi", "django-asgi"]
        session.send(commands.AddTarget("fastapi"))
        await until(session, lambda: labels() == ["fastapi ×2", "django-asgi", "fastapi#2"])
        await until(session, lambda: session.snapshot.targets[-1].state == "ready")
        session.send(commands.SetOptions("fastapi#2", "workers=2"))
        await until(session, lambda: labels() == ["fastapi", "django-asgi", "fastapi#2"])
        session.end("completed")
        await finished(session)
        targets = load(session.recorder.journal.path).document["targets"]
        assert [(each["name"], each["label"]) for each in targets] == [
            ("fastapi", "fastapi"), ("django-asgi", "django-asgi"), ("fastapi#2", "fastapi#2"),
        ]  # fmt: skip


async def test_a_load_worker_that_dies_is_replaced_and_its_second_is_marked() -> None:
    async with running("fastapi", load_workers=2) as session:
        await until(session, lambda: session.snapshot.now_s > 2.2)
        os.kill(session.worker_pids[0], signal.SIGKILL)
        await until(session, lambda: "load worker 0 works again" in texts(session))
        killed_s = session.now_s()
        await until(session, lambda: session.now_s() > killed_s + 3)
        fastapi = target(session, "fastapi")
        assert fastapi is not None
        assert fastapi.load.users == 2
        session.end("completed")
        await finished(session)
        assert session.error is None
        buckets = load(session.recorder.journal.path).document["targets"][0]["buckets"]
        assert False in buckets["complete"][2:-1]


async def test_a_load_worker_that_does_not_start_again_at_first_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running("fastapi") as session:
        with monkeypatch.context() as patched:
            patched.setattr(sys, "executable", str(tmp_path / "gone"))
            os.kill(session.worker_pids[0], signal.SIGKILL)
            failed = "load worker 0 did not start again: "
            await until(session, lambda: any(text.startswith(failed) for text in texts(session)))
        await until(session, lambda: "load worker 0 works again" in texts(session))
        (said,) = [text for text in texts(session) if text.startswith(failed)]
        assert said.endswith("; it is tried again")


async def test_a_load_worker_that_replaces_another_gets_its_users_once_no_change_of_load_goes_on() -> None:
    async with running("fastapi") as session:
        parts = session._run._parts
        assert parts is not None
        (before,) = parts.worker_pool.workers
        async with parts.load.changing:
            os.kill(session.worker_pids[0], signal.SIGKILL)
            await until(session, lambda: parts.worker_pool.workers != [before])
            await until(session, lambda: parts.load.changing.statistics().tasks_waiting)
            assert "load worker 0 works again" not in texts(session)
        await until(session, lambda: "load worker 0 works again" in texts(session))


async def test_a_load_worker_that_takes_anothers_place_repeats_none_of_its_numbers() -> None:
    server = CountingServer()
    async with serving(server) as port:
        plan = make_plan(
            {
                "title": "Numbers",
                "targets": ["shop"],
                "target": [{"name": "shop", "url": f"http://127.0.0.1:{port}", "health": "/"}],
                "request": [{"path": "/{n}/{user}"}],
                "stages": [{"users": 4, "hold": "60 s"}],
                "think_time": "5 ms",
                "load_workers": 2,
            },
            where="test",
        )
        async with opened(plan, open_ended=True) as session:
            await begun(session)
            await until(session, lambda: len(server.requests) > 200)
            before = len(numbered(server))
            os.kill(session.worker_pids[0], signal.SIGKILL)
            await until(
                session, lambda: len({user for _, user in numbered(server)[before:] if user >= 4}) == 2
            )
            session.end("completed")
            await finished(session)
    numbers, users = zip(*numbered(server), strict=True)
    assert (
        len(set(numbers))
        == len(numbers)
        == sum(server.requests[path] for path in server.requests if path != "/")
    )
    assert max(numbers) < 10_000_000
    early, late = ({user for user in users if (user < 4) == is_early} for is_early in (True, False))
    assert early == {0, 1, 2, 3}
    assert late == {20_000, 20_002}, "two users of the worker that came"


def numbered(server: CountingServer) -> list[tuple[int, int]]:
    """Number and user of each request that a server was sent, in order."""
    paths = [path.split("/") for path in server.requests if path != "/"]
    return [(int(number), int(user)) for _, number, user in paths]


async def test_load_workers_that_keep_dying_end_the_session() -> None:
    async with running("fastapi") as session:
        killed: set[int] = set()
        with anyio.fail_after(60):
            while not session.finished.is_set():
                for pid in set(session.worker_pids) - killed:
                    killed.add(pid)
                    os.kill(pid, signal.SIGKILL)
                await anyio.sleep(0.05)
        assert session.outcome == "failed"
        assert session.error is not None
        assert session.error.exit_code == 3


async def test_the_recorded_command_is_the_one_that_runs() -> None:
    async with running("django-asgi") as session:
        listening = target(session, "django-asgi")
        assert listening is not None
        made = load(session.recorder.journal.path).document["targets"][0]
        command = made["command"]
        assert command[command.index("--port") + 1] == listening.address.partition(":")[2]


async def test_network_delay_lengthens_the_way_of_users_and_of_the_probe() -> None:
    plan = presets.load("hello").changed(targets=("fastapi",), users=2, network_delay="50 ms")
    async with opened(plan, open_ended=True) as session:
        await begun(session)

        def probe_answered() -> bool:
            fastapi = target(session, "fastapi")
            return (
                fastapi is not None
                and fastapi.health_probe.latency_ms is not None
                and fastapi.window.p50.value_ms is not None
            )

        await until(session, probe_answered)
        fastapi = target(session, "fastapi")
        assert fastapi is not None
        assert fastapi.health_probe.latency_ms is not None
        assert fastapi.window.p50.value_ms is not None
        assert min(fastapi.health_probe.latency_ms, fastapi.window.p50.value_ms) >= 49
        session.send(commands.RestartTarget("fastapi"))
        await until(session, lambda: "fastapi is ready again" in texts(session))


async def test_rows_are_there_when_a_running_session_turns_to_them() -> None:
    names = ("fastapi", "django-wsgi", "hybrid")
    async with running(*names) as session:
        session.send(commands.SetWorkload("io"))

        def answered() -> dict[str, int]:
            line = session.recorder.timeline.targets
            return {
                name: sum(
                    sum(tally.ok.counts.values())
                    for bucket in line[name].buckets
                    for request, tally in bucket.tick_stats.requests.items()
                    if request == "io"
                )
                for name in names
            }

        await until(session, lambda: all(count > 2 for count in answered().values()))
    assert all(not each.totals.errors for each in session.snapshot.targets)


async def outcome_of(breaking: Callable[[Session], Awaitable[None]], error: type[Exception]) -> list[str]:
    """What is recorded of a session that breaks off so: its troubles and, at last, its outcome."""
    sessions: list[Session] = []

    async def run() -> None:
        async with running("fastapi") as session:
            sessions.append(session)
            await breaking(session)

    with pytest.raises(BaseExceptionGroup) as caught:
        await run()
    assert caught.group_contains(error)
    path = sessions[0].recorder.journal.path
    end = journal.end_of(path)
    assert end is not None
    said = [each.text for each in journal.read(path) if isinstance(each, Event) and each.kind == "trouble"]
    return [*said, end.outcome]


async def test_a_session_that_breaks_off_has_failed() -> None:
    async def send_what_cannot_be(session: Session) -> None:
        session.send(commands.SetUsers(None, cast("int", "many")))  # a fault of ours that nobody foresaw
        await finished(session)

    said = await outcome_of(send_what_cannot_be, TypeError)
    assert said[-1] == "failed"
    assert any("the session broke off: TypeError" in text for text in said)


async def test_a_session_whose_front_breaks_off_has_failed() -> None:
    async def fail(_: Session) -> None:
        raise ZeroDivisionError

    assert (await outcome_of(fail, ZeroDivisionError))[-1] == "failed"
