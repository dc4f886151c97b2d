"""A session in turns: only one target is under load at a time, and every round is recorded."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from itertools import pairwise
from statistics import median
from typing import Any

import psutil
import pytest

import presets
from engine.answers.verdicts.verdict import Verdict, verdicts
from engine.export.loaded import load
from engine.metrics.records import Bucket, Header, Record, Steered
from engine.metrics.rounds import Round
from engine.metrics.session_result import session_result
from engine.plan import commands
from engine.plan.plan import Plan, make_plan
from engine.protocol.messages import TICK_S
from engine.protocol.turns import TurnSchedule
from engine.recording import journal
from engine.session.session import Session, opened
from tests.busy import busy
from tests.support.live_sessions import begun, finished, until
from tests.support.servers import answer, read_request, serving

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180), pytest.mark.races]


class SlowServer:
    """Answers after a time, and knows when each request of a user came."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.came_ns: list[int] = []
        self.took_s: list[float] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection."""
        while True:
            _, path, _ = await read_request(reader)
            came_ns = time.monotonic_ns()
            if path == "/work":
                self.came_ns.append(came_ns)
                await asyncio.sleep(self.seconds)
                self.took_s.append((time.monotonic_ns() - came_ns) / 1e9)
            writer.write(answer())
            await writer.drain()


def plan(ports: dict[str, int], **changes: Any) -> Plan:
    """Turns of servers that run already."""
    targets = [
        {"name": name, "url": f"http://127.0.0.1:{port}", "health": "/health"} for name, port in ports.items()
    ]
    values = {
        "title": "Turns",
        "target": targets,
        "request": [{"path": "/work"}],
        "stages": [{"users": 4, "hold": "10 s"}],
        "schedule": "turns",
        "rounds": 4,
        "seed": 5,
    }
    return make_plan(values | changes, where="test")


@asynccontextmanager
async def turns(
    *seconds: float, load_workers: int = 1, **changes: Any
) -> AsyncIterator[tuple[Session, list[SlowServer]]]:
    """A session in turns of servers that take so long, under load."""
    servers = [SlowServer(each) for each in seconds]
    async with serving(servers[0]) as first, serving(servers[1]) as second:
        wanted = plan({"a": first, "b": second}, load_workers=load_workers, **changes)
        async with opened(wanted, open_ended=True) as session:
            await begun(session)
            yield session, servers


def rounds_of(session: Session) -> list[Round]:
    """The rounds so far."""
    return list(session.snapshot.rounds)


def schedules_in(records: list[Record]) -> list[TurnSchedule]:
    """Those that the workers were sent, in their order."""
    found = [each.steering.turns for each in records if isinstance(each, Steered) and each.steering.turns]
    return list(dict.fromkeys(found))


def lengthened(session: Session) -> list[str]:
    """What was said as turns were made longer."""
    return [each.text for each in session.snapshot.events if "requests take longer" in each.text]


def overran(round_: Round) -> bool:
    """Whether some target had requests in flight in another's turn."""
    return "took longer than" in round_.tainted


@pytest.mark.parametrize("load_workers", [1, 2])
async def test_only_the_target_whose_turn_it_is_gets_requests(load_workers: int) -> None:
    """Also where a busy machine made turns longer meanwhile: then the rounds have several schedules."""
    async with turns(0.01, 0.02, load_workers=load_workers) as (session, servers):
        await finished(session)
    assert session.outcome == "completed", "it ends by itself after its rounds, also on a screen"
    records = list(journal.read(session.recorder.journal.path))
    schedules = schedules_in(records)
    rounds = [each for each in records if isinstance(each, Round)]
    assert [each.number for each in rounds] == [1, 2, 3, 4]
    assert rounds == rounds_of(session)
    for each in rounds:
        schedule = [one for one in schedules if one.first_round <= each.number][-1]
        order = [("a", "b")[target] for target in schedule.order(each.number)]
        assert list(each.turns) == order
        assert each.users == 4
        if overran(each):
            continue
        for turn, name in enumerate(order):
            begins_s = each.from_s + turn * (schedule.turn_s + schedule.settling_s)
            others = servers[1 - ("a", "b").index(name)].came_ns
            came_s = [(ns - session.recorder.epoch_ns) / 1e9 for ns in others]
            measured_from, measured_to = begins_s + schedule.settling_s, begins_s + schedule.turn_s
            assert not [t_s for t_s in came_s if measured_from < t_s < measured_to]
            assert each.turns[name].ok > 0
            assert each.turns[name].latencies.count == each.turns[name].ok
    assert any(not overran(each) for each in rounds), [each.tainted for each in rounds]


async def test_figures_agree_with_what_the_servers_counted() -> None:
    async with turns(0.01, 0.01) as (session, servers):
        await finished(session)
    buckets = [each for each in journal.read(session.recorder.journal.path) if isinstance(each, Bucket)]
    for name, server in zip(("a", "b"), servers, strict=True):
        own = [each for each in buckets if each.tick_stats.target == name]
        parts = [part for each in own for part in (each.tick_stats, each.between_turns) if part is not None]
        under_load = [ns for ns in server.came_ns if ns >= session.recorder.epoch_ns]
        assert sum(part.started for part in parts) == len(under_load)
        assert any(each.between_turns for each in own)
        measured = sum(part.ticks for part in parts if not part.unmeasured)
        warm = sum(each.tick_stats.ticks for each in own if each.warm_up)
        assert measured - warm >= 4 * 3, "four turns of three ticks"
        (target,) = [each for each in session.snapshot.targets if each.name == name]
        assert target.whole.seconds == pytest.approx((measured - warm) * TICK_S, abs=1.0)
        assert target.whole.stalled_s == 0
        assert not target.load.paused


