"""What a plan expects of a response: checks of its body and headers, and values that later steps use. Frozen,
validated, pure."""

import json
import re
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from engine.client.expressions import compiled_jmespath, compiled_regex
from engine.plan import checks
from engine.plan.values import WHOLE, Flag, Frozen
from engine.protocol.request import Check, Extract, HeaderTest

MAX_BODY_BYTES = 1 << 40

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
"""The name of a header or a cookie (RFC 9110, 5.6.2)."""
_JMESPATH, _REGEX = "jmespath:", "regex:"


def _regex(text: str) -> str:
    compiled_regex(text)
    return text


def _jmespath(text: str) -> str:
    compiled_jmespath(text)
    return text


def _header_name(text: str) -> str:
    if not _TOKEN.fullmatch(text):
        raise ValueError(f"{text[:80]!r} is not the name of a header")
    return text


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Json = Annotated[Any, AfterValidator(checks.json_value)]
Pointer = Annotated[str, AfterValidator(checks.pointer)]
Regex = Annotated[str, AfterValidator(_regex)]
JmesPath = Annotated[str, AfterValidator(_jmespath)]
HeaderName = Annotated[str, AfterValidator(_header_name)]


class Size(Frozen):
    """The allowed length of a body, in bytes."""

    min: Annotated[int, Field(ge=0, le=MAX_BODY_BYTES), WHOLE] = 0
    max: Annotated[int, Field(ge=0, le=MAX_BODY_BYTES), WHOLE] = MAX_BODY_BYTES

    @model_validator(mode="after")
    def _holds_something(self) -> Self:
        if self.min > self.max:
            raise ValueError(f"no body has at least {self.min} and at most {self.max} bytes")
        return self


