"""One target of a session: where it is started, and where load is sent."""

from pathlib import Path

import pytest

from engine.hosting.target_state import State
from engine.plan.targets import TargetChoice
from tests.support.placed import instance_of, placing

pytestmark = pytest.mark.anyio


async def test_a_start_reads_the_options_of_the_moment(tmp_path: Path) -> None:
    async with placing(tmp_path) as placement:
        made = instance_of(placement, TargetChoice.parse("fastapi:workers=2"), 18000)
        assert "18000" in made.deployment.launch_on_site().argv
        assert "18001" in made.deployment.launch(18001).argv
        before = made.deployment.launch(18000)
        made.deployment.choice = TargetChoice.parse("fastapi:workers=3")
        assert made.deployment.launch(18000) != before
        assert made.deployment.options.workers == 3


async def test_load_goes_to_the_addresses_that_were_checked(tmp_path: Path) -> None:
    async with placing(tmp_path) as placement:
        made = instance_of(placement, TargetChoice.parse("fastapi"), 18000)
        made.ips = ("127.0.0.2",)
        assert (made.address.port, made.address.ips) == (18000, ("127.0.0.2",))


@pytest.mark.parametrize(
    ("life", "shown", "takes_load", "is_changing"),
    [
        (State.WAITING, "waiting", False, True),
        (State.READY, "ready", True, False),
    ],
)
async def test_its_state_decides_whether_it_takes_load(
    tmp_path: Path, life: State, shown: str, takes_load: bool, is_changing: bool
) -> None:
    async with placing(tmp_path) as placement:
        made = instance_of(placement, TargetChoice.parse("fastapi"), 18000)
        made.life = life
        assert (made.state, made.takes_load, made.is_changing) == (shown, takes_load, is_changing)
