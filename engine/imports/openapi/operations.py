"""The operations of an OpenAPI document as requests. Pure.

Rules of this file:
- only methods that change nothing (GET, HEAD) are on at first; the others are switched on one by one;
- an operation that cannot be sent is left out, with the reason; the others go on;
- names in results are the method and the path of the document, which are unique in it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from engine.imports.clean import clean
from engine.imports.marked_text import placeholders_of
from engine.imports.openapi.bodies import Content, content_of
from engine.imports.openapi.document import Document, parse_document
from engine.imports.openapi.parameters import Columns, Sent, parameters_of, sent_parameters
from engine.imports.openapi.references import References, UnresolvedError
from engine.imports.openapi.schemas import ImpossibleError
from engine.imports.openapi.security import Credentials, Security
from engine.imports.openapi.servers import Servers
from engine.imports.openapi.values import ValueMaker
from engine.imports.options import ImportOptions
from engine.imports.traffic import ImportedRequest, ImportedTraffic, Note
from engine.imports.variables import variable_name
from targets.errors import UsageError

SAFE = ("GET", "HEAD")
"""Methods that are on at first (RFC 9110, 9.2.1)."""
METHODS = (*SAFE, "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY")
MAX_OPERATIONS = 10_000
ALL = "all"
"""In place of operations: every one."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation as the document describes it."""

    method: str
    path: str
    """As the document has it: `/items/{item_id}`."""
    described: Mapping[str, Any] = field(repr=False)
    shared: Mapping[str, Any] = field(repr=False)
    """What the operations of its path have in common."""

    @property
    def name(self) -> str:
        """Method and path, which are unique in a document."""
        return clean(f"{self.method} {self.path}", 200)

    @property
    def id(self) -> str:
        """Its `operationId`; may be empty."""
        given = self.described.get("operationId")
        return clean(given) if isinstance(given, str) else ""

    @property
    def summary(self) -> str:
        """What it does, in a line; may be empty."""
        given = self.described.get("summary") or self.described.get("description")
        return clean(given) if isinstance(given, str) else ""

    @property
    def is_safe(self) -> bool:
        """Whether it changes nothing, as far as its method says."""
        return self.method in SAFE


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which operations are on, and which are written at all."""

    enabled: tuple[str, ...] = ()
    """Besides the safe ones, by name or operationId; or `all`."""
    only: tuple[str, ...] | None = None
    """No others are written, and all of these are on; None: all are written."""


class OperationReader:
    """Makes requests of a document's operations."""

    def __init__(self, document: Document, url: str = "", *, only_paths: bool = False) -> None:
        """`url` is where the document came from; with `only_paths`, requests go to the server that is loaded,
        whatever servers the document names."""
        self.document = document
        self.references = References(document.values)
        self.notes: list[Note] = []
        self.servers = Servers(document.values, url, only_paths=only_paths)
        self.operations = self._operations()
        self._security = Security(document.values, self.references)

    def _operations(self) -> tuple[Operation, ...]:
        paths = self.document.values.get("paths")
        found: list[Operation] = []
        for path, item in paths.items() if isinstance(paths, Mapping) else ():
            place = clean(f"path {path}")
            if not path.startswith("/"):
                if not path.startswith("x-"):
                    self.notes.append(Note(place, "left out", "a path begins with a slash"))
                continue
            try:
                shared = self.references.table(item)
            except UnresolvedError as error:
                self.notes.append(Note(place, "left out", str(error)))
                continue
            found += _of_path(path, shared)
        if not found:
            raise UsageError(
                f"{self.document.source} describes no operations",
                why="its paths are empty" if isinstance(paths, Mapping) else 'it has no key "paths"',
                hint="give the document of a server, with its paths",
            )
        if len(found) > MAX_OPERATIONS:
            raise UsageError(
                f"{self.document.source} has {len(found):,} operations",
                why=f"abreast reads at most {MAX_OPERATIONS:,}",
                hint="leave out the operations that you do not need",
            )
        return tuple(found)

    def named(self, words: Collection[str]) -> list[Operation]:
        """The operations that words name: `POST /items`, an operationId, or `all`. Raises UsageError."""
        if ALL in words:
            return list(self.operations)
        known: dict[str, Operation] = {}
        for each in self.operations:
            known.setdefault(each.id, each)
            known[each.name] = each
        return [self._one(word, known) for word in dict.fromkeys(words)]

    def _one(self, word: str, known: Mapping[str, Operation]) -> Operation:
        method, space, path = word.strip().partition(" ")
        name = f"{method.upper()} {path.strip()}" if space else method
        if name and name in known:
            return known[name]
        near = get_close_matches(name, [each for each in known if each], n=3, cutoff=0.5)
        some = near or [each.name for each in self.operations[:5]]
        raise UsageError(
            f"{self.document.source} has no operation {clean(word)!r}",
            why=f"{'similar ones' if near else 'its first ones'}: {', '.join(some)}",
            hint="name it by method and path, as in 'POST /items', or by its operationId",
        )

    def traffic(self, chosen: Chosen) -> ImportedTraffic:
        """The operations as requests. Raises UsageError for an unknown operation, or if none can be sent."""
        enabled = {each.name for each in self.named(chosen.enabled)}
        taken = self.operations if chosen.only is None else self.named(chosen.only)
        traffic = ImportedTraffic(
            f"OpenAPI document {self.document.source}",
            title=self.document.title,
            base_url=self.servers.origin,
            notes=[*self._general_notes(), *self.notes],
        )
        columns = Columns()
        for each in taken:
            is_on = each.is_safe or each.name in enabled or chosen.only is not None
            try:
                traffic.requests.append(self._request(each, columns, traffic, is_on=is_on))
            except (ImpossibleError, UnresolvedError) as error:
                traffic.notes.append(Note(f"operation {each.name}", "left out", str(error)))
        self._check_any(traffic, taken)
        used = {name for each in traffic.requests for name in placeholders_of(each.url)}
        traffic.data = {name: values for name, values in columns.data.items() if name in used}
        if made_up := [name for name in traffic.data if name in columns.made_up]:
            listed = ", ".join(f"data.{name}" for name in made_up[:20]) + (" …" if len(made_up) > 20 else "")
            what = f"made up: the values of {listed}"
            traffic.notes.append(Note("", what, "the document has no examples: enter values that exist"))
        return traffic

    def _general_notes(self) -> Iterator[Note]:
        if self.document.is_newer:
            yield Note("", f"OpenAPI {self.document.version} is read like 3.1")
        yield from self.servers.notes

    def _check_any(self, traffic: ImportedTraffic, taken: Sequence[Operation]) -> None:
        """Raises UsageError if no request is on."""
        if any(each.enabled for each in traffic.requests):
            return
        what = f"no operation of {self.document.source} can be sent"
        writing = next((each for each in traffic.requests if not each.enabled), None)
        if writing is None:
            reasons = [f"{each.place}: {each.why}" for each in traffic.notes if each.what == "left out"]
            raise UsageError(what, why="; ".join(reasons[:5]), hint="add what is missing to the document")
        raise UsageError(
            f"{what} unless you switch it on",
            why=f"none of its {len(taken)} operations is a GET or a HEAD that can be sent",
            hint=f"switch operations on, for example --enable '{writing.name}', or --enable all",
        )

    def _request(
        self, operation: Operation, columns: Columns, traffic: ImportedTraffic, *, is_on: bool
    ) -> ImportedRequest:
        """One operation as a request. Raises ImpossibleError, UnresolvedError."""
        described, place = operation.described, f"operation {operation.name}"
        maker = ValueMaker(self.references)
        login = self._security.credentials(described)
        parameters = parameters_of(
            (operation.shared.get("parameters"), described.get("parameters")), self.references
        )
        sent = sent_parameters(operation.path, parameters, maker, self.references, columns)
        content = Content()
        if described.get("requestBody") is not None and not operation.is_safe:
            content = content_of(described["requestBody"], maker, self.references)
        if described.get("requestBody") is not None and operation.is_safe:
            why = f"a request with {operation.method} has none"
            traffic.notes.append(Note(place, "left out: its body", why))
        notes = [Note(place, f"circular reference {each}: the body ends there") for each in maker.circular]
        streams = _streams(described, self.references)
        if streams and is_on:
            notes.append(Note(place, "off: its response is a stream of events", "a stream may never end"))
        traffic.notes += notes
        traffic.variables |= login.variables
        for name in maker.secrets:
            traffic.variables.setdefault(variable_name(name), clean(f"{name} of {operation.name}"))
        return ImportedRequest(
            operation.method,
            self.servers.base_of(operation.shared, described) + _target(sent, login),
            place,
            name=operation.name,
            headers=_headers(sent, login, content),
            body=content.body,
            auth=login.auth,
            enabled=is_on and not streams,
            expect_status=_expected(described),
            options={"stream": "sse"} if streams else {},
        )


