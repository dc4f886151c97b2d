"""Profiles of real targets under load."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from engine.answers.profile.figures import figures_of
from engine.metrics.profiles import Profiled
from engine.plan import commands
from engine.plan.plan import make_plan
from engine.session.profiler import goodputs
from engine.session.session import Session, opened
from targets.runtime.guard import leftovers
from tests.support.live_sessions import begun, finished, until
from tests.support.recording import bucket
from tests.support.waiting import eventually

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180), pytest.mark.races]

ROOT = Path(__file__).parents[3]
BURNER = {
    "name": "burner",
    "command": f"{sys.executable} -m uvicorn tests.support.burning_app:app --port {{port}}",
    "cwd": str(ROOT),
}


@asynccontextmanager
async def running(**changes: Any) -> AsyncIterator[Session]:
    """The burner under full load."""
    values: dict[str, Any] = {
        "title": "Profiles",
        "target": [BURNER],
        "request": [{"path": "/"}],
        "warm_up": "none",
        "stages": [{"users": 4, "hold": "60 s"}],
    }
    async with opened(make_plan(values | changes, where="here"), open_ended=True) as session:
        await begun(session)
        yield session


def profiles(session: Session) -> tuple[Profiled, ...]:
    """Those that were made."""
    return session.snapshot.profiles


async def test_the_known_function_comes_first_with_its_share() -> None:
    async with running(profile="4 s", profile_at="3 s") as session:
        await until(session, lambda: session.snapshot.sampling)
        await until(session, lambda: profiles(session))
        (profile,) = profiles(session)[0].targets
        assert not profile.trouble, profile.trouble
        figures = figures_of(profile)
        first, second = figures.functions[:2]
        assert (first.frame.function, first.frame.file) == ("burn", "tests/support/burning_app.py")
        assert 0.6 <= first.share <= 0.8, figures
        assert second.frame.function == "smoulder"
        assert figures.share_of("view") > 0.85
        target = session.snapshot.targets[0]
        sampled = [each for each in session.recorder.timeline.targets["burner"].buckets if each.is_sampled]
        assert len(sampled) >= 4
        lights = {each.second: each.light for each in session.recorder.timeline.generator}
        assert {lights[each.second] for each in sampled} <= {"amber", "red"}
        assert target.whole.seconds <= session.snapshot.now_s - 4
        assert profile.goodput_before is not None
        assert profile.goodput_sampled is not None


async def test_a_session_that_ends_midway_leaves_no_sampler_and_says_so() -> None:
    async with running() as session:
        session.send(commands.ProfileTargets(None, 60))
        await eventually(lambda: samplers(session))
        session.send(commands.ProfileTargets(None, 5))
        await until(session, lambda: any("being sampled already" in each.title for each in session.notices()))
        session.end("interrupted")
        await finished(session)
        assert leftovers(session.id) == []
        assert profiles(session) == ()
        assert "no profile: the session ended" in " ".join(each.text for each in session.snapshot.events)


async def test_a_plan_that_is_over_waits_for_its_profile() -> None:
    plan = {"profile": "2 s", "profile_at": "1 s", "stages": [{"users": 2, "hold": "3 s"}]}
    values = {"title": "Ends", "target": [BURNER], "request": [{"path": "/"}], "warm_up": "none", **plan}
    async with opened(make_plan(values, where="here")) as session:
        await finished(session)
        assert session.outcome == "completed"
        (profile,) = profiles(session)[0].targets
        assert not profile.trouble


def samplers(session: Session) -> list[int]:
    """The processes of py-spy that run for a session."""
    return [each.pid for each in leftovers(session.id) if "py-spy" in each.name()]


async def test_a_target_that_cannot_be_sampled_says_why_and_the_run_goes_on() -> None:
    server = {"name": "elsewhere", "url": "http://127.0.0.1:{port}"}
    async with running() as one:
        port = one.snapshot.targets[0].address.partition(":")[2]
        attached = {**server, "url": f"http://127.0.0.1:{port}"}
        async with running(target=[attached]) as session:
            session.send(commands.ProfileTargets("elsewhere", 1))
            await until(session, lambda: profiles(session))
            (profile,) = profiles(session)[0].targets
            assert "abreast did not start it" in profile.trouble
            assert "py-spy record" in profile.hint
            assert session.snapshot.phase == "running"


async def test_nothing_is_profiled_while_no_target_is_ready() -> None:
    async with running() as session:
        session.send(commands.ProfileTargets("nobody", 1))
        await until(session, lambda: any("no target can be" in each.title for each in session.notices()))


def test_goodput_is_compared_over_whole_seconds_under_the_same_load() -> None:
    before = [bucket(second, ok_us=[100] * 50, users=2) for second in range(1, 5)]
    sampled = [bucket(second, ok_us=[100] * 48, users=2) for second in range(5, 9)]
    assert goodputs([*before, *sampled], 5.2, 8.4) == (50.0, 48.0)
    assert goodputs([*before, *sampled], 5.2, 5.9) == (None, None), "not one whole second"
    more = [bucket(second, ok_us=[100] * 90, users=4) for second in range(5, 9)]
    assert goodputs([*before, *more], 5.2, 8.4) == (None, 90.0), "more users than before"
    mixed = [*before, sampled[0], more[1], more[2]]
    assert goodputs(mixed, 4.9, 8.4) == (None, None), "the load changed meanwhile"
