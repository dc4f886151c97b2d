"""One request fetches a document, to an allowed host only, and never more than the limit."""

import gzip

import pytest

from engine.attach import document_fetch
from engine.attach.document_fetch import Fetched, fetch, fetch_text, server_of
from engine.preflight.allowed_hosts import AllowedHosts
from targets.errors import TargetError, UsageError
from tests.engine.preflight.test_reachability import PUBLIC, Names
from tests.support.servers import CLOSE, CountingServer, answer, scripted, serving, unused_port

pytestmark = pytest.mark.anyio

DOCUMENT = b'{"openapi": "3.1.0"}'


async def test_a_document_is_fetched_with_one_request() -> None:
    server = CountingServer(**{"api/openapi.json?v=1": answer(DOCUMENT)})
    async with serving(server) as port:
        allowed = AllowedHosts.of((), Names(["127.0.0.1"]))
        content = await fetch_text(f"http://shop.test:{port}/api/openapi.json?v=1#top", allowed)
    assert content == DOCUMENT
    assert server.requests == {"/api/openapi.json?v=1": 1}


async def test_nothing_is_sent_to_a_host_that_is_not_allowed() -> None:
    server = CountingServer()
    async with serving(server) as port:
        for addresses in (["127.0.0.1", PUBLIC], [PUBLIC], ["169.254.169.254"]):
            with pytest.raises(UsageError, match="no load to"):
                await fetch_text(f"http://shop.test:{port}/", AllowedHosts.of((), Names(addresses)))
    assert server.connections == 0


async def test_the_next_address_of_a_host_is_tried() -> None:
    async with serving(CountingServer(**{"": answer(DOCUMENT)})) as port:
        allowed = AllowedHosts.of((), Names(["127.0.0.9", "127.0.0.1"]))
        assert await fetch_text(f"http://shop.test:{port}/", allowed) == DOCUMENT


async def test_a_redirect_is_not_followed() -> None:
    moved = answer(b"", "301 Moved Permanently", "Location: /there\r\n")
    server = CountingServer(schema=moved)
    async with serving(server) as port:
        custom, path = server_of(f"http://127.0.0.1:{port}/schema")
        assert await fetch(custom, path, AllowedHosts.of(())) == Fetched(301, location="/there")
        with pytest.raises(TargetError) as caught:
            await fetch_text(f"http://127.0.0.1:{port}/schema", AllowedHosts.of(()))
    assert "301, which leads to /there" in caught.value.why
    assert "/there" not in server.requests


async def test_a_document_is_read_up_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document_fetch, "MAX_DOCUMENT_BYTES", 1000)
    large = answer(b"x" * 1001)
    bomb = answer(gzip.compress(b"x" * 1_000_000), headers="Content-Encoding: gzip\r\n")
    broken = answer(b"no gzip", headers="Content-Encoding: gzip\r\n")
    async with serving(
        CountingServer(large=large, bomb=bomb, broken=broken, right=answer(b"x" * 1000))
    ) as port:
        base = f"http://127.0.0.1:{port}"
        assert len(await fetch_text(f"{base}/right", AllowedHosts.of(()))) == 1000
        for path in ("large", "bomb"):
            with pytest.raises(TargetError, match="cannot be fetched") as caught:
                await fetch_text(f"{base}/{path}", AllowedHosts.of(()))
            assert "more than" in caught.value.why
        with pytest.raises(TargetError, match="cannot be fetched"):
            await fetch_text(f"{base}/broken", AllowedHosts.of(()))


async def test_a_server_that_does_not_answer() -> None:
    with pytest.raises(TargetError, match="cannot be fetched"):
        await fetch_text(f"http://127.0.0.1:{unused_port()}/", AllowedHosts.of(()))
    async with serving(scripted([CLOSE], [b"no HTTP\r\n\r\n", CLOSE])) as port:
        for _ in range(2):
            with pytest.raises(TargetError, match="cannot be fetched"):
                await fetch_text(f"http://127.0.0.1:{port}/", AllowedHosts.of(()))


async def test_a_server_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document_fetch, "WITHIN_S", 0.2)
    async with serving(CountingServer()) as port:
        with pytest.raises(TargetError, match="cannot be fetched") as caught:
            await fetch_text(f"http://127.0.0.1:{port}/hang", AllowedHosts.of(()))
    assert "within 0.2 s" in caught.value.why


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://", "url of a server"),
        ("http://user:secret@127.0.0.1/", "scheme, a host and a port"),
        ("http://127.0.0.1:0/", "port 0"),
        ("http://127.0.0.1:99999/", "between 1 and 65535"),
        ("http://[::1/", "Invalid IPv6 URL"),
        ("ftp://127.0.0.1/", "url of a server"),
        ("http://127.0.0.1/a\x07b", "control character"),
    ],
)
def test_what_is_no_url_of_a_document(url: str, why: str) -> None:
    with pytest.raises(UsageError, match="cannot be fetched") as caught:
        server_of(url)
    assert why in caught.value.why
    assert "secret" not in str(caught.value)
