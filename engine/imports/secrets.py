"""Takes the secrets out of imported requests: each becomes a variable of the environment. Pure.

Rules of this file:
- a secret is what `targets.secrets` takes for one, by its name or by its form, and every cookie;
- hiding too much is better than too little; names and structure stay;
- a value that was found to be a secret is taken out wherever it occurs again.
"""

import binascii
import json
import re
from base64 import b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl, unquote

from engine.imports.clean import clean
from engine.imports.headers import is_sendable
from engine.imports.id_kinds import is_id, is_random
from engine.imports.marked_text import (
    as_shown,
    guarded,
    has_marks,
    unguarded,
    unquoted,
    with_encoded_literals,
    with_quotes,
)
from engine.imports.repeated_secrets import LEAST, RepeatedSecrets
from engine.imports.texts import body_texts, mapped, texts_of
from engine.imports.traffic import (
    BasicAuth,
    Body,
    FormBody,
    ImportedRequest,
    JsonBody,
    MultipartBody,
    Note,
)
from engine.imports.variables import Variables
from targets.graphql import begins_document
from targets.secrets import HIDDEN, Masker, is_secret

_OF_GRAPHQL = ("query", "variables")
_BOUND = re.compile(r"(\w+)\s*:\s*\$(\w+)")
"""An argument in a GraphQL document whose value is a variable."""
LONGEST_NOTE = 300
"""Characters of each part of a note."""


