"""The operations that a running server describes in its OpenAPI document, and those that users will request.

Rules of this file: the document is fetched once; requests go to the server that is attached to, whatever
servers its document names; only operations that change nothing are loaded unless others are named.
"""

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.attach.document_fetch import fetch
from engine.imports.files import with_files
from engine.imports.openapi.document import parse_document
from engine.imports.openapi.operations import Chosen, Operation, OperationReader
from engine.imports.plan_text import plan_text
from engine.imports.sources import text_of
from engine.imports.traffic import Note
from engine.plan.targets import CustomTarget
from engine.preflight.allowed_hosts import AllowedHosts
from targets.errors import TargetError, UsageError
from targets.secrets import masked_text
from targets.urls import encoded_target
from targets.variables import variables_in

WELL_KNOWN = (
    "/openapi.json",
    "/api/openapi.json",
    "/schema/",
    "/api/schema/",
    "/schema/openapi.json",
    "/openapi.yaml",
    "/v3/api-docs",
    "/swagger/v1/swagger.json",
)
"""Where frameworks serve their documents by default: FastAPI; Django Ninja; drf-spectacular (its own examples
have both); Litestar; Connexion and others; springdoc; ASP.NET."""

Choose = Callable[[Sequence[Operation]], Sequence[str]]
"""Asks which of the operations are loaded: their names; none of them for the default."""


@dataclass(frozen=True, slots=True)
class OfferedOperations:
    """A server's document."""

    reader: OperationReader
    server: CustomTarget

    @property
    def operations(self) -> tuple[Operation, ...]:
        """All that the document describes."""
        return self.reader.operations


async def offered_operations(server: CustomTarget, path: str, allowed: AllowedHosts) -> OfferedOperations:
    """The operations of a server; without a path its document is searched for where frameworks serve it.

    Raises TargetError if there is no document, UsageError if it cannot be used.
    """
    statuses: dict[str, int] = {}
    for each in [path] if path else WELL_KNOWN:
        fetched = await fetch(server, encoded_target(each), allowed)
        if fetched.status == 200:
            where = masked_text(f"{server.url}{each}")
            document = parse_document(text_of(fetched.content), where)
            return OfferedOperations(OperationReader(document, only_paths=True), server)
        statuses[each] = fetched.status
    answers = ", ".join(f"{each} answers {status}" for each, status in statuses.items())
    raise TargetError(
        f"{server.url} has no OpenAPI document" if not path else f"no OpenAPI document at {server.url}{path}",
        why=answers,
        hint="give its path: --openapi PATH; or save the document and use abreast import",
    )


@dataclass(frozen=True, slots=True)
class OperationPlan:
    """The keys of a plan that load a server's operations."""

    values: dict[str, Any]
    """`request`, `data` and what else is about requests."""
    notes: tuple[str, ...]
    """What was left out, or done in another way."""


def operation_plan(
    offered: OfferedOperations, named: Sequence[str], environ: Mapping[str, str]
) -> OperationPlan:
    """The requests of the operations named, or else of all that change nothing and whose variables are set in
    the environment. Raises UsageError."""
    chosen = tuple(named) or tuple(each.name for each in offered.operations if each.is_safe)
    if not chosen:
        raise UsageError(
            f"{offered.reader.document.source} has no operation that changes nothing",
            why=f"none of its {len(offered.operations)} operations is a GET or a HEAD",
            hint=f"name those that may be requested: --operation '{offered.operations[0].name}'",
        )
    traffic = offered.reader.traffic(Chosen(only=chosen))
    traffic.base_url = offered.server.url
    written = plan_text(with_files(traffic, lambda _: "an attached server's requests send no files"))
    values = tomllib.loads(written.text)
    kept: dict[str, Any] = {key: values[key] for key in ("request", "data", "cookies") if key in values}
    notes = list(map(_line, written.notes))
    if not named:
        kept["request"] = _with_set_variables(kept["request"], environ, notes)
    return OperationPlan(kept, tuple(notes))


def _with_set_variables(
    requests: Sequence[dict[str, Any]], environ: Mapping[str, str], notes: list[str]
) -> list[dict[str, Any]]:
    """The requests whose variables are set; the others are noted. Raises UsageError if there is none."""
    kept: list[dict[str, Any]] = []
    missing: dict[str, None] = {}
    for request in requests:
        names = [each for each in variables_in(json.dumps(request)) if not environ.get(each)]
        missing |= dict.fromkeys(names)
        if not names:
            kept.append(request)
        else:
            title = request.get("name") or f"{request.get('method', 'GET')} {request['path']}"
            notes.append(f"operation {title}: left out: {', '.join(names)} is not set")
    if not kept:
        raise UsageError(
            "every operation that changes nothing needs variables of the environment",
            why=f"not set are {', '.join(missing)}",
            hint=f"for example: export {next(iter(missing))}=…",
        )
    return kept


def _line(note: Note) -> str:
    return ": ".join(filter(None, (note.place, note.what, note.why)))
