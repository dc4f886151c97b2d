"""What targets return before load begins."""

import asyncio
from pathlib import Path

import pytest

from engine.client.response_capture import BODY_LIMIT_BYTES
from engine.plan.render import rendered
from engine.preflight.parity_probe import Subject, inspect
from engine.protocol.address import Address
from tests.engine.hosting.test_custom_targets import own_plan
from tests.support.redirecting import RedirectingServer
from tests.support.servers import read_request, serving

pytestmark = pytest.mark.anyio


async def test_parity_reads_no_more_of_a_body_than_it_compares(tmp_path: Path) -> None:
    """However long an answer may take: an endless one is compared by its beginning."""
    sent = 0

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        while True:
            writer.write(bytes(65_536))
            sent += 65_536
            await writer.drain()

    async with serving(endless) as port:
        plan = own_plan(tmp_path, {"name": "t", "url": f"http://127.0.0.1:{port}"})
        sent_to = rendered(plan, plan.workload, f"http://127.0.0.1:{port}")
        subject = Subject(Address("127.0.0.1", port), sent_to, counts=False)
        answers, _ = await inspect({"one": subject, "other": subject}, seed=1, timeout_s=600.0)
    assert [len(seen.body) for seen in (*answers["one"], *answers["other"])] == [BODY_LIMIT_BYTES] * 2
    assert {seen.outcome for seen in answers["one"]} == {200}
    assert sent < 64 * BODY_LIMIT_BYTES


async def test_redirects_are_followed_as_users_follow_them(tmp_path: Path) -> None:
    """With cookies, values taken, and the work of each response; how many there were is compared, too."""
    server = RedirectingServer()
    async with serving(server) as port:
        base = f"http://127.0.0.1:{port}"
        step = {"method": "POST", "path": "/login", "follow_redirects": 2, "take": {"sid": "cookie:sid"}}
        later = [
            {"path": "/admin/{sid}"},
            {"path": "/hop/3", "follow_redirects": 2},
            {"path": "/away", "follow_redirects": 2},
            {"path": "/bare", "follow_redirects": 2},
        ]
        plan = own_plan(tmp_path, {"name": "t", "url": base}, request=[], step=[step, *later])
        subject = Subject(Address("127.0.0.1", port), rendered(plan, plan.workload, base), counts=False)
        answers, _ = await inspect({"one": subject}, seed=1, timeout_s=10.0)
    assert [(seen.outcome, seen.redirects) for seen in answers["one"]] == [
        (200, 1),
        (200, 0),
        ("too many redirects", 2),
        ("redirect to another server", 0),
        (302, 0),
    ]
    assert server.cookies["/home"] == {"sid=s1"}
    assert server.cookies["/admin/s1"] == {"admin=a1; sid=s1"}
