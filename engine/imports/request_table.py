"""One imported request as a table of a plan. Pure.

Its secrets are taken out before (`secrets`); what a plan cannot say is a note.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from engine.client.redirects import MAX_REDIRECTS
from engine.imports.bodies import FORM_TYPE, check_for_plan, grouped, is_grouped, is_json_type
from engine.imports.clean import clean
from engine.imports.headers import kept_headers, value_of
from engine.imports.marked_text import (
    as_plan_text,
    as_shown,
    has_marks,
    is_name,
    with_encoded_literals,
)
from engine.imports.origins import split_url
from engine.imports.secrets import SecretQuery
from engine.imports.traffic import (
    FileContent,
    FormBody,
    ImportedRequest,
    JoinedBody,
    JsonBody,
    MultipartBody,
    Note,
)
from engine.plan.workload import has_operation

MAX_JSON_TABLE = 16 * 1024
"""Characters of JSON that is written as a table; more is a text."""

_METHOD = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_UNSENDABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
BOUNDARY = "abreast-form-boundary"


class NotInAPlanError(ValueError):
    """A request that a plan cannot have. The text says why."""


@dataclass(slots=True)
class RequestTable:
    """A request of a plan as plain values, in the order in which they are written."""

    values: dict[str, Any]
    notes: list[Note] = field(default_factory=list)


def request_table(found: SecretQuery, name: str, weight: int, *, journey: bool) -> RequestTable:
    """The table of a request. Raises NotInAPlanError."""
    return _Writing(found, journey=journey).table(name, weight)


def default_name(request: ImportedRequest) -> str:
    """Method and path, without the query."""
    return clean(as_shown(f"{request.method} {split_url(request.url).path.partition('?')[0]}"))


class _Writing:
    """Writes one request."""

    def __init__(self, found: SecretQuery, *, journey: bool) -> None:
        self.request, self.query, self.journey = found.request, found.query, journey
        self.notes: list[Note] = []
        self.headers: dict[str, str] = {}
        self.content_type = value_of(self.request.headers, "content-type")

    def table(self, name: str, weight: int) -> RequestTable:
        request = self.request
        if not _METHOD.fullmatch(request.method) or request.method.upper() == "CONNECT":
            raise NotInAPlanError(f"its method is {clean(request.method, 30)!r}")
        location = split_url(request.url)
        path = _path(location.path)
        values: dict[str, Any] = {}
        if name != f"{request.method} {path}" or has_marks(path):
            values["name"] = name
        values |= {"weight": weight} if weight != 1 and not self.journey else {}
        values |= {"method": request.method} if request.method != "GET" else {}
        values["path"] = path
        if self.query:
            values["query"] = grouped(self.query)
        self._keep_headers(location.host)
        body = dict(self._body())
        authorization = next((key for key in self.headers if key.lower() == "authorization"), "")
        bearer = re.fullmatch(r"(?i)bearer\s+(\S+)", self.headers.get(authorization, ""))
        if bearer and request.auth is None:
            del self.headers[authorization]
        values |= {"headers": self.headers} if self.headers else {}
        if request.auth is not None:
            values["auth"] = {"basic": [request.auth.user, request.auth.password]}
        elif bearer:
            values["auth"] = {"bearer": bearer[1]}
        values |= body
        values |= dict(self._rest())
        return RequestTable({key: _for_plan(key, value) for key, value in values.items()}, self.notes)

    def _note(self, what: str, why: str = "") -> None:
        self.notes.append(Note(self.request.place, what, why))

    def _keep_headers(self, host: str) -> None:
        reads_body = bool(self.request.checks or self.request.takes)
        found = kept_headers(self.request.headers, host, reads_body=reads_body)
        if found.conditional:
            why = "responses would have no body, or reject what has changed since"
            self._note(f"left out: {_listed(found.conditional)}", why)
        if found.unsendable:
            why = "names and values of headers must be ASCII, without control characters"
            self._note(f"left out: {_listed(found.unsendable)}", why)
        self.headers = found.kept

    def _is_type(self, sent: str) -> bool:
        """Whether the request's content type is the one that is sent anyway, without parameters."""
        return self.content_type.strip().lower() == sent

    def _without_content_type(self) -> None:
        self.headers = {name: value for name, value in self.headers.items() if name.lower() != "content-type"}

    def _body(self) -> Iterator[tuple[str, Any]]:
        match self.request.body:
            case JsonBody() as body:
                yield from self._json(body.value)
            case FormBody() as body:
                yield from self._form(body)
            case MultipartBody() as body:
                yield from self._multipart(body)
            case FileContent() as body:
                if body.content_type and not self.content_type:
                    yield "body", {"file": body.path, "type": body.content_type}
                else:
                    yield "body", {"file": body.path}
            case bytes():
                raise NotInAPlanError("its body is not text, and the source names no file of it")
            case JoinedBody():
                raise NotInAPlanError("the files that its body consists of were not read")
            case str() as text if text:
                yield "body", text

    def _json(self, value: Any) -> Iterator[tuple[str, Any]]:
        if self.request.method == "POST" and (document := graphql_of(value)):
            if self._is_type("application/json"):
                self._without_content_type()
            yield from document.items()
            return
        try:
            text = json.dumps(value, ensure_ascii=False)
            check_for_plan(value)
            is_table = len(text) <= MAX_JSON_TABLE
        except ValueError:  # a null, for which TOML has no value, or a number that JSON lacks
            is_table = False
        if is_table:
            if self._is_type("application/json"):
                self._without_content_type()
            yield "json", value
            return
        if not is_json_type(self.content_type):
            self._without_content_type()
            self.headers["Content-Type"] = "application/json"
        yield "body", json.dumps(value, ensure_ascii=False)

    def _form(self, body: FormBody) -> Iterator[tuple[str, Any]]:
        if is_grouped(name for name, _ in body.fields):
            if self._is_type(FORM_TYPE):
                self._without_content_type()
            yield "form", grouped(body.fields)
            return
        if not self.content_type:
            self._without_content_type()
            self.headers["Content-Type"] = FORM_TYPE
        yield "body", "&".join(f"{quote(name, safe='')}={_quoted(value)}" for name, value in body.fields)

    def _multipart(self, body: MultipartBody) -> Iterator[tuple[str, Any]]:
        self._without_content_type()
        files = {name: value for name, value in body.fields if isinstance(value, FileContent)}
        fields = [(name, value) for name, value in body.fields if isinstance(value, str)]
        if not files:
            self.headers["Content-Type"] = f"multipart/form-data; boundary={BOUNDARY}"
            yield "body", _multipart_text(fields, body.types)
            return
        if typed := [name for name, _ in fields if body.types.get(name)]:
            why = "a plan's form with files sends fields without one"
            self._note(f"left out: the content type of {_listed(typed)}", why)
        if len(files) < sum(isinstance(value, FileContent) for _, value in body.fields):
            self._note("only the last of several files in one field is sent", "a plan has one for each field")
        if fields:
            yield "form", grouped(fields)
        yield (
            "files",
            {
                name: {"file": each.path} | ({"type": each.content_type} if each.content_type else {})
                for name, each in files.items()
            },
        )

    def _rest(self) -> Iterator[tuple[str, Any]]:
        request = self.request
        if request.expect_status:
            only = request.expect_status[0] if len(request.expect_status) == 1 else None
            if only != 200:
                yield "expect_status", list(request.expect_status) if only is None else only
        if request.follow_redirects:
            yield "follow_redirects", min(request.follow_redirects, MAX_REDIRECTS)
        if request.timeout_s is not None and request.timeout_s > 0:
            yield "timeout", f"{request.timeout_s:g} s"
        if request.checks:
            yield "checks", dict(request.checks)
        yield from request.options.items()
        if not self.journey:
            return
        if request.once:
            yield "once", True
        if request.pause_before_s >= _LEAST_PAUSE_S:
            yield "think_time", f"{round(request.pause_before_s, 1):g} s"
        if request.takes:
            yield "take", dict(request.takes)


