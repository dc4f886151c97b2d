"""The load worker over its real protocol, against real servers: what it reports is what the servers saw."""

import asyncio
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import anyio
import pytest

from engine.protocol.load_shape import Stage, Steering, ThinkTime
from engine.protocol.messages import (
    TICK_S,
    Heartbeat,
    Hello,
    Ping,
    Pong,
    RemoveTarget,
    Sample,
    SetThinkTime,
    SetWorkload,
    Stopped,
    encode,
)
from tests.support.ledger import assert_ledger
from tests.support.servers import (
    CLOSE,
    CountingServer,
    answer,
    read_request,
    scripted,
    serving,
    unused_port,
    wait_until,
)
from tests.support.templates import rendered
from tests.support.waiting import WITHIN_S
from tests.support.worker_process import WorkerProcess, get, target, working

pytestmark = [pytest.mark.anyio, pytest.mark.races]


async def test_counts_are_what_the_server_counted(worker: WorkerProcess) -> None:
    server = CountingServer(broken=answer(status="500 Oops"))
    async with serving(server) as port:
        templates = (get(port, "/a", weight=3), get(port, "/b"), get(port, "/broken"))
        await worker.say(target(port, *templates))
        await worker.until(lambda sample: sample.tick >= 3)
        await worker.stop()
    assert worker.ok == {"/a": server.requests["/a"], "/b": server.requests["/b"]}
    assert worker.errors == {"status 500": server.requests["/broken"]}
    assert sum(sample.started for sample in worker.samples) == server.requests.total()
    assert sum(sample.bytes_out for sample in worker.samples) == server.bytes_in
    assert sum(sample.bytes_in for sample in worker.samples) == server.bytes_out
    connects = sum(sum(sample.connects.counts.values()) for sample in worker.samples)
    assert connects == server.connections == 4
    assert_ledger(worker.samples)
    # Weights are exact over each round of the order, which is 1,000 requests long.
    rounds, rest = divmod(server.requests.total(), 1000)
    assert 600 * rounds <= server.requests["/a"] <= 600 * rounds + min(rest, 600)


async def test_ticks_follow_each_other_and_are_completed_by_heartbeats(worker: WorkerProcess) -> None:
    async with serving(CountingServer()) as port:
        await worker.say(target(port))
        await worker.until(lambda sample: sample.tick >= 4)
        await worker.stop()
    # A heartbeat without a sample may follow the last one: the target had ended, and its worker had not yet.
    for report, following in pairwise(worker.reports):
        if isinstance(report, Sample):
            assert isinstance(following, Heartbeat)
            assert (report.tick, report.ticks) == (following.tick, following.ticks)
    ends = [sample.tick for sample in worker.samples]
    begins = [sample.tick - sample.ticks for sample in worker.samples]
    assert begins[1:] == ends[:-1]
    assert worker.heartbeats[-1].cpu_s > 0
    assert sum(map(len, (heartbeat.lag.counts for heartbeat in worker.heartbeats))) > 0


async def test_the_shape_is_moved_on_when_the_warm_up_is_over(worker: WorkerProcess) -> None:
    async with serving(CountingServer()) as port:
        stages = (Stage(1, 0), Stage(1, 3600), Stage(4, 0), Stage(4, 3600))
        await worker.say(target(port, stages=stages))
        await worker.until(lambda sample: sample.users == 1)
        await worker.steer(lambda steering, now_s: steering.moved_to(now_s - 3600))
        await worker.until(lambda sample: sample.users == 4)
        await worker.stop()
    assert_ledger(worker.samples)


async def test_a_ramp_adds_users_one_by_one_and_manual_steering_takes_over(worker: WorkerProcess) -> None:
    async with serving(CountingServer()) as port:
        stages = (Stage(20, 1.0), Stage(20, 1e6))
        await worker.say(target(port, stages=stages, at_s=worker.now_s, think_s=0.01))
        await worker.until(lambda sample: sample.users == 20)
        users = [sample.users for sample in worker.samples]
        assert users == sorted(users)
        assert users[0] < 20
        await worker.set_users(3)
        await worker.until(lambda sample: sample.users == 3)
        await worker.steer(Steering.hand_back)
        await worker.until(lambda sample: sample.users == 20)
        await worker.stop()
    assert worker.errors == {}
    assert_ledger(worker.samples)


