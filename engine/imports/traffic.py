"""What an import found: requests, and notes on what it left out. Plain data. Pure.

Rules of this room:
- a parser turns the text of one kind of source into `ImportedTraffic`; it reads no file and sends no request;
- texts are as they were found; where a value is filled in later, `marked_text` marks the place;
- parsers keep secrets; only `secrets` takes them out, for all sources alike, before anything is written;
- names and notes that parsers take from a source go through `clean`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was left out, or done in another way."""

    place: str
    """Where in the source: `entry 12`, `line 3`, `operation GET /items`."""
    what: str
    """What was left out, or what was done instead, without a full stop."""
    why: str = ""


@dataclass(frozen=True, slots=True)
class FileContent:
    """The content of a file that the source names, but does not contain."""

    path: str
    """As the source names it."""
    content_type: str = ""
    without_newlines: bool = False
    """As curl's `--data @file` sends it."""
    is_encoded: bool = False
    """Its text is percent-encoded, as curl's `--data-urlencode name@file` sends it."""
    as_text: bool = False
    """Of a form: a field has its text, as curl's `--form name=<file` sends it; nothing is uploaded."""


@dataclass(frozen=True, slots=True)
class JoinedBody:
    """Texts, and the texts of files, one after another."""

    parts: tuple[str | FileContent, ...]


@dataclass(frozen=True, slots=True)
class FormBody:
    """A URL-encoded form: decoded fields in their order."""

    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class MultipartBody:
    """A multipart form: fields in their order."""

    fields: tuple[tuple[str, str | FileContent], ...]
    types: Mapping[str, str] = field(default_factory=dict)
    """The content types of fields that are no files, by name, where the source has them."""


@dataclass(frozen=True, slots=True)
class JsonBody:
    """A value that is sent as JSON."""

    value: Any


Body = str | bytes | FileContent | JoinedBody | FormBody | MultipartBody | JsonBody | None
"""A text is sent as UTF-8."""


@dataclass(frozen=True, slots=True)
class BasicAuth:
    """User and password."""

    user: str
    password: str


@dataclass(frozen=True, slots=True)
class ImportedRequest:
    """One request, as it was found."""

    method: str
    url: str
    """Absolute, or a path where the source has no host; with its query, encoded as it is sent."""
    place: str
    """Where in the source it was found: `entry 12`, `line 3`, `operation GET /items`."""
    name: str = ""
    """Its name in the results; by default method and path."""
    headers: tuple[tuple[str, str], ...] = ()
    body: Body = None
    auth: BasicAuth | None = None
    weight: float = 1
    """How often it is sent, relative to the others; of any size, the plan's are whole numbers."""
    pause_before_s: float = 0
    """In a journey: how long the user waited before it."""
    enabled: bool = True
    """A request that is not enabled is written as a comment."""
    once: bool = False
    """In a journey: not repeated, such as a login."""
    timeout_s: float | None = None
    follow_redirects: int = 0
    """How many redirects are followed at most."""
    insecure_tls: bool = False
    """Any certificate of its server is accepted."""
    expect_status: tuple[int | str, ...] = ()
    """As a plan has them: `200`, `"2xx"`; empty: the plan's default."""
    checks: Mapping[str, Any] = field(default_factory=dict)
    """The plan's table `checks`."""
    takes: Mapping[str, str] = field(default_factory=dict)
    """In a journey, the plan's table `take`: values of its response for later steps."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Other keys of a request of a plan, as plain values: `{"stream": "sse"}`."""


@dataclass(slots=True)
class ImportedTraffic:
    """All that an import found."""

    source: str
    """What was imported, for people: `curl command`, `HAR file shop.har`."""
    title: str = ""
    """The title of the plan; by default the host of the requests."""
    requests: list[ImportedRequest] = field(default_factory=list)
    journey: bool = False
    """Requests are steps in order, with their pauses, rather than drawn by weight."""
    cookies: bool | None = None
    """Whether users keep cookies; None: the plan's default."""
    notes: list[Note] = field(default_factory=list)
    data: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Lists of values, such as ids in paths: a request refers to one by `marked_text.placeholder(name)`."""
    variables: dict[str, str] = field(default_factory=dict)
    """Environment variables that the parser itself refers to (`marked_text.variable(name)`), each with a few
    words on what it is."""
    base_url: str = ""
    """The origin of requests whose URL is only a path: `http://127.0.0.1:8000`."""