_LEAST_PAUSE_S = 0.1
"""A shorter pause is how long the browser took, not the user."""

_SHOWN = frozenset({"name", "take", "think_time", "timeout", "files", "graphql", "operation"})
"""Keys whose texts have neither placeholders nor variables."""
_NAMES_FILLED = frozenset({"json", "query", "form"})
"""Keys whose tables have placeholders in their names too."""


def _for_plan(key: str, value: Any) -> Any:
    """A value as the plan has it: what is literal is escaped, what is filled in is named."""
    if key in _SHOWN or (key == "body" and isinstance(value, Mapping)):
        return _changed(value, as_shown, as_shown)
    if key == "checks":
        return _changed(value, _in_checks, as_shown)
    return _changed(value, as_plan_text, as_plan_text if key in _NAMES_FILLED else as_shown)


def _in_checks(text: str) -> str:
    """Checks have variables, but no placeholders."""
    return as_shown(with_encoded_literals(text, lambda each: each.replace("${", "$${")))


def _changed(value: Any, change: Callable[[str], str], rename: Callable[[str], str]) -> Any:
    """Plain data with all its texts changed, and the names of its tables."""
    match value:
        case str():
            return change(value)
        case Mapping():
            return {rename(str(name)): _changed(each, change, rename) for name, each in value.items()}
        case list() | tuple():
            return [_changed(each, change, rename) for each in value]
    return value


