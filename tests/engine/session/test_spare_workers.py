"""A processor that has become free gets a share of the users when the load changes, and not before."""

import asyncio
import errno
from types import SimpleNamespace
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from anyio.abc import TaskGroup

from engine.cluster.cluster import News
from engine.metrics.outages import DEALT_ANEW, Outages
from engine.session.spare_workers import GRACE_S, SpareWorkers
from targets.errors import LoadError
from tests.support.waiting import WITHIN_S, eventually

pytestmark = pytest.mark.anyio


class FakeSession:
    """All that spare workers talk to, and what they did, in order."""

    def __init__(self, *, takes_all: bool = True) -> None:
        self.done: list[str] = []
        self.users = {"shop": 4, "forum": 4}
        self.vacant: list[int] = []
        self.news: asyncio.Queue[News] = asyncio.Queue()
        self.links: list[Any] = []
        self.starts = True
        self.refusal: OSError | None = None
        self.cluster = SimpleNamespace(
            news=self.news,
            workers=2,
            takes_all=takes_all,
            connect_spare=self._connect_spare,
            assign_number=lambda link, number: self.done.append(f"{link.node} is {number}"),
            text="3 load workers on 2 nodes of a Ray cluster",
        )
        self.pool = SimpleNamespace(
            dealing=anyio.Lock(),
            replacements=0,
            spares=self.links,
            add_spare=self._add_spare,
            no_users=partial_done(self.done, "no user is left"),
            assign_number=self._assign_number,
            redistribute=partial_done(self.done, "dealt"),
        )
        self.load = SimpleNamespace(
            changing=anyio.Lock(),
            is_duel=False,
            users_wanted=lambda: dict(self.users),
            steerings=dict(self.users),
            drop_load=self._drop_load,
            reload=partial_done(self.done, "users are back"),
        )
        self.watch = SimpleNamespace(
            vacant=self.vacant,
            filled=lambda number: self.done.append(f"filled {number}"),
            tell_clocks=lambda: self.done.append("recorded"),
        )
        self.outages = Outages()
        self.recorder = SimpleNamespace(
            outages=self.outages,
            now_s=lambda: 7.5,
            event=lambda _kind, _target, text: self.done.append(f"event: {text}"),
        )

    async def _connect_spare(self) -> Any:
        if self.refusal is not None:
            raise self.refusal
        return SimpleNamespace(node="far", kill=lambda: self.done.append("killed"))

    async def _add_spare(self, link: Any) -> None:
        if not self.starts:
            raise LoadError("a load worker did not start", why="it did not answer")
        self.links.append(link)

    async def _assign_number(self, link: Any, number: int) -> None:
        self.links.remove(link)

    async def _drop_load(self, name: str, grace_s: float) -> None:
        assert grace_s == GRACE_S
        self.done.append(f"{name} drops")

    def spare_workers(self, group: TaskGroup) -> SpareWorkers:
        parts: list[Any] = [self.cluster, self.pool, self.load, self.watch, self.recorder, group]
        made = SpareWorkers(*parts)
        made.leave = lambda number: self.done.append(f"{number} leaves")
        made.join = lambda number: self.done.append(f"{number} joins")
        return made

    async def offered(self, spare_workers: SpareWorkers, group: TaskGroup) -> None:
        """A node joins, and its processor is offered."""
        group.start_soon(spare_workers.serve)
        self.news.put_nowait(News("node far has joined the cluster"))
        self.news.put_nowait(News(is_offer=True))
        await eventually(lambda: self.done[1:])


def partial_done(done: list[str], text: str) -> Any:
    async def note(*_: Any) -> None:
        done.append(text)

    return note


LATER = "its load worker gets a share of the users at the next change of load"
OFFER = [
    "event: node far has joined the cluster",
    f"event: node far has a free processor: {LATER}",
]


async def dealt(session: FakeSession) -> list[str]:
    with anyio.fail_after(WITHIN_S):
        while "recorded" not in session.done:
            await anyio.lowlevel.checkpoint()
    return session.done[len(OFFER) :]


async def test_users_are_dealt_anew_at_the_next_change_of_load() -> None:
    session = FakeSession()
    async with anyio.create_task_group() as group:
        spare_workers = session.spare_workers(group)
        await session.offered(spare_workers, group)
        for _ in range(3):
            spare_workers.look()
            await anyio.lowlevel.checkpoint()
        assert session.done == OFFER, "the load has not changed"
        session.users["forum"] = 5
        spare_workers.look()
        assert await dealt(session) == [
            "shop drops",
            "forum drops",
            "no user is left",
            "2 leaves",
            "far is 2",
            "filled 2",
            "dealt",
            "2 joins",
            "users are back",
            "event: users now run on 3 load workers on 2 nodes of a Ray cluster",
            "recorded",
        ]
        assert session.outages.of(7) == (DEALT_ANEW,), "the second counts for no target"
        group.cancel_scope.cancel()


async def test_a_missing_worker_is_filled_in_before_there_are_more() -> None:
    session = FakeSession()
    session.vacant.append(1)
    async with anyio.create_task_group() as group:
        spare_workers = session.spare_workers(group)
        await session.offered(spare_workers, group)
        spare_workers.look()
        session.users["shop"] = 3
        spare_workers.look()
        assert "far is 1" in await dealt(session)
        group.cancel_scope.cancel()


