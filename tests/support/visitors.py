"""Visitors of a served session, without a browser: they read the stream as it comes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson

from tests.support.waiting import WITHIN_S
from tui.serve.server import bound, serving
from tui.serve.site import Site


@asynccontextmanager
async def served(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a site that is served on a free port; paths are relative to the site's page."""
    listening = bound("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listening.getsockname()[1]}{site.access.root}"
    async with (
        httpx.AsyncClient(base_url=url, trust_env=False, timeout=WITHIN_S) as client,
        serving(site, listening),
    ):
        yield client


class Visitor:
    """An open stream."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def next(self) -> dict[str, Any]:
        """The next message."""
        async for line in self._lines:
            if line.startswith("data: "):
                message: dict[str, Any] = orjson.loads(line.removeprefix("data: "))
                return message
        raise EOFError("the stream has ended")

    async def rest(self) -> list[str]:
        """All lines until the stream ends."""
        return [line async for line in self._lines]


@asynccontextmanager
async def visiting(client: httpx.AsyncClient) -> AsyncIterator[Visitor]:
    """A visitor, while the block lasts."""
    async with client.stream("GET", "events") as response:
        assert response.status_code == 200, await response.aread()
        yield Visitor(response)
