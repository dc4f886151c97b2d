"""A custom workload of a plan: requests by weight, or the steps of a journey. Frozen, validated, pure.

Strings of a request may contain placeholders, which are filled in for each request: `{user}` (the user's
number), `{n}` (the number of the request, or of its journey), `{uuid}`, `{random:1-100}`, `{NAME}` (value n
of the list `data.NAME`, over and over), `{NAME:user}` (the value of the user's number), and in a journey the
names that earlier steps `take`; `{data.NAME.COLUMN}` is a value of a row of a data file. In JSON,
`"{n|number}"` becomes the number without quotes. `{{word}}` is the text {word}. Values follow from the plan's
seed, so every run and every target gets the same.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    SerializerFunctionWrapHandler,
    Tag,
    model_serializer,
    model_validator,
)

from engine.client.placeholders import BUILT_IN
from engine.client.redirects import MAX_REDIRECTS
from engine.client.stream import MAX_END_MARK_BYTES
from engine.plan import checks
from engine.plan.data_file import DataFile
from engine.plan.responses import Checks, Json, Take, extract_of
from engine.plan.values import WHOLE, Duration, Flag, Frozen, Think
from engine.protocol.load_shape import ThinkTime
from engine.protocol.outcome import REDIRECTS
from engine.protocol.request import Extract, Kind
from targets.secrets import masked_text

_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_CLASS = re.compile(r"[1-5]xx", re.IGNORECASE)
MAX_REQUESTS = 1000
"""Of one workload: each has its own figures, every second. Use `data` to send many values."""
MAX_MESSAGES = 1_000_000_000


def parse_statuses(value: object) -> tuple[int, ...]:
    """Statuses from `200`, `"2xx"` or a list of these, in order. Raises ValueError."""
    items = value if isinstance(value, list | tuple) else [value]
    statuses: list[int] = []
    for item in items:
        if isinstance(item, str) and _CLASS.fullmatch(item):
            statuses += range(int(item[0]) * 100, int(item[0]) * 100 + 100)
        elif isinstance(item, int) and not isinstance(item, bool) and 200 <= item <= 599:
            statuses.append(item)
        else:
            raise ValueError(f'{item!r} is not a status; write one like 200, "2xx" or [200, 404]')
    if not statuses:
        raise ValueError("must name at least one status")
    return tuple(dict.fromkeys(statuses))


def statuses_in_short(statuses: Sequence[int]) -> int | str | list[int | str]:
    """Statuses as people write them: `"2xx"` for all of a class, one without a list."""
    short: list[int | str] = []
    for first in range(100, 600, 100):
        of_class = [status for status in statuses if first <= status < first + 100]
        short += [f"{first // 100}xx"] if len(of_class) == 100 else of_class
    return short[0] if len(short) == 1 else short


def parse_list(value: object) -> tuple[str, ...]:
    """A list of values as strings. Raises ValueError."""
    if not isinstance(value, list | tuple) or not value:
        raise ValueError("must be a list with at least one value")
    if not all(isinstance(each, str | int | float) and not isinstance(each, bool) for each in value):
        raise ValueError("values must be strings and numbers")
    return tuple(str(each) for each in value)


def word_name(value: str) -> str:
    """A name that can be a placeholder. Raises ValueError."""
    if not _NAME.fullmatch(value):
        raise ValueError(f"{value!r} cannot be a placeholder; use letters, digits and _")
    if value in BUILT_IN:
        raise ValueError(f"{{{value}}} is built in; choose another name")
    return value


def end_mark(value: object) -> object:
    """Checks the text that ends a stream. Raises ValueError."""
    if isinstance(value, str) and (
        len(value.encode()) > MAX_END_MARK_BYTES or "\n" in value or "\r" in value
    ):
        raise ValueError(f"until must be one line of at most {MAX_END_MARK_BYTES} bytes")
    return value


def operation_name(value: str) -> str:
    """Checks the name of a GraphQL operation (GraphQL, 2.1.9). Raises ValueError."""
    if value and not _NAME.fullmatch(value):
        raise ValueError(f"{value!r} is not the name of an operation; use letters, digits and _")
    return value


def has_operation(document: str, name: str) -> bool:
    """Whether a GraphQL document has an operation of this name."""
    return re.search(rf"\b(query|mutation|subscription)\s+{name}\b", document) is not None


WordName = Annotated[str, BeforeValidator(word_name)]
Statuses = Annotated[
    tuple[int, ...], BeforeValidator(parse_statuses, json_schema_input_type=int | str | list[int | str])
]
ValueList = Annotated[
    tuple[str, ...], BeforeValidator(parse_list, json_schema_input_type=list[str | int | float])
]
Data = dict[
    WordName,
    Annotated[
        Annotated[ValueList, Tag("list[str]")] | Annotated[DataFile, Tag("DataFile")],
        Discriminator(lambda value: "DataFile" if isinstance(value, dict | DataFile) else "list[str]"),
    ],
]
Scalar = str | int | float | bool


class FilePart(Frozen):
    """A file in the plan's folder."""

    file: Annotated[str, Field(min_length=1)]
    """Its path, relative to the plan's folder, and within it."""
    type: Annotated[str, AfterValidator(checks.line)] = ""
    """Its content type; by default guessed from its name."""