@dataclass(frozen=True, slots=True)
class SecretQuery:
    """A request, and the parameters of its query that hold secrets, which are no longer in its URL."""

    request: ImportedRequest
    query: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Hider:
    """Takes out the secrets of one import's requests, and remembers them."""

    variables: Variables = field(default_factory=Variables)
    _place: str = ""
    _numbers: set[str] = field(default_factory=set)
    """Marks of secrets that are numbers in JSON."""
    _cookies: dict[str, str] = field(default_factory=dict)
    """The names of cookies, by their values."""
    _repeated: RepeatedSecrets = field(default_factory=RepeatedSecrets)
    """The values of variables and of cookies."""

    def hide(self, request: ImportedRequest) -> SecretQuery:
        """The request without its secrets."""
        self._place = request.name or f"{request.method} {_path_of(request.url)}"
        url, auth = self._url(request.url, request.auth)
        url, query = self._query(url)
        headers, auth = self._headers(request.headers, auth)
        auth = auth and self._credentials(auth)
        hidden = replace(
            request,
            url=self._text(self._path(url)),
            auth=auth,
            headers=headers,
            body=self._body(request.body),
            checks=self._value(request.checks),
            options=self._value(request.options),
        )
        return SecretQuery(hidden, query)

    def again(self, found: SecretQuery) -> SecretQuery:
        """The request without secrets that were found in any of the requests."""
        request = found.request
        self._place = request.name or f"{request.method} {_path_of(request.url)}"
        texts = "\0".join(
            texts_of(
                [
                    request.url,
                    request.auth and request.auth.user,
                    request.headers,
                    body_texts(request.body),
                    request.checks,
                    request.options,
                    found.query,
                ]
            )
        )
        if not self._repeated.occur_in(texts):
            return replace(found, request=replace(request, name=self.shown(request.name)))
        repeated = replace(
            request,
            name=self.shown(request.name),
            url=self._known(request.url),
            auth=request.auth and replace(request.auth, user=self._known(request.auth.user)),
            headers=tuple(
                (name, self._known(value))
                for name, value in request.headers
                if not self._repeated.occur_in(name)  # it cannot be a variable
            ),
            body=self._known_in_body(request.body),
            checks=mapped(request.checks, self._known),
            options=mapped(request.options, self._known),
        )
        return SecretQuery(
            repeated, tuple((self._known(name), self._known(value)) for name, value in found.query)
        )

    def shown(self, text: str) -> str:
        """A text that is only shown, such as a name, without secrets."""
        return HIDDEN.join(part for part, _ in self._repeated.parts(Masker().text(text)))

    def note(self, note: Note) -> Note:
        """A note without secrets, and without characters that control a terminal."""
        texts = (note.place, note.what, note.why)
        return Note(*(clean(as_shown(self.shown(text)), LONGEST_NOTE) for text in texts))

    def values(self, values: Iterable[str]) -> tuple[str, ...]:
        """The values of a list of data that hold no secret: a plan's lists have no variables."""
        return tuple(
            value for value in values if Masker().text(value) == value and not self._repeated.occur_in(value)
        )

    # ------------------------------------------------------------ parts of a request

    def _url(self, url: str, auth: BasicAuth | None) -> tuple[str, BasicAuth | None]:
        """The URL without user and password, which become credentials."""
        scheme, mark, rest = url.partition("://")
        host, slash, path = rest.partition("/")
        user, at, host_only = host.rpartition("@")
        if not mark or not at:
            return url, auth
        name, _, password = user.partition(":")
        return f"{scheme}://{host_only}{slash}{path}", auth or BasicAuth(unquote(name), unquote(password))

    def _path(self, url: str) -> str:
        """The URL without tokens in its path, as in `/reset-password/4f1c…`: what follows the name of a
        secret, if a machine has made it."""
        path, mark, asked = url.partition("?")
        parts = path.split("/")
        for at, (before, part) in enumerate(pairwise(parts), 1):
            is_made = is_random(part) or (is_id(part) and len(part) >= LEAST)
            if is_made and is_secret(before) and not has_marks(part):
                parts[at] = self._mark(part, before)
        return f"{'/'.join(parts)}{mark}{asked}"

    def _query(self, url: str) -> tuple[str, tuple[tuple[str, str], ...]]:
        """The URL without parameters that hold secrets, and these."""
        before, mark, asked = url.partition("?")
        if not mark:
            return url, ()
        asked, hash_mark, fragment = asked.partition("#")
        kept: list[str] = []
        taken: list[tuple[str, str]] = []
        for part in asked.split("&"):
            name, value = next(iter(parse_qsl(part, keep_blank_values=True)), ("", ""))
            if value and is_secret(name) and not has_marks(value):
                taken.append((name, self._mark(value, name)))
            elif name == "query" and begins_document(value) and (hidden := self._document(value)) != value:
                taken.append((name, hidden))
            else:
                kept.append(part)
        if not taken:
            return url, ()
        left = "&".join(kept)
        return f"{before}{'?' if left else ''}{left}{hash_mark}{fragment}", tuple(taken)

    def _headers(
        self, headers: Iterable[tuple[str, str]], auth: BasicAuth | None
    ) -> tuple[tuple[tuple[str, str], ...], BasicAuth | None]:
        kept: list[tuple[str, str]] = []
        for name, value in headers:
            is_authorization = name.lower() in {"authorization", "proxy-authorization"}
            basic = _basic_of(value) if name.lower() == "authorization" and auth is None else None
            if basic is not None:
                auth = basic
            elif is_authorization:
                kept.append((name, self._authorization(value)))
            else:
                kept.append((name, self._header(name, value)))
        return tuple(kept), auth

    def _authorization(self, value: str) -> str:
        """The scheme stays: `Bearer ${API_TOKEN}`."""
        scheme, space, rest = value.strip().partition(" ")
        if has_marks(value) or not value.strip() or not is_sendable(value):
            return value
        if not space:
            return self._mark(value.strip(), "authorization")
        name = "token" if scheme.lower() == "bearer" else "authorization"
        return f"{scheme} {self._mark(rest.strip(), name)}"

    def _credentials(self, auth: BasicAuth) -> BasicAuth:
        """The user stays, unless it is a key that needs no password, as many APIs have it."""
        if auth.password:
            is_marked = has_marks(auth.password)
            return auth if is_marked else replace(auth, password=self._mark(auth.password, "password"))
        is_open = not auth.user or has_marks(auth.user)
        return auth if is_open else replace(auth, user=self._mark(auth.user, "key"))

    def _header(self, name: str, value: str) -> str:
        if not value.strip() or has_marks(value) or not is_sendable(value):
            return value
        if name.lower() == "cookie":
            pairs = (pair.strip().partition("=") for pair in value.split(";"))
            for cookie, _, content in pairs:
                self._cookies[content] = cookie
                self._repeated.add(content)
        return self._mark(value, name) if is_secret(name) else self._text(value)

    def _body(self, body: Body) -> Body:
        match body:
            case str():
                return self._text_body(body)
            case JsonBody():
                self._numbers.clear()
                value = self._value(self._documents(body.value))
                return JsonBody(value) if not self._numbers else self._with_numbers(value)
            case FormBody():
                return FormBody(tuple((name, self._field(name, value)) for name, value in body.fields))
            case MultipartBody():
                fields = tuple(
                    (name, self._field(name, value) if isinstance(value, str) else value)
                    for name, value in body.fields
                )
                return MultipartBody(fields, mapped(body.types, self._text))
        return body

    def _text_body(self, text: str) -> str:
        """A text; one that is JSON keeps its form unless there is a secret in it."""
        quoted, numbers = with_quotes(text)
        try:
            value = json.loads(quoted) if text.lstrip()[:1] in {"{", "["} else None
        except (ValueError, RecursionError):
            value = None
        if value is None:
            return self._text(text)
        self._numbers = numbers
        hidden = self._value(self._documents(value))
        return text if hidden == value else self._with_numbers(hidden)

    def _with_numbers(self, value: Any) -> str:
        """JSON as a text, in which variables of numbers have no quotes."""
        return unquoted(json.dumps(value, ensure_ascii=False), self._numbers)

    def _documents(self, value: Any) -> Any:
        """A JSON body without the secrets among the variables of GraphQL: `login(password: $p)`."""
        if isinstance(value, list | tuple):  # several requests at once
            return [self._documents(each) if isinstance(each, Mapping) else each for each in value]
        document, given = (value.get(key) if isinstance(value, Mapping) else None for key in _OF_GRAPHQL)
        if not isinstance(document, str) or not isinstance(given, Mapping):
            return value
        bound = {variable: name for name, variable in _BOUND.findall(document) if is_secret(name)}
        variables = {
            name: self._value(each, bound[name]) if name in bound else each for name, each in given.items()
        }
        return {**value, "variables": variables}

    def _field(self, name: str, value: str) -> str:
        if not value or has_marks(value):
            return value
        if name == "query" and begins_document(value):
            return self._document(value)
        return self._mark(value, name) if is_secret(name) else self._text(value)

    # ------------------------------------------------------------ values

    def _value(self, value: Any, secret_name: str = "") -> Any:
        """Plain data without its secrets; with the name of a secret, all of it is one."""
        return mapped(self._masker().value(mapped(value, guarded), secret_name), unguarded)

    def _text(self, text: str) -> str:
        return unguarded(with_encoded_literals(guarded(text), self._masker().text)) if text else text

    def _document(self, text: str) -> str:
        return unguarded(self._masker().document(guarded(text)))

    def _masker(self) -> Masker:
        return Masker(frozenset(), stand_in=self._stand_in)

    def _stand_in(self, value: Any, name: str) -> str:
        if not isinstance(value, str):
            mark = self._mark(str(value), name)
            self._numbers.add(mark)
            return mark
        return value if has_marks(value) else self._mark(value, name)

    def _mark(self, value: str, name: str) -> str:
        about = f"{clean(unguarded(name), 40) or 'secret'} of {clean(self._place, 60)}"
        self._repeated.add(unguarded(value))
        return self.variables.mark(unguarded(value), name, about)

    def _known(self, text: str) -> str:
        """The text with variables for secrets that were found elsewhere."""
        return with_encoded_literals(text, self._known_in_literal) if text else text

    def _known_in_literal(self, text: str) -> str:
        parts = self._repeated.parts(text)
        return "".join(part + (self._mark_again(value) if value else "") for part, value in parts)

    def _mark_again(self, value: str) -> str:
        return self._mark(value, self._cookies.get(value, ""))

    def _known_in_body(self, body: Body) -> Body:
        match body:
            case str():
                return self._known(body)
            case JsonBody():
                return JsonBody(mapped(body.value, self._known))
            case FormBody():
                return FormBody(tuple((self._known(name), self._known(value)) for name, value in body.fields))
            case MultipartBody():
                fields = tuple(
                    (self._known(name), self._known(value))
                    if isinstance(value, str)
                    else (self.shown(name), value)
                    for name, value in body.fields
                )
                return MultipartBody(fields, mapped(body.types, self._known))
        return body


def _path_of(url: str) -> str:
    """The path of a URL, without its query."""
    rest = url.partition("://")[2] or url
    return "/" + rest.partition("?")[0].partition("#")[0].partition("/")[2]


def _basic_of(value: str) -> BasicAuth | None:
    """User and password of Basic authentication (RFC 7617); None if it is something else."""
    scheme, _, encoded = value.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return BasicAuth(user, password) if colon else None
