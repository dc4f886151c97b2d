"""Workloads that vary, through a real worker: journeys, cookies, values taken, checks, data from a seed."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from engine.client.placeholders import Words
from engine.protocol.load_shape import Steering, ThinkTime
from engine.protocol.messages import (
    TICK_S,
    Begin,
    RemoveTarget,
    SetWorkload,
    Template,
)
from engine.protocol.request import Check, Extract
from tests.support.ledger import assert_ledger
from tests.support.servers import CLOSE, CountingServer, answer, scripted, serving
from tests.support.shop import Shop
from tests.support.templates import rendered
from tests.support.worker_process import WorkerProcess, get, target, working

pytestmark = pytest.mark.anyio


paces = pytest.mark.parametrize("think_s", [0.0, 0.01], ids=["at once", "with thought"])
"""Where users do not think, the next request follows from within the read that brought the answer."""


def journey(port: int) -> tuple[Template, ...]:
    """Log in once; create a thing and read it back, over and over."""
    base = f"http://127.0.0.1:{port}"
    known = Words(taken=frozenset({"token", "seat", "id"}))
    login = rendered(
        base,
        "POST",
        "/login",
        json={"user": "u{user}"},
        words=Words(),
        keeps_cookies=True,
        name="login",
        takes=[Extract("token", "json", "/auth/token"), Extract("seat", "header", "x-seat")],
        once=True,
    )
    create = rendered(
        base,
        "POST",
        "/things",
        json={"title": "{seat}/{n}"},
        bearer="{token}",
        words=known,
        keeps_cookies=True,
        name="create",
        expect_status=[201],
        takes=[Extract("id", "json", "/id")],
    )
    read = rendered(
        base, "GET", "/things/{id}", bearer="{token}", words=known, keeps_cookies=True, name="read"
    )
    return login, create, read


async def test_a_journey_carries_what_it_took_from_step_to_step(worker: WorkerProcess) -> None:
    shop = Shop()
    async with serving(shop) as port:
        await worker.say(replace(target(port, *journey(port), users=3), journey=True))
        await worker.until(lambda sample: worker.ok["read"] >= 30)
        await worker.stop()
    assert worker.errors == {}
    assert sorted(shop.users) == ["u0", "u1", "u2"], "each has logged in once"
    assert worker.ok == {
        "login": 3,
        "create": shop.requests["POST /things"],
        "read": shop.requests["GET /things/#"],
    }
    numbers = sorted(int(title.split("/")[1]) for title in shop.titles)
    assert numbers == list(range(len(numbers))), "every journey has a number of its own, none is left out"
    assert worker.ok["create"] - 3 <= worker.ok["read"] <= worker.ok["create"]
    assert_ledger(worker.samples)
    assert sum(sample.bytes_out for sample in worker.samples) > 0


async def test_a_failed_step_ends_the_journey_and_its_user_starts_anew(worker: WorkerProcess) -> None:
    shop = Shop(forget_every=4)
    async with serving(shop) as port:
        await worker.say(replace(target(port, *journey(port), users=2), journey=True))
        await worker.until(lambda sample: worker.errors["status 404"] >= 3)
        await worker.stop()
    assert set(worker.errors) == {"status 404"}
    assert worker.errors["status 404"] == shop.statuses[404]
    assert shop.statuses[404] <= len(shop.users) <= shop.statuses[404] + 2, "they log in again, and only they"
    assert_ledger(worker.samples)


async def test_journeys_are_paused_steered_and_replaced(worker: WorkerProcess) -> None:
    shop = Shop(forget_every=7)
    async with serving(shop) as port:
        await worker.say(replace(target(port, *journey(port), users=4), journey=True))
        await worker.until(lambda sample: worker.ok["read"] >= 10)
        await worker.steer(Steering.pause)
        await worker.until(lambda sample: sample.paused and sample.in_flight == 0)
        await worker.set_users(2)
        await worker.steer(Steering.resume)
        await worker.until(lambda sample: sample.users == 2 and sample.started > 0)
        await worker.set_users(6)
        await worker.until(lambda sample: sample.users == 6)
        await worker.say(SetWorkload("t", (get(port, "/other", expect_status=[401]),)))
        await worker.until(lambda sample: "/other" in sample.requests)
        await worker.stop()
    assert set(shop.users) <= {f"u{number}" for number in range(6)}, (
        "numbers of those who left are given again"
    )
    assert_ledger(worker.samples)


async def test_a_journey_in_flight_outlasts_no_grace(worker: WorkerProcess) -> None:
    async with serving(CountingServer()) as port:
        steps = (get(port, "/a"), get(port, "/hang"))
        await worker.say(replace(target(port, *steps, users=3), journey=True))
        await worker.until(lambda sample: worker.ok["/a"] == 3 and sample.in_flight == 3)
        await worker.stop(grace_s=0.1)
    assert worker.ok == {"/a": 3}
    assert sum(sample.cancelled for sample in worker.samples) == 3
    assert_ledger(worker.samples)


async def test_checks_make_a_body_bad_and_keep_an_example(worker: WorkerProcess) -> None:
    server = CountingServer(good=answer(b'{"total": 3}'), bad=answer(b'{"total": 4}'))
    checks = [Check("contains", text="total"), Check("json", pointer="/total", expected=b"3")]
    async with serving(server) as port:
        templates = [get(port, path, checks=checks, weight=2) for path in ("/good", "/bad")]
        await worker.say(target(port, *templates, get(port, "/plain", weight=2), think_s=0.001))
        await worker.until(lambda sample: worker.errors["bad body"] >= 5)
        await worker.stop()
    assert worker.ok == {"/good": server.requests["/good"], "/plain": server.requests["/plain"]}
    assert worker.errors == {"bad body": server.requests["/bad"]}
    examples = {t.examples["bad body"] for s in worker.samples for t in s.requests.values() if t.examples}
    assert examples == {"at '/total': 4, not 3"}
    assert_ledger(worker.samples)


async def test_weighted_requests_are_filled_in_by_number(worker: WorkerProcess) -> None:
    shop = Shop()
    async with serving(shop) as port:
        template = rendered(
            f"http://127.0.0.1:{port}", path="/{n}/{user}", words=Words(), expect_status=[401]
        )
        await worker.say(target(port, template, users=2))
        await worker.until(lambda sample: len(shop.targets) >= 50)
        await worker.stop()
    numbers, users = zip(*(map(int, path[1:].split("/")) for path in shop.targets), strict=True)
    assert sorted(numbers) == list(range(len(numbers)))
    assert set(users) == {0, 1}
    assert_ledger(worker.samples)


async def test_numbers_begin_where_others_left_off_and_go_on_when_a_target_comes_back(tmp_path: Path) -> None:
    shop = Shop()
    async with serving(shop) as port, working(tmp_path) as worker:
        await worker.say(Begin(time.monotonic_ns(), worker=1, workers=3, first_number=100, first_user=10))
        template = rendered(
            f"http://127.0.0.1:{port}", path="/{n}/{user}", words=Words(), expect_status=[401]
        )
        order = target(port, template, users=5)
        await worker.say(order)
        await worker.until(lambda sample: len(shop.targets) >= 10)
        await worker.say(RemoveTarget("t"))
        await worker.until(lambda sample: sample.users == 0 and sample.in_flight == 0)
        before = len(shop.targets)
        await worker.say(order)
        await worker.until(lambda sample: len(shop.targets) >= before + 10)
        await worker.stop()
    numbers, users = zip(*(map(int, path[1:].split("/")) for path in shop.targets), strict=True)
    assert sorted(numbers) == [1 + 3 * at for at in range(100, 100 + len(numbers))]
    assert set(users) == {1 + 3 * 10, 1 + 3 * 11}, "two of the five users are this worker's"


@paces
async def test_a_value_that_is_not_allowed_in_a_header_is_a_failure_and_nothing_is_sent(
    worker: WorkerProcess, think_s: float
) -> None:
    server = CountingServer(evil=answer(b'{"id": "1\\r\\nX: y"}'))
    async with serving(server) as port:
        first = get(port, "/evil", takes=[Extract("id", "json", "/id")])
        words = Words(taken=frozenset({"id"}))
        second = get(port, "/next", headers={"X-Id": "{id}"}, words=words)
        await worker.say(replace(target(port, first, second, users=1, think_s=think_s), journey=True))
        await worker.until(lambda sample: worker.errors["bad value"] >= 3)
        await worker.stop()
    assert set(worker.errors) == {"bad value"}
    assert set(server.requests) == {"/evil"}
    assert server.connections == 1
    assert sum(sample.bytes_out for sample in worker.samples) == server.bytes_in
    assert_ledger(worker.samples)


@paces
async def test_a_response_without_the_value_is_a_bad_body(worker: WorkerProcess, think_s: float) -> None:
    async with serving(CountingServer()) as port:
        steps = (get(port, "/a", takes=[Extract("id", "json", "/id")]), get(port, "/b"))
        await worker.say(replace(target(port, *steps, users=1, think_s=think_s), journey=True))
        await worker.until(lambda sample: worker.errors["bad body"] >= 2)
        await worker.stop()
    assert worker.ok == {}
    assert set(worker.errors) == {"bad body"}
    assert_ledger(worker.samples)


@paces
async def test_a_stale_connection_is_retried_with_a_new_capture(
    worker: WorkerProcess, think_s: float
) -> None:
    good = [answer(b"good")]
    async with serving(scripted(good, [CLOSE], *[good] * 100_000)) as port:
        check = Check("size", low=4, high=4)
        await worker.say(target(port, get(port, "/", checks=[check]), users=1, think_s=think_s))
        await worker.until(lambda sample: worker.ok["/"] >= 3)
        await worker.stop()
    assert worker.errors == {}
    assert sum(sample.reconnects for sample in worker.samples) == 1


BY_STEP_S = {"login": 0.0, "create": 0.002, "read": 0.02}
"""How long users think before each step."""


@pytest.mark.parametrize(
    "think_time",
    [
        ThinkTime(),
        ThinkTime(0.005, 0.005),
        ThinkTime(of_steps=tuple(ThinkTime(each, each) for each in BY_STEP_S.values()), mean_of_steps_s=0.01),
    ],
    ids=str,
)
async def test_a_users_time_is_latency_think_time_or_the_generators_own(
    worker: WorkerProcess, think_time: ThinkTime
) -> None:
    """Little's law, to the tick: whatever the machine does meanwhile, nothing is left over."""
    before_s = BY_STEP_S if think_time.of_steps else dict.fromkeys(BY_STEP_S, think_time.mean_s)
    after_s = {"login": before_s["create"], "create": before_s["read"], "read": before_s["create"]}
    async with serving(Shop()) as port:
        order = replace(target(port, *journey(port), users=5), think_time=think_time)
        await worker.say(replace(order, journey=True))
        first = await worker.until(lambda sample: worker.ok["read"] >= 10)
        await worker.until(lambda sample: sample.tick >= first.tick + 5)
        await worker.stop()
    whole = [sample for sample in worker.samples if first.tick < sample.tick <= first.tick + 5]
    lived_s = sum(5 * sample.ticks * TICK_S for sample in whole)
    reported_s = sum(sample.late_us for sample in whole) / 1e6
    for sample in whole:
        for name, stats in sample.requests.items():
            reported_s += stats.ok.total_us / 1e6 + sum(stats.ok.counts.values()) * after_s[name]
    assert sum(sample.late_us for sample in whole) > 0
    assert reported_s == pytest.approx(lived_s, rel=0.1)


@paces
async def test_each_request_on_a_connection_of_its_own(tmp_path: Path, think_s: float) -> None:
    """ProbeResult for with `Connection: close`: also where the server would have kept it open."""
    server = CountingServer()
    async with serving(server) as port, working(tmp_path) as worker:
        template = rendered(f"http://127.0.0.1:{port}", headers={"Connection": "close"}, name="once")
        await worker.begin()
        await worker.say(target(port, template, users=2, think_s=think_s))
        await worker.until(lambda sample: worker.ok["once"] >= 20)
        await worker.stop()
    assert worker.errors == {}
    connects = sum(sum(sample.connects.counts.values()) for sample in worker.samples)
    assert connects == sum(sample.started for sample in worker.samples)
