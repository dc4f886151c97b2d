"""Runs the site on an address: uvicorn, without its signals, its messages and its patience at the end."""

import errno
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import anyio
import psutil
import uvicorn

from targets.errors import UsageError, reason_of
from tui.serve.access import is_loopback
from tui.serve.connection import Connection
from tui.serve.site import Site

DEFAULT_PORT = 8642
LINKS_SHOWN = 3
OF_CONTAINERS = ("docker", "br-", "veth", "virbr", "cni", "podman")
"""How interfaces begin that lead only to containers and virtual machines of this one."""
SPARE_CONNECTIONS = 32
"""More than visitors need beside their streams; further connections end at once."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a site is served."""

    host: str
    """An IP address; also `0.0.0.0` and `::`, for all addresses of this machine."""
    port: int

    @property
    def is_open(self) -> bool:
        """Whether other machines can connect."""
        return not is_loopback(self.host)

    def links(self, root: str) -> list[str]:
        """The addresses of the page that `root` is the path of, the likeliest first."""
        return [_link(host, self.port, root) for host in _hosts(self.host)]


class _Server(uvicorn.Server):
    """Leaves signals to abreast."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def bound(host: str, port: int | None) -> socket.socket:
    """A listening socket: on the default port or, if that is taken, on a free one, unless `port` says which
    (0: a free one). Raises UsageError."""
    try:
        return _bound(host, DEFAULT_PORT if port is None else port)
    except OSError as error:
        if port is None and error.errno == errno.EADDRINUSE:
            return bound(host, 0)
        raise UsageError(
            f"nothing can be served on {host} port {DEFAULT_PORT if port is None else port}",
            why=reason_of(error),
            hint="give --host an address of this machine, or 0.0.0.0 for all of them"
            if error.errno == errno.EADDRNOTAVAIL
            else "give --port another one, or 0 for a free one",
        ) from error


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen()
    except OSError:
        listening.close()
        raise
    return listening


@asynccontextmanager
async def serving(site: Site, listening: socket.socket) -> AsyncIterator[None]:
    """Serves a site on a listening socket while the block lasts, and closes it. At the end every stream ends
    at once, whether its visitor reads it or not."""
    config = uvicorn.Config(
        site,
        http=Connection,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=2 * site.most + SPARE_CONNECTIONS,
        timeout_graceful_shutdown=0,
    )
    server = _Server(config)
    with listening:
        async with anyio.create_task_group() as group:
            group.start_soon(server.serve, [listening])
            try:
                yield
            finally:
                site.feed.close()
                server.should_exit = server.force_exit = True


def _hosts(host: str) -> list[str]:
    """The addresses that a link can name, where a server listens on this one."""
    if host not in {"0.0.0.0", "::"}:  # noqa: S104  (it is compared)
        return [host]
    family = socket.AF_INET if host == "0.0.0.0" else socket.AF_INET6  # noqa: S104
    found = [
        address.address
        for name, addresses in psutil.net_if_addrs().items()
        if not name.startswith(OF_CONTAINERS)
        for address in addresses
        if address.family == family and not is_loopback(address.address) and "%" not in address.address
    ]
    return found[:LINKS_SHOWN] or ["127.0.0.1" if family == socket.AF_INET else "::1"]


def _link(host: str, port: int, root: str) -> str:
    return f"http://[{host}]:{port}{root}" if ":" in host else f"http://{host}:{port}{root}"
