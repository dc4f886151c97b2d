"""A small OTLP receiver over real HTTP, which decodes what it gets."""

import gzip
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric

from tests.support.waiting import until


@dataclass
class Receiver:
    """What was received."""

    url: str
    status: int = 200
    """What it answers."""
    location: str = ""
    """Where it redirects to."""
    requests: list[ExportMetricsServiceRequest] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    """In lower case."""

    def wait_for(self, count: int) -> None:
        """Waits until so many requests have come."""
        until(lambda: len(self.requests) >= count, f"{count} requests have come")

    def resource(self, at: int = -1) -> dict[str, str]:
        """The resource of a request."""
        (resource,) = self.requests[at].resource_metrics
        return {each.key: each.value.string_value for each in resource.resource.attributes}

    def metrics(self, at: int = -1) -> dict[str, Metric]:
        """The metrics of a request, by name."""
        (resource,) = self.requests[at].resource_metrics
        (scope,) = resource.scope_metrics
        return {each.name: each for each in scope.metrics}


def attributes(point: Any) -> dict[str, str]:
    """The attributes of a data point."""
    return {each.key: each.value.string_value for each in point.attributes}


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port while the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            receiver.paths.append(self.path)
            receiver.headers.append({name.lower(): value for name, value in self.headers.items()})
            if receiver.status == 200:
                receiver.requests.append(ExportMetricsServiceRequest.FromString(body))
            content = ExportMetricsServiceResponse().SerializeToString()
            self.send_response(receiver.status)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(content)))
            if receiver.location:
                self.send_header("Location", receiver.location)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Prints nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
