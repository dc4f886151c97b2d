"""The site over a real server: what it shows, to whom, and how many."""

import socket
from contextlib import AsyncExitStack
from dataclasses import replace

import anyio
import pytest

from tests.support.visitors import served, visiting
from tests.support.waiting import eventually
from tests.tui.serve.test_view import at_second
from tui.serve import connection
from tui.serve.access import Access
from tui.serve.feed import Feed
from tui.serve.site import Site
from tui.serve.view import Source

pytestmark = pytest.mark.anyio

TOKEN = Access(token="0123456789abcdefghijkl", is_open=True)


def showing(second: int = 20) -> Feed:
    feed = Feed()
    feed.publish(at_second(second), Source())
    return feed


async def test_the_page_comes_with_headers_that_lock_it_up() -> None:
    async with served(Site(showing())) as client:
        answer = await client.get("")
    assert answer.status_code == 200
    assert "<title>abreast</title>" in answer.text
    headers = answer.headers
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers


@pytest.mark.parametrize(
    "path", ["x", "events/", "page", "../etc/passwd", "%2e%2e/", "report", "live.js", "favicon.ico", "?a=b/c"]
)
async def test_every_other_path_leads_nowhere(path: str) -> None:
    async with served(Site(showing())) as client:
        answer = await client.get(f"/{path}")
    if path.startswith("?"):
        assert answer.status_code == 200
    else:
        assert answer.status_code == 404
        assert "Nothing here" in answer.text


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("path", ["", "events", "report"])
async def test_nothing_can_be_sent(method: str, path: str) -> None:
    async with served(Site(showing())) as client:
        answer = await client.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


async def test_a_head_has_no_body() -> None:
    async with served(Site(showing())) as client:
        answer = await client.head("")
    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) > 1000
    assert answer.content == b""


async def test_a_visitor_sees_the_session_and_then_what_changes() -> None:
    feed = showing(20)
    async with served(Site(feed)) as client, visiting(client) as visitor:
        assert visitor.response.headers["content-type"].startswith("text/event-stream")
        first = await visitor.next()
        assert first["view"]["clock"] == "00:20"
        assert first["charts"]["whole"]
        feed.publish(at_second(21), Source())
        second = await visitor.next()
        assert second["view"]["clock"] == "00:21"
        assert second["charts"]["seconds"] == [21]


async def test_visitors_are_counted_while_they_are_there() -> None:
    site = Site(showing())
    async with served(site) as client:
        async with visiting(client), visiting(client):
            await eventually(lambda: site.watching == 2)
        await eventually(lambda: site.watching == 0)
        assert site.most_watching == 2


async def test_one_visitor_too_many_gets_a_page_that_says_so_and_a_place_once_there_is_one() -> None:
    site = Site(showing(), most=2)
    async with served(site) as client:
        async with visiting(client), visiting(client):
            await eventually(lambda: site.watching == 2)
            for path in ("", "events"):
                answer = await client.get(path)
                assert answer.status_code == 503
                assert "This session has 2 visitors" in answer.text
                assert 'http-equiv="refresh"' in answer.text
                assert answer.headers["retry-after"] == "10"
        await eventually(lambda: site.watching == 0)
        async with visiting(client) as visitor:
            assert (await visitor.next())["view"]["clock"] == "00:20"


async def test_without_the_token_nothing_is_shown() -> None:
    async with served(Site(showing(), TOKEN)) as client:
        origin = str(client.base_url).partition(TOKEN.token)[0]
        for path in ("", "events", "report", "0123456789abcdefghijkx/", "0123456789abcdefghijk/events"):
            answer = await client.get(f"{origin}{path}")
            assert answer.status_code == 403
            assert "This link is not complete" in answer.text
            assert TOKEN.token not in answer.text
        assert (await client.get("")).status_code == 200
        moved = await client.get(f"{origin}{TOKEN.token}")
        assert (moved.status_code, moved.headers["location"]) == (308, f"/{TOKEN.token}/")
        async with visiting(client) as visitor:
            assert (await visitor.next())["view"]["title"] == "Made"


@pytest.mark.parametrize("path", ["", "events", "report"])
async def test_another_sites_page_is_refused(path: str) -> None:
    async with served(Site(showing())) as client:
        for origin in ("http://evil.example", "null", "http://127.0.0.1:1"):
            answer = await client.get(path, headers={"Origin": origin})
            assert answer.status_code == 403
            assert "Not from here" in answer.text


async def test_only_its_own_page_may_read_the_stream() -> None:
    async with served(Site(showing())) as client:
        elsewhere = {"Sec-Fetch-Site": "cross-site"}
        assert (await client.get("events", headers=elsewhere)).status_code == 403
        assert (await client.get("", headers=elsewhere)).status_code == 200  # a link in a chat


async def test_a_name_that_was_made_to_lead_here_is_refused() -> None:
    async with served(Site(showing())) as client:
        for path in ("", "events"):
            answer = await client.get(path, headers={"Host": "evil.example"})
            assert answer.status_code == 403


async def test_a_visitor_who_does_not_read_is_dropped_and_holds_up_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "SLOW_S", 0.5)
    long_title = replace(at_second(20), question="x" * 1_000_000)
    feed = Feed()
    feed.publish(long_title, Source())
    site = Site(feed)
    async with served(site) as client:
        stuck = socket.create_connection((client.base_url.host, client.base_url.port or 0))
        with stuck:
            stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stuck.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await eventually(lambda: site.watching == 1)
            async with visiting(client) as visitor:
                seconds = iter(range(21, 60))
                while site.watching == 2 or site.most_watching < 2:
                    second = next(seconds)
                    feed.publish(replace(at_second(second), question=f"{second}" * 500_000), Source())
                    shown = ""
                    while shown != f"00:{second}":
                        shown = (await visitor.next())["view"]["clock"]
                assert site.watching == 1


async def test_every_stream_ends_when_the_server_does() -> None:
    site = Site(showing())
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(served(site))
        visitors = [await stack.enter_async_context(visiting(client)) for _ in range(3)]
        await eventually(lambda: site.watching == 3)
        site.feed.close()
        for visitor in visitors:
            await visitor.rest()
        await eventually(lambda: site.watching == 0)


async def test_the_server_ends_although_a_visitor_does_not_read() -> None:
    feed = Feed()
    feed.publish(replace(at_second(20), question="x" * 3_000_000), Source())
    site = Site(feed)
    with socket.socket() as stuck:
        with anyio.fail_after(30):
            async with served(site) as client:
                stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                stuck.connect((client.base_url.host, client.base_url.port))
                stuck.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
                await eventually(lambda: site.watching == 1)
        await eventually(lambda: site.watching == 0)


async def test_the_report_is_shown_once_there_is_one() -> None:
    made: list[bytes] = []

    async def report() -> bytes | None:
        return made[0] if made else None

    async with served(Site(showing(), report=report)) as client:
        assert (await client.get("report")).status_code == 404
        made.append(b"<!doctype html><p>a report")
        answer = await client.get("report")
    assert answer.status_code == 200
    assert answer.content == made[0]
    assert "script-src 'sha256-" in answer.headers["content-security-policy"]


async def test_an_error_in_abreast_is_reported() -> None:
    broken = RuntimeError("a bug")

    async def report() -> bytes | None:
        raise broken

    crashes: list[BaseException] = []
    async with served(Site(showing(), report=report, on_crash=crashes.append)) as client:
        assert (await client.get("report")).status_code == 500
    assert crashes == [broken]
