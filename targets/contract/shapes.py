"""The types of the contract: requests, workloads, refusals."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

CONTENT_TYPE = "application/json"
"""Content type of all answers with a body."""
EVENT_STREAM = "text/event-stream"
"""Content type of answers as server-sent events."""

Stream = Literal["", "sse", "websocket"]
"""How an answer arrives: as a whole, as server-sent events, or as the messages of a WebSocket."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a request sends as one part of a multipart form."""

    field: str
    name: str
    """The name of the file, in this folder."""
    content_type: str

    @property
    def content(self) -> bytes:
        """Its content."""
        return _content(self.name)


@cache
def _content(name: str) -> bytes:
    return (Path(__file__).parent / name).read_bytes()


@dataclass(frozen=True, slots=True)
class Request:
    """One request of a workload, and the answer of every target."""

    name: str
    """Its name in the results, unique within its workload."""
    method: str
    path: str
    """The path, with its query if it has one."""
    json: dict[str, object] | None = None
    """The body, sent as JSON; None for a request without one."""
    expect_status: tuple[int, ...] = (200,)
    """Any other status is a failure."""
    weight: int = 1
    """How often it is sent, relative to the workload's other requests."""
    answer: bytes = b""
    """The whole body of the expected answer; empty if the answer has none, or no fixed one. Messages of a
    WebSocket are one per line."""
    checks: tuple[tuple[str, str], ...] = ()
    """If no body is fixed: JSON pointers (RFC 6901) into it, and their expected JSON values."""
    upload: Upload | None = None
    """The body, sent as a multipart form with one file."""
    headers: tuple[tuple[str, str], ...] = ()
    """Its headers; `{name}` is a value that an earlier step took."""
    takes: tuple[tuple[str, str], ...] = ()
    """In a journey: names for later steps, and JSON pointers (RFC 6901) to their values in this answer."""
    stream: Stream = ""

    @property
    def content_type(self) -> str:
        """Content type of the answer; empty if it has no body."""
        if self.stream:
            return EVENT_STREAM if self.stream == "sse" else ""
        return CONTENT_TYPE if self.answer or self.checks else ""


@dataclass(frozen=True, slots=True)
class Workload:
    """The requests of a user."""

    name: str
    about: str
    """One line for the lobby."""
    requests: tuple[Request, ...]
    journey: bool = False
    """Whether every user sends all requests in order, over and over, rather than by weight."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that every target refuses, and its answer. `body` is sent unchanged."""

    name: str
    method: str
    path: str
    status: int
    answer: bytes
    """The whole body of the answer; a HEAD request only gets its headers."""
    allow: str = ""
    """The `Allow` header of a 405."""
    content_type: str = ""
    """Content type of the request; empty to send none."""
    body: bytes = b""
    padding_bytes: int = 0
    """The number of zero bytes that follow the body."""
    headers: tuple[tuple[str, str], ...] = ()
    """Further headers of the request."""
    workload: str = "tasks"
    """The workload whose targets refuse it."""


NOT_FOUND = b'{"error":"not found"}'
METHOD_NOT_ALLOWED = b'{"error":"method not allowed"}'


def unprocessable(*reasons: tuple[str, str]) -> bytes:
    """The body of a 422: fields and their errors."""
    listed = ",".join(f'{{"field":"{field}","reason":"{reason}"}}' for field, reason in reasons)
    return f'{{"error":"unprocessable","reasons":[{listed}]}}'.encode()


NOT_JSON = unprocessable(("body", "is not valid JSON"))
NOT_OBJECT = unprocessable(("body", "must be a JSON object"))


def wrong_method(name: str, method: str, path: str, allow: str, workload: str = "tasks") -> Refusal:
    """A request with a method that its path does not allow."""
    return Refusal(name, method, path, 405, METHOD_NOT_ALLOWED, allow=allow, workload=workload)
