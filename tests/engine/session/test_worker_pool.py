"""Load workers start while the caller does something else; one that does not speak the protocol is ended."""

import sys
import time
from collections.abc import Collection, Coroutine, Iterable
from functools import partial
from pathlib import Path
from subprocess import PIPE
from typing import Any

import anyio
import pytest

from engine.client.placeholders import Words
from engine.cluster.clock_tracker import ClockChange
from engine.protocol.load_shape import ThinkTime
from engine.protocol.messages import (
    Begin,
    Heartbeat,
    RemoveTarget,
    Sample,
    SetEpoch,
    SetThinkTime,
    Steer,
)
from engine.protocol.rows import Table
from engine.session.load_worker import LoadWorker
from engine.session.worker_link import WorkerProcess
from engine.session.worker_pool import PLACED_WITHIN_S, WorkerPool, starting
from targets.errors import LoadError
from tests.support.far_workers import FarLink
from tests.support.recording import heartbeat, sample
from tests.support.servers import CountingServer, serving
from tests.support.waiting import WITHIN_S, eventually
from tests.support.worker_process import get, target

pytestmark = pytest.mark.anyio


def connecting(folder: Path) -> partial[Coroutine[Any, Any, WorkerProcess]]:
    """Starts load workers with their logs in a folder."""
    return partial(WorkerProcess.start, folder=folder, session_id="test")


WORDS = Words(columns={"users": ("name",)})
BABBLES = "import time; print('no report', flush=True); time.sleep(300)"


async def test_a_worker_that_cannot_be_understood_ends(tmp_path: Path) -> None:
    async with (
        await anyio.open_process([sys.executable, "-c", BABBLES], stdin=PIPE, stdout=PIPE) as process,
        anyio.create_task_group() as group,
    ):
        link = WorkerProcess(process, tmp_path / "log")
        worker_pool = WorkerPool(lambda _: None, connecting(tmp_path), group)
        worker = LoadWorker(0, link)
        worker_pool.workers.append(worker)
        await group.start(worker_pool._read, worker)
        with anyio.fail_after(WITHIN_S):
            await worker.ended.wait()
        assert await worker_pool.wait(0)
    assert worker_pool.lost
    assert process.returncode == -9


async def test_the_caller_goes_on_while_workers_start(tmp_path: Path) -> None:
    async with starting(2, connecting(tmp_path), lambda _: None) as worker_pool:
        assert not any(worker.said_hello.is_set() for worker in worker_pool.workers)
        with anyio.fail_after(WITHIN_S):
            await worker_pool.all_started()
        assert all(worker.said_hello.is_set() for worker in worker_pool.workers)
        assert len(set(worker_pool.pids)) == 2


async def test_a_worker_that_ends_instead_of_starting_is_an_error(tmp_path: Path) -> None:
    async with starting(1, connecting(tmp_path), lambda _: None) as worker_pool:
        worker_pool.workers[0].link.kill()
        with (
            anyio.fail_after(WITHIN_S),
            pytest.raises(LoadError, match="a load worker did not start") as caught,
        ):
            await worker_pool.all_started()
    assert caught.value.why.endswith(f"its log is {tmp_path / 'load-worker-0.log'}")
    assert caught.value.hint == "try again", "the log is named once"


async def test_a_worker_that_does_not_answer_is_an_error_with_its_log(tmp_path: Path) -> None:
    async def silent(_: int) -> WorkerProcess:
        command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
        return WorkerProcess(await anyio.open_process(command, stdin=PIPE, stdout=PIPE), tmp_path / "log")

    async with starting(1, silent, lambda _: None) as worker_pool:
        worker_pool.hello_within_s = 0.01
        with anyio.fail_after(WITHIN_S), pytest.raises(LoadError) as caught:
            await worker_pool.all_started()
    assert caught.value.why == "it did not answer"
    assert caught.value.hint == f"try again; if it happens again, read its log: {tmp_path / 'log'}"


