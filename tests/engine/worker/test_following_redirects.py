"""Requests that follow redirects, through a real worker: over both clients, at once and with thought."""

from dataclasses import replace
from typing import Any, Literal

import pytest

from engine.client.placeholders import Words
from engine.protocol.histogram import Histogram
from engine.protocol.request import Check, Extract, OpenModel, Template
from tests.support.ledger import assert_ledger
from tests.support.redirecting import RedirectingServer
from tests.support.servers import CLOSE, HANG, answer, scripted, serving
from tests.support.templates import rendered
from tests.support.worker_process import WorkerProcess, get, target

pytestmark = pytest.mark.anyio
Client = Literal["own", "httpx"]
clients = pytest.mark.parametrize("client", ["own", "httpx"])
paces = pytest.mark.parametrize("think_s", [0.0, 0.002], ids=["at once", "with thought"])


def redirects_of(worker: WorkerProcess, name: str) -> Histogram:
    return Histogram.of(each.requests[name].redirects for each in worker.samples if name in each.requests)


def examples_of(worker: WorkerProcess) -> dict[str, str]:
    return {
        kind: text
        for sample in worker.samples
        for stats in sample.requests.values()
        for kind, text in stats.examples.items()
    }


@clients
@paces
async def test_a_chain_is_one_request_and_its_redirects_are_counted_and_timed(
    worker: WorkerProcess, client: Client, think_s: float
) -> None:
    server = RedirectingServer()
    checks = [
        Check("jmespath", pointer="id", expected=b"7"),
        Check("header", header="x-left", test="present"),
    ]
    async with serving(server) as port:
        hops = get(port, "/hop/3", follow_redirects=3, checks=checks)
        await worker.say(replace(target(port, hops, get(port, "/echo"), think_s=think_s), client=client))
        await worker.until(lambda sample: worker.ok["/hop/3"] >= 20)
        await worker.stop()
    assert worker.errors == {}
    assert worker.ok["/hop/3"] == server.requests["GET /hop/0"]
    redirects = redirects_of(worker, "/hop/3")
    assert redirects.count == sum(server.requests[f"GET /hop/{left}"] for left in (1, 2, 3))
    whole = Histogram.of(each.requests["/hop/3"].ok for each in worker.samples if "/hop/3" in each.requests)
    assert redirects.total_us <= whole.total_us, "each is a part of its request's latency"
    assert sum(sample.bytes_out for sample in worker.samples) == server.bytes_in
    assert server.connections == 4
    assert_ledger(worker.samples)


KINDS = {
    "/hop/3": ("too many redirects", "/hop/1 → /hop/0, after 2"),
    "/loop": ("redirect loop", "/pool → /loop"),
    "/away": (
        "redirect to another server",
        "its Location leads to another server: 'http://other.test/secret'",
    ),
    "/bad": ("bad redirect", "Location 'http://[bad'"),
    "/bare": ("status 302", ""),
}
"""By path: the kind of its failure, and what is said of the first one."""


@clients
async def test_redirects_that_are_not_followed_have_a_name(worker: WorkerProcess, client: Client) -> None:
    server = RedirectingServer()
    async with serving(server) as port:
        templates = [get(port, path, follow_redirects=2) for path in KINDS]
        await worker.say(replace(target(port, *templates, users=2), client=client))
        await worker.until(lambda sample: all(worker.errors[kind] >= 5 for kind, _ in KINDS.values()))
        await worker.stop()
    assert worker.ok == {}
    assert set(worker.errors) == {kind for kind, _ in KINDS.values()}
    for path, (kind, example) in KINDS.items():
        assert worker.errors[kind] == server.requests[f"GET {path}"]
        assert example in examples_of(worker).get(kind, "")
    assert_ledger(worker.samples)


@clients
async def test_a_redirect_is_a_response_like_any_other_by_default(
    worker: WorkerProcess, client: Client
) -> None:
    server = RedirectingServer()
    async with serving(server) as port:
        order = target(port, get(port, "/hop/3", expect_status=[302]))
        await worker.say(replace(order, client=client))
        await worker.until(lambda sample: worker.ok["/hop/3"] >= 5)
        await worker.stop()
    assert set(server.requests) == {"GET /hop/3"}
    assert redirects_of(worker, "/hop/3").count == 0


