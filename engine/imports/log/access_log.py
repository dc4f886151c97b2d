"""An access log as traffic: the mix of its requests by weight, with the ids that occur as data. Pure.

A log does not have bodies and headers: only GET and HEAD are switched on, the others are written as comments.
"""

from collections.abc import Iterable
from urllib.parse import quote, unquote

from engine.imports.clean import clean
from engine.imports.log.mix import BARE, SLOT, Kind
from engine.imports.log.notes import notes_on, title_of
from engine.imports.log.reader import SAFE, LogReader
from engine.imports.marked_text import placeholder, variable
from engine.imports.options import ImportOptions
from engine.imports.placeholder_names import free_name
from engine.imports.traffic import ImportedRequest, ImportedTraffic
from engine.imports.variables import variable_name
from targets.errors import UsageError
from targets.secrets import is_secret

KEPT = 100
"""Kinds of requests that a plan gets; the rarest are left out."""
RARE = 0.01
"""The share of a kind's responses from which on a status is expected."""


def log_traffic(text: str, options: ImportOptions) -> ImportedTraffic:
    """The traffic of a log that is in memory already. Raises UsageError as `traffic_of_lines` does."""
    return traffic_of_lines((line.encode("utf-8", "replace") for line in text.splitlines()), options)


def traffic_of_lines(lines: Iterable[bytes], options: ImportOptions) -> ImportedTraffic:
    """The traffic of a log, whose lines are read one after another.

    Where its server is, a log does not say. Raises UsageError if no line is a request, or nothing is left to
    send.
    """
    reader = LogReader(include_static=options.include_static, hosts=options.hosts)
    for line in lines:
        reader.read(line)
    name = clean(options.name)
    if not reader.requests:
        raise _no_log(reader, name)
    kinds = reader.mix.kinds()
    traffic = ImportedTraffic(
        source=f"the access log {name}",
        title=title_of(reader, name),
        base_url=f"http://{options.hosts[0]}" if options.hosts else "",
        notes=list(notes_on(reader, kinds, KEPT)),
    )
    if not any(kind.method in SAFE for kind in kinds):
        raise UsageError(
            f"nothing in {name} is left to send",
            why="; ".join(note.what for note in traffic.notes[:5]) or "it has no GET request",
            hint="--include-static keeps static files",
        )
    for kind in kinds[:KEPT]:
        traffic.requests.append(_request(kind, traffic))
    return traffic


def _no_log(reader: LogReader, name: str) -> UsageError:
    if reader.bad.count:
        shown = clean(next(iter(reader.bad.names)), 80)
        why = f"line {reader.bad.first} is not a request in a known format: {shown}"
    else:
        why = "it is empty"
    return UsageError(
        f"{name} is not an access log that abreast can read",
        why=why,
        hint="formats: common and combined (NGINX, Apache, gunicorn), uvicorn, and JSON lines (Caddy)",
    )


def _request(kind: Kind, traffic: ImportedTraffic) -> ImportedRequest:
    """A kind as a request; values that vary become lists of the traffic's data."""
    columns = kind.columns()
    path: list[str] = []
    before = ""
    for segment in kind.segments:
        text = segment
        if SLOT in segment:
            text = segment.replace(SLOT, _in_path(columns.pop(0), before, traffic))
        path.append(text)
        before = segment
    query = [
        quote(name.removesuffix(BARE), safe="") + _value(name, column, traffic.data)
        for name, column in zip(kind.parameters, columns, strict=True)
    ]
    common = [status for status, count in kind.statuses.items() if count >= RARE * kind.count]
    return ImportedRequest(
        method=kind.method,
        url=f"/{'/'.join(path)}" + (f"?{'&'.join(query)}" if query else ""),
        place=kind.place,
        weight=kind.count,
        enabled=kind.method in SAFE,
        expect_status=tuple(sorted(common)),
    )


def _in_path(column: tuple[str, ...], before: str, traffic: ImportedTraffic) -> str:
    """The ids of one place in a path, as it is filled in. What follows the name of a secret, as in
    `/reset-token/…`, is one."""
    if is_secret(before):
        word = variable_name(before)
        traffic.variables.setdefault(word, f"what follows /{clean(before, 40)}/ in a path")
        return variable(word)
    if len(set(column)) == 1:
        return column[0]
    return _listed(tuple(map(unquote, column)), f"{before}_id", traffic.data)


def _listed(column: tuple[str, ...], name: str, data: dict[str, tuple[str, ...]]) -> str:
    """A placeholder of a new list of data."""
    word = free_name(name, data)
    data[word] = column
    return placeholder(word)


def _value(name: str, column: tuple[str, ...], data: dict[str, tuple[str, ...]]) -> str:
    """The value of a parameter, with its equals sign. A secret is one for all: it becomes a variable of the
    environment."""
    if name.endswith(BARE):
        return ""
    if is_secret(name) or len(set(column)) == 1:
        return f"={quote(column[0], safe='')}"
    return f"={_listed(column, name, data)}"
