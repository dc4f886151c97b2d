"""A load worker of a cluster that was lost and does not start again at first is tried again."""

import errno
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import anyio
import pytest

from engine.hosting.supervision import RESTARTS, TRY_AGAIN_AFTER_S, Supervisor
from engine.metrics.outages import CAME_BACK
from engine.protocol.messages import Begin
from engine.session.cluster_watch import ClusterWatch
from engine.session.run import SessionRun
from engine.session.worker_pool import WorkerPool, starting
from tests.support.far_workers import FakeCluster, FarLink
from tests.support.recording import Recording
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from targets.errors import AbreastError

pytestmark = pytest.mark.anyio

MISSING = "1 of 2 load workers is missing, and so are its users"


class Running:
    """A session of two load workers on two nodes; its clock is set by hand."""

    def __init__(self, recording: Recording) -> None:
        self.recorder = recording.book
        self.cluster = FakeCluster(["box", "far"], set())
        self.links: list[FarLink] = []
        self.starts = True
        """Whether load workers start."""
        self.refusal: OSError | None = None
        """Why none can be connected."""
        self.is_silent = False
        """Whether those that do not start are waited for."""
        self.pool: WorkerPool
        self.supervisor: Supervisor
        self.failures: list[AbreastError] = []
        self.clock_s = 0.0
        self.reloaded: list[int] = []
        """Workers that were sent users."""
        self.outages: list[tuple[str, ...]] = []
        """When that happened."""
        self.changing = anyio.Lock()

    async def connect(self, _: int) -> FarLink:
        """One that starts, or does not."""
        if self.refusal is not None:
            raise self.refusal
        link = FarLink(says_hello=self.starts)
        self.links.append(link)
        if not self.starts and not self.is_silent:
            link.kill()
        return link

    async def reload(self, number: int) -> None:
        """It gets its users."""
        assert self.changing.locked()
        self.reloaded.append(number)
        self.outages.append(self.recorder.outages.of(0))

    async def pass_time(self, seconds: float) -> None:
        """So much later, what was due has been done."""
        self.clock_s += seconds
        self.supervisor.look()
        await anyio.wait_all_tasks_blocked()

    @property
    def told(self) -> list[str]:
        """The texts of all events of trouble, and of where load workers run."""
        return [each.text for each in self.recorder.timeline.events if each.kind in ("trouble", "cluster")]


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Running]:
    with Recording(folder / "journal") as recording:
        made = Running(recording)
        async with (
            starting(2, made.connect, lambda _: None) as made.pool,
            anyio.create_task_group() as group,
        ):
            await made.pool.all_started()
            await made.pool.begin(time.monotonic_ns(), seed=1)
            recorder = made.recorder
            made.supervisor = Supervisor(group, recorder, made.failures.append, lambda: made.clock_s)
            watch = ClusterWatch(cast("Any", made.cluster), made.pool, recorder)
            context = SimpleNamespace(
                plan=None, recorder=recorder, ending=None, cores=SimpleNamespace(workers=()), folder=folder
            )
            parts = SimpleNamespace(
                worker_pool=made.pool,
                cluster_watch=watch,
                supervisor=made.supervisor,
                load=SimpleNamespace(changing=made.changing, reload=made.reload),
            )
            run = SessionRun(cast("Any", context))
            run.began.set()
            for number in range(2):
                run._watch_worker(cast("Any", parts), number)
            yield made
            made.supervisor.close()
            run.commands.close()
            run.close()


async def lose(session: Running, number: int) -> None:
    """The node of this worker is gone; whatever comes of it at once has been done."""
    session.pool.workers[number].link.kill()
    await session.pool.workers[number].ended.wait()
    await anyio.wait_all_tasks_blocked()


