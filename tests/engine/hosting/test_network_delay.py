"""A delay proxy in front of each target, if the plan has a network delay."""

from pathlib import Path

import psutil
import pytest

from engine.hosting.delay_proxy import DelayProxy
from engine.hosting.network_delay import NetworkDelay
from engine.hosting.target_instance import TargetInstance
from engine.plan.targets import TargetChoice
from tests.support.placed import instance_of, placing

pytestmark = pytest.mark.anyio

NAME = "the delay proxy of fastapi"


def proxy_of(instance: TargetInstance) -> DelayProxy | None:
    return instance.delay_proxy


async def test_without_a_delay_there_is_no_proxy(tmp_path: Path) -> None:
    async with placing(tmp_path) as placement:
        delay = NetworkDelay(0.0, "an-id", tmp_path, placement.supervisor)
        instance = instance_of(placement, TargetChoice.parse("fastapi"), 18000)
        await delay.add_to(instance)
        assert proxy_of(instance) is None
        await delay.remove_from(instance)
        assert not placement.supervisor.is_watching(NAME)


async def test_a_proxy_stays_until_the_targets_addresses_change_or_it_is_removed(tmp_path: Path) -> None:
    async with placing(tmp_path) as placement:
        delay = NetworkDelay(0.002, "an-id", tmp_path, placement.supervisor)
        instance = instance_of(placement, TargetChoice.parse("fastapi"), 18000, slot=3)
        try:
            await delay.add_to(instance)
            first = proxy_of(instance)
            assert first is not None
            assert first.pid is not None
            assert placement.supervisor.is_watching(NAME)
            assert (tmp_path / "delay-proxy-3.log").exists()
            await delay.add_to(instance)
            assert proxy_of(instance) is first, "as after a restart of the target"
            gone = psutil.Process(first.pid)
            instance.ips = ("127.0.0.2", "127.0.0.3")
            await delay.add_to(instance)
            second = proxy_of(instance)
            assert second is not None
            assert second.upstreams == ("127.0.0.2:18000", "127.0.0.3:18000")
            assert not gone.is_running()
        finally:
            await delay.remove_from(instance)
        assert proxy_of(instance) is None
        assert second.pid is None
        assert not placement.supervisor.is_watching(NAME)
        assert list(placement.recorder.notices) == [], "an end on purpose is no trouble"