async def test_a_pause_lets_requests_finish_and_stops_the_next(worker: WorkerProcess) -> None:
    server = CountingServer()
    async with serving(server) as port:
        await worker.say(target(port))
        await worker.until(lambda sample: sample.started > 0)
        await worker.steer(Steering.pause)
        await worker.until(lambda sample: sample.paused and sample.in_flight == 0)
        counted = server.requests.total()
        still = [await worker.until(lambda sample: True) for _ in range(2)]
        assert [(sample.started, sample.users) for sample in still] == [(0, 4), (0, 4)]
        assert server.requests.total() == counted
        await worker.steer(Steering.resume)
        await worker.until(lambda sample: not sample.paused and sample.started > 0)
        await worker.stop()
    assert worker.ok == {"/hello": server.requests["/hello"]}


async def test_users_do_not_return_from_a_pause_in_step(worker: WorkerProcess) -> None:
    took_s = 0.4
    came_s: list[float] = []

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await read_request(reader)
            came_s.append(worker.now_s)
            await asyncio.sleep(took_s)
            writer.write(answer())

    async with serving(slow) as port:
        await worker.say(target(port, users=10))
        await worker.until(lambda sample: sample.started > 0)
        await worker.steer(Steering.pause)
        await worker.until(lambda sample: sample.paused and sample.in_flight == 0)
        came_s.clear()
        await worker.steer(Steering.resume)
        await worker.until(lambda sample: sample.in_flight == 10)
        await worker.stop()
    first = came_s[:10]
    assert max(first) - min(first) > took_s / 4


async def test_think_time_and_workload_change_while_users_run(worker: WorkerProcess) -> None:
    server = CountingServer()
    async with serving(server) as port:
        await worker.say(target(port, users=8, think_s=600.0))
        await worker.until(lambda sample: sample.users == 8)
        await worker.say(SetThinkTime("t", ThinkTime(0.001, 0.002)))
        await worker.until(lambda sample: sample.started >= 8)
        await worker.say(SetWorkload("t", (get(port, "/other"),)))
        await worker.until(lambda sample: set(sample.requests) == {"/other"})
        await worker.stop()
    assert worker.ok == server.requests
    assert_ledger(worker.samples)


async def test_a_removed_target_sends_its_last_sample_and_may_be_added_again(worker: WorkerProcess) -> None:
    server = CountingServer()
    async with serving(server) as port:
        await worker.say(target(port), target(port, name="other"))
        await worker.until(lambda sample: sample.target == "t" and sample.started > 0)
        await worker.say(RemoveTarget("t"))
        last = await worker.until(lambda sample: sample.target == "t" and sample.users == 0)
        assert last.in_flight == 0
        after = [await worker.until(lambda sample: True) for _ in range(3)]
        assert {sample.target for sample in after} == {"other"}
        await worker.say(target(port))
        await worker.until(lambda sample: sample.target == "t" and sample.started > 0)
        await worker.stop()
    assert worker.ok == server.requests
    assert_ledger([sample for sample in worker.samples if sample.target == "t"])


async def test_a_target_that_is_replaced_while_its_users_wait(worker: WorkerProcess) -> None:
    server = CountingServer()
    async with serving(server) as port:
        await worker.say(target(port, get(port, "/hang")))
        await worker.until(lambda sample: sample.in_flight == 4)
        await worker.say(RemoveTarget("t", grace_s=0.2), target(port))
        await worker.until(lambda sample: sample.cancelled == 4)
        await worker.until(lambda sample: sample.in_flight == 0 or sample.started > 0)
        await worker.stop()
    assert worker.ok == {"/hello": server.requests["/hello"]}
    assert_ledger(worker.samples)


async def test_requests_that_outlast_the_grace_are_cancelled_and_counted(worker: WorkerProcess) -> None:
    server = CountingServer()
    async with serving(server) as port:
        await worker.say(target(port, get(port, "/hang"), users=5))
        waiting = await worker.until(lambda sample: sample.in_flight == 5)
        assert waiting.oldest_in_flight_us > 0
        stopped = await worker.stop(grace_s=0.1)
    assert stopped == Stopped(0)
    assert worker.process.returncode == 0
    assert sum(sample.cancelled for sample in worker.samples) == server.requests["/hang"] == 5
    assert worker.errors == {}
    assert_ledger(worker.samples)
    assert worker.samples[-1].in_flight == worker.samples[-1].users == 0