def graphql_of(value: Any) -> dict[str, Any]:
    """A GraphQL request (GraphQL over HTTP, 5.3) as a plan has it; empty for other JSON, and for one in whose
    document something is filled in."""
    if not isinstance(value, Mapping) or not {"query"} <= value.keys() <= _OF_GRAPHQL:
        return {}
    query, variables, name = (value.get(key) or "" for key in ("query", "variables", "operationName"))
    if not isinstance(query, str) or not query.strip() or has_marks(query) or "${" in query:
        return {}
    if not isinstance(name, str) or not isinstance(variables or {}, Mapping):
        return {}
    try:
        check_for_plan(variables or {})
    except ValueError:
        return {}
    if not re.search(r"\b(query|mutation|subscription)\b|\{", query) or not _has_operation(query, name):
        return {}
    document: dict[str, Any] = {"graphql": query}
    document |= {"variables": variables} if variables else {}
    return document | ({"operation": name} if name else {})


def _has_operation(query: str, name: str) -> bool:
    return not name or (is_name(name) and has_operation(query, name))


_OF_GRAPHQL = frozenset({"query", "variables", "operationName"})


def _path(path: str) -> str:
    """A path with its query that a plan can have: what cannot be sent as it is, is percent-encoded."""
    return _UNSENDABLE.sub(lambda found: quote(found[0], safe="", errors="replace"), path)


def _quoted(value: str) -> str:
    return value if has_marks(value) else quote(value, safe="")


def _multipart_text(fields: list[tuple[str, str]], types: Mapping[str, str]) -> str:
    """A multipart form without files (RFC 7578), which a plan has no table for."""
    parts = [f"{_part_head(name, types.get(name, ''))}\r\n{value}\r\n" for name, value in fields]
    return "".join([*parts, f"--{BOUNDARY}--\r\n"])


def _part_head(name: str, content_type: str) -> str:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{_in_quotes(name)}"\r\n'
    type_line = _UNSENDABLE.sub("", content_type)
    return head + (f"Content-Type: {type_line}\r\n" if type_line else "")


def _in_quotes(name: str) -> str:
    """As browsers escape names (HTML, multipart form data)."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _listed(names: list[str]) -> str:
    return ", ".join(dict.fromkeys(clean(name, 40) for name in names))