async def test_a_spare_worker_that_ends_while_users_leave_gets_none_and_users_come_back() -> None:
    session = FakeSession()

    async def lose_the_spare() -> None:
        session.links.clear()

    session.pool.no_users = lose_the_spare
    async with anyio.create_task_group() as group:
        spare_workers = session.spare_workers(group)
        await session.offered(spare_workers, group)
        spare_workers.look()
        session.users["shop"] = 3
        spare_workers.look()
        assert await dealt(session) == [
            "shop drops",
            "forum drops",
            "dealt",
            "users are back",
            "event: users now run on 3 load workers on 2 nodes of a Ray cluster",
            "recorded",
        ]
        group.cancel_scope.cancel()


async def wait_in_vain(session: FakeSession, spare_workers: SpareWorkers) -> None:
    """The load changes, and nothing comes of it."""
    spare_workers.look()
    session.users["shop"] += 3
    spare_workers.look()
    for _ in range(20):
        await anyio.lowlevel.checkpoint()
    assert session.done[len(OFFER) :] == []


async def test_with_all_that_were_asked_for_there_are_no_more() -> None:
    session = FakeSession(takes_all=False)
    async with anyio.create_task_group() as group:
        spare_workers = session.spare_workers(group)
        await session.offered(spare_workers, group)
        await wait_in_vain(session, spare_workers)
        group.cancel_scope.cancel()


@pytest.mark.parametrize("what", ["duel", "replacing", "closed"])
async def test_nothing_is_dealt_during(what: str) -> None:
    session = FakeSession()
    async with anyio.create_task_group() as group:
        spare_workers = session.spare_workers(group)
        await session.offered(spare_workers, group)
        session.load.is_duel = what == "duel"
        session.pool.replacements = int(what == "replacing")
        if what == "closed":
            spare_workers.close()
        await wait_in_vain(session, spare_workers)
        group.cancel_scope.cancel()


@pytest.mark.parametrize("what", ["nothing", "held", "duel", "closed"])
async def test_what_it_waited_for_may_have_overtaken_it(what: str) -> None:
    """A command is carried out while the load changes. Meanwhile nobody is kept from replacing workers."""
    session = FakeSession()
    async with anyio.create_task_group() as group:
        spare_workers = session.spare_workers(group)
        await session.offered(spare_workers, group)
        async with session.load.changing:
            spare_workers.look()
            session.users["shop"] += 3
            spare_workers.look()
            await anyio.wait_all_tasks_blocked()
            assert session.load.changing.statistics().tasks_waiting == 1
            assert not session.pool.dealing.locked()
            if what == "held":
                spare_workers.look()
            session.load.is_duel = what == "duel"
            if what == "closed":
                spare_workers.close()
        await anyio.wait_all_tasks_blocked()
        assert ("dealt" in session.done) == (what == "nothing")
        group.cancel_scope.cancel()


async def test_users_of_a_target_that_is_about_to_lose_them_leave_too() -> None:
    session = FakeSession()
    session.load.steerings["blog"] = 4
    async with anyio.create_task_group() as group:
        spare_workers = session.spare_workers(group)
        await session.offered(spare_workers, group)
        spare_workers.look()
        session.users["shop"] = 3
        spare_workers.look()
        assert "blog drops" in await dealt(session)
        group.cancel_scope.cancel()


async def test_a_load_worker_that_does_not_start_is_said() -> None:
    session = FakeSession()
    session.starts = False
    async with anyio.create_task_group() as group:
        await session.offered(session.spare_workers(group), group)
        await eventually(lambda: "killed" in session.done and session.done[2:])
        assert session.done[2] == (
            "event: a free processor is not used: a load worker did not start: it did not answer"
        )
        group.cancel_scope.cancel()


async def test_a_machine_without_sockets_leaves_a_free_processor_unused() -> None:
    session = FakeSession()
    session.refusal = OSError(errno.EMFILE, "Too many open files")
    async with anyio.create_task_group() as group:
        await session.offered(session.spare_workers(group), group)
        assert session.done[1:] == [
            "event: a free processor is not used: a load worker did not start: Too many open files"
        ]
        session.refusal = None
        session.news.put_nowait(News(is_offer=True))
        await eventually(lambda: OFFER[1] in session.done)
        group.cancel_scope.cancel()


async def test_a_processor_that_is_offered_again_and_again_in_vain_is_said_once() -> None:
    session = FakeSession()
    session.starts = False
    said = "event: a free processor is not used: a load worker did not start: it did not answer"
    async with anyio.create_task_group() as group:
        await session.offered(session.spare_workers(group), group)
        for _ in range(3):
            session.news.put_nowait(News(is_offer=True))
        await eventually(lambda: session.done.count("killed") == 4)
        session.starts = True
        session.news.put_nowait(News(is_offer=True))
        await eventually(lambda: OFFER[1] in session.done)
        assert session.done.count(said) == 1
        session.starts = False
        session.news.put_nowait(News(is_offer=True))
        await eventually(lambda: session.done.count(said) == 2)
        group.cancel_scope.cancel()


async def test_without_a_cluster_there_are_none() -> None:
    async with anyio.create_task_group() as group:
        nothing: Any = None
        spare_workers = SpareWorkers(nothing, nothing, nothing, nothing, nothing, group)
        await spare_workers.serve()
        spare_workers.look()
        spare_workers.close()
