"""Every preset runs: the same targets, requests and load as it is, with its times scaled down.

That takes minutes, so only CI does it: `make test-presets`.
"""

import os
from contextlib import AsyncExitStack
from typing import Any

import pytest

import presets
from engine.hosting.database_choice import kinds_to_start
from engine.plan.plan import Plan
from engine.session.session import opened
from tests.support import docker
from tests.support.live_sessions import finished

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.timeout(240),
    pytest.mark.skipif(
        "ABREAST_TESTS_RUN_PRESETS" not in os.environ, reason="presets are run with: make test-presets"
    ),
]

ABOUT_S = 4.0
"""How long the load of a scaled preset lasts, of all stages or of its first and last level."""


def scaled(plan: Plan) -> Plan:
    """The plan in a few seconds, with all targets at once."""
    if plan.levels:
        ends = tuple(dict.fromkeys((plan.levels[0], plan.levels[-1])))
        return plan.changed(
            levels=ends,
            hold=ABOUT_S / len(ends),
            gap=min(plan.gap, 0.5),
            repetitions=1,
            say=(),
            schedule="race",
        )
    if plan.schedule == "turns":
        return plan.changed(rounds=2, within=None)
    scale = ABOUT_S / (plan.turn_s - plan.warm_up_s)
    faults = [each.model_copy(update={"at": each.at * scale}) for each in plan.fault]
    return plan.changed(
        stages=tuple(each.model_copy(update=_times(each.over, each.hold, scale)) for each in plan.stages),
        fault=tuple(faults[:1]),
        warm_up=min(plan.warm_up_s, 1.0),
    )


def _times(over: float | None, hold: float | None, scale: float) -> dict[str, Any]:
    return {"over": over and over * scale, "hold": hold and hold * scale}


@pytest.mark.parametrize("name", presets.names())
async def test_every_preset_runs(name: str) -> None:
    plan = scaled(presets.load(name))
    async with AsyncExitStack() as stack:
        if kinds_to_start(plan):
            docker.need_databases(stack.enter_context(docker.client()))
        session = await stack.enter_async_context(opened(plan))
        await finished(session, within_s=150)
    assert session.error is None
    assert session.outcome in {"completed", "untrusted"}
    served = {target.label: target.totals.ok for target in session.snapshot.targets}
    assert len(served) == len(plan.targets)
    assert all(served.values()), served