@clients
async def test_method_and_body_are_kept_or_not_as_the_status_says(
    worker: WorkerProcess, client: Client
) -> None:
    server = RedirectingServer()
    async with serving(server) as port:
        base = f"http://127.0.0.1:{port}"

        def post(path: str, method: str, body: str) -> Template:
            checks = [
                Check("json", pointer="/method", expected=b'"%s"' % method.encode()),
                Check("json", pointer="/body", expected=b'"%s"' % body.encode()),
            ]
            return rendered(base, "POST", path, name=path, body="n", checks=checks, follow_redirects=1)

        templates = (post("/keep", "POST", "n"), post("/closing", "GET", ""))
        await worker.say(replace(target(port, *templates), client=client))
        await worker.until(lambda sample: min(worker.ok["/keep"], worker.ok["/closing"]) >= 5)
        await worker.stop()
    assert worker.errors == {}
    assert set(server.requests) == {"POST /keep", "POST /echo", "POST /closing", "GET /echo"}
    assert_ledger(worker.samples)


@clients
@paces
async def test_cookies_with_their_attributes_through_a_login_and_a_logout(
    worker: WorkerProcess, client: Client, think_s: float
) -> None:
    """Domain, Path, Secure and Max-Age are respected, also of the responses on the way."""
    server = RedirectingServer()
    async with serving(server) as port:
        base = f"http://127.0.0.1:{port}"
        words = Words(taken=frozenset({"sid"}))
        steps = [
            rendered(
                base,
                method,
                path,
                name=path,
                words=words,
                keeps_cookies=True,
                follow_redirects=1,
                takes=[Extract("sid", "cookie", "sid", r"\d")] if path == "/login" else [],
            )
            for method, path in [
                ("POST", "/login"),
                ("GET", "/admin/{sid}"),
                ("GET", "/home"),
                ("GET", "/logout"),
            ]
        ]
        order = target(port, *steps, users=2, think_s=think_s)
        await worker.say(replace(order, journey=True, client=client))
        await worker.until(lambda sample: worker.ok["/logout"] >= 5)
        await worker.stop()
    assert worker.errors == {}
    assert server.cookies == {
        "/login": {""},
        "/home": {"sid=s1"},
        "/admin/1": {"admin=a1; sid=s1"},
        "/logout": {"sid=s1"},
        "/bye": {""},
    }
    assert_ledger(worker.samples)


async def test_a_page_that_asks_again_with_its_cookie_is_no_loop(worker: WorkerProcess) -> None:
    server = RedirectingServer()
    async with serving(server) as port:
        template = rendered(
            f"http://127.0.0.1:{port}", path="/once", name="once", keeps_cookies=True, follow_redirects=5
        )
        await worker.say(target(port, template, users=1))
        await worker.until(lambda sample: worker.ok["once"] >= 5)
        await worker.stop()
    assert worker.errors == {}
    assert redirects_of(worker, "once").count == 1, "its user keeps the cookie"


@clients
async def test_a_stream_may_be_somewhere_else(worker: WorkerProcess, client: Client) -> None:
    hop = [answer(b"data: no event", "307 Temporary Redirect", "Location: /events\r\n")]
    events = [answer(b"data: 1\n\ndata: 2\n\n", headers="Content-Type: text/event-stream\r\n")]
    async with serving(scripted(*[hop, events] * 10_000)) as port:
        order = target(port, get(port, "/a", kind="sse", follow_redirects=1), users=1)
        await worker.say(replace(order, client=client))
        await worker.until(lambda sample: worker.ok["/a"] >= 5)
        await worker.stop()
    assert worker.errors == {}
    tokens = sum(stats.tokens for sample in worker.samples for stats in sample.requests.values())
    assert tokens == 2 * worker.ok["/a"]
    assert redirects_of(worker, "/a").count == worker.ok["/a"]


async def test_the_timeout_is_that_of_the_whole_chain(worker: WorkerProcess) -> None:
    hop = [answer(b"", "302 Found", "Location: /b\r\n")]
    async with serving(scripted(hop, [HANG], *[[HANG]] * 1000)) as port:
        order = target(port, get(port, "/a", follow_redirects=1), users=1, timeout_s=0.3)
        await worker.say(order)
        await worker.until(lambda sample: worker.errors["response timeout"] >= 1)
        await worker.stop(grace_s=0.0)
    assert set(worker.errors) == {"response timeout"}
    failed = Histogram.of(each.requests["/a"].failed for each in worker.samples if "/a" in each.requests)
    assert failed.min_us >= 300_000
    assert_ledger(worker.samples)


