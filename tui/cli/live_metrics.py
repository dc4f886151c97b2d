"""`--prometheus` and `--otlp`: where the figures of the running session go while a block lasts."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

from tui.cli.console import say

if TYPE_CHECKING:
    from engine.export.metrics_server import ListenAddress
    from engine.export.open_metrics import Moment
    from engine.session.session import Session


class LiveMetrics(NamedTuple):
    """Where figures go. False if they go nowhere."""

    prometheus: "ListenAddress | None" = None
    """Where Prometheus reads them."""
    otlp: str = ""
    """The URL that they are sent to."""

    def __bool__(self) -> bool:
        return self.prometheus is not None or bool(self.otlp)


@asynccontextmanager
async def sharing(
    to: LiveMetrics, session: "Callable[[], Session | None]", tell: Callable[[str], None] | None = None
) -> AsyncIterator[None]:
    """Shares the figures of the newest session, which `session` returns, and says where they can be read.
    `tell` gets what a person should know while it runs; None: standard error does. Raises UsageError."""

    def moment() -> "Moment | None":
        from engine.export.open_metrics import Moment

        newest = session()
        return None if newest is None else Moment(newest.snapshot, newest.latencies)

    async with AsyncExitStack() as stack:
        if to.prometheus is not None:
            from engine.export.metrics_server import serving_metrics

            url = await stack.enter_async_context(serving_metrics(to.prometheus, moment))
            say(f"abreast: metrics for Prometheus at {url}")
        if to.otlp:
            from engine.export.otlp_sender import sending_metrics

            sending = sending_metrics(to.otlp, moment, tell or (lambda text: say(f"abreast: {text}")))
            await stack.enter_async_context(sending)
        yield
