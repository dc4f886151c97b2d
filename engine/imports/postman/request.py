"""One request of a Postman collection: its URL, headers, credentials and body. Pure."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from engine.imports.clean import clean
from engine.imports.headers import value_of
from engine.imports.marked_text import (
    leading_variables,
    placeholder,
    unmarked,
    variable,
    with_encoded_literals,
    with_numbers,
    without_leading_variables,
)
from engine.imports.traffic import (
    BasicAuth,
    Body,
    FileContent,
    FormBody,
    ImportedRequest,
    JsonBody,
    MultipartBody,
    Note,
)
from engine.imports.variables import variable_name
from targets.secrets import is_secret

_VARIABLE = re.compile(r"\{\{([^{}]{1,200})\}\}")
_DYNAMIC = {
    "$guid": "uuid", "$randomUUID": "uuid", "$randomInt": "random:0-1000", "$randomPrice": "random:0-1000",
    "$timestamp": "random:1700000000-1900000000", "$randomUserName": "uuid",
}  # fmt: skip
"""Postman's own variables that a placeholder can stand for."""
_LANGUAGES = {
    "json": "application/json", "xml": "application/xml", "html": "text/html", "text": "text/plain",
    "javascript": "application/javascript",
}  # fmt: skip
_WITHOUT_BODY = frozenset({"GET", "HEAD", "COPY", "PURGE", "UNLOCK"})
"""Methods with which Postman sends no body unless its settings say so."""
_LONGEST = 10
"""Variables within variables: a ring of them ends here."""


@dataclass(slots=True)
class PostmanVariables:
    """The variables that a request can use, and those that it did use and have no value here."""

    values: dict[str, str] = field(default_factory=dict)
    secret: frozenset[str] = frozenset()
    used: dict[str, str] = field(default_factory=dict)
    """Variables of the environment that stand for Postman's, each with what it is."""

    def with_list(self, listed: object) -> "PostmanVariables":
        """With the variables of a folder, which come first."""
        values, secret = dict(self.values), set(self.secret)
        for each in listed if isinstance(listed, list) else []:
            if not isinstance(each, Mapping) or each.get("disabled"):
                continue
            name = str(each.get("key") or each.get("id") or "")
            values[name] = unmarked(_plain(each.get("value")))
            if each.get("type") == "secret" or is_secret(name):
                secret.add(name)
        return PostmanVariables(values, frozenset(secret))

    def fill(self, text: str, depth: int = 0) -> str:
        """A text of the collection with values and marks for all its variables."""
        return _VARIABLE.sub(lambda found: self._value(found[1].strip(), depth), text)

    def _value(self, name: str, depth: int) -> str:
        if name in _DYNAMIC:
            return placeholder(_DYNAMIC[name])
        value = self.values.get(name, "")
        if value and name not in self.secret and depth < _LONGEST:
            return self.fill(value, depth + 1)
        known = variable_name(name)
        self.used[known] = f"Postman's variable {clean(unmarked(name), 40)}"
        return variable(known)


@dataclass(slots=True)
class Found:
    """A request, if it can be sent, and what was left out of it."""

    request: ImportedRequest | None
    notes: list[Note]


def request_of(
    request: object,
    place: str,
    inherited: object,
    variables: PostmanVariables,
    *,
    sends_bodies: bool = False,
) -> Found:
    """The request of an item. `inherited` are the credentials of its folders; `sends_bodies` says that a GET
    has its body (`disableBodyPruning`)."""
    if isinstance(request, str):
        request = {"url": request}
    if not isinstance(request, Mapping):
        return Found(None, [Note(place, "left out: an item without a request")])
    return _Request(request, place, variables, sends_bodies=sends_bodies).found(inherited)


