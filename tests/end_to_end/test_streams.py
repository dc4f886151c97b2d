"""Streams of a server that runs already, from the plan to what is printed and exported."""

import re
from pathlib import Path
from typing import Any

import anyio.to_thread
import orjson
import pytest

from tests.support.certificates import AUTHORITY, server_context
from tests.support.fronts import Front, started
from tests.support.servers import serving
from tests.support.streaming import EventServer, SocketServer

pytestmark = pytest.mark.anyio

PLAN = """
title = "Tokens"
targets = ["mine"]
stages = [{{ users = 4, hold = "2 s" }}]
warm_up = "none"

[[target]]
name = "mine"
url = "{url}"
{more}
health = "/health"

[[request]]
name = "generate"
path = "/10"
stream = "{stream}"
"""


async def run(folder: Path, url: str, stream: str, *, more: str = "") -> tuple[Front, dict[str, Any]]:
    """A whole run of such a plan, and what it exported of its target."""
    (folder / "tokens.toml").write_text(PLAN.format(url=url, stream=stream, more=more))
    options = ("--headless", "--export", "tokens.json")
    with started(folder, "run", "tokens.toml", *options) as front:
        assert await anyio.to_thread.run_sync(front.wait) == 0, front.err
    (target,) = orjson.loads((folder / "tokens.json").read_bytes())["targets"]
    return front, target


@pytest.mark.parametrize("stream", ["sse", "websocket"])
async def test_streams_are_in_the_lines_the_summary_and_the_export(tmp_path: Path, stream: str) -> None:
    events, sockets = EventServer(), SocketServer()
    async with serving(events) as events_port, sockets.serving() as sockets_port:
        port = events_port if stream == "sse" else sockets_port
        front, target = await run(tmp_path, f"http://127.0.0.1:{port}", stream)
    server = events if stream == "sse" else sockets
    generate = target["requests"][0]
    assert generate["name"] == "generate"
    assert 0 < generate["ok"] <= server.streams["/10"]
    assert generate["errors"] == {}
    assert 10 * generate["ok"] <= generate["tokens"] <= server.tokens
    first_byte, whole = target["summary"]["first_byte_ms"], target["summary"]["latency_ms"]
    assert 0 < first_byte["p50"] <= target["summary"]["first_token_ms"]["p50"] <= whole["p50"]
    assert re.search(r"mine .+ tokens/s, first byte p50 [\d.]+ ms", front.out)
    assert " tokens/s │" in front.err, "in each second's line"


async def test_a_target_behind_tls_with_an_authority_of_its_own(tmp_path: Path) -> None:
    server = SocketServer()
    (tmp_path / "ca.pem").write_bytes(AUTHORITY.cert_pem.bytes())
    async with server.serving(tls=server_context("shop.test")) as port:
        more = 'ca = "ca.pem"\nserver_name = "shop.test"'
        _, target = await run(tmp_path, f"https://127.0.0.1:{port}", "websocket", more=more)
    assert target["summary"]["errors"] == {}
    assert 0 < 10 * target["requests"][0]["ok"] <= target["summary"]["tokens"] <= server.tokens
