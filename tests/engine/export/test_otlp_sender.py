"""Sending metrics to a real receiver over HTTP, and to ones that are down, slow or unwilling."""

import logging
import socket
import sys
import threading
from collections.abc import Iterator

import anyio
import pytest
from opentelemetry.sdk.metrics.export import MetricExporter, MetricExportResult, MetricsData

from engine.export import otlp_sender
from engine.export.open_metrics import Moment
from engine.export.otlp_sender import OtlpSender, endpoint_of, reason_in, sending_metrics
from engine.metrics.timeline import Timeline
from targets.errors import UsageError
from tests.support.made_sessions import Shape, records
from tests.support.otlp_receiver import attributes, receiving
from tests.support.waiting import eventually, until

EVERY_S = 0.05


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Metrics are sent more often than every few seconds."""
    monkeypatch.setattr(otlp_sender, "EVERY_S", EVERY_S)


@pytest.fixture(scope="module")
def moments() -> list[Moment]:
    """A session at each of its seconds."""
    timeline, found = Timeline(), []
    for record in records(Shape(seconds=6, rps=40)):
        timeline.apply(record)
    for second in range(1, 7):
        latencies = {name: each.whole.ok for name, each in timeline.targets.items()}
        found.append(Moment(timeline.snapshot(float(second)), latencies))
    return found


class Told(list[str]):
    """What a person was told."""


@pytest.mark.anyio
async def test_a_collector_gets_the_figures_while_it_runs_and_those_of_the_end(moments: list[Moment]) -> None:
    told, now = Told(), iter(moments)
    newest: list[Moment | None] = [None]

    def moment() -> Moment | None:
        newest[0] = next(now, moments[-1])
        return newest[0]

    with receiving() as receiver:
        async with sending_metrics(endpoint_of(receiver.url), moment, told.append):
            await eventually(lambda: len(receiver.requests) >= 2, "it is sent while it runs")
        assert told == []
        assert set(receiver.paths) == {"/v1/metrics"}
        assert receiver.headers[0]["content-type"] == "application/x-protobuf"
        assert receiver.resource()["service.instance.id"] == "20250101-120000-hello-0001"
        last = receiver.metrics()
        (time,) = last["abreast.session_time"].gauge.data_points
        assert newest[0] is not None
        assert time.as_double == newest[0].snapshot.now_s
        requests = {
            (attributes(each)["target"], attributes(each)["outcome"]): each.as_double
            for each in last["abreast.requests"].sum.data_points
        }
        assert requests["fastapi", "ok"] == moments[-1].snapshot.targets[0].totals.ok > 0
    assert not [each for each in threading.enumerate() if each.name == "otlp"]


@pytest.mark.anyio
async def test_all_data_of_a_session_begins_at_the_same_time(moments: list[Moment]) -> None:
    """To a collector, a sum that begins at another time was reset."""
    now = iter(moments)
    with receiving() as receiver:
        async with sending_metrics(endpoint_of(receiver.url), lambda: next(now, moments[-1]), Told().append):
            await eventually(lambda: len(receiver.requests) >= 3, "it is sent several times")
        beginnings = {
            point.start_time_unix_nano
            for at in range(len(receiver.requests))
            for point in (
                *receiver.metrics(at)["abreast.requests"].sum.data_points,
                *receiver.metrics(at)["abreast.latency"].histogram.data_points,
            )
        }
        assert len(beginnings) == 1


@pytest.mark.anyio
async def test_before_load_begins_nothing_is_sent() -> None:
    with receiving() as receiver:
        async with sending_metrics(endpoint_of(receiver.url), lambda: None, Told().append):
            await anyio.sleep(3 * EVERY_S)
        assert receiver.paths == []


@pytest.mark.anyio
async def test_a_collector_that_is_down_is_reported_once_and_again_when_it_is_back(
    moments: list[Moment], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(otlp_sender, "REQUEST_WITHIN_S", 0.2)
    told = Told()
    with receiving() as receiver:
        receiver.status = 404
        async with sending_metrics(endpoint_of(receiver.url), lambda: moments[0], told.append):
            await eventually(lambda: len(receiver.paths) >= 3 and told, "it was tried several times")
            receiver.status = 200
            await eventually(lambda: len(told) == 2, "it is told that it is back")
        place = endpoint_of(receiver.url)
        assert told == [
            f"metrics do not reach {place}: it answers 404 Not Found; the session goes on without",
            f"metrics reach {place} again",
        ]


@pytest.mark.anyio
async def test_a_redirect_is_reported_and_not_followed(moments: list[Moment]) -> None:
    told = Told()
    with receiving() as receiver:
        receiver.status, receiver.location = 308, f"{receiver.url}/elsewhere"
        async with sending_metrics(endpoint_of(receiver.url), lambda: moments[0], told.append):
            await eventually(lambda: told, "it is reported")
        assert told == [
            (
                f"metrics do not reach {endpoint_of(receiver.url)}: it answers 308 Permanent Redirect: "
                "give --otlp the URL that it redirects to; the session goes on without"
            )
        ]
        assert set(receiver.paths) == {"/v1/metrics"}


@pytest.mark.anyio
async def test_nobody_listening_delays_nothing_and_prints_no_log(
    moments: list[Moment], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(otlp_sender, "REQUEST_WITHIN_S", 0.2)
    monkeypatch.setattr(otlp_sender, "LAST_WITHIN_S", 0.5)
    told = Told()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # bound, but not listening
        endpoint = endpoint_of(f"http://127.0.0.1:{free.getsockname()[1]}")
        async with sending_metrics(endpoint, lambda: moments[0], told.append):
            await eventually(lambda: told, "it is reported")
            for _ in range(5):  # the event loop goes on
                await anyio.sleep(EVERY_S)
        assert told == [f"metrics do not reach {endpoint}: connection refused; the session goes on without"]
    assert caplog.text == ""


class Stuck(MetricExporter):
    """An exporter that answers only when it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go, self.was_shut_down = threading.Event(), False
        self.sent: list[MetricsData] = []
        self.tried = threading.Event()

    def export(self, metrics_data: MetricsData, timeout_millis: float = 0, **_: object) -> MetricExportResult:
        self.tried.set()
        self.go.wait(30)
        self.sent.append(metrics_data)
        return MetricExportResult.SUCCESS

    def force_flush(self, timeout_millis: float = 0) -> bool:
        return True

    def shutdown(self, timeout_millis: float = 0, **_: object) -> None:
        self.was_shut_down = True
        self.go.set()