class _Request:
    def __init__(
        self, request: Mapping[str, Any], place: str, variables: PostmanVariables, *, sends_bodies: bool
    ) -> None:
        self.request, self.place = request, place
        self.variables = variables
        self.sends_bodies = sends_bodies
        self.notes: list[Note] = []
        self.headers: list[tuple[str, str]] = []
        self.query: list[tuple[str, str]] = []
        self.auth: BasicAuth | None = None

    def found(self, inherited: object) -> Found:
        """The request, with its notes."""
        url = self._url()
        if not url:
            return Found(None, [Note(self.place, "left out", "it has no URL")])
        self.headers = [(name, value) for name, value in self._pairs(self.request.get("header")) if name]
        method = _plain(self.request.get("method")).upper() or "GET"
        given = list(self.headers)
        body = self._body()
        if method in _WITHOUT_BODY and body and not self.sends_bodies:
            body, self.headers = None, given
            self._note("left out: the body", f"Postman sends none with {method}")
        own = self.request.get("auth")
        self._authorize(own if isinstance(own, Mapping) else inherited)
        if self.query:
            added = "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in self.query)
            url, mark, fragment = url.partition("#")
            url += f"{'&' if '?' in url else '?'}{added}{mark}{fragment}"
        request = ImportedRequest(
            method=method,
            url=url,
            place=self.place,
            headers=tuple(self.headers),
            body=body,
            auth=self.auth,
        )
        return Found(request, self.notes)

    def fill(self, text: str) -> str:
        """A text of the request with values and marks for its variables."""
        return self.variables.fill(unmarked(text))

    def _note(self, what: str, why: str = "") -> None:
        self.notes.append(Note(self.place, what, why))

    # ------------------------------------------------------------ URL

    def _url(self) -> str:
        url = self.request.get("url")
        values: dict[str, str] = {}
        if isinstance(url, Mapping):
            values = dict(self._pairs(url.get("variable")))
            url = url.get("raw") or _of_parts(url)
        filled = self.fill(_plain(url).strip())
        for name, value in values.items():
            part = f"/{_encoded(value)}".replace("\\", "\\\\")
            filled = re.sub(rf"/:{re.escape(name)}(?=[/?#]|$)", part, filled)
        if names := leading_variables(filled):
            return self._without_server(filled, names)
        if filled and "://" not in filled.partition("?")[0]:
            filled = f"http://{filled}"
        return filled

    def _without_server(self, filled: str, names: list[str]) -> str:
        """Only the path of a URL whose server is a variable without a value."""
        for name in names:
            why = self.variables.used.pop(name, "it is a variable")
            self._note("its server is not known", f"{why} has no value here")
        rest = without_leading_variables(filled).partition("://")[2] or without_leading_variables(filled)
        return rest if rest.startswith("/") else f"/{rest}"

    def _pairs(self, listed: object) -> Iterator[tuple[str, str]]:
        """Keys and values of a list, without those that are switched off. Old collections have headers as a
        text."""
        if isinstance(listed, str):
            for line in listed.splitlines():
                name, _, value = line.partition(":")
                yield self.fill(name.strip()), self.fill(value.strip())
            return
        for each in listed if isinstance(listed, list) else []:
            if isinstance(each, Mapping) and not each.get("disabled"):
                yield self.fill(_plain(each.get("key"))), self.fill(_plain(each.get("value")))

    # ------------------------------------------------------------ credentials

    def _authorize(self, auth: object) -> None:
        """Adds the credentials that the collection has for the request."""
        kind = str(auth.get("type") or "") if isinstance(auth, Mapping) else ""
        if not isinstance(auth, Mapping) or kind in {"", "noauth", "inherit"}:
            return
        values = self._auth_values(auth.get(kind))
        match kind:
            case "basic":
                self.auth = BasicAuth(values.get("username", ""), values.get("password", ""))
            case "bearer":
                self._authorization(f"Bearer {values.get('token', '')}")
            case "oauth2" if values.get("accessToken") and values.get("addTokenTo") == "queryParams":
                self.query.append(("access_token", values["accessToken"]))
            case "oauth2" if values.get("accessToken"):
                self._authorization(f"{values.get('headerPrefix') or 'Bearer'} {values['accessToken']}")
            case "oauth2":
                self._authorization(f"Bearer {self.fill('{{access_token}}')}")
                self._note("a token is sent in place of OAuth 2", "the plan does not request one itself")
            case "apikey":
                name, value = values.get("key") or "X-Api-Key", values.get("value", "")
                where = self.query if values.get("in") == "query" else self.headers
                where.append((name, value))
            case _:
                what = f"left out: credentials of the type {clean(kind, 30)}"
                self._note(what, "a plan supports Basic authentication, tokens and headers")

    def _auth_values(self, listed: object) -> dict[str, str]:
        """A list in version 2.1, an object in 2.0."""
        if isinstance(listed, Mapping):
            return {str(name): self.fill(_plain(value)) for name, value in listed.items()}
        return dict(self._pairs(listed))

    def _authorization(self, value: str) -> None:
        if not value_of(self.headers, "authorization"):
            self.headers.append(("Authorization", value.strip()))

    # ------------------------------------------------------------ body

    def _body(self) -> Body:
        body = self.request.get("body")
        if not isinstance(body, Mapping) or body.get("disabled"):
            return None
        match body.get("mode"):
            case "raw":
                return self._raw(body)
            case "urlencoded":
                return FormBody(tuple(self._pairs(body.get("urlencoded"))))
            case "formdata":
                types: dict[str, str] = {}
                return MultipartBody(tuple(self._fields(body.get("formdata"), types)), types)
            case "file":
                return self._file(body.get("file"))
            case "graphql":
                return self._graphql(body.get("graphql"))
        if body.get("mode"):
            self._note(f"left out: a body of the type {clean(_plain(body['mode']), 30)}", "it is unknown")
        return None

    def _raw(self, body: Mapping[str, Any]) -> Body:
        options = body.get("options")
        raw = options.get("raw") if isinstance(options, Mapping) else None
        language = _plain(raw.get("language")) if isinstance(raw, Mapping) else ""
        content = self.fill(_plain(body.get("raw")))
        content_type = _LANGUAGES.get(language or "text" * bool(content), "")
        if content_type and not value_of(self.headers, "content-type"):
            self.headers.append(("Content-Type", content_type))
        return content or None

    def _fields(self, listed: object, types: dict[str, str]) -> Iterator[tuple[str, str | FileContent]]:
        """The fields of a form; the content types of those that are no files are added to `types`."""
        for each in listed if isinstance(listed, list) else []:
            if not isinstance(each, Mapping) or each.get("disabled"):
                continue
            name, content_type = self.fill(_plain(each.get("key"))), _plain(each.get("contentType"))
            if each.get("type") == "file":
                for path in _paths(each.get("src")):
                    yield name, FileContent(path, content_type)
            else:
                types |= {name: content_type} if content_type else {}
                yield name, self.fill(_plain(each.get("value")))

    def _file(self, file: object) -> Body:
        path = next(_paths(file.get("src") if isinstance(file, Mapping) else file), "")
        if not path:
            self._note("left out: the body", "its file is not named")
            return None
        return FileContent(path)

    def _graphql(self, graphql: object) -> Body:
        """As GraphQL over HTTP has it: a JSON object with the query and its variables."""
        if not isinstance(graphql, Mapping):
            return None
        texts = {"query": json.dumps(self.fill(_plain(graphql.get("query"))), ensure_ascii=False)}
        variables = self.fill(_plain(graphql.get("variables"))).strip()
        if variables and _is_json(with_numbers(variables)):
            texts["variables"] = variables
        elif variables:
            self._note("left out: GraphQL variables", "they are not JSON")
        if name := _plain(graphql.get("operationName")):
            texts["operationName"] = json.dumps(self.fill(name), ensure_ascii=False)
        text = "{" + ", ".join(f'"{key}": {value}' for key, value in texts.items()) + "}"
        if _is_json(text):
            return JsonBody(json.loads(text))
        if not value_of(self.headers, "content-type"):  # a variable is a number, or more
            self.headers.append(("Content-Type", "application/json"))
        return text


