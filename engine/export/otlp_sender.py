"""Sends live metrics to an OpenTelemetry collector: OTLP over HTTP, with `abreast[opentelemetry]`.

Rules of this file:
- nothing waits for the collector: data is sent from a thread, a few pieces wait for it at most, and of those
  the oldest goes first, since every piece counts from the beginning;
- a collector that does not answer is reported once, and once more when it does again;
- at the end only the newest data is sent, within a limit.
"""

import ipaddress
import logging
import re
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from queue import Empty, Full, Queue
from threading import Thread
from time import time_ns
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import anyio
import anyio.to_thread

from engine.export.open_metrics import Moment
from targets.errors import UsageError
from targets.plain_text import one_line
from targets.secrets import masked_text

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics.export import MetricExporter, MetricsData

    from engine.metrics.snapshot import Snapshot

EXTRA = "opentelemetry"
EVERY_S = 5.0
"""How often metrics are sent."""
REQUEST_WITHIN_S = 4.0
"""How long the collector may take, with what the exporter tries again."""
WAITING_AT_MOST = 6
"""Pieces of data that wait to be sent."""
LAST_WITHIN_S = 3.0
"""How long the last piece may take when the session has ended."""
PATH = "/v1/metrics"


def check_installed() -> None:
    """Raises UsageError if the extra is not installed."""
    if not all(map(_is_installed, ("opentelemetry.sdk.metrics", "opentelemetry.exporter.otlp.proto.http"))):
        raise UsageError(
            "--otlp needs the OpenTelemetry SDK",
            why=f"the extra abreast[{EXTRA}] is not installed",
            hint=f'{sys.executable} -m pip install "abreast[{EXTRA}]"',
        )


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # nor a package above it
        return False


def endpoint_of(text: str) -> str:
    """The URL that metrics are sent to, from a collector's: `http://127.0.0.1:4318` gets the path of
    metrics, a URL that ends with it stays. Raises ValueError."""
    if not _is_plain_url(text):
        raise ValueError(
            f"{masked_text(text)!r:.200} is not the URL of a collector; give one like http://127.0.0.1:4318"
        )
    base = text.rstrip("/")
    return base if base.endswith(PATH) else f"{base}{PATH}"


def _is_plain_url(text: str) -> bool:
    """Whether it is the URL of a place on a server, without a query."""
    try:
        parts = urlsplit(text)
        is_server = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # of its port or its brackets
        return False
    is_plain = not (parts.query or parts.fragment) and text.isprintable() and " " not in text
    return is_server and is_plain


@asynccontextmanager
async def sending_metrics(
    endpoint: str, moment: Callable[[], Moment | None], tell: Callable[[str], None]
) -> AsyncIterator[None]:
    """Sends metrics while the block lasts, and those of its end. `moment` and `tell`, which gets what a
    person should know, are called in the event loop. Raises UsageError without the extra."""
    check_installed()
    sender = await anyio.to_thread.run_sync(_sender, endpoint)
    sender.start()
    newest = partial(_data, moment, _Beginning())
    async with anyio.create_task_group() as group:
        group.start_soon(_keep_sending, sender, newest, tell)
        try:
            yield
        finally:
            group.cancel_scope.cancel()
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(sender.finish, newest(), LAST_WITHIN_S)
            if text := sender.news():
                tell(text)


async def _keep_sending(
    sender: "OtlpSender", newest: "Callable[[], MetricsData | None]", tell: Callable[[str], None]
) -> None:
    while True:
        await anyio.sleep(EVERY_S)
        if (data := newest()) is not None:
            sender.put(data)
        if text := sender.news():
            tell(text)


class _Beginning:
    """When the load of the newest session began."""

    def __init__(self) -> None:
        self._session_id = ""
        self._since_ns = 0

    def of(self, snapshot: "Snapshot", now_ns: int) -> int:
        """Nanoseconds since 1970; noted at the first data of a session, and the same for all of it."""
        if snapshot.session_id != self._session_id:
            self._session_id = snapshot.session_id
            self._since_ns = now_ns - round(snapshot.now_s * 1e9)
        return self._since_ns


def _data(moment: Callable[[], Moment | None], beginning: _Beginning) -> "MetricsData | None":
    """What is sent of this moment; None before load begins."""
    from engine.export.otlp_metrics import metrics_data

    newest, now_ns = moment(), time_ns()
    if newest is None or newest.snapshot.now_s <= 0:
        return None
    return metrics_data(newest, beginning.of(newest.snapshot, now_ns), now_ns, version("abreast"))


