"""A session provides what its workload needs, and turns the knobs of what runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psutil
import pytest

import presets
from engine.machine import paths
from engine.metrics.target_snapshot import TargetSnapshot
from engine.plan import commands
from engine.session.session import Session, opened
from targets import workload_requirements
from targets.apps.classifier.build import FILE_NAME
from targets.runtime.child_env import TARGET_MARK
from tests.support.live_sessions import begun, until

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]


@asynccontextmanager
async def running(workload: str, *targets: str, users: int = 2) -> AsyncIterator[Session]:
    """A workload on these targets, load flowing; held until the block is left."""
    plan = presets.load("hello").changed(targets=targets, workload=workload, users=users, think_time="none")
    async with opened(plan, open_ended=True) as session:
        await begun(session)
        yield session


def target(session: Session, name: str) -> TargetSnapshot:
    """A target of the picture."""
    return next(each for each in session.snapshot.targets if each.name == name)


def upstreams(session: Session) -> list[psutil.Process]:
    """The session's own upstream, as long as it runs."""
    found = []
    for process in psutil.process_iter():
        try:
            environment = process.environ()
        except psutil.Error:
            continue
        if environment.get(TARGET_MARK) == "upstream" and environment.get("ABREAST_SESSION") == session.id:
            found.append(process)
    return found


def failed(each: TargetSnapshot) -> int:
    """How many of its requests have failed."""
    return sum(count for _, count in each.totals.errors)


def waits_ms(each: TargetSnapshot) -> float:
    """How long the last answer to the health probe took, or its request has waited."""
    return max(each.health_probe.latency_ms or 0.0, each.health_probe.waiting_ms)


async def test_a_slow_model_holds_the_health_probe_of_sync_workers_alone() -> None:
    """More users than workers: on sync workers the probe waits for the model, on an event loop for none."""
    model_ms = 1500.0
    sync, awaited = "django-wsgi:server=sync:model_time=1.5", "fastapi:model_time=1.5"
    async with running("slow-model", sync, awaited, users=3) as session:
        longest = {"django-wsgi": 0.0, "fastapi": 0.0}
        answered = 0

        def blocked() -> bool:
            nonlocal answered
            for name in longest:
                longest[name] = max(longest[name], waits_ms(target(session, name)))
            answered = target(session, "fastapi").totals.ok
            return longest["django-wsgi"] >= model_ms / 2 and answered >= 3

        await until(session, blocked)

    assert longest["fastapi"] < model_ms / 2


async def test_the_upstream_lives_as_long_as_the_session_and_obeys() -> None:
    async with running("upstream", "fastapi", "django-wsgi") as session:
        await until(session, lambda: target(session, "fastapi").totals.ok > 5)
        (upstream,) = upstreams(session)

        session.send(commands.SetUpstream(delay_s=0.0, error_rate=1.0))
        await until(session, lambda: all(failed(each) > 3 for each in session.snapshot.targets))
        assert any(
            event.kind == "upstream" and event.text == "upstream takes 0 ms, 100 % errors"
            for event in session.snapshot.events
        )
        session.send(commands.SetUpstream(error_rate=1.5))
        await until(session, lambda: bool(session.recorder.notices))
        assert session.notices()[0].title == "an error rate of 150 % is out of range"

    assert not upstream.is_running() or upstream.status() == psutil.STATUS_ZOMBIE


async def test_the_upstream_comes_with_a_workload_that_is_chosen_later() -> None:
    async with running("hello", "fastapi") as session:
        assert upstreams(session) == []

        session.send(commands.SetWorkload("upstream"))
        await until(session, lambda: "workload upstream" in {each.text for each in session.snapshot.events})
        before = target(session, "fastapi").totals.ok
        await until(session, lambda: target(session, "fastapi").totals.ok > before + 20)

        assert len(upstreams(session)) == 1
        assert failed(target(session, "fastapi")) == 0


async def test_the_models_time_is_turned_for_one_target_and_for_all() -> None:
    async with running("slow-model", "fastapi:model_time=2", "django-asgi:model_time=2") as session:
        session.send(commands.SetModelTime("fastapi", 0.01))
        await until(session, lambda: "model takes 0.01 s" in {each.text for each in session.snapshot.events})
        session.send(commands.RestartTarget("fastapi"))
        await until(session, lambda: target(session, "fastapi").totals.ok > 100)
        assert target(session, "django-asgi").totals.ok <= session.now_s() + 2, "two users, 2 s each"

        session.send(commands.SetModelTime(None, 31))
        await until(session, lambda: bool(session.recorder.notices))
        assert session.notices()[0].title == "a model time of 31 s is out of range"


async def test_the_classifier_is_built_into_the_cache() -> None:
    if missing := workload_requirements.missing_packages("classify"):
        pytest.skip(f'missing: {", ".join(missing)}; pip install "abreast[classify]"')
    async with running("classify", "fastapi", "django-wsgi") as session:
        assert [path.name for path in paths.cache().iterdir() if path.suffix == ".onnx"] == [FILE_NAME]
        await until(session, lambda: all(each.totals.ok > 2 for each in session.snapshot.targets))
        assert sum(failed(each) for each in session.snapshot.targets) == 0