def _of_parts(url: Mapping[str, Any]) -> str:
    """A URL whose whole text is missing, put together from its parts."""
    host, path = url.get("host"), url.get("path")
    joined_host = ".".join(map(_plain, host)) if isinstance(host, list) else _plain(host)
    joined_path = "/".join(map(_plain, path)) if isinstance(path, list) else _plain(path)
    port = f":{_plain(url.get('port'))}" if url.get("port") else ""
    query = "&".join(
        _plain(each.get("key")) + ("" if each.get("value") is None else f"={_plain(each['value'])}")
        for each in (url["query"] if isinstance(url.get("query"), list) else [])
        if isinstance(each, Mapping) and not each.get("disabled")
    )
    scheme = _plain(url.get("protocol")) or "http"
    whole = f"{scheme}://{joined_host}{port}/{joined_path.lstrip('/')}"
    return (whole + (f"?{query}" if query else "")) if joined_host else ""


def _paths(source: object) -> Iterator[str]:
    for each in source if isinstance(source, list) else [source]:
        if isinstance(each, str) and each:
            yield each


def _plain(value: object) -> str:
    """A value of the collection as a text; empty for what is none."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else ""


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _encoded(text: str) -> str:
    return with_encoded_literals(text, lambda each: quote(each, safe=""))