async def test_a_replacement_that_does_not_start_is_tried_again_and_gets_its_users(tmp_path: Path) -> None:
    async with running(tmp_path) as session:
        session.starts = False
        await lose(session, 1)
        not_replaced = f"load worker 1 of node far is not replaced: {MISSING}: a load worker did not start"
        assert [text for text in session.told if text.startswith(not_replaced)] == [session.told[-1]]
        assert session.told[-1].endswith("; it is tried again")
        for number, wait_s in enumerate(TRY_AGAIN_AFTER_S[:2]):
            await session.pass_time(wait_s)
            assert len(session.links) == 4 + number
        assert session.recorder.judge.lower_load == MISSING
        assert session.recorder.outages.of(7) == (), "the load is lower, and counts"
        told = len(session.told)
        session.starts, session.cluster.places[1] = True, "box"
        await session.pass_time(TRY_AGAIN_AFTER_S[2])
        assert session.told[told:] == ["load worker 1 of node far sends from node box now"]
        assert session.reloaded == [1]
        assert session.outages == [(CAME_BACK,)]
        assert session.recorder.judge.lower_load == ""
        begin = next(order for order in session.links[-1].sent if isinstance(order, Begin))
        assert (begin.worker, begin.workers) == (1, 2)
        assert begin.first_number > 0, "its predecessor may have used others"
        assert session.pool.workers[1].link is session.links[-1]
        assert session.failures == []


async def test_what_is_not_replaced_in_the_end_stays_missing(tmp_path: Path) -> None:
    async with running(tmp_path) as session:
        session.starts = False
        await lose(session, 1)
        for wait_s in (*TRY_AGAIN_AFTER_S, 1000.0):
            await session.pass_time(wait_s)
        assert len(session.links) == 2 + 1 + len(TRY_AGAIN_AFTER_S)
        assert session.told[-1].startswith("load worker 1 is not tried again: a load worker did not start")
        assert len([text for text in session.told if "tried again" in text]) == 2
        assert session.recorder.judge.lower_load == MISSING
        assert session.failures == []


async def test_a_worker_that_keeps_ending_costs_its_share_only(tmp_path: Path) -> None:
    async with running(tmp_path) as session:
        for _ in range(RESTARTS + 1):
            await lose(session, 1)
        assert session.reloaded == [1] * RESTARTS
        assert session.told[-1] == (
            f"load worker 1 of node far is not replaced: {MISSING}: load worker 1 keeps ending: it was closed"
        )
        assert session.recorder.judge.lower_load == MISSING
        assert session.failures == []


async def test_without_the_last_worker_nothing_counts_until_one_is_back(tmp_path: Path) -> None:
    async with running(tmp_path) as session:
        session.starts = False
        await lose(session, 1)
        await lose(session, 0)
        assert session.recorder.outages.of(7) == ("load worker 0 ended",)
        session.starts = True
        await session.pass_time(TRY_AGAIN_AFTER_S[0])
        assert session.recorder.outages.of(7) == ()
        assert sorted(session.reloaded) == [0, 1]
        assert session.recorder.judge.lower_load == ""
        assert session.failures == []


async def test_once_the_cluster_is_gone_the_session_fails_at_once(tmp_path: Path) -> None:
    async with running(tmp_path) as session:
        session.starts = False
        await lose(session, 1)
        session.cluster.is_lost = True
        await lose(session, 0)
        (failure,) = session.failures
        assert failure.what == "load worker 0 ended and could not be started again"


@pytest.mark.parametrize("why", ["another took its number", "the session ends"])
async def test_a_try_that_is_not_needed_any_more_is_ended(tmp_path: Path, why: str) -> None:
    async with running(tmp_path) as session:
        session.starts = False
        await lose(session, 1)
        session.is_silent = True
        await session.pass_time(TRY_AGAIN_AFTER_S[0])
        *_, link = session.links
        await session.pass_time(sum(TRY_AGAIN_AFTER_S))
        assert session.links[-1] is link, "never two at once"
        assert not session.pool.dealing.locked(), "users may be dealt anew meanwhile"
        assert session.pool.replacements == 0
        if why == "the session ends":
            session.supervisor.close()
        else:
            session.supervisor.release("load worker 1")
        await eventually(lambda: link.was_killed)
        await session.pass_time(sum(TRY_AGAIN_AFTER_S))
        assert session.links[-1] is link
        assert session.failures == []


async def test_a_machine_without_sockets_fails_no_session_whose_other_workers_send(tmp_path: Path) -> None:
    async with running(tmp_path) as session:
        session.refusal = OSError(errno.EMFILE, "Too many open files")
        await lose(session, 1)
        assert session.told[-1] == (
            f"load worker 1 of node far is not replaced: {MISSING}: a load worker did not start: "
            "Too many open files; it is tried again"
        )
        for wait_s in TRY_AGAIN_AFTER_S:
            await session.pass_time(wait_s)
        assert session.told[-1].startswith("load worker 1 is not tried again")
        assert session.failures == []
