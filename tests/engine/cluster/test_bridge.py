"""Which processors the bridge takes once a session runs, and which nodes it refuses; a cluster of fakes."""

import asyncio
import socket
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import orjson
import pytest

from engine.cluster.bridge import LOOK_EVERY_S, Bridge
from engine.cluster.node import Node
from engine.cluster.node_facts import node_facts
from engine.cluster.offers import Offers
from targets.errors import LoadError
from tests.support.waiting import eventually

pytestmark = pytest.mark.anyio

BOX = Node("1f", "box", "10.0.0.2", 2, node_facts())


class FakeDriver:
    """A cluster whose nodes are set by hand; every processor of theirs is free at first."""

    def __init__(self, *nodes: Node) -> None:
        self.all = list(nodes)
        self.placed: list[tuple[str, int]] = []
        """The node of each actor, and its processors."""
        self.in_use: set[str] = set()
        """Nodes whose processors others use."""
        self.killed = 0
        """Actors."""

    def node_ids(self) -> frozenset[str]:
        return frozenset(node.id for node in self.all)

    def nodes(self, but: frozenset[str] = frozenset()) -> tuple[Node, ...]:
        return tuple(node for node in self.all if node.id not in but)

    def free_cpus(self) -> int:
        return sum(node.cpus for node in self.all) - sum(cpus for _, cpus in self.placed)

    def create(self, *asked: Any) -> Any:
        node_id, cpus = str(asked[-2]), int(asked[-1])

        async def where() -> str:
            if node_id in self.in_use and cpus:
                raise OSError("it does not get a processor")
            self.placed.append((node_id, cpus))
            return node_id

        async def start() -> None:
            raise OSError("it cannot start here")

        return SimpleNamespace(where=SimpleNamespace(remote=where), start=SimpleNamespace(remote=start))

    def kill(self, actor: Any) -> None:
        """Nothing runs."""
        self.killed += 1


class KeptBridge(Bridge):
    """Keeps what it tells the front."""

    def __init__(self, driver: FakeDriver, *, only_here: bool = False, offers: Offers | None = None) -> None:
        super().__init__(-1, 5.0, Path(), only_here=only_here, offers=offers)
        self._driver = cast("Any", driver)
        self._nodes = {node.id: node for node in driver.all}
        self.told: list[dict[str, Any]] = []

    def tell(self, told: dict[str, Any]) -> None:
        self.told.append(orjson.loads(orjson.dumps(told)))


async def test_nodes_that_join_are_told_by_a_name_of_their_own() -> None:
    driver = FakeDriver(BOX)
    bridge = KeptBridge(driver)
    await bridge._greet_nodes()
    assert bridge.told == []
    driver.all.append(replace(BOX, id="2e"))
    await bridge._greet_nodes()
    await bridge._greet_nodes()
    assert [(each["joined"]["id"], each["joined"]["name"]) for each in bridge.told] == [("2e", "box#2")]


@pytest.mark.parametrize(
    ("facts", "only_here", "why"),
    [
        ({"ray": "0.1"}, False, "node far (10.0.0.3) does not match this machine: here is ray "),
        (
            {"machine_id": "another"},
            True,
            "node far (10.0.0.3) is another machine, which cannot reach all targets",
        ),
        ({"machine_id": "another"}, False, ""),
    ],
)
async def test_a_node_that_cannot_send_is_refused_once(
    facts: dict[str, str], only_here: bool, why: str
) -> None:
    driver = FakeDriver(BOX)
    bridge = KeptBridge(driver, only_here=only_here)
    driver.all.append(Node("2e", "far", "10.0.0.3", 4, {**BOX.facts, **facts}))
    await bridge._greet_nodes()
    await bridge._greet_nodes()
    assert len(bridge.told) == 1
    assert bridge.told[0].get("refused", "").startswith(why)
    assert ("joined" in bridge.told[0]) == (why == "")
    if why:
        placed = [await bridge._place_on_free(1.0) for _ in range(3)]
        assert [each.node_id for each in placed if each] == ["1f", "1f"], "none is placed there"


async def test_processors_are_taken_from_node_to_node_until_none_is_free() -> None:
    driver = FakeDriver(BOX, replace(BOX, id="2e", name="far"))
    bridge = KeptBridge(driver)
    placed = [await bridge._place_on_free(1.0) for _ in range(5)]
    assert [each.node_id if each else "" for each in placed] == ["1f", "2e", "1f", "2e", ""]
    assert all(each.has_cpu for each in placed if each)


