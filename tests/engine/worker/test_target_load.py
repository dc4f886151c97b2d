"""What all users of a target share: order of requests, and pace."""

from collections import Counter
from dataclasses import replace
from itertools import count
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.protocol.load_shape import ThinkTime
from engine.protocol.messages import OpenModel, Template
from engine.worker.counters import TargetCounters
from engine.worker.target_load import TargetLoad, weighted_order
from tests.support.worker_process import get, target

pytestmark = pytest.mark.anyio


def load_of(*templates: Template, **options: Any) -> TargetLoad:
    order = target(1, *templates, **options)
    return TargetLoad(order, TargetCounters("t"), count(), rng=Random(1), seed=1)


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=20))
def test_a_weighted_order_is_exact(weights: list[int]) -> None:
    order = Counter(weighted_order(weights, Random(1)))
    assert all(order[at] * weights[0] == order[0] * weight for at, weight in enumerate(weights))
    assert set(order) == set(range(len(weights)))


async def test_a_single_request_needs_no_order() -> None:
    load = load_of()
    assert load.next_request() is load.next_request()
    load.set_workload((get(1, "/a", weight=3), get(1, "/b")))
    names = Counter(load.next_request().name for _ in range(1000))
    assert names == {"/a": 750, "/b": 250}


@pytest.mark.parametrize(
    ("load", "follows"),
    [
        ({}, True),
        ({"think_s": 0.1}, False),
        ({"open_model": OpenModel()}, False),
        ({"client": "httpx"}, False),
    ],
    ids=["at once", "think time", "open model", "httpx"],
)
async def test_the_next_request_follows_in_the_same_read_if_nothing_is_in_between(
    load: dict[str, Any], follows: bool
) -> None:
    assert load_of(**load).can_follow_up == follows


async def test_requests_that_stand_alone_are_not_followed() -> None:
    closing = get(1, headers={"Connection": "close"})
    for template in (closing, replace(get(1), method="HEAD"), get(1, kind="sse")):
        assert not load_of(template).can_follow_up


async def test_pace_follows_changes() -> None:
    load = load_of()
    load.set_paused(paused=True)
    assert (load.can_follow_up, load.gate.is_set()) == (False, False)
    load.set_paused(paused=False)
    assert (load.can_follow_up, load.gate.is_set()) == (True, True)
    load.set_think_time(ThinkTime(1.0, 1.0))
    assert (load.can_follow_up, load.thinks) == (False, True)