async def test_a_request_without_a_response_is_a_response_timeout(worker: WorkerProcess) -> None:
    server = CountingServer()
    async with serving(server) as port:
        await worker.say(target(port, get(port, "/hang"), users=3, timeout_s=0.3))
        sample = await worker.until(lambda sample: bool(sample.requests))
        await worker.stop(grace_s=0)
    assert set(sample.requests["/hang"].errors) == {"response timeout"}
    assert sample.requests["/hang"].failed.min_us >= 300_000
    assert_ledger(worker.samples)


async def test_a_target_that_refuses_does_not_keep_the_core_busy(worker: WorkerProcess) -> None:
    await worker.say(target(unused_port(), users=10))
    await worker.until(lambda sample: sample.tick >= 7)
    await worker.stop()
    assert set(worker.errors) == {"refused"}
    # Waits of at least 25, 50, 100, 200, 400, 500, … ms: five tries in 0.4 s, then two or fewer a second.
    seconds = (worker.samples[-1].tick + 1) * TICK_S
    assert worker.errors["refused"] <= 10 * (5 + 2 * seconds)
    assert_ledger(worker.samples)


async def test_a_server_that_closes_every_connection_is_served_by_new_ones(worker: WorkerProcess) -> None:
    server = CountingServer(bye=answer(headers="Connection: close\r\n"))
    async with serving(server) as port:
        await worker.say(target(port, get(port, "/bye"), users=2, think_s=0.01))
        await worker.until(lambda sample: sum(worker.ok.values()) >= 20)
        await worker.stop()
    assert worker.ok == {"/bye": server.requests["/bye"]}
    assert worker.errors == {}
    assert server.connections == server.requests.total()


