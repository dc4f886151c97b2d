"""Whether a running server speaks HTTP, and which path has a healthy response."""

import pytest

from engine.attach.http_probe import ProbeResult, probe
from engine.preflight.allowed_hosts import AllowedHosts
from targets.errors import UsageError
from targets.runtime import Address
from targets.runtime.probe import NOT_HTTP
from tests.support.servers import HANG, CountingServer, answer, scripted, serving, unused_port

pytestmark = pytest.mark.anyio


async def asked(
    port: int, *paths: str, patience_s: float = 0.0, answer_within_s: float = 10.0
) -> ProbeResult:
    address = Address("127.0.0.1", port)
    return await probe(
        address, paths, AllowedHosts.of(()), patience_s=patience_s, answer_within_s=answer_within_s
    )


def test_the_first_path_with_a_status_below_400_is_healthy() -> None:
    found = ProbeResult({"/health": 404, "/moved": 302, "/": 200})
    assert found.healthy_path(["/health", "/moved", "/"]) == "/moved"
    assert found.healthy_path(["/health", "/never-asked"]) == ""
    assert ProbeResult({"/": 399}).healthy_path(["/"]) == "/"
    assert ProbeResult({"/": 400}).healthy_path(["/"]) == ""


async def test_each_path_is_requested_once_over_a_connection_of_its_own() -> None:
    server = CountingServer(health=answer(status="503 Service Unavailable"))
    async with serving(server) as port:
        found = await asked(port, "/health", "/x")
    assert (found.statuses, found.trouble) == ({"/health": 503, "/x": 200}, "")
    assert server.requests == {"/health": 1, "/x": 1}
    assert server.connections == 2


async def test_after_a_path_without_a_response_no_other_is_requested() -> None:
    server = CountingServer()
    async with serving(server) as port:
        found = await asked(port, "/health", "/hang", "/x", answer_within_s=0.2)
    assert found.statuses == {"/health": 200}
    assert found.trouble
    assert found.speaks_http
    assert server.requests["/x"] == 0


async def test_what_does_not_speak_http_is_not_asked_again() -> None:
    async with serving(scripted([b"220 mail ESMTP\r\n", HANG])) as port:
        found = await asked(port, "/", patience_s=60.0)
    assert (found.speaks_http, found.trouble) == (False, NOT_HTTP)


async def test_where_nothing_listens_there_is_no_response() -> None:
    found = await asked(unused_port(), "/")
    assert not found.speaks_http
    assert found.trouble


async def test_a_host_outside_is_asked_nothing() -> None:
    allowed = AllowedHosts.of((), lambda host: ["203.0.113.9"])
    with pytest.raises(UsageError, match=r"no load to"):
        await probe(Address("shop.test", 80), ["/"], allowed)
