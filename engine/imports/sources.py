"""The kinds of sources that can be imported: what each is called, and what reads it. Pure.

A parser is imported when it is used. To add a kind: a row in `KINDS`, its parser in `parser_of`, and what it
looks like in `detect`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.imports.clean import clean
from engine.imports.limits import MAX_COMMAND_BYTES, MAX_DOCUMENT_BYTES, MAX_SOURCE_BYTES
from engine.imports.options import ImportOptions
from engine.imports.traffic import ImportedTraffic, Note
from targets.errors import UsageError, unknown

Parser = Callable[[str, ImportOptions], ImportedTraffic]
"""Reads the text of a source. Raises UsageError with the line, the entry or the operation that is wrong."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of source."""

    about: str
    """In a few words, for the help and for errors."""
    max_bytes: int


KINDS: Mapping[str, Kind] = {
    "curl": Kind("curl commands, as browsers copy them", MAX_COMMAND_BYTES),
    "postman": Kind("a Postman collection (v2.1)", MAX_DOCUMENT_BYTES),
    "har": Kind("a HAR file, as browsers save their network panel", MAX_SOURCE_BYTES),
    "log": Kind("an access log", MAX_SOURCE_BYTES),
    "openapi": Kind("an OpenAPI document (3.0, 3.1), also by its URL", MAX_DOCUMENT_BYTES),
}

_WITHOUT_ORDER = {
    "log": "a log does not say which requests are of one user",
    "openapi": "a document does not say in which order its operations are requested",
}
"""Kinds of which no journey can be made → why."""


def parser_of(kind: str) -> Parser:
    """The parser of a kind. Raises UsageError for an unknown one."""
    match kind:
        case "curl":
            from engine.imports.curl.commands import curl_traffic

            return curl_traffic
        case "postman":
            from engine.imports.postman.collection import postman_traffic

            return postman_traffic
        case "har":
            from engine.imports.har.requests import har_traffic

            return har_traffic
        case "log":
            from engine.imports.log.access_log import log_traffic

            return log_traffic
        case "openapi":
            from engine.imports.openapi.operations import openapi_traffic

            return openapi_traffic
    raise unknown("kind of source", kind, list(KINDS))


def read_source(content: bytes, kind: str, options: ImportOptions) -> ImportedTraffic:
    """What a source of a kind contains. Raises UsageError if it is too large, or cannot be read."""
    most = KINDS[kind].max_bytes if kind in KINDS else 0
    if len(content) > most > 0:
        raise UsageError(
            f"{clean(options.name)} is too large",
            why=f"it has {len(content) / 1e6:,.1f} MB, and the limit is {most / 1e6:,.0f} MB",
            hint="export fewer requests",
        )
    return parser_of(kind)(text_of(content), options)


def ignored_options(kind: str, options: ImportOptions) -> list[Note]:
    """Options that were given, but that mean nothing for sources of this kind."""
    notes: list[Note] = []
    if options.journey and kind in _WITHOUT_ORDER:
        what = "--journey is ignored: requests are drawn by weight, not in order"
        notes.append(Note("", what, _WITHOUT_ORDER[kind]))
    if options.enable and kind != "openapi":
        why = "it switches on operations of an OpenAPI document; to switch on other requests, edit the plan"
        notes.append(Note("", "--enable is ignored", why))
    if options.include_static and kind not in {"har", "log"}:
        notes.append(Note("", "--include-static is ignored", "static files are taken anyway"))
    return notes


def text_of(content: bytes) -> str:
    """The text of a source: UTF-8, or UTF-16 with a mark, as Windows PowerShell writes it. Bytes that are
    neither become U+FFFD."""
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return content.decode("utf-16", errors="replace")
    return content.decode("utf-8-sig", errors="replace")