async def test_a_user_who_leaves_on_the_way_leaves_no_request_behind(worker: WorkerProcess) -> None:
    hop = [answer(b"", "302 Found", "Location: /b\r\n")]
    async with serving(scripted(hop, [HANG])) as port:
        await worker.say(target(port, get(port, "/a", follow_redirects=1), users=1))
        await worker.until(lambda sample: redirects_of(worker, "/a").count == 1 and sample.in_flight == 1)
        await worker.stop(grace_s=0.0)
    assert sum(sample.cancelled for sample in worker.samples) == 1
    assert_ledger(worker.samples)


async def test_a_connection_that_was_closed_on_the_way_is_replaced(worker: WorkerProcess) -> None:
    """A redirect has made a GET of the POST, which may be repeated."""
    hop, good = [answer(b"", "303 See Other", "Location: /b\r\n")], [answer(b"good")]
    async with serving(scripted(hop, [CLOSE], good, *[hop, good] * 10_000)) as port:
        template = rendered(f"http://127.0.0.1:{port}", "POST", "/a", name="a", body="x", follow_redirects=1)
        await worker.say(target(port, template, users=1))
        await worker.until(lambda sample: worker.ok["a"] >= 3)
        await worker.stop()
    assert worker.errors == {}
    assert sum(sample.reconnects for sample in worker.samples) == 1
    assert_ledger(worker.samples)


async def test_arrivals_of_the_open_model_follow_redirects(worker: WorkerProcess) -> None:
    server = RedirectingServer()
    async with serving(server) as port:
        hops = get(port, "/hop/2", follow_redirects=2)
        await worker.say(replace(target(port, hops, users=100), open_model=OpenModel(max_users=20)))
        await worker.until(lambda sample: worker.ok["/hop/2"] >= 10)
        await worker.stop()
    assert worker.errors == {}
    assert redirects_of(worker, "/hop/2").count >= 2 * worker.ok["/hop/2"]
    assert_ledger(worker.samples)


@clients
@paces
async def test_graphql_errors_and_headers_have_kinds_of_their_own(
    worker: WorkerProcess, client: Client, think_s: float
) -> None:
    server = RedirectingServer()
    graphql = Check("graphql")
    async with serving(server) as port:
        base, words = f"http://127.0.0.1:{port}", Words(taken=frozenset({"id"}))

        def query(name: str, json: object, **more: Any) -> Template:
            return rendered(
                base, "POST", "/graphql", name=name, words=words, json=json,
                verbatim={"query": "query Item($id: ID!) { item(id: $id) {id} }"}, **more,
            )  # fmt: skip

        templates = (
            query("item", {"variables": {"id": "{n|number}"}}, checks=[graphql]),
            query("error", {"operationName": "Item"}, checks=[graphql]),
            query("unchecked", {}),
            query("header", {}, checks=[Check("header", header="x-id", test="equals", text="g8")]),
        )
        await worker.say(replace(target(port, *templates, think_s=think_s), client=client))
        await worker.until(
            lambda sample: min(worker.ok["item"], worker.ok["unchecked"], worker.errors["bad header"]) >= 5
        )
        await worker.stop()
    assert set(worker.ok) == {"item", "unchecked"}
    assert set(worker.errors) == {"graphql errors", "bad header"}
    assert examples_of(worker) == {
        "graphql errors": "variable $id is missing",
        "bad header": "the header 'x-id' is 'g7', not 'g8'",
    }
    assert_ledger(worker.samples)


async def test_a_search_that_takes_too_long_fails_its_request_and_no_other(worker: WorkerProcess) -> None:
    body = b"a" * 200 + b"!"
    async with serving(scripted(*[[answer(body)]] * 100_000)) as port:
        slow = get(port, "/slow", checks=[Check("matches", text="(a|aa)+$")])
        await worker.say(target(port, slow, get(port, "/quick"), users=2, think_s=0.001))
        await worker.until(lambda sample: worker.errors["bad body"] >= 3 and worker.ok["/quick"] >= 3)
        await worker.stop()
    assert set(worker.errors) == {"bad body"}
    assert "was given up" in examples_of(worker)["bad body"]
    assert_ledger(worker.samples)
