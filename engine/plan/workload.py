"""A plan's own workload: requests by weight, or the steps of a journey. Frozen, validated, pure.

Texts of a request may hold `{words}`, which are filled in for each request: `{user}` (the user's number),
`{n}` (the request's number, or its journey's), `{uuid}`, `{random:1-100}`, `{NAME}` (value n of the list
`data.NAME`, over and over), `{NAME:user}` (value of the user's number), and in a journey the names that
earlier steps `take`. In JSON, `"{n|number}"` stands for the number without quotes. `{{word}}` is the text
{word}. Values follow from the plan's seed, so that every run, and every target, gets the same.
"""

import json
import re
from collections import Counter
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from engine.client.placeholders import BUILT_IN
from engine.client.stream import LONGEST_END_MARK_BYTES
from engine.plan import checks
from engine.plan.values import Frozen
from engine.protocol.request import Check, Extract, Kind
from targets.secrets import masked_text

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
"""What the name of a header or a cookie is (RFC 9110, 5.6.2)."""
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_CLASS = re.compile(r"[1-5]xx", re.IGNORECASE)
LARGEST_BODY = 1 << 40
MAX_REQUESTS = 1000
"""Of one workload: each has figures of its own, every second. Data give a request many values."""
MOST_MESSAGES = 1_000_000_000


def parse_statuses(value: object) -> tuple[int, ...]:
    """Statuses from `200`, `"2xx"` or a list of such, in order. Raises ValueError."""
    items = value if isinstance(value, list | tuple) else [value]
    statuses: list[int] = []
    for item in items:
        if isinstance(item, str) and _CLASS.fullmatch(item):
            statuses += range(int(item[0]) * 100, int(item[0]) * 100 + 100)
        elif isinstance(item, int) and not isinstance(item, bool) and 200 <= item <= 599:
            statuses.append(item)
        else:
            raise ValueError(f'{item!r} is no status; write one like 200, "2xx" or [200, 404]')
    if not statuses:
        raise ValueError("an answer has a status: name one")
    return tuple(dict.fromkeys(statuses))


def parse_take(value: object) -> str:
    """Checks where a value is taken from. Raises ValueError."""
    text = str(value)
    kind, colon, name = text.partition(":")
    if text.startswith("/") or not text:
        return checks.pointer(text)
    if colon and kind in {"header", "cookie"} and _TOKEN.fullmatch(name.strip()):
        return text
    raise ValueError(
        f'{value!r} says nothing to take; write a JSON pointer like "/id", or "header:NAME", or "cookie:NAME"'
    )


def parse_list(value: object) -> tuple[str, ...]:
    """A list of values as texts. Raises ValueError."""
    if not isinstance(value, list | tuple) or not value:
        raise ValueError("a list of data has one value at least, in [ ]")
    if not all(isinstance(each, str | int | float) and not isinstance(each, bool) for each in value):
        raise ValueError("data are texts and numbers")
    return tuple(str(each) for each in value)


def word_name(value: str) -> str:
    """A name that can stand in braces. Raises ValueError."""
    if not _NAME.fullmatch(value):
        raise ValueError(f"{value!r} cannot stand in braces; use letters, digits and _")
    if value in BUILT_IN:
        raise ValueError(f"{{{value}}} has a meaning already; choose another name")
    return value


def end_mark(value: object) -> object:
    """Checks what ends a stream. Raises ValueError."""
    if isinstance(value, str) and (
        len(value.encode()) > LONGEST_END_MARK_BYTES or "\n" in value or "\r" in value
    ):
        raise ValueError(f"until is one line of {LONGEST_END_MARK_BYTES} bytes at most")
    return value


WordName = Annotated[str, BeforeValidator(word_name)]
Statuses = Annotated[tuple[int, ...], BeforeValidator(parse_statuses)]
Data = dict[WordName, Annotated[tuple[str, ...], BeforeValidator(parse_list)]]
Pointer = Annotated[str, AfterValidator(checks.pointer)]
Json = Annotated[Any, AfterValidator(checks.json_value)]
Scalar = str | int | float | bool