class HeaderCheck(Frozen):
    """What must be true of a header; if it comes more than once, of one of its values."""

    present: Flag | None = None
    """Whether it must be there: `headers.ETag = true` is short for it."""
    equals: str | None = None
    """Its value: `headers.Vary = "Accept"` is short for it."""
    contains: str | None = None
    """A text that its value must contain."""
    matches: Regex | None = None
    """A regular expression that must be found in its value."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_dump(exclude_none=True)) != 1:
            raise ValueError("a header's check is one of present, equals, contains and matches")
        return self

    @property
    def test(self) -> tuple[HeaderTest, str]:
        """The test as a load worker knows it, and the text to compare with."""
        if self.present is not None:
            return ("present" if self.present else "absent"), ""
        if self.equals is not None:
            return "equals", self.equals.strip(" \t")
        if self.contains is not None:
            return "contains", self.contains
        return "matches", self.matches or ""


def _header_check(value: object) -> object:
    """A short form written out. Raises ValueError for what is neither that nor a table."""
    if isinstance(value, bool):
        return {"present": value}
    if isinstance(value, str):
        return {"equals": value}
    if not isinstance(value, dict | HeaderCheck):
        raise ValueError(  # noqa: TRY004  pydantic takes ValueError for a finding
            'write true (present), false (absent), its value in quotes, or a table such as { contains = "a" }'
        )
    return value


class Checks(Frozen, validate_by_name=True, validate_by_alias=True, serialize_by_alias=True):
    """Conditions on an answer of an expected status; if one is not met, the request has failed: with
    `bad header`, with `graphql errors`, or with `bad body`.

    Only the first MiB of a body is checked, and the JSON of longer bodies not at all.
    """

    contains: Annotated[
        tuple[str, ...], BeforeValidator(_listed, json_schema_input_type=str | list[str])
    ] = ()
    """A text, or a list of texts, that the body must contain."""
    matches: Annotated[
        tuple[Regex, ...], BeforeValidator(_listed, json_schema_input_type=str | list[str])
    ] = ()
    """A regular expression, or a list of them, that must be found in the body."""
    json_values: Annotated[dict[Pointer, Json], Field(alias="json")] = Field(default_factory=dict)
    """Values that the JSON body must have, by JSON pointer: `checks.json = { "/total" = 100 }`."""
    jmespath: dict[JmesPath, Json] = Field(default_factory=dict)
    """Values that JMESPath expressions must make of the JSON body:
    `checks.jmespath = { "length(items)" = 3 }`."""
    size: Annotated[
        Size | None,
        BeforeValidator(
            lambda value: {"min": value, "max": value} if isinstance(value, int) else value,
            json_schema_input_type=Size | int,
        ),
    ] = None
    """Length of the body in bytes: a number, or `{ min = 10, max = 2000 }`."""
    headers: dict[
        HeaderName,
        Annotated[
            HeaderCheck, BeforeValidator(_header_check, json_schema_input_type=HeaderCheck | str | bool)
        ],
    ] = Field(default_factory=dict)
    """Headers by name: `true` (present), `false` (absent), its value, or a table of `contains` or
    `matches`."""
    graphql: Flag = True
    """With `graphql`: whether an answer with `errors` has failed."""

    def made(self, *, is_graphql: bool = False) -> tuple[Check, ...]:
        """The checks as messages to a load worker."""
        made = []
        for name, header in self.headers.items():
            test, text = header.test
            made.append(Check("header", text=text, header=name.lower(), test=test))
        if is_graphql and self.graphql:
            made.append(Check("graphql"))
        made += [Check("contains", text=text) for text in self.contains]
        made += [Check("matches", text=text) for text in self.matches]
        if self.size is not None:
            made.append(Check("size", low=self.size.min, high=self.size.max))
        for pointer, value in self.json_values.items():
            made.append(Check("json", pointer=pointer, expected=json.dumps(value).encode()))
        for expression, value in self.jmespath.items():
            made.append(Check("jmespath", pointer=expression, expected=json.dumps(value).encode()))
        return tuple(made)


def parse_source(value: object) -> str:
    """Checks where a step takes a value from. Raises ValueError."""
    text = str(value)
    kind, colon, name = text.partition(":")
    if text.startswith("/") or not text:
        return checks.pointer(text)
    if text.startswith(_JMESPATH):
        return _JMESPATH + _jmespath(text.removeprefix(_JMESPATH).strip())
    if colon and kind in {"header", "cookie"} and _TOKEN.fullmatch(name.strip()):
        return text
    raise ValueError(
        f'{value!r} cannot be taken; write a JSON pointer like "/id", or "jmespath:EXPRESSION", '
        '"regex:PATTERN", "header:NAME" or "cookie:NAME"'
    )


def parse_take(value: object) -> object:
    """Checks a value to take that is written as one text. Raises ValueError."""
    if isinstance(value, dict | TakeSpec):
        return value
    if isinstance(value, str) and value.startswith(_REGEX):
        return _REGEX + _regex(value.removeprefix(_REGEX))
    return parse_source(value)


def parse_from(value: object) -> str:
    """Checks where a regular expression looks for a value. Raises ValueError."""
    return "body" if value == "body" else parse_source(value)


class TakeSpec(Frozen, validate_by_name=True, validate_by_alias=True, serialize_by_alias=True):
    """A value to take with a regular expression."""

    source: Annotated[str, BeforeValidator(parse_from), Field(alias="from")] = "body"
    """Where to look: `"body"`, a JSON pointer, `"jmespath:…"`, `"header:…"` or `"cookie:…"`."""
    regex: Regex
    """What to look for. The value is the group with the name of the value, else the first group, else all
    that matches."""


Take = Annotated[str | TakeSpec, BeforeValidator(parse_take)]


def extract_of(name: str, take: str | TakeSpec) -> Extract:
    """A value to take, as a message to a load worker."""
    where, pattern = (take, "") if isinstance(take, str) else (take.source, take.regex)
    if where.startswith(_REGEX):
        where, pattern = "body", where.removeprefix(_REGEX)
    if where == "body":
        return Extract(name, "body", "", pattern)
    if where.startswith("/") or not where:
        return Extract(name, "json", where, pattern)
    kind, _, rest = where.partition(":")
    match kind:
        case "jmespath":
            return Extract(name, "jmespath", rest, pattern)
        case "header":
            return Extract(name, "header", rest.strip().lower(), pattern)
        case _:
            return Extract(name, "cookie", rest.strip(), pattern)
