"""What a contract is written in: requests, workloads, refusals."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

CONTENT_TYPE = "application/json"
"""Of every answer that has a body."""
EVENT_STREAM = "text/event-stream"
"""Of an answer that comes as server-sent events."""

Stream = Literal["", "sse", "websocket"]
"""How an answer comes: as one message, as server-sent events, or as the messages of a WebSocket."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a request sends as one part of a multipart form."""

    field: str
    name: str
    """Of the file, beside this one."""
    content_type: str

    @property
    def content(self) -> bytes:
        """What is in it."""
        return _content(self.name)


@cache
def _content(name: str) -> bytes:
    return (Path(__file__).parent / name).read_bytes()


@dataclass(frozen=True, slots=True)
class Request:
    """One request of a workload, and what every target answers to it."""

    name: str
    """Unique within its workload; results are kept by it."""
    method: str
    path: str
    """With its query, where it has one."""
    json: dict[str, object] | None = None
    """The body, to be sent as JSON; None for a request without one."""
    expect_status: tuple[int, ...] = (200,)
    """Any other status is a failure."""
    weight: int = 1
    """How often it is sent, relative to the workload's other requests."""
    answer: bytes = b""
    """The whole body of the expected answer; empty where the answer has none, or no fixed one. A WebSocket's
    messages stand one a line."""
    checks: tuple[tuple[str, str], ...] = ()
    """Where no body is fixed: RFC 6901 pointers into it, and the JSON value that each points at."""
    upload: Upload | None = None
    """The body, to be sent as a multipart form of one file."""
    headers: tuple[tuple[str, str], ...] = ()
    """To be sent along; `{name}` stands for a value that an earlier step took."""
    takes: tuple[tuple[str, str], ...] = ()
    """In a journey: names for later steps, and the RFC 6901 pointers to their values in this answer."""
    stream: Stream = ""

    @property
    def content_type(self) -> str:
        """Of the answer; empty where it has no body."""
        if self.stream:
            return EVENT_STREAM if self.stream == "sse" else ""
        return CONTENT_TYPE if self.answer or self.checks else ""


@dataclass(frozen=True, slots=True)
class Workload:
    """What a user requests."""

    name: str
    about: str
    """One line for the lobby."""
    requests: tuple[Request, ...]
    journey: bool = False
    """Every user sends all requests in order, over and over, rather than by weight."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that every target refuses, and how. `body` goes out as it stands."""

    name: str
    method: str
    path: str
    status: int
    answer: bytes
    """The whole body of the answer; a HEAD request gets its headers alone."""
    allow: str = ""
    """The `Allow` header of a 405."""
    content_type: str = ""
    """Of the request; empty to send none."""
    body: bytes = b""
    padding_bytes: int = 0
    """So many zero bytes follow the body."""
    headers: tuple[tuple[str, str], ...] = ()
    """Of the request, beside the content type."""
    workload: str = "tasks"
    """Targets that serve this workload refuse it."""


NOT_FOUND = b'{"error":"not found"}'
METHOD_NOT_ALLOWED = b'{"error":"method not allowed"}'


def unprocessable(*reasons: tuple[str, str]) -> bytes:
    """The body of a 422: fields, and what is wrong with each."""
    listed = ",".join(f'{{"field":"{field}","reason":"{reason}"}}' for field, reason in reasons)
    return f'{{"error":"unprocessable","reasons":[{listed}]}}'.encode()


NOT_JSON = unprocessable(("body", "is not valid JSON"))
NOT_OBJECT = unprocessable(("body", "must be a JSON object"))


def wrong_method(name: str, method: str, path: str, allow: str, workload: str = "tasks") -> Refusal:
    """A path that takes other methods alone."""
    return Refusal(name, method, path, 405, METHOD_NOT_ALLOWED, allow=allow, workload=workload)
