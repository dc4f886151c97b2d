"""Serves a running session's figures to Prometheus, on a port of this machine.

Each scrape asks the event loop for the newest figures, so that a thread never reads what the loop changes.
"""

import errno
import ipaddress
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from threading import Thread
from wsgiref.simple_server import WSGIServer

import anyio.from_thread
import anyio.to_thread
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from engine.export.open_metrics import Moment, families
from targets.errors import UsageError, reason_of

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """Where metrics are served."""

    port: int
    host: str = LOOPBACK

    @classmethod
    def parse(cls, text: str) -> "ListenAddress":
        """From `9100` or, for other machines as well, `0.0.0.0:9100`. Raises ValueError."""
        host, _, port = text.rpartition(":")
        host = host.removeprefix("[").removesuffix("]") or LOOPBACK
        if not port.isascii() or not port.isdigit() or not 0 <= int(port) <= 65_535:
            raise ValueError(
                f"{text!r} is not a port; give one like 9100, or 0.0.0.0:9100 for other machines"
            )
        try:
            ipaddress.ip_address(host)
        except ValueError:
            raise ValueError(f"{host!r} is not an IP address; give one like 0.0.0.0:9100") from None
        return cls(int(port), host)

    def url(self, port: int) -> str:
        """The URL to scrape."""
        return (
            f"http://[{self.host}]:{port}/metrics"
            if ":" in self.host
            else f"http://{self.host}:{port}/metrics"
        )


class _Figures(Collector):
    """Collects the newest figures in the event loop's thread."""

    def __init__(self, collect: Callable[[], list[Metric]]) -> None:
        self._collect = collect

    def collect(self) -> Iterator[Metric]:
        """The metrics of this moment; none once the session's event loop has ended."""
        yield from self._collect()

    def describe(self) -> Iterator[Metric]:
        """Nothing: the names are known only at a scrape."""
        yield from ()


@asynccontextmanager
async def serving_metrics(address: ListenAddress, moment: Callable[[], Moment | None]) -> AsyncIterator[str]:
    """Serves metrics while the block lasts, and returns the URL. `moment` is called in the event loop at each
    scrape. Raises UsageError if the port cannot be used."""
    portals: list[anyio.from_thread.BlockingPortal] = []

    def collect() -> list[Metric]:
        try:
            return portals[0].call(lambda: list(families(moment())))
        except (IndexError, RuntimeError):  # the block has not begun, or ends
            return []

    server, thread = _started(address, collect)
    try:
        async with anyio.from_thread.BlockingPortal() as portal:
            portals.append(portal)
            yield address.url(server.server_port)
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(server.shutdown)
            server.server_close()
            await anyio.to_thread.run_sync(thread.join)


def _started(address: ListenAddress, collect: Callable[[], list[Metric]]) -> tuple[WSGIServer, Thread]:
    registry = CollectorRegistry()
    registry.register(_Figures(collect))
    try:
        return start_http_server(address.port, address.host, registry)
    except OSError as error:
        raise UsageError(
            f"metrics cannot be served on {address.host} port {address.port}",
            why=reason_of(error),
            hint="give an address of this machine, or 0.0.0.0 for all of them"
            if error.errno == errno.EADDRNOTAVAIL
            else "give --prometheus another port, or 0 for a free one",
        ) from error
