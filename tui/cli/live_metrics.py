"""`--prometheus`: serves the figures of the running session while a block lasts."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from engine.export.metrics_server import ListenAddress, serving_metrics
from engine.export.open_metrics import Moment
from engine.session.session import Session
from tui.cli.console import say


@asynccontextmanager
async def serving(address: ListenAddress, session: Callable[[], Session | None]) -> AsyncIterator[None]:
    """Says where metrics are, and serves them. `session` returns the newest one. Raises UsageError."""

    def moment() -> Moment | None:
        newest = session()
        return None if newest is None else Moment(newest.snapshot, newest.latencies)

    async with serving_metrics(address, moment) as url:
        say(f"abreast: metrics for Prometheus at {url}")
        yield
