"""A race becomes a duel and a race again; what a request costs in CPU time is found."""

import math
import os
import statistics
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from engine.answers.verdicts.verdict import verdicts
from engine.export.loaded import load
from engine.machine.environment import plan_cores
from engine.metrics.rounds import Round
from engine.metrics.session_result import session_result
from engine.plan import commands
from engine.plan.plan import Plan, make_plan
from engine.session.duel import check_duel
from engine.session.session import Session, opened
from targets.errors import UsageError
from targets.requirements import available_cores
from targets.runtime.child_env import TARGET_MARK
from targets.runtime.guard import leftovers
from tests.support.live_sessions import begun, finished, until

ROOT = Path(__file__).resolve().parents[3]

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.timeout(180),
    pytest.mark.races,
    pytest.mark.skipif(
        sys.platform != "linux" or len(available_cores()) < 2, reason="a duel needs Linux and two cores"
    ),
]


def looping(*loops: int, **changes: Any) -> Plan:
    """A plan with a target for each number of loops, named by it."""
    command = [sys.executable, "-m", "uvicorn", "tests.support.loop_app:app", "--port", "{port}"]
    targets = [
        {
            "name": f"loop-{number}" + "-again" * loops[:at].count(number),
            "command": [*command, "--log-level", "warning", "--no-access-log"],
            "cwd": str(ROOT),
            "health": "/",
            "env": {"LOOPS": str(number)},
        }
        for at, number in enumerate(loops)
    ]
    values = {"title": "loops", "target": targets, "request": [{"path": "/"}], "think_time": "100 ms"}
    return make_plan(values | {"stages": [{"users": 5, "hold": 600}]} | changes, where="test")


@asynccontextmanager
async def running(plan: Plan) -> AsyncIterator[Session]:
    async with opened(plan, open_ended=True) as session:
        await begun(session)
        yield session


def clean(session: Session) -> list[Round]:
    """The rounds that something may be concluded from."""
    return [each for each in session.snapshot.rounds if not each.tainted]


def log_ratio(rounds: list[Round], a: str, b: str) -> float:
    """ln of what a request to b costs as a multiple of one to a: the median over rounds."""
    costs = [
        math.log((each.turns[b].cpu_s_per_1000_ok or 0) / (each.turns[a].cpu_s_per_1000_ok or 1))
        for each in rounds
    ]
    return statistics.median(costs)


def notice(session: Session) -> str:
    found = session.notices()
    return "; ".join(f"{each.title}: {each.text}" for each in found)


def cores_of(session: Session) -> set[frozenset[int]]:
    """The cores of all threads of all targets."""
    targets = [each for each in leftovers(session.id) if each.environ().get(TARGET_MARK)]
    threads = [thread.id for each in targets for thread in each.threads()]
    return {frozenset(os.sched_getaffinity(thread)) for thread in threads}


async def test_a_race_becomes_a_duel_that_finds_what_a_request_costs() -> None:
    async with running(looping(20_000, 30_000)) as session:
        await until(session, lambda: session.snapshot.now_s > 3)
        before = cores_of(session)
        session.send(commands.BeginDuel())
        await until(session, lambda: session.snapshot.duel is not None)
        duel = session.snapshot.duel
        assert duel is not None
        await until(session, lambda: len(clean(session)) >= 5)
        assert cores_of(session) == {frozenset({duel.core})}
        session.send(commands.SetUsers(None, 50))
        session.send(commands.SetThinkTime(None, "1 s"))
        await until(session, lambda: session.snapshot.duel is None or len(clean(session)) >= 8)
        assert notice(session).count("a duel controls the load now") == 2
        assert {target.load.users for target in session.snapshot.targets} == {duel.users} == {10}
        session.send(commands.EndDuel())
        await until(session, lambda: session.snapshot.duel is None)
        ended_s = session.snapshot.now_s
        said = next(each for each in reversed(session.snapshot.events) if each.kind == "duel")
        assert said.detail.action == "over"
        assert said.detail.reason in said.text
        assert cores_of(session) == before
        await until(session, lambda: session.snapshot.now_s > ended_s + 4)
        snapshot = session.snapshot
        assert {target.load.users for target in snapshot.targets} == {5}
        assert (snapshot.think_time, snapshot.was_steered) == ("100 ms", False)
        for target in snapshot.targets:
            assert target.whole.goodput is not None
            assert target.whole.goodput <= 55, "the duel's requests are in no figure of the race"
        rounds = clean(session)
        session.end()
        await finished(session)
    found = log_ratio(rounds, "loop-20000", "loop-30000")
    assert found > math.log(1.15)
    assert found < math.log(1.55), "the loop is most, but not all of what a request costs"
    assert {each.users for each in rounds} == {10}
    assert all(turn.cpu_s and turn.ok for each in rounds for turn in each.turns.values())

    path = session.recorder.journal.path
    assert load(path).timeline.rounds == list(session.snapshot.rounds), "a replay has the same rounds"


