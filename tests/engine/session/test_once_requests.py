"""Setup before load, teardown after it, however the session ends."""

import asyncio
from typing import Any

import pytest

from engine.export.loaded import load
from engine.plan import commands
from engine.plan.plan import Plan, make_plan
from engine.session import once_requests
from engine.session.session import Session, opened
from targets.errors import TargetError
from tests.support.live_sessions import begun, finished, until
from tests.support.servers import answer, read_request, serving

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]

TOKEN = "t0ken-of-the-shop"


class Shop:
    """A server with a login, items, and a logout. Counts what it is asked for."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.hangs = ""
        """The path that is never answered."""
        self.rejects = ""
        """The path that answers 500."""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            method, path, sent = await read_request(reader)
            if path != "/health":
                self.seen.append(f"{method} {path}")
            if path == self.hangs:
                await reader.read()
                return
            if path == self.rejects:
                writer.write(answer(TOKEN.encode(), "500 Internal Server Error"))
            elif path == "/login":
                writer.write(answer(f'{{"token": "{TOKEN}"}}'.encode(), headers="Set-Cookie: sid=1\r\n"))
            elif path == "/health" or f"Bearer {TOKEN}".encode() in sent:
                writer.write(answer(TOKEN.encode()))
            else:
                writer.write(answer(b"who?", "401 Unauthorized"))
            await writer.drain()

    def times(self, what: str) -> int:
        return self.seen.count(what)


def plan_of(port: int, **changes: Any) -> Plan:
    own = [
        {"name": name, "url": f"http://127.0.0.1:{port}", "health": "/health"} for name in ("one", "other")
    ]
    values = {
        "title": "Shop",
        "target": own,
        "targets": ["one"],
        "stages": [{"users": 2, "hold": "1 s"}],
        "warm_up": "none",
        "think_time": "20 ms",
        "setup": [{"method": "POST", "path": "/login", "take": {"token": "/token"}}],
        "request": [
            {"path": "/items", "auth": {"bearer": "{setup.token}"}, "checks": {"contains": "another"}}
        ],
        "teardown": [{"method": "DELETE", "path": "/session", "auth": {"bearer": "{setup.token}"}}],
    }
    return make_plan(values | changes, where="test")


def events(session: Session, *kinds: str) -> list[tuple[str, str]]:
    found = session.recorder.timeline.events
    return [(each.target, each.text.partition(" after ")[0]) for each in found if each.kind in kinds]


async def test_each_target_is_set_up_before_load_and_torn_down_after_it() -> None:
    shop = Shop()
    async with serving(shop) as port, opened(plan_of(port, targets=["one", "other"])) as session:
        await finished(session)
    assert session.outcome == "completed", session.error
    assert shop.seen[:2] == ["POST /login"] * 2
    assert shop.seen[-2:] == ["DELETE /session"] * 2
    assert set(shop.seen[2:-2]) == {"GET /items"}
    assert sorted(events(session, "setup", "teardown")) == [
        ("one", "DELETE /session: 200"),
        ("one", "POST /login: 200"),
        ("other", "DELETE /session: 200"),
        ("other", "POST /login: 200"),
    ]
    document = load(session.recorder.journal.path).document
    named = {each["name"] for target in document["targets"] for each in target["requests"]}
    assert named == {"GET /items"}
    assert "bad body" in str(document)
    assert TOKEN not in session.recorder.journal.path.read_text()


async def test_a_setup_that_fails_stops_the_run_before_load() -> None:
    shop = Shop()
    shop.rejects = "/login"
    async with serving(shop) as port, opened(plan_of(port)) as session:
        await finished(session)
    assert session.outcome == "failed"
    assert isinstance(session.error, TargetError)
    assert (session.error.what, session.error.why) == (
        "the setup of one failed: POST /login",
        "the answer has the status 500",
    )
    assert shop.seen == ["POST /login"], "no load, and no teardown without its token"
    assert ("one", "DELETE /session: not sent: setup took no value for token") in events(session, "teardown")


async def test_a_setup_that_fails_half_way_is_torn_down() -> None:
    shop = Shop()
    setup = [
        {"method": "POST", "path": "/login", "take": {"token": "/token"}},
        {"path": "/cart", "auth": {"bearer": "{setup.token}"}, "take": {"id": "/id"}},
    ]
    async with serving(shop) as port, opened(plan_of(port, setup=setup)) as session:
        await finished(session)
    assert session.error is not None
    assert "GET /cart" in session.error.what
    assert shop.seen == ["POST /login", "GET /cart", "DELETE /session"]


@pytest.mark.parametrize("outcome", ["completed", "interrupted"])
async def test_a_run_that_is_ended_by_hand_is_torn_down(outcome: str) -> None:
    shop = Shop()
    async with serving(shop) as port, opened(plan_of(port), open_ended=True) as session:
        await begun(session)
        await until(session, lambda: shop.times("GET /items"))
        session.end(outcome)
        await finished(session)
    assert session.outcome == outcome
    assert shop.seen[-1] == "DELETE /session"


async def test_a_run_that_is_ended_during_setup_sends_no_load() -> None:
    shop = Shop()
    shop.hangs = "/login"
    async with serving(shop) as port, opened(plan_of(port)) as session:
        await until(session, lambda: shop.seen)
        session.end("interrupted")
        await finished(session)
    assert session.outcome == "interrupted"
    assert shop.seen == ["POST /login"]


async def test_teardown_has_a_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(once_requests, "TEARDOWN_WITHIN_S", 0.3)
    shop = Shop()
    shop.hangs = "/session"
    async with serving(shop) as port, opened(plan_of(port)) as session:
        await finished(session)
    assert session.outcome == "completed"
    assert shop.seen[-1] == "DELETE /session"
    assert ("one", "not all requests were answered within 0.3 s") in events(session, "teardown")


async def test_a_target_that_joins_is_set_up_and_one_that_leaves_is_torn_down() -> None:
    shop = Shop()
    async with serving(shop) as port, opened(plan_of(port), open_ended=True) as session:
        await begun(session)
        session.send(commands.AddTarget("other"))
        await until(session, lambda: ("other", "POST /login: 200") in events(session, "setup"))
        await until(
            session,
            lambda: any(each.name == "other" and each.totals.requests for each in session.snapshot.targets),
        )
        session.send(commands.RemoveTarget("other"))
        await until(session, lambda: ("other", "DELETE /session: 200") in events(session, "teardown"))
        shop.rejects = "/login"
        session.send(commands.AddTarget("other"))
        await until(session, lambda: "the setup of" in str(events(session, "trouble")))
        assert shop.times("DELETE /session") == 1
        session.end("completed")
        await finished(session)
    assert shop.times("DELETE /session") == 2, "one, and none for a login that failed"