async def test_requests_that_take_longer_than_a_target_settles_make_turns_longer() -> None:
    async with turns(0.5, 0.01, rounds="auto", within="90 s") as (session, _):
        await until(session, lambda: len(lengthened(session)) > 1, 80)
        assert any(overran(each) for each in rounds_of(session))
        session.end()
        await finished(session)
    schedules = schedules_in(list(journal.read(session.recorder.journal.path)))
    assert [each.settling_ticks for each in schedules][:2] == [1, 2]
    assert all(each.measured_ticks >= 3 * each.settling_ticks for each in schedules)
    assert all(one.from_tick < other.from_tick for one, other in pairwise(schedules))
    numbers = [each.number for each in rounds_of(session)]
    assert numbers == list(range(1, len(numbers) + 1)), "the round that was cut off begins again"


async def test_a_session_ends_at_its_limit_of_time() -> None:
    async with turns(0.01, 0.01, rounds="auto", within="4 s") as (session, _):
        await finished(session)
    assert session.outcome == "completed"
    assert 1 <= len(rounds_of(session)) <= 3
    (header,) = [each for each in journal.read(session.recorder.journal.path) if isinstance(each, Header)]
    assert header.length_s == 5.0
    assert not header.contended


async def test_what_would_make_rounds_unequal_is_refused_in_words() -> None:
    async with turns(0.01, 0.01, rounds="auto") as (session, _):
        session.send(commands.SetUsers(None, 9))
        await until(session, lambda: session.recorder.notices)
        assert [each.title for each in session.notices()] == ["this does not go together with turns"]
        assert {each.load.users for each in session.snapshot.targets} <= {0, 4}


def kill_server_at(port: str) -> None:
    """Kills our server that listens on a port."""
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if port in process.cmdline():
                process.kill()


async def test_turns_go_on_without_a_target_that_died_while_two_are_left() -> None:
    wanted = presets.load("hello").changed(
        targets=("fastapi", "fastapi", "fastapi"), users=2, schedule="turns", rounds="auto", within="90 s"
    )
    async with opened(wanted) as session:
        await begun(session)
        await until(session, lambda: rounds_of(session))
        addresses = {each.name: each.address.rpartition(":")[2] for each in session.snapshot.targets}
        kill_server_at(addresses["fastapi#3"])
        await until(session, lambda: any(len(each.turns) == 2 for each in rounds_of(session)), 60)
        kill_server_at(addresses["fastapi#2"])
        await finished(session, 60)
    assert session.outcome == "failed"
    assert session.error is not None
    assert session.error.what == "turns cannot go on: there is nothing to compare"
    assert session.error.why == "of the targets, only fastapi still takes load"
    numbers = [each.number for each in rounds_of(session)]
    assert numbers == list(range(1, len(numbers) + 1))


def judged_beside_a_red_light(session: Session) -> dict[str, Verdict]:
    """The verdicts by metric, as if the light had been green: other tests run on this machine."""
    result = session_result(session.snapshot)
    rounds = tuple(each if overran(each) else replace(each, tainted="") for each in result.rounds)
    return {each.metric: each for each in verdicts(replace(result, rounds=rounds))}


async def test_a_load_worker_that_is_killed_taints_the_round() -> None:
    async with turns(0.01, 0.01, load_workers=2, rounds=1000) as (session, _):
        await until(session, lambda: rounds_of(session))
        os.kill(session.worker_pids[0], signal.SIGKILL)
        await until(
            session, lambda: any(each.tainted.startswith("load worker 0") for each in rounds_of(session))
        )


async def test_a_known_difference_is_found_with_the_truth_in_the_interval() -> None:
    async with turns(0.03, 0.09, rounds=500, within="150 s") as (session, servers):
        judged = 0

        def is_found() -> bool:
            nonlocal judged
            if len(rounds_of(session)) == judged:
                return False
            judged = len(rounds_of(session))
            found = judged_beside_a_red_light(session)
            return bool(found) and {found[metric].outcome for metric in ("p50", "goodput")} == {"worse"}

        await until(session, is_found, 120)
        session.end()
        await finished(session)
    truth = median(servers[1].took_s) / median(servers[0].took_s)
    low, high = judged_beside_a_red_light(session)["p50"].interval or (0.0, 0.0)
    assert low < 1.02 * truth, "the way there and back, which both have, brings them closer"
    assert high > 0.9 * truth


async def test_a_replay_shows_the_same() -> None:
    async with turns(0.01, 0.02) as (session, _):
        await finished(session)
    replayed = load(session.recorder.journal.path).timeline.final_snapshot()
    for live, again in zip(session.snapshot.targets, replayed.targets, strict=True):
        assert again.whole == live.whole
        assert again.steady == live.steady
        assert again.series == live.series
        assert again.usage == live.usage
    assert replayed.rounds == session.snapshot.rounds


async def test_beside_busy_loops_rounds_go_on_and_identical_targets_are_not_told_apart() -> None:
    with busy():
        async with turns(0.01, 0.01, rounds=14) as (session, _):
            await finished(session)
    assert session.outcome == "completed"
    rounds = rounds_of(session)
    assert [each.number for each in rounds] == list(range(1, len(rounds) + 1))
    for each in rounds:
        assert set(each.turns) == {"a", "b"}
        assert each.tainted or all(turn.ok and turn.seconds > 0.3 for turn in each.turns.values())
    found = verdicts(session_result(session.snapshot))
    assert {each.outcome for each in found} <= {"equivalent", "undecided", "refused"}
    assert all(each.why for each in found if each.outcome == "refused")