async def test_a_duel_begins_and_ends_only_where_it_can() -> None:
    async with running(looping(1000, think_time="none")) as session:
        session.send(commands.BeginDuel())
        session.send(commands.EndDuel())
        await until(session, lambda: len(session.recorder.notices) == 2)
        found = notice(session)
        assert "a duel needs two targets that take load" in found
        assert "there is no duel" in found
        assert session.snapshot.rounds == ()


async def test_a_restart_taints_its_second_and_the_target_returns_to_the_shared_core() -> None:
    async with running(looping(2000, 2000)) as session:
        session.send(commands.BeginDuel())
        await until(session, lambda: len(clean(session)) >= 2)
        session.send(commands.RestartTarget("loop-2000"))
        await until(session, lambda: any("restarted" in each.tainted for each in session.snapshot.rounds))
        restarted = len(session.snapshot.rounds)
        await until(session, lambda: len(session.snapshot.rounds) >= restarted + 3)
        assert any(not each.tainted for each in session.snapshot.rounds[restarted:])
        assert len(cores_of(session)) == 1


async def test_a_plan_is_a_duel_until_it_is_decided() -> None:
    plan = looping(10_000, 15_000, schedule="duel", stages=[{"users": 10, "hold": 5}], within=120)
    async with opened(plan, open_ended=True) as session:
        await finished(session, within_s=150)
    snapshot = session.snapshot
    assert (session.outcome, session.error) == ("completed", None)
    assert snapshot.think_time == "none"
    texts = [event.text for event in snapshot.events]
    assert any(text.startswith("a duel begins: all targets on core ") for text in texts), texts
    (over,) = [text for text in texts if text.startswith("the duel is over after")]
    assert " rounds (decided): loop-15000 " in over, over
    assert over.endswith(" of loop-10000"), over
    (cpu,) = [each for each in verdicts(session_result(snapshot)) if each.metric == "cpu"]
    assert (cpu.outcome, cpu.pairing) == ("worse", "duel")
    assert cpu.ratio is not None
    assert 1.15 < cpu.ratio < 1.55
    document = load(session.recorder.journal.path).document
    assert document["targets"][0]["summary"]["window"]["seconds"] > 0


async def test_a_duel_ends_after_its_rounds() -> None:
    plan = looping(1000, 1000, schedule="duel", stages=[{"users": 10, "hold": 5}], rounds=3)
    async with opened(plan) as session:
        await finished(session)
    assert session.outcome == "completed"
    assert [(each.number, each.users) for each in session.snapshot.rounds] == [(1, 10), (2, 10), (3, 10)]


async def test_a_machine_with_one_core_is_told_so() -> None:
    plan = looping(1000, 1000, schedule="duel", stages=[{"users": 10, "hold": 5}])
    with pytest.raises(UsageError, match="this machine cannot hold a duel") as caught:
        check_duel(plan, plan_cores((3,)))
    assert "a duel needs a core for the targets alone" in caught.value.why
    attached = make_plan(
        {
            "title": "t",
            "schedule": "duel",
            "target": [{"name": n, "url": f"http://localhost:{p}"} for n, p in (("a", 1), ("b", 2))],
            "stages": [{"users": 10, "hold": 5}],
            "request": [{"path": "/"}],
        },
        where="test",
    )
    with pytest.raises(UsageError, match="a, b cannot take part in a duel"):
        check_duel(attached, plan_cores((0, 1)))