@pytest.fixture
def stuck() -> Iterator[Stuck]:
    exporter = Stuck()
    yield exporter
    exporter.go.set()


def data() -> MetricsData:
    """Told apart by its identity."""
    return MetricsData([])


def test_what_waits_is_bounded_and_the_oldest_goes_first(stuck: Stuck) -> None:
    sender = OtlpSender(stuck, "there", str)
    pieces = [data() for _ in range(20)]
    sender.start()
    sender.put(pieces[0])
    assert stuck.tried.wait(30)
    for piece in pieces[1:]:
        sender.put(piece)  # returns at once
    stuck.go.set()
    until(lambda: len(stuck.sent) == 1 + otlp_sender.WAITING_AT_MOST, "the rest is sent")
    sender.finish(None, 30)
    kept = [pieces[0], *pieces[-otlp_sender.WAITING_AT_MOST :]]
    assert [id(each) for each in stuck.sent] == [id(each) for each in kept]


def test_the_end_waits_so_long_and_sends_only_the_newest(stuck: Stuck) -> None:
    sender = OtlpSender(stuck, "there", str)
    first, second, last = data(), data(), data()
    sender.start()
    sender.put(first)
    assert stuck.tried.wait(30)
    sender.put(second)
    sender.finish(last, 0.05)
    assert sender.news() == "metrics do not reach there: no answer within 0.05 s; the session goes on without"
    assert stuck.was_shut_down
    until(lambda: len(stuck.sent) == 2, "the thread ends")
    assert [id(each) for each in stuck.sent] == [id(first), id(last)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/metrics"),
        ("http://127.0.0.1:4318/", "http://127.0.0.1:4318/v1/metrics"),
        ("https://otel.example/tenant", "https://otel.example/tenant/v1/metrics"),
        ("https://otel.example/v1/metrics", "https://otel.example/v1/metrics"),
        ("http://[::1]:4318", "http://[::1]:4318/v1/metrics"),
    ],
)
def test_the_path_of_metrics_is_added_to_a_url(text: str, expected: str) -> None:
    assert endpoint_of(text) == expected
    assert endpoint_of(expected) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "collector",
        "127.0.0.1:4318",
        "ftp://h",
        "http://",
        "http://h:x",
        "http://h:99999",
        "http://[::1",
        "http://h?a=b",
        "http://h /x",
        "http://h/\x1b",
    ],
)
def test_other_texts_are_no_url_of_a_collector(text: str) -> None:
    with pytest.raises(ValueError, match="is not the URL of a collector"):
        endpoint_of(text)


REFUSED = (
    "HTTPConnectionPool(host='h', port=1): Max retries exceeded with url: /v1/metrics (Caused by "
    "NewConnectionError('<x>: Failed to establish a new connection: [Errno 111] Connection refused'))"
)
UNTRUSTED = "(Caused by SSLError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed (_ssl.c:1)'))"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (REFUSED, "connection refused"),
        (f"HTTPSConnectionPool {UNTRUSTED}", "certificate verify failed"),
        ("HTTPConnectionPool(host='h'): Read timed out. (read timeout=4)", "timed out"),
        ("No connection to http://ann:hunter2@h/", "No connection to http://(hidden)@h/"),
    ],
)
def test_why_a_connection_failed_is_said_in_a_few_words(text: str, expected: str) -> None:
    assert reason_in(text) == expected


@pytest.mark.anyio
async def test_without_the_extra_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk", None)
    monkeypatch.delitem(sys.modules, "opentelemetry.sdk.metrics", raising=False)
    with pytest.raises(UsageError) as caught:
        async with sending_metrics("http://127.0.0.1:1/v1/metrics", lambda: None, Told().append):
            raise AssertionError("nothing may start")
    assert caught.value.why == "the extra abreast[opentelemetry] is not installed"
    assert 'install "abreast[opentelemetry]"' in caught.value.hint


@pytest.mark.anyio
async def test_tokens_for_the_collector_come_from_the_standard_variable(
    moments: list[Moment], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-token=abc")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")  # leads nowhere, and not to this machine
    with receiving() as receiver:
        async with sending_metrics(endpoint_of(receiver.url), lambda: moments[0], Told().append):
            await eventually(lambda: receiver.requests, "it is sent")
        assert receiver.headers[0]["x-token"] == "abc"
        assert receiver.headers[0]["content-encoding"] == "gzip"
    assert logging.getLogger("opentelemetry").propagate
