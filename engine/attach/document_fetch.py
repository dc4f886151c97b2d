"""Fetches the OpenAPI document of a server: one GET request, under the rules of allowed hosts.

Rules of this file:
- the host is checked before anything is sent to it, and the request goes to the addresses that were checked;
- redirects are not followed: they may lead elsewhere;
- at most `MAX_DOCUMENT_BYTES` are read, also of a compressed response.
"""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import anyio
import anyio.to_thread
from pydantic import ValidationError

from engine.client.tls import client_context
from engine.imports.limits import MAX_DOCUMENT_BYTES
from engine.plan.targets import CustomTarget
from engine.preflight.allowed_hosts import AllowedHosts
from engine.preflight.reachability import tls_of
from targets.errors import TargetError, UsageError, reason_of
from targets.secrets import masked_text
from targets.urls import encoded_target

if TYPE_CHECKING:
    import httpx

ACCEPT = "application/json, application/vnd.oai.openapi+json, application/yaml;q=0.9, */*;q=0.5"
WITHIN_S = 30.0
"""How long a fetch may take: some servers make their document anew for each request."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A response."""

    status: int
    content: bytes = b""
    """Empty unless the status is 200."""
    location: str = ""
    """Where a redirect leads."""


def server_of(url: str) -> tuple[CustomTarget, str]:
    """The server of a URL, and the path of the request, with its query. Raises UsageError."""
    try:
        parts = urlsplit(url)
        server = CustomTarget(name="document", url=f"{parts.scheme.lower()}://{parts.netloc}")
        path = encoded_target((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
    except ValidationError as error:
        raise _no_url(url, error.errors()[0]["msg"].removeprefix("Value error, ")) from error
    except ValueError as error:
        raise _no_url(url, str(error)) from error
    return server, path


def _no_url(url: str, why: str) -> UsageError:
    return UsageError(
        f"{masked_text(url)} cannot be fetched",
        why=why,
        hint="for example http://127.0.0.1:8000/openapi.json",
    )


async def fetch_text(url: str, allowed: AllowedHosts) -> bytes:
    """The content at a URL. Raises UsageError if its host may get no request, TargetError if the server does
    not answer with a document."""
    server, path = server_of(url)
    fetched = await fetch(server, path, allowed)
    if fetched.status == 200:
        return fetched.content
    leads = f", which leads to {masked_text(fetched.location)}" if fetched.location else ""
    raise TargetError(
        f"no document at {masked_text(url)}",
        why=f"the server answers with the status {fetched.status}{leads}",
        hint="give the URL that answers 200; if it needs a login, save the document and import the file",
    )


async def fetch(server: CustomTarget, path: str, allowed: AllowedHosts) -> Fetched:
    """Requests a path of a server once. Raises UsageError if its host may get no request, TargetError if it
    gives no response."""
    ips = await allowed.check(server.address.host)
    request = await anyio.to_thread.run_sync(partial(_Request, server, path))  # imports httpx: half a second
    where = f"{server.url}{path}"
    try:
        with anyio.fail_after(WITHIN_S):
            return await request.sent(ips)
    except TimeoutError as error:
        raise TargetError(
            f"{masked_text(where)} cannot be fetched",
            why=f"the server did not answer within {WITHIN_S:g} s",
            hint="try again, or save the document and import the file",
        ) from error
    except OSError as error:
        raise TargetError(
            f"{masked_text(where)} cannot be fetched",
            why=reason_of(error),
            hint="check that the server runs and listens there",
        ) from error


class _Request:
    """One request with httpx, to an address instead of a name."""

    def __init__(self, server: CustomTarget, path: str) -> None:
        import httpx

        self._httpx = httpx
        self._server, self._path = server, path
        self._tls = tls_of(server, "")

    async def sent(self, ips: tuple[str, ...]) -> Fetched:
        """The response of the first address that takes a connection. Raises OSError."""
        httpx = self._httpx
        verify = client_context(self._tls) if self._tls else True
        async with httpx.AsyncClient(verify=verify, trust_env=False, timeout=None) as client:
            for ip in ips:
                try:
                    return await self._answer(client, ip)
                except httpx.ConnectError as error:
                    if ip == ips[-1]:
                        raise OSError(reason_of(error)) from error
                except (httpx.HTTPError, httpx.StreamError) as error:
                    raise OSError(reason_of(error)) from error
        raise OSError("its host has no address")

    async def _answer(self, client: "httpx.AsyncClient", ip: str) -> Fetched:
        address = self._server.address
        url = self._httpx.URL(
            scheme=address.scheme, host=ip, port=address.port, raw_path=self._path.encode("ascii")
        )
        headers = {"Host": urlsplit(self._server.url).netloc, "Accept": ACCEPT, "User-Agent": "abreast"}
        extensions = {"sni_hostname": self._tls.server_name} if self._tls else {}
        async with client.stream("GET", url, headers=headers, extensions=extensions) as response:
            if response.status_code != 200:
                return Fetched(response.status_code, location=response.headers.get("location", ""))
            content = bytearray()
            async for part in response.aiter_bytes():
                content += part
                if len(content) > MAX_DOCUMENT_BYTES:
                    raise OSError(f"it has more than {MAX_DOCUMENT_BYTES // 1024**2} MB")
            return Fetched(200, bytes(content))