async def test_heads_and_gets_share_connections(worker: WorkerProcess) -> None:
    server = CountingServer(head=b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
    async with serving(server) as port:
        head = rendered(f"http://127.0.0.1:{port}", "HEAD", "/head", name="/head")
        await worker.say(target(port, head, get(port)))
        await worker.until(lambda sample: sample.tick >= 1)
        await worker.stop()
    assert worker.ok == server.requests
    assert worker.errors == {}
    assert server.connections == 4


async def test_a_stale_connection_is_retried_once_if_the_method_may_be_repeated(
    worker: WorkerProcess,
) -> None:
    async with serving(scripted([answer()], [CLOSE], *[[answer()]] * 100_000)) as port:
        await worker.say(target(port, users=1, think_s=0.01))
        await worker.until(lambda sample: worker.ok["/hello"] >= 3)
        await worker.stop()
    assert worker.errors == {}
    assert sum(sample.reconnects for sample in worker.samples) == 1
    assert sum(sum(sample.connects.counts.values()) for sample in worker.samples) == 2
    assert_ledger(worker.samples)


async def test_a_stale_connection_fails_if_the_method_may_not_be_repeated(worker: WorkerProcess) -> None:
    async with serving(scripted([answer()], [CLOSE], *[[answer()]] * 100_000)) as port:
        post = rendered(f"http://127.0.0.1:{port}", "POST", "/", json={"a": 1}, name="post")
        await worker.say(target(port, post, users=1, think_s=0.01))
        await worker.until(lambda sample: worker.ok["post"] >= 2)
        await worker.stop()
    assert worker.errors == {"stale": 1}
    assert sum(sample.reconnects for sample in worker.samples) == 0


async def test_what_is_sent_again_is_what_was_lost(worker: WorkerProcess) -> None:
    """Without think time, with requests by weight: each connection ends in place of its third answer."""
    answered: Counter[str] = Counter()

    async def third_time_unlucky(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):
            _, path, _ = await read_request(reader)
            answered[path] += 1
            writer.write(answer())
        await read_request(reader)

    async with serving(third_time_unlucky) as port:
        await worker.say(target(port, get(port, "/a"), get(port, "/b"), users=2))
        await worker.until(lambda sample: worker.ok.total() >= 200)
        await worker.stop()
    assert worker.errors == {}
    assert worker.ok == answered
    assert sum(sample.reconnects for sample in worker.samples) >= 99
    assert_ledger(worker.samples)


async def test_gets_follow_heads_on_the_same_connections(worker: WorkerProcess) -> None:
    server = CountingServer(head=b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
    async with serving(server) as port:
        head = rendered(f"http://127.0.0.1:{port}", "HEAD", "/head", name="/head")
        await worker.say(target(port, head))
        await worker.until(lambda sample: worker.ok["/head"] >= 10)
        await worker.say(SetWorkload("t", (get(port),)))
        await worker.until(lambda sample: worker.ok["/hello"] >= 10)
        await worker.stop()
    assert worker.ok == server.requests
    assert worker.errors == {}
    assert server.connections == 4


async def test_ping_is_answered_with_the_clock(worker: WorkerProcess) -> None:
    await worker.say(Ping(7), Ping(8))
    first, second = await worker.hear(), await worker.hear()
    assert isinstance(first, Pong)
    assert isinstance(second, Pong)
    assert (first.number, second.number) == (7, 8)
    assert first.clock_ns <= second.clock_ns


async def test_the_end_of_its_orders_ends_the_worker_at_once(worker: WorkerProcess) -> None:
    server = CountingServer()
    async with serving(server) as port:
        await worker.say(target(port, get(port, "/hang")))
        with anyio.fail_after(WITHIN_S):
            await server.hanging.wait()
        assert worker.process.stdin is not None
        await worker.process.stdin.aclose()
        assert (await worker.ended()).trouble == "the front closed the pipe of orders"
    assert worker.process.returncode == 1


def test_a_front_that_no_longer_reads_ends_the_worker(tmp_path: Path) -> None:
    command = [sys.executable, "-P", "-m", "engine.worker.process", "--log", str(tmp_path / "log")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == encode(Hello(process.pid))
        process.stdout.close()
        assert process.wait(timeout=20) == 1


async def test_a_front_that_does_not_read_gets_merged_ticks_and_every_count(worker: WorkerProcess) -> None:
    server = CountingServer()
    name = "t" * 200_000
    async with serving(server) as port:
        await worker.say(target(port, users=2, think_s=0.001, name=name))
        # A pipe and the worker's buffer hold two such samples; the third second must be merged.
        await wait_until(lambda: worker.now_s > 2.5)
        await worker.until(lambda sample: sample.tick * 0.2 > 2.5 and sample.ticks == 1)
        await worker.stop()
    assert max(sample.ticks for sample in worker.samples) > 1
    assert worker.ok == {"/hello": server.requests["/hello"]}
    ends = [sample.tick for sample in worker.samples]
    assert [sample.tick - sample.ticks for sample in worker.samples][1:] == ends[:-1]
    assert_ledger(worker.samples)


async def test_orders_for_a_target_that_is_gone_go_to_the_log(worker: WorkerProcess) -> None:
    await worker.say(RemoveTarget("nobody"))
    assert (await worker.stop()).trouble == ""
    assert "no target 'nobody'" in worker.log.read_text()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
async def test_a_full_disk_for_the_log_does_not_end_the_worker(tmp_path: Path) -> None:
    (tmp_path / "worker.log").symlink_to("/dev/full")
    async with working(tmp_path) as worker:
        await worker.begin()
        await worker.say(RemoveTarget("nobody"), RemoveTarget("nobody"))
        assert (await worker.stop()).trouble == ""
        assert worker.process.returncode == 0


async def test_an_order_that_cannot_be_read_ends_the_worker_with_the_reason(worker: WorkerProcess) -> None:
    assert worker.process.stdin is not None
    await worker.process.stdin.send(b'["Nonsense", {}]\n')
    assert "not a message" in (await worker.ended()).trouble
    assert worker.process.returncode == 1
    assert "Traceback" in worker.log.read_text()


def test_a_worker_stays_light() -> None:
    heavy = ["textual", "pydantic", "httpx", "docker", "fastapi", "django"]
    code = f"import sys, engine.worker.process; print([name for name in {heavy} if name in sys.modules])"
    found = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert found.stdout.strip() == "[]"


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel notes no arrivals here")
async def test_samples_say_that_responses_ended_when_they_arrived(worker: WorkerProcess) -> None:
    async with serving(CountingServer()) as port:
        await worker.say(target(port))
        sample = await worker.until(lambda sample: sample.noted)
        await worker.stop()
    assert sample.is_noted