def _sender(endpoint: str) -> "OtlpSender":
    """A sender to a collector. Importing what it needs takes half a second."""
    import requests
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter

    import engine.export.otlp_metrics  # noqa: F401 - needed later, in the event loop

    class Session(requests.Session):
        """Notes why the last request failed: the exporter itself tells only its log."""

        why = ""

        def request(self, *words: Any, **named: Any) -> requests.Response:
            self.why = "no answer in time"
            named["allow_redirects"] = False  # a GET may follow a redirected POST, without the data
            try:
                response = super().request(*words, **named)
            except requests.RequestException as error:
                self.why = reason_in(str(error))
                raise
            answer = f"it answers {response.status_code} {response.reason}"
            if response.is_redirect:
                self.why = f"{answer}: give --otlp the URL that it redirects to"
            else:
                self.why = "" if response.ok else answer
            return response

    session = Session()
    session.trust_env = not _is_loopback(endpoint)  # no proxy leads to this machine
    exporter = OTLPMetricExporter(endpoint, timeout=REQUEST_WITHIN_S, session=session)
    return OtlpSender(exporter, masked_text(endpoint), lambda: session.why)


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class OtlpSender:
    """Sends data in a thread. Call it from one thread only."""

    def __init__(self, exporter: "MetricExporter", place: str, why: Callable[[], str]) -> None:
        """`place` is where data goes; `why` says why the last piece did not arrive."""
        self._exporter = exporter
        self._place = place
        self._why = why
        self._waiting: Queue[MetricsData | None] = Queue(WAITING_AT_MOST)
        self._thread = Thread(target=self._send, name="otlp", daemon=True)
        self.sent = 0
        self._trouble = ""
        """Why the last piece was not sent; empty if it was."""
        self._told = ""
        """The trouble that was reported."""

    def start(self) -> None:
        """Begins to send."""
        self._thread.start()

    def put(self, data: "MetricsData") -> None:
        """Takes the next piece; the oldest one is dropped if too many wait. Never waits."""
        while True:
            try:
                self._waiting.put_nowait(data)
            except Full:
                self._drop()
            else:
                return

    def finish(self, last: "MetricsData | None", within_s: float) -> None:
        """Drops what waits, sends the last piece, and ends. Blocks, within a limit."""
        while self._drop():
            pass
        if last is not None:
            self.put(last)
        self._waiting.put(None)
        self._thread.join(within_s)
        if self._thread.is_alive():
            self._trouble = self._trouble or f"no answer within {within_s:g} s"
            self._exporter.shutdown()

    def news(self) -> str:
        """What a person should know since the last call: that metrics do not arrive, or do again."""
        trouble, told = self._trouble, self._told
        if bool(trouble) == bool(told):
            return ""
        self._told = trouble
        if trouble:
            return f"metrics do not reach {self._place}: {trouble}; the session goes on without"
        return f"metrics reach {self._place} again"

    def _drop(self) -> bool:
        try:
            self._waiting.get_nowait()
        except Empty:
            return False
        return True

    def _send(self) -> None:
        from opentelemetry.sdk.metrics.export import MetricExportResult

        with _silent():
            while (data := self._waiting.get()) is not None:
                is_sent = self._exporter.export(data) is MetricExportResult.SUCCESS
                self._trouble = self._why()  # to the exporter, a redirect is a success
                if not is_sent:
                    self._trouble = self._trouble or "it was refused"
                elif not self._trouble:
                    self.sent += 1
            self._exporter.shutdown()


@contextmanager
def _silent() -> Iterator[None]:
    """Keeps what the exporter logs from the terminal: it is reported in `OtlpSender.news`."""
    logger = logging.getLogger("opentelemetry")
    before, logger.propagate = logger.propagate, False
    handler = logging.NullHandler()
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = before


_CAUSES = (
    re.compile(r"\[Errno -?\d+\] (?P<why>[^'\")]+)"),
    re.compile(r"\[SSL[^\]]*\] (?P<why>[^('\"]+)"),
    re.compile(r"(?P<why>timed out)"),
)
"""What tells a person most in an error of a connection, the most telling first."""


def reason_in(text: str) -> str:
    """Why a connection failed, from its error, in a few words."""
    found = next(filter(None, (cause.search(text) for cause in _CAUSES)), None)
    why = text if found is None else found["why"].strip().lower()
    return one_line(masked_text(why))[:200]
