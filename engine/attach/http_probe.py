"""Finds out whether a running server speaks HTTP, and which path has a healthy response.

Rules of this file:
- a host is checked before anything is sent to it, and requests go only to the addresses that were checked;
- a server gets a few harmless `GET` requests, built like those of the load, each on its own connection; only
  the status of a response is used.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import anyio
import anyio.to_thread

from engine.client.template import RequestText, render
from engine.client.tls import client_context
from engine.plan.targets import CustomTarget
from engine.preflight.allowed_hosts import AllowedHosts
from engine.preflight.reachability import tls_of
from targets.runtime import Address
from targets.runtime.probe import NOT_HTTP, Question, Reply, ask

PATIENCE_S = 5.0
"""How long to retry a server that does not respond: it may have been started a moment ago."""
PATIENCE_WITH_YOUNG_S = 15.0
"""The same for a container that is known to have started less than a minute ago."""

QUICK_S = 2.0
"""How long one request may take, including the connection, by default."""

_CONNECT_WITHIN_S = 2.0
_PAUSE_S = 0.25


@dataclass(slots=True)
class ProbeResult:
    """A server's responses to a few requests."""

    statuses: dict[str, int] = field(default_factory=dict)
    """Path → status."""
    trouble: str = ""
    """Why there was no response for the path after those in `statuses`."""

    @property
    def speaks_http(self) -> bool:
        """Whether it has responded at all; a server that speaks HTTP may still be slow at the last path."""
        return bool(self.statuses)

    def healthy_path(self, paths: Sequence[str]) -> str:
        """The first of the paths with a status below 400; empty if there is none."""
        return next((path for path in paths if self.statuses.get(path, 999) < 400), "")


async def probe(
    address: Address,
    paths: Sequence[str],
    allowed: AllowedHosts,
    custom: CustomTarget | None = None,
    *,
    patience_s: float = PATIENCE_S,
    answer_within_s: float = QUICK_S,
) -> ProbeResult:
    """Requests each path, up to the first without a response. `custom` is the target if a URL named it,
    which may use TLS. Raises UsageError if its host may get no load, or a path cannot be sent."""
    ips = await allowed.check(address.host)
    tls = tls_of(custom, "")
    asking = partial(
        Question,
        ips=ips,
        port=address.port,
        context=client_context(tls) if tls else None,
        server_name=tls.server_name if tls else "",
    )
    result = ProbeResult()
    began_s = time.monotonic()
    for path in paths:
        # In a thread: it imports httpx, which takes half a second.
        template = await anyio.to_thread.run_sync(partial(render, address.url, RequestText(path=path)))
        question = asking(template.head)
        reply = await _ask(question, began_s + patience_s, answer_within_s)
        if not reply.status:
            result.trouble = reply.trouble
            return result
        result.statuses[path] = reply.status
    return result


async def _ask(question: Question, until_s: float, answer_within_s: float) -> Reply:
    """Retries until there is a response, a retry would not help, or the time is up."""
    while True:
        reply = await ask(question, connect_within_s=_CONNECT_WITHIN_S, within_s=answer_within_s)
        is_settled = reply.status or reply.certificate or reply.is_slow or reply.trouble == NOT_HTTP
        if is_settled or time.monotonic() > until_s:
            return reply
        await anyio.sleep(_PAUSE_S)
