"""A session's placement and targets before anything of them is started."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from engine.hosting.placement import Placement
from engine.hosting.revisions import Checkouts
from engine.hosting.supervision import Supervisor
from engine.hosting.target_instance import Deployment, TargetInstance
from engine.machine.environment import CorePlan
from engine.plan.targets import Runtime, TargetChoice
from targets.launch import LaunchContext
from tests.support.recording import Recording

if TYPE_CHECKING:
    from targets.errors import AbreastError


@asynccontextmanager
async def placing(
    folder: Path, *, runtime: Runtime = "local", cores: tuple[int, ...] = ()
) -> AsyncIterator[Placement]:
    """A placement over a real recorder."""
    with Recording(folder / "journal") as recording:
        failures: list[AbreastError] = []
        async with anyio.create_task_group() as group:
            recorder = recording.book
            supervisor = Supervisor(group, recorder, failures.append)
            yield Placement(
                group,
                folder,
                "an-id",
                CorePlan((), cores, ""),
                runtime,
                "",
                recorder,
                supervisor,
                Checkouts({}, "", folder),
            )
            supervisor.close()
        assert failures == []


def instance_of(placement: Placement, choice: TargetChoice, port: int, slot: int = 0) -> TargetInstance:
    """A target that is not started; its port is `port`."""
    here = LaunchContext(port=port, folder=placement.folder_of(choice))
    deployment = Deployment(choice, placement.site(choice, here))
    return TargetInstance(deployment, slot, placement.create(deployment, None))