class Auth(Frozen):
    """Credentials of a request. Recorded sessions contain neither password nor token."""

    basic: tuple[str, str] | None = None
    """User and password: `auth.basic = ["ann", "secret"]`."""
    bearer: str | None = None
    """A token: `auth.bearer = "{token}"`."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.basic is None) == (self.bearer is None):
            raise ValueError("auth must be either basic or bearer")
        return self


class RequestSpec(Frozen, validate_by_name=True, validate_by_alias=True, serialize_by_alias=True):
    """A request of a custom workload (`[[request]]`), or the fields that steps share with it."""

    name: Annotated[str, AfterValidator(checks.line)] = ""
    """The name in the results; by default method and path."""
    weight: Annotated[int, Field(ge=1, le=1000), WHOLE] = 1
    """How often it is sent, relative to the workload's other requests."""
    method: str = "GET"
    path: str
    """The path, with or without a query. In a journey a path that is one placeholder follows a URL that an
    earlier step took, on the same server: `take = { there = "header:Location" }`, then `path = "{there}"`."""
    query: dict[str, Scalar | list[Scalar]] = Field(default_factory=dict)
    """Query parameters, added to those in the path."""
    headers: dict[str, str] = Field(default_factory=dict)
    json_body: Annotated[Json, Field(alias="json")] = None
    """A JSON body."""
    form: dict[str, Scalar | list[Scalar]] | None = None
    """A form body: URL-encoded, or multipart with `files`. Each value of a list becomes its own field."""
    files: dict[str, FilePart] | None = None
    """Files of a multipart form, by field: `files.picture.file = "cat.jpg"`."""
    body: str | FilePart | None = None
    """A raw body: a text, or `{ file = "body.xml" }`, which is sent byte for byte."""
    graphql: str | None = None
    """A GraphQL document, sent as it is written by POST, with `variables` and `operation` as JSON."""
    variables: dict[str, Json] = Field(default_factory=dict)
    """Values of a GraphQL document's variables."""
    operation: Annotated[str, AfterValidator(operation_name)] = ""
    """Which operation of a GraphQL document is executed, if it has more than one; also the default of
    `name`."""
    auth: Auth | None = None
    timeout: Annotated[Duration, Field(gt=0)] | None = None
    """How long a user waits for its complete answer; by default the plan's `timeout`."""
    expect_status: Statuses = (200,)
    """Statuses that count as success: `201`, `"2xx"`, `[200, 404]`. All others are failures."""
    follow_redirects: Annotated[int, Field(ge=0, le=MAX_REDIRECTS), WHOLE] = 0
    """How many redirects are followed, one after another, on the same server; 0: none. The request's latency
    is that of the whole chain."""
    checks: Checks = Checks()
    stream: Literal["", "sse", "websocket"] = ""
    """How the answer arrives: as a whole (`""`), as server-sent events (`"sse"`), or over a WebSocket
    (`"websocket"`, a new connection for each request). Latency is the time to the end of the stream."""
    message: str | None = None
    """WebSocket: the text that is sent once it is open; `json` sends JSON instead."""
    until: Annotated[str, BeforeValidator(end_mark)] = ""
    """The event data, or the message, that ends the stream (`"[DONE]"`); a stream that ends before it has
    failed. Without it the server ends the stream."""
    receive: Annotated[int, Field(ge=0, le=MAX_MESSAGES), WHOLE] = 0
    """WebSocket: the number of messages that ends the stream; 0: as many as the server sends."""

    @model_serializer(mode="wrap", when_used="json")
    def _recordable(self, dumped: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """The request as it is recorded."""
        return {key: checks.recordable(value) for key, value in dumped(self).items()}

    @property
    def kind(self) -> Kind:
        """Its kind, for a load worker."""
        return self.stream or "http"

    @property
    def title(self) -> str:
        """Its name in the results."""
        return masked_text(self.name or self.operation or f"{self.method.upper()} {self.path}")

    @model_validator(mode="before")
    @classmethod
    def _post_graphql(cls, values: Any) -> Any:
        """GraphQL is sent by POST."""
        if isinstance(values, dict) and values.get("graphql") is not None:
            return {"method": "POST", **values}
        return values

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        form = self.form is not None or self.files is not None
        bodies = (self.json_body is not None, form, self.body is not None, self.graphql is not None)
        if sum(bodies) > 1:
            raise ValueError("a request has at most one body: json, form (with files), body, or graphql")
        return self

    @model_validator(mode="after")
    def _whole_graphql(self) -> Self:
        if self.graphql is None:
            if self.variables or self.operation:
                raise ValueError('variables and operation need a GraphQL document: add graphql = "query …"')
            return self
        if not self.graphql.strip():
            raise ValueError("graphql must not be empty")
        if self.method.upper() != "POST" or self.stream:
            raise ValueError("GraphQL is sent by POST, and its answer is not streamed")
        if self.operation and not has_operation(self.graphql, self.operation):
            raise ValueError(f"the GraphQL document has no operation {self.operation!r}")
        return self

    @model_validator(mode="after")
    def _followed(self) -> Self:
        if not self.follow_redirects:
            return self
        if self.stream == "websocket":
            raise ValueError("a WebSocket follows no redirects")
        if both := sorted(REDIRECTS.intersection(self.expect_status)):
            raise ValueError(
                f"a redirect is either followed or expected: leave {both[0]} out of expect_status, or set "
                "follow_redirects = 0"
            )
        return self

    @model_validator(mode="after")
    def _one_stream(self) -> Self:
        if not self.stream and self.until:
            raise ValueError('until needs a stream: add stream = "sse" or "websocket"')
        if self.stream != "websocket" and (self.message is not None or self.receive):
            raise ValueError('message and receive need a WebSocket: add stream = "websocket"')
        if self.stream == "sse" and self.method.upper() == "HEAD":
            raise ValueError("the answer to a HEAD request has no body to stream")
        if self.stream != "websocket":
            return self
        if self.method.upper() != "GET" or self.body is not None or self.form is not None or self.files:
            raise ValueError("a WebSocket is opened with a GET, and sends a message or json")
        if self.message is not None and self.json_body is not None:
            raise ValueError("a WebSocket sends one message: message or json")
        if self.expect_status != (200,):
            raise ValueError("a WebSocket has no expect_status: it either opens or has failed")
        return self


class StepSpec(RequestSpec):
    """One step of a journey (`[[step]]`). Every user sends all steps in order, over and over; a step that
    fails ends the journey, and the user starts again without cookies."""

    weight: Literal[1] = 1
    """Steps have no weight: they follow each other."""
    once: Flag = False
    """Not sent again once the user has finished a journey: a login."""
    think_time: Think | None = None
    """How long the user waits before it, in place of the plan's `think_time`."""
    take: dict[WordName, Take] = Field(default_factory=dict)
    """Values for later steps, by name: `take = { id = "/id" }` (a JSON pointer), `"jmespath:items[0].id"`,
    `"header:ETag"`, `"cookie:sid"`, `"regex:…"` (in the body), or
    `{ from = "header:Location", regex = "…" }`; a later step uses `{id}`."""

    @property
    def takes(self) -> tuple[Extract, ...]:
        """The values to take, as messages to a load worker."""
        return tuple(extract_of(name, take) for name, take in self.take.items())


def pace_of(steps: Sequence[StepSpec], think_time: ThinkTime) -> ThinkTime:
    """The think times of a journey: those of its steps, and the plan's for all others."""
    if all(step.think_time is None for step in steps):
        return think_time
    before = [think_time if step.think_time is None else step.think_time for step in steps]
    repeated = [think.mean_s for step, think in zip(steps, before, strict=True) if not step.once]
    return replace(think_time, of_steps=tuple(before), mean_of_steps_s=fmean(repeated))


def check_workload(requests: tuple[RequestSpec, ...], steps: tuple[StepSpec, ...], data: Data) -> None:
    """Raises ValueError for what is wrong between requests, steps and data."""
    if requests and steps:
        raise ValueError(
            "a workload has either requests by weight ([[request]]) or steps in order ([[step]])"
        )
    if data and not requests and not steps:
        raise ValueError("data needs a custom workload, with [[request]] or [[step]]")
    if steps and all(step.once for step in steps):
        raise ValueError("a journey needs at least one step without once")
    titles = Counter(each.title for each in (*requests, *steps))
    if twice := next((title for title, times in titles.items() if times > 1), None):
        raise ValueError(f"two requests have the name {twice!r}; give each its own")
    lists = [name for name, values in data.items() if not isinstance(values, DataFile)]
    if both := next((name for step in steps for name in step.take if name in lists), None):
        raise ValueError(f"{{{both}}} would be both a list of data and a taken value")