async def test_a_worker_that_joins_gets_its_share_and_nothing_comes_twice(tmp_path: Path) -> None:
    """Two workers send, a third one joins: users are dealt to all three, each with a row to itself, and the
    reports have every request that the server has."""
    server, samples = CountingServer(), list[Sample]()

    def take(report: Sample | Heartbeat) -> None:
        if isinstance(report, Sample):
            samples.append(report)

    def newest_users() -> dict[int, int]:
        return {each.worker: each.users for each in samples if each.tick >= samples[-1].tick - 1}

    def rows(paths: Iterable[str]) -> set[tuple[str, ...]]:
        return {tuple(path.split("/")[2:]) for path in paths}

    def since(before: Collection[str]) -> set[tuple[str, ...]]:
        return rows(server.requests.keys() - before)

    table = Table("users", "unique", {"name": [f"row{number}" for number in range(7)]}, 7)
    async with serving(server) as port, starting(2, connecting(tmp_path), take) as worker_pool:
        await worker_pool.all_started()
        await worker_pool.send_rows([table])
        epoch_ns = time.monotonic_ns()
        await worker_pool.begin(epoch_ns, seed=1)
        order = target(port, get(port, "/{n}/{user}/{data.users.name}", words=WORDS), users=7, think_s=0.01)
        await worker_pool.send(order)
        await eventually(lambda: newest_users() == {0: 4, 1: 3} and len(since(())) >= 7)
        await worker_pool.add_spare(await WorkerProcess.start(2, tmp_path, "test"))
        await worker_pool.send(SetThinkTime("t", ThinkTime(0.02, 0.02)))  # a spare one gets no orders
        (spare,) = worker_pool.spares
        await worker_pool.send(RemoveTarget("t", 2.0))
        await worker_pool.no_users()
        before = dict(server.requests)
        await worker_pool.assign_number(spare, 2)
        assert worker_pool.spares == []
        await worker_pool.redistribute(0.0)
        await worker_pool.send(order)
        await eventually(lambda: newest_users() == {0: 3, 1: 2, 2: 2} and len(since(before)) >= 7)
        now_s = (time.monotonic_ns() - epoch_ns) / 1e9
        await worker_pool.send(Steer("t", order.steering.set_users(0, now_s), now_s))
        await eventually(lambda: newest_users() == {0: 0, 1: 0, 2: 0})  # none is stopped within a request
        await worker_pool.stop(2.0)
    assert not worker_pool.lost
    answered = sum(each.ok.count for sample in samples for each in sample.requests.values())
    assert answered == sum(server.requests.values())
    assert set(server.requests.values()) == {1}, "no number of a request comes twice"
    for users in (rows(before), since(before)):
        assert len(users) == len({row for _, row in users}) == 7, "each user has a row of its own"


async def connect_far(_: int) -> FarLink:
    return FarLink()


async def test_workers_are_replaced_at_the_same_time_but_not_while_users_are_dealt() -> None:
    replaced: list[int] = []

    async def replace(number: int) -> None:
        async with worker_pool.replacing(number):
            replaced.append(worker_pool.replacements)

    async with starting(2, connect_far, lambda _: None) as worker_pool:
        await worker_pool.all_started()
        await worker_pool.begin(time.monotonic_ns(), seed=1)
        before, other = worker_pool.workers
        async with worker_pool.replacing(1):
            await replace(1)
        assert worker_pool.workers[0] is before
        assert worker_pool.workers[1] is not other
        async with anyio.create_task_group() as group, worker_pool.dealing:
            group.start_soon(replace, 0)
            await anyio.wait_all_tasks_blocked()
            assert replaced == [2]
            assert worker_pool.replacements == 0
            assert worker_pool.workers[0] is before, "it has taken nobody's place yet"
        assert replaced == [2, 1]
        assert worker_pool.replacements == 0
        assert worker_pool.workers[0] is not before


@pytest.mark.parametrize("how", ["it is silent", "it ends", "it answers no ping", "it is not waited for"])
async def test_a_worker_of_which_nothing_comes_ends_and_takes_nobodys_place(how: str) -> None:
    """While it starts, users may be dealt: nobody waits for it."""
    link = FarLink(says_hello=how == "it answers no ping")
    link.answers = False

    links = iter([FarLink(), link])

    async def connect(_: int) -> FarLink:
        return next(links)

    async def replace() -> None:
        with anyio.CancelScope() as scope:
            scopes.append(scope)
            async with worker_pool.replacing(0):
                raise AssertionError("it does not start")

    scopes = list[anyio.CancelScope]()
    async with starting(1, connect, lambda _: None) as worker_pool:
        await worker_pool.all_started()
        await worker_pool.begin(time.monotonic_ns(), seed=1)
        (before,) = worker_pool.workers
        if how == "it is not waited for":
            async with anyio.create_task_group() as group:
                group.start_soon(replace)
                await anyio.wait_all_tasks_blocked()
                assert not worker_pool.dealing.locked()
                assert worker_pool.replacements == 0
                scopes[0].cancel()
        else:
            worker_pool.hello_within_s = -PLACED_WITHIN_S if how == "it is silent" else WITHIN_S
            if how == "it ends":
                link.kill()
            with pytest.raises(LoadError, match=r"did not start|does not answer"):
                await replace()
        await eventually(lambda: not worker_pool._starting)
        assert link.was_killed
        assert worker_pool.workers == [before]
        assert worker_pool.replacements == 0
    assert not worker_pool.lost


