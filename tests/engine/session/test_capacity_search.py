"""A search for capacity on servers that run: whose turn it is, what is recorded, what is refused."""

import anyio
import pytest

from engine.answers.capacity.result import capacity_of
from engine.export.loaded import load
from engine.metrics.session_result import session_result
from engine.metrics.snapshot import Snapshot
from engine.plan import commands
from engine.plan.plan import Plan, make_plan
from engine.recording import archive
from engine.session.session import opened
from tests.support.live_sessions import begun, finished, until

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240), pytest.mark.races]


def plan(**bounds: object) -> Plan:
    return make_plan(
        {
            "title": "Search",
            "preset": "hello",
            "targets": ["fastapi", "django-asgi"],
            "schedule": "capacity",
            "slo": "p95 < 5 s, errors < 50 %",
            "think_time": "50 ms",
            "capacity": {"most": 6, **bounds},
        },
        where="test",
    )


def loaded_at_once(snapshot: Snapshot) -> list[str]:
    return [target.name for target in snapshot.targets if target.load.users]


async def test_one_target_at_a_time_has_users_until_the_bound_of_trials() -> None:
    seen: set[tuple[str, ...]] = set()
    async with opened(plan(trials=3)) as session:
        await begun(session)
        while not session.finished.is_set():
            seen.add(tuple(loaded_at_once(session.snapshot)))
            with anyio.move_on_after(0.2):
                await session.finished.wait()
    assert session.outcome == "completed"
    assert max(map(len, seen)) == 1
    trials = session.snapshot.trials
    assert [trial.target for trial in trials] == ["fastapi", "django-asgi", "fastapi"]
    assert [trial.load for trial in trials][:2] == [4, 4]
    for trial in trials:
        assert trial.to_s - trial.from_s == pytest.approx(10.0), "twice the limit of 5 s"
        assert trial.from_s - trial.began_s >= 5.0, "it settled before"
        assert trial.asked > 0
    recorded = load(archive.recorded()[0].journal)
    assert recorded.snapshot.trials == trials
    found = capacity_of(recorded.result)
    assert found is not None
    assert [target.ended for target in found.targets] == ["trials", "trials"]


async def test_it_takes_no_commands_that_would_change_what_is_measured() -> None:
    async with opened(plan()) as session:
        await begun(session)
        session.send(commands.SetUsers(None, 50))
        refused: list[str] = []

        def is_refused() -> bool:
            refused.extend(notice.title for notice in session.notices())
            return "not during a search for capacity" in refused

        await until(session, is_refused)
        session.end("interrupted")
        await finished(session)
    capacity = capacity_of(session_result(session.snapshot))
    assert capacity is not None
    assert {target.ended for target in capacity.targets} == {"stopped"}
