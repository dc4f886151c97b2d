"""Fetches from the upstream, for the workload `upstream`: with a blocking or an async client.

All requests of a worker share a client, or each makes its own, as in the published article. Either way a
failure of the upstream is the same 502 with its reason. All targets use httpx, so that only the kind of
waiting differs.
"""

import threading
from pathlib import Path
from typing import Any

import httpx
import orjson

from targets.apps.work import Answer
from targets.contract import UPSTREAM_TIMEOUT_S
from targets.contract.misc import bad_gateway

NOTES = "background.log"
_NO_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=None)
_SETTINGS: dict[str, Any] = {"timeout": UPSTREAM_TIMEOUT_S, "trust_env": False, "limits": _NO_LIMITS}
"""No limits: the server decides how many requests wait for the upstream, not the client."""


class UpstreamClient:
    """Fetches for one worker process."""

    def __init__(self, url: str, *, shared: bool) -> None:
        """`url` is the upstream's, without a path; empty if there is none, which has its own answer."""
        self._url = f"{url}/data" if url else ""
        self._shared = shared
        self._making = threading.Lock()
        self._client: httpx.Client | None = None
        self._async_client: httpx.AsyncClient | None = None

    async def fetch(self) -> Answer:
        """The upstream's answer, for a caller on an event loop."""
        if not self._url:
            return _fault("no upstream was named")
        try:
            if self._shared:
                if self._async_client is None:
                    self._async_client = httpx.AsyncClient(**_SETTINGS)
                return _passed_on(await self._async_client.get(self._url))
            async with httpx.AsyncClient(**_SETTINGS) as client:
                return _passed_on(await client.get(self._url))
        except httpx.HTTPError as error:
            return _fault(_reason(error))

    def fetch_here(self) -> Answer:
        """The upstream's answer, for a caller with its own thread."""
        if not self._url:
            return _fault("no upstream was named")
        try:
            if self._shared:
                return _passed_on(self._shared_client().get(self._url))
            with httpx.Client(**_SETTINGS) as client:
                return _passed_on(client.get(self._url))
        except httpx.HTTPError as error:
            return _fault(_reason(error))

    def _shared_client(self) -> httpx.Client:
        with self._making:
            if self._client is None:
                self._client = httpx.Client(**_SETTINGS)
            return self._client


def background_task(folder: Path) -> None:
    """The background task after an answer: writes a line to a file in the folder. Blocks."""
    with (folder / NOTES).open("a") as notes:
        notes.write("answered\n")


def _passed_on(response: httpx.Response) -> Answer:
    """The upstream's JSON, decoded and encoded again, as an app that uses it would do."""
    if response.status_code != 200:
        return _fault(f"the upstream answered {response.status_code}")
    try:
        return Answer(200, orjson.dumps(orjson.loads(response.content)))
    except orjson.JSONDecodeError:
        return _fault("the upstream's answer is not JSON")


def _reason(error: httpx.HTTPError) -> str:
    match error:
        case httpx.ConnectTimeout() | httpx.ConnectError():
            return "the upstream cannot be reached"
        case httpx.TimeoutException():
            return f"the upstream did not answer within {UPSTREAM_TIMEOUT_S} s"
        case _:
            return "the upstream broke off"


def _fault(reason: str) -> Answer:
    return Answer(502, bad_gateway(reason))