async def test_a_processor_that_others_use_is_tried_last() -> None:
    driver = FakeDriver(BOX, replace(BOX, id="2e", name="far"))
    driver.in_use.add("1f")
    bridge = KeptBridge(driver)
    assert await bridge._place_on_free(1.0) is None
    placed = await bridge._place_on_free(1.0)
    assert placed is not None
    assert placed.node_id == "2e"


async def test_a_worker_that_finds_no_free_processor_shares_one() -> None:
    driver = FakeDriver(replace(BOX, cpus=1), replace(BOX, id="2e", name="far", cpus=1))
    bridge = KeptBridge(driver)
    for _ in range(2):
        assert await bridge._place_on_free(1.0) is not None
    driver.all.pop()
    bridge._lost.add("2e")
    shared = await bridge._replacement()
    assert (shared.node_id, shared.has_cpu) == ("1f", False)


async def test_where_one_was_lost_others_may_still_run() -> None:
    """All run on one node: one of them was killed, and its processor is not free yet."""
    driver = FakeDriver(replace(BOX, cpus=2))
    bridge = KeptBridge(driver)
    assert await bridge._place_on_free(1.0) is not None
    bridge._lost.add("1f")
    driver.in_use.add("1f")
    shared = await bridge._replacement()
    assert (shared.node_id, shared.has_cpu) == ("1f", False)


async def test_with_no_other_worker_there_is_no_replacement() -> None:
    driver = FakeDriver(BOX)
    driver.in_use.add("1f")
    with pytest.raises(LoadError, match="a load worker cannot be replaced"):
        await KeptBridge(driver)._replacement()


async def test_free_processors_are_offered_until_enough_workers_have_one() -> None:
    driver = FakeDriver(BOX)
    bridge = KeptBridge(driver)
    bridge._wanted = 1
    looking = asyncio.create_task(bridge._take_free())
    await eventually(lambda: bridge.told)
    looking.cancel()
    assert bridge.told == [{"offer": "box"}]
    assert driver.placed == [("1f", 1)]


async def test_an_actor_that_does_not_start_its_worker_ends_and_leaves_its_processor() -> None:
    driver = FakeDriver(replace(BOX, cpus=1))
    bridge = KeptBridge(driver)
    front, sock = socket.socketpair()
    with front:
        await bridge._connect(0, sock, is_new=False)
    assert bridge.told == [{"link": 0, "ended": "it cannot start here"}]
    assert driver.killed == 1
    assert await bridge._place_on_free(1.0) is not None


async def test_a_processor_on_which_no_worker_starts_is_offered_after_growing_waits() -> None:
    driver, clock = FakeDriver(replace(BOX, cpus=1)), SimpleNamespace(now_s=0.0)
    bridge = KeptBridge(driver, offers=Offers(lambda: clock.now_s))
    bridge._wanted = 1
    offered_s: list[float] = []
    while len(offered_s) < 9:
        await bridge._offer_free()
        if bridge._waiting:
            offered_s.append(clock.now_s)
            front, sock = socket.socketpair()
            with front:
                await bridge._connect(0, sock, is_new=True)
            driver.placed.clear()
        clock.now_s += LOOK_EVERY_S
    waits_s = [later - earlier for earlier, later in pairwise(offered_s)]
    assert waits_s == [4, 8, 16, 32, 64, 128, 256, 300]
    assert driver.killed == len(offered_s)
    driver.all.append(replace(BOX, id="2e", name="far"))
    bridge._nodes["2e"] = driver.all[-1]
    await bridge._offer_free()
    assert bridge.told[-1] == {"offer": "far"}, "another node need not wait"


async def test_where_not_even_an_actor_starts_it_is_tried_after_growing_waits_too() -> None:
    driver, clock = FakeDriver(replace(BOX, cpus=1)), SimpleNamespace(now_s=0.0)
    driver.in_use.add("1f")
    bridge = KeptBridge(driver, offers=Offers(lambda: clock.now_s))
    bridge._wanted = 1
    tried: list[int] = []
    for _ in range(8):
        await bridge._offer_free()
        tried.append(driver.killed)
        clock.now_s += LOOK_EVERY_S
    assert tried == [1, 1, 2, 2, 2, 2, 3, 3]
    assert bridge.told == []


async def test_a_replacement_may_start_where_nothing_is_offered() -> None:
    driver = FakeDriver(replace(BOX, cpus=1))
    bridge = KeptBridge(driver, offers=Offers(lambda: 0.0))
    bridge._offers.in_vain("1f")
    bridge._wanted = 1
    await bridge._offer_free()
    assert driver.placed == []
    assert (await bridge._replacement()).has_cpu