def openapi_traffic(text: str, options: ImportOptions) -> ImportedTraffic:
    """The operations of a document, each a request. Raises UsageError that names what is wrong, and where."""
    document = parse_document(text, clean(options.name))
    return OperationReader(document, options.url).traffic(Chosen(options.enable))


def _of_path(path: str, shared: Mapping[str, Any]) -> Iterator[Operation]:
    for method in METHODS:
        described = shared.get(method.lower())
        if isinstance(described, Mapping):
            yield Operation(method, path, described, shared)


def _target(sent: Sent, login: Credentials) -> str:
    query = "&".join([*sent.query, *login.query])
    return f"{sent.path}?{query}" if query else sent.path


def _headers(sent: Sent, login: Credentials, content: Content) -> tuple[tuple[str, str], ...]:
    headers = [*sent.headers, *login.headers]
    if cookies := [*sent.cookies, *login.cookies]:
        headers.append(("Cookie", "; ".join(cookies)))
    if content.content_type:
        headers.append(("Content-Type", content.content_type))
    return tuple(headers)


def _expected(described: Mapping[str, Any]) -> tuple[int | str, ...]:
    """The statuses that an operation documents as a success; `2xx` if it documents none."""
    responses = described.get("responses")
    codes = [str(each) for each in responses] if isinstance(responses, Mapping) else []
    for first in "23":
        found: list[int | str] = [int(code) for code in codes if _is_code(code) and code[0] == first]
        if any(code.lower() == f"{first}xx" for code in codes):
            found = [f"{first}xx"]
        if found:
            return tuple(found)
    return ("2xx",)


def _is_code(code: str) -> bool:
    return len(code) == 3 and code.isascii() and code.isdecimal()


def _streams(described: Mapping[str, Any], references: References) -> bool:
    """Whether every documented success is a stream of events."""
    responses = described.get("responses")
    kinds: set[str] = set()
    for code, response in responses.items() if isinstance(responses, Mapping) else ():
        if str(code)[:1] == "2":
            content = references.table(response).get("content")
            kinds |= set(content) if isinstance(content, Mapping) else set()
    return bool(kinds) and all(str(each).startswith("text/event-stream") for each in kinds)
