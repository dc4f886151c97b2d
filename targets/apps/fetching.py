"""Fetching from the upstream, for the `upstream` workload: by a client that waits, or one that is awaited.

A client is shared by all requests of a worker, or made anew for each, as the published article had it. Either
way a fault of the upstream is the same 502 with its reason. The clients are httpx's on every target, so that
what differs is who waits. After the answer, where that is asked for, a line is written into a file
(`note_after`): the background task.
"""

import threading
from pathlib import Path
from typing import Any

import httpx
import orjson

from targets.apps.work import Answer
from targets.contract import UPSTREAM_TIMEOUT_S
from targets.contract.others import bad_gateway

_NO_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=None)
"""How many requests wait for the upstream at a time is the server's business, not the client's."""
_lock = threading.Lock()


class Fetcher:
    """Fetches for one worker process."""

    def __init__(self, url: str, *, shared: bool) -> None:
        """`url` is the upstream's, without a path; empty where there is none, which is an answer too."""
        self._url = f"{url}/data"
        self._is_there = bool(url)
        self._shared = shared
        self._client: httpx.Client | None = None
        self._async_client: httpx.AsyncClient | None = None

    async def fetch(self) -> Answer:
        """What the upstream answers, for a caller on an event loop."""
        if not self._is_there:
            return _no_upstream()
        try:
            if self._shared:
                if self._async_client is None:
                    self._async_client = httpx.AsyncClient(**_settings())
                return _passed_on(await self._async_client.get(self._url))
            async with httpx.AsyncClient(**_settings()) as client:
                return _passed_on(await client.get(self._url))
        except httpx.HTTPError as error:
            return _fault(error)

    def fetch_here(self) -> Answer:
        """What the upstream answers, for a caller with a thread of its own."""
        if not self._is_there:
            return _no_upstream()
        try:
            if self._shared:
                return _passed_on(self._shared_client().get(self._url))
            with httpx.Client(**_settings()) as client:
                return _passed_on(client.get(self._url))
        except httpx.HTTPError as error:
            return _fault(error)

    def _shared_client(self) -> httpx.Client:
        with _lock:
            if self._client is None:
                self._client = httpx.Client(**_settings())
            return self._client

    async def close(self) -> None:
        """Ends the connections that are shared."""
        if self._async_client is not None:
            await self._async_client.aclose()
        if self._client is not None:
            self._client.close()


def note_after(folder: Path) -> None:
    """The background task: a line in a file of the folder. Blocks."""
    with (folder / "background.log").open("a") as log:
        log.write("answered\n")


def _settings() -> dict[str, Any]:
    return {"timeout": UPSTREAM_TIMEOUT_S, "trust_env": False, "limits": _NO_LIMITS}


def _passed_on(response: httpx.Response) -> Answer:
    """The upstream's JSON, decoded and encoded anew, as an app would that looks at it."""
    if response.status_code != 200:
        return Answer(502, bad_gateway(f"the upstream answered {response.status_code}"))
    try:
        return Answer(200, orjson.dumps(orjson.loads(response.content)))
    except orjson.JSONDecodeError:
        return Answer(502, bad_gateway("the upstream's answer is no JSON"))


def _fault(error: httpx.HTTPError) -> Answer:
    match error:
        case httpx.ConnectTimeout() | httpx.ConnectError():
            reason = "the upstream cannot be reached"
        case httpx.TimeoutException():
            reason = f"the upstream did not answer within {UPSTREAM_TIMEOUT_S} s"
        case _:
            reason = "the upstream broke off"
    return Answer(502, bad_gateway(reason))


def _no_upstream() -> Answer:
    return Answer(502, bad_gateway("no upstream was named"))