class FilePart(Frozen):
    """A file of the plan's folder."""

    file: Annotated[str, Field(min_length=1)]
    """Its path, from the plan's folder, which it cannot leave."""
    type: Annotated[str, AfterValidator(checks.line)] = ""
    """Its content type; guessed from its name where it is not said."""


class Auth(Frozen):
    """How a request says who it is from. Recorded sessions hold neither password nor token."""

    basic: tuple[str, str] | None = None
    """User and password: `auth.basic = ["ann", "secret"]`."""
    bearer: str | None = None
    """A token: `auth.bearer = "{token}"`."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.basic is None) == (self.bearer is None):
            raise ValueError("auth is either basic or bearer")
        return self


class Size(Frozen):
    """How long a body may be, in bytes."""

    min: Annotated[int, Field(ge=0, le=LARGEST_BODY)] = 0
    max: Annotated[int, Field(ge=0, le=LARGEST_BODY)] = LARGEST_BODY


class Checks(Frozen, validate_by_name=True, validate_by_alias=True, serialize_by_alias=True):
    """What must be true of an answer's body; otherwise the request has failed, as `bad body`.

    Of bodies over 1 MiB only the first MiB is looked at, and their JSON not at all.
    """

    contains: Annotated[
        tuple[str, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)
    ] = ()
    """Texts that must be there: one, or a list."""
    json_values: Annotated[dict[Pointer, Json], Field(alias="json")] = Field(default_factory=dict)
    """Values that must be there, by JSON pointer: `checks.json = { "/total" = 100 }`."""
    size: Annotated[
        Size | None,
        BeforeValidator(lambda value: {"min": value, "max": value} if isinstance(value, int) else value),
    ] = None
    """Bytes of the body: exactly so many, or `{ min = 10, max = 2000 }`."""

    @property
    def made(self) -> tuple[Check, ...]:
        """As they travel to a load worker."""
        checks = [Check("contains", text=text) for text in self.contains]
        if self.size is not None:
            checks.append(Check("size", low=self.size.min, high=self.size.max))
        for pointer, value in self.json_values.items():
            checks.append(Check("json", pointer=pointer, expected=json.dumps(value).encode()))
        return tuple(checks)


class RequestSpec(Frozen, validate_by_name=True, validate_by_alias=True, serialize_by_alias=True):
    """One request of a plan's own workload (`[[request]]`), or what a step and a request have alike."""

    name: Annotated[str, AfterValidator(checks.line)] = ""
    """Results are kept by it; method and path where it is not given."""
    weight: Annotated[int, Field(ge=1, le=1000)] = 1
    """How often it is sent, relative to the workload's other requests."""
    method: str = "GET"
    path: str
    """From the target's root, with or without a query; in a journey, one word that an earlier step took goes
    where that leads on the same server: `take = { there = "header:Location" }`, then `path = "{there}"`."""
    query: dict[str, Scalar | list[Scalar]] = Field(default_factory=dict)
    """Added to the path's own."""
    headers: dict[str, str] = Field(default_factory=dict)
    json_body: Annotated[Json, Field(alias="json")] = None
    """A body that is sent as JSON."""
    form: dict[str, Scalar | list[Scalar]] | None = None
    """A form: URL-encoded, or with `files` multipart. Of a list each value is a field of its own."""
    files: dict[str, FilePart] | None = None
    """Files of a multipart form, by field: `files.picture.file = "cat.jpg"`."""
    body: str | FilePart | None = None
    """A body as it stands: a text, or `{ file = "body.xml" }`, which goes out to the byte."""
    auth: Auth | None = None
    expect_status: Statuses = (200,)
    """Statuses that are a success: `201`, `"2xx"`, `[200, 404]`. All others are failures."""
    checks: Checks = Checks()
    stream: Literal["", "sse", "websocket"] = ""
    """How the answer comes: whole (`""`), as server-sent events (`"sse"`), or over a WebSocket
    (`"websocket"`, a new connection for each request). The latency is the time to the end of the stream."""
    message: str | None = None
    """Over a WebSocket: the text that is sent when it is open; `json` sends JSON in its place."""
    until: Annotated[str, BeforeValidator(end_mark)] = ""
    """The data of the event, or the text of the message, that ends the stream (`"[DONE]"`); it must not end
    before. Without it the server ends the stream."""
    receive: Annotated[int, Field(ge=0, le=MOST_MESSAGES)] = 0
    """Over a WebSocket: how many messages end the stream; 0: as many as the server sends."""

    @model_serializer(mode="wrap", when_used="json")
    def _recordable(self, dumped: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """As it is recorded."""
        return {key: checks.recordable(value) for key, value in dumped(self).items()}

    @property
    def kind(self) -> Kind:
        """What a load worker is to make of it."""
        return self.stream or "http"

    @property
    def title(self) -> str:
        """The name that results are kept by."""
        return masked_text(self.name or f"{self.method.upper()} {self.path}")

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        form = self.form is not None or self.files is not None
        if sum((self.json_body is not None, form, self.body is not None)) > 1:
            raise ValueError("a request has one body at most: json, form (with files), or body")
        return self

    @model_validator(mode="after")
    def _one_stream(self) -> Self:
        if not self.stream and self.until:
            raise ValueError('until ends a stream: add stream = "sse" or "websocket"')
        if self.stream != "websocket" and (self.message is not None or self.receive):
            raise ValueError('message and receive are for a WebSocket: add stream = "websocket"')
        if self.stream == "sse" and self.method.upper() == "HEAD":
            raise ValueError("the answer to a HEAD request has no body to stream")
        if self.stream != "websocket":
            return self
        if self.method.upper() != "GET" or self.body is not None or self.form is not None or self.files:
            raise ValueError("a WebSocket is opened with a GET, and sends a message or json")
        if self.message is not None and self.json_body is not None:
            raise ValueError("a WebSocket sends one message: message or json")
        if self.expect_status != (200,):
            raise ValueError("a WebSocket has no status to expect: it opens, or has failed")
        return self


class StepSpec(RequestSpec):
    """One step of a journey (`[[step]]`). Every user takes all of them in order, over and over; a step that
    fails ends the journey, and the user begins anew, logged out."""

    weight: Literal[1] = 1
    """Steps have no weights: they follow each other."""
    once: bool = False
    """Sent until one journey has come to its end, and not again: a login."""
    take: dict[WordName, Annotated[str, BeforeValidator(parse_take)]] = Field(default_factory=dict)
    """Values for later steps, by name: `take = { id = "/id" }` (a JSON pointer), `"header:ETag"` or
    `"cookie:sid"`."""

    @property
    def takes(self) -> tuple[Extract, ...]:
        """As they travel to a load worker."""
        return tuple(_take(name, where) for name, where in self.take.items())


def _take(name: str, where: str) -> Extract:
    if where.startswith("/") or not where:
        return Extract(name, "json", where)
    kind, _, rest = where.partition(":")
    if kind == "header":
        return Extract(name, "header", rest.strip().lower())
    return Extract(name, "cookie", rest.strip())


def check_workload(requests: tuple[RequestSpec, ...], steps: tuple[StepSpec, ...], data: Data) -> None:
    """Raises ValueError for what no single request can know is wrong."""
    if requests and steps:
        raise ValueError(
            "a workload has either requests by weight ([[request]]) or steps in order ([[step]])"
        )
    if data and not requests and not steps:
        raise ValueError("data is for a workload of the plan's own, which has [[request]] or [[step]]")
    if steps and all(step.once for step in steps):
        raise ValueError("a journey has at least one step that is not sent once alone")
    titles = Counter(each.title for each in (*requests, *steps))
    if twice := next((title for title, times in titles.items() if times > 1), None):
        raise ValueError(f"two requests are called {twice!r}; give each a name of its own")
    if both := next((name for step in steps for name in step.take if name in data), None):
        raise ValueError(f"{{{both}}} would be both a list of data and a value that is taken")