async def test_a_clock_that_runs_away_is_corrected() -> None:
    link, changes = FarLink(), list[tuple[int, ClockChange]]()

    async def connect(_: int) -> FarLink:
        return link

    async with starting(1, connect, lambda _: None) as worker_pool:
        worker_pool.on_clock = lambda number, change: changes.append((number, change))
        await worker_pool.all_started()
        epoch_ns = time.monotonic_ns()
        await worker_pool.begin(epoch_ns, seed=1)
        (begin,) = [order for order in link.sent if isinstance(order, Begin)]
        error_ns = worker_pool.clocks[0].error_ns
        assert begin.epoch_ns == pytest.approx(epoch_ns + 5_000_000_000, abs=error_ns)
        assert not changes
        link.apart_ns -= 400_000_000
        await worker_pool.measure_clocks()
        set_again = await eventually(lambda: [order for order in link.sent if isinstance(order, SetEpoch)])
    number, change = changes[0]
    assert number == 0
    error_ns += change.now.error_ns
    assert set_again[0].epoch_ns == pytest.approx(epoch_ns + 4_600_000_000, abs=error_ns)
    assert change.by_ns == pytest.approx(-400_000_000, abs=error_ns)


async def test_before_load_a_worker_that_answers_no_ping_is_an_error() -> None:
    link = FarLink()
    link.answers = False

    async def connect(_: int) -> FarLink:
        return link

    async with starting(1, connect, lambda _: None) as worker_pool:
        await worker_pool.all_started()
        worker_pool.workers[0].pong_within_s = 0.0
        await worker_pool.measure_clocks()
        with pytest.raises(LoadError, match="a load worker of node far does not answer"):
            await worker_pool.begin(time.monotonic_ns(), seed=1)
    assert not any(isinstance(order, Begin) for order in link.sent)
    assert not worker_pool.lost, "it was ended on purpose"


async def test_what_a_replaced_worker_still_says_is_not_its_successors() -> None:
    links, reports, changes = [FarLink(), FarLink()], list[Sample | Heartbeat](), list[int]()

    async def connect(_: int) -> FarLink:
        return links[len(worker_pool.workers)]  # the second one replaces the first

    async with starting(0, connect, reports.append) as worker_pool:
        worker_pool.on_clock = lambda number, _: changes.append(number)
        await worker_pool.start(0)
        await worker_pool.all_started()
        await worker_pool.begin(time.monotonic_ns(), seed=1)
        (before,) = worker_pool.workers
        links[0].say(sample(1), heartbeat(1))
        await eventually(lambda: len(reports) == 2)
        await worker_pool.start(0)
        links[0].apart_ns = 0
        await before.ping()
        links[0].say(sample(2), heartbeat(2))
        links[0].kill()
        await before.ended.wait()
        links[1].say(heartbeat(3))
        await eventually(lambda: reports[2:])
    assert [report.tick for report in reports] == [1, 1, 3]
    assert changes == []


async def test_the_last_reports_of_a_worker_count_before_a_spare_one_takes_its_place() -> None:
    links, reports = [FarLink(), FarLink()], list[Sample | Heartbeat]()
    links[0].last_words = [sample(7), heartbeat(7)]

    async def connect(_: int) -> FarLink:
        return links[0]

    async with starting(1, connect, reports.append) as worker_pool:
        await worker_pool.all_started()
        await worker_pool.begin(time.monotonic_ns(), seed=1)
        await worker_pool.add_spare(links[1])
        await worker_pool.assign_number(links[1], 0)
        assert [report.tick for report in reports] == [7, 7]
        assert [worker.link for worker in worker_pool.workers] == [links[1]]
    assert not worker_pool.lost
