"""Renders a workload, built-in or custom, to the bytes that users send to one target.

The front does it once for each target, and reads the files that requests send.
"""

import mimetypes
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from engine.client.placeholders import Words
from engine.client.template import File, RequestText, render
from engine.machine.files import read_file, size_text
from engine.plan.errors import place_of
from engine.plan.responses import Checks
from engine.plan.variables import filled, values_of
from engine.plan.workload import FilePart, RequestSpec, StepSpec, end_mark
from engine.protocol.request import Check, Extract, Template
from engine.protocol.rows import Table
from targets import contract
from targets.errors import UsageError, reason_of, without_values
from targets.secrets import Masker
from targets.variables import VariableError, Variables

if TYPE_CHECKING:
    from engine.plan.plan import Plan

MAX_FILE_BYTES = 10 * 1024 * 1024
"""Of one file that a request sends: it is kept in memory, and sent to every load worker."""

MAX_WORKLOAD_BYTES = 64 * 1024 * 1024
"""Of all requests of a plan together, with their bodies and lists of values."""

_NOWHERE = "http://127.0.0.1"


@dataclass(frozen=True, slots=True)
class Rendered:
    """The requests of one target's users."""

    templates: tuple[Template, ...]
    journey: bool = False
    """Whether they are steps in order rather than requests by weight."""
    tables: Mapping[str, Table] = field(default_factory=dict)
    """The rows of data files that they are filled in with, by name."""


@cache
def templates_of(workload: str, base_url: str) -> tuple[Template, ...]:
    """The requests of a built-in workload, rendered for a target at `base_url` (`http://127.0.0.1:18000`).

    Bodies that the contract knows entirely are compared before the load, not during it.
    """
    templates: list[Template] = []
    taken: set[str] = set()
    for request in contract.WORKLOADS[workload].requests:
        text = RequestText(
            kind=request.stream or "http",
            method=request.method,
            path=request.path,
            headers=dict(request.headers),
            json=request.json,
            files=_uploaded(request.upload),
            name=request.name,
            expect_status=request.expect_status,
            weight=request.weight,
            checks=[Check("json", pointer=at, expected=value.encode()) for at, value in request.checks],
            takes=[Extract(name, "json", where) for name, where in request.takes],
        )
        templates.append(render(base_url, text, words=Words(taken=frozenset(taken))))
        taken |= {name for name, _ in request.takes}
    return tuple(templates)


def _uploaded(upload: contract.Upload | None) -> dict[str, File] | None:
    if upload is None:
        return None
    return {upload.field: File(upload.name, upload.content, upload.content_type)}


def check_sendable(plan: "Plan", where: str, text: str) -> None:
    """Renders every request of a plan. Raises UsageError that names the file and the line."""
    sum_bytes = 0
    for table, number, spec, words in _all_requests(plan):
        try:
            sum_bytes += _approximate_bytes(
                _template(spec, _NOWHERE, words, Path(plan.folder), cookies=False)
            )
            _check_sum(sum_bytes, spec.title)
        except UsageError as error:
            place = place_of([table, str(number)], where, text)
            raise UsageError(f"{place}: {error.what}", why=error.why, hint=error.hint) from error


def _all_requests(plan: "Plan") -> Iterator[tuple[str, int, RequestSpec, Words]]:
    """Each request with its table, its number there, and what it can be filled in with."""
    setup: dict[str, str | None] = {}
    for number, once in enumerate(plan.setup):
        yield "setup", number, once, replace(plan.words, setup=dict(setup))
        setup |= dict.fromkeys(once.take)
    words = replace(plan.words, setup=setup)
    for number, (spec, taken) in enumerate(_with_taken(plan)):
        yield "step" if plan.step else "request", number, spec, replace(words, taken=taken)
    for number, last in enumerate(plan.teardown):
        yield "teardown", number, last, words


def _with_taken(plan: "Plan") -> Iterator[tuple[RequestSpec, frozenset[str]]]:
    """The requests of the workload, each with the names of the values that earlier steps take."""
    taken: frozenset[str] = frozenset()
    for spec in plan.request or plan.step:
        yield spec, taken
        taken |= frozenset(spec.take) if isinstance(spec, StepSpec) else frozenset()


def _check_sum(sum_bytes: int, title: str) -> None:
    if sum_bytes > MAX_WORKLOAD_BYTES:
        raise UsageError(
            f"the requests up to {title!r} are too large together",
            why=f"they have {size_text(sum_bytes)}, which every load worker keeps in memory",
            hint=f"the limit is {size_text(MAX_WORKLOAD_BYTES)}, with bodies and lists of data",
        )


def _approximate_bytes(template: Template) -> int:
    """About how much memory it needs in a load worker."""
    return len(template.head) + sum(len(value) + 8 for slot in template.slots for value in slot.values)


def rendered(plan: "Plan", workload: str, base_url: str, setup: Mapping[str, str] | None = None) -> Rendered:
    """The plan's custom workload or a built-in one, rendered for a target at `base_url`. `setup` are the
    values that the target's setup requests took.

    Raises UsageError for what cannot be sent.
    """
    if workload != plan.workload or not plan.has_custom_workload:
        return Rendered(templates_of(workload, base_url), journey=contract.WORKLOADS[workload].journey)
    words, folder = replace(plan.words, setup=setup or {}), Path(plan.folder)
    templates = tuple(
        _template(spec, base_url, replace(words, taken=taken), folder, cookies=plan.keeps_cookies)
        for spec, taken in _with_taken(plan)
    )
    tables = {name: data.table for name, data in plan.rows.items()}
    return Rendered(templates, journey=bool(plan.step), tables=tables)


def rendered_once(plan: "Plan", spec: RequestSpec, base_url: str, setup: Mapping[str, str]) -> Template:
    """A setup or teardown request; `setup` are the values that were taken before it. Raises UsageError."""
    words = replace(plan.words, setup=setup)
    return _template(spec, base_url, words, Path(plan.folder), cookies=True)


def _template(spec: RequestSpec, base_url: str, words: Words, folder: Path, *, cookies: bool) -> Template:
    """Raises UsageError for what cannot be sent, without values of variables."""
    try:
        return render(base_url, _text(spec, words.variables, folder), words=words, keeps_cookies=cookies)
    except VariableError as error:
        what = f"the request {spec.title!r} cannot be sent"
        raise UsageError(what, why=str(error), hint=error.hint) from error
    except UsageError as error:
        masker = Masker(variables=values_of({"request": [spec.model_dump()]}, words.variables))
        raise without_values(error, masker) from error


def _text(spec: RequestSpec, variables: Variables, folder: Path) -> RequestText:
    """The request, with the values of variables where `render` fills in none. Raises VariableError."""
    step = spec if isinstance(spec, StepSpec) else None
    headers = dict(spec.headers)
    body: str | bytes | None
    if isinstance(spec.body, FilePart):
        part = _filled_part(spec.body, variables)
        body = _content(spec, part, folder)
        if not any(name.lower() == "content-type" for name in headers):
            headers["Content-Type"] = spec.body.type or _guessed_type(part)
    else:
        body = spec.body if spec.message is None else spec.message
    return RequestText(
        variables.fill(spec.method),
        spec.path,
        query=spec.query,
        headers=headers,
        json=spec.json_body if spec.graphql is None else _graphql_members(spec),
        verbatim={} if spec.graphql is None else {"query": variables.fill(spec.graphql)},
        form=spec.form,
        files=None if spec.files is None else _files(spec, spec.files, folder, variables),
        body=body,
        basic=spec.auth.basic if spec.auth else None,
        bearer=(spec.auth.bearer or "") if spec.auth else "",
        name=spec.title,
        expect_status=spec.expect_status,
        weight=spec.weight,
        timeout_s=spec.timeout or 0.0,
        checks=_filled_checks(spec, variables).made(is_graphql=spec.graphql is not None),
        takes=step.takes if step else (),
        once=step.once if step else False,
        kind=spec.kind,
        until=_filled_until(spec, variables),
        receive=spec.receive,
        follow_redirects=spec.follow_redirects,
    )


def _graphql_members(spec: RequestSpec) -> dict[str, Any]:
    """What a GraphQL request holds beside its document (GraphQL over HTTP, 5.1)."""
    members: dict[str, Any] = {"operationName": spec.operation} if spec.operation else {}
    return members | ({"variables": spec.variables} if spec.variables else {})


def _filled_checks(spec: RequestSpec, variables: Variables) -> Checks:
    plain = spec.checks.model_dump(by_alias=True)
    values = filled(plain, variables)
    if values == plain:
        return spec.checks
    try:
        return Checks.model_validate(values)
    except ValidationError as error:  # its text has the values
        raise UsageError(
            f"the checks of the request {spec.title!r} are wrong with the values of their variables",
            why=", ".join(sorted({str(each["loc"][0]) for each in error.errors() if each["loc"]})),
            hint="set the environment variables to values that the checks allow",
        ) from None


def _filled_until(spec: RequestSpec, variables: Variables) -> str:
    until = variables.fill(spec.until)
    try:
        end_mark(until)
    except ValueError as error:
        what = f"the request {spec.title!r} cannot be sent"
        raise UsageError(what, why=str(error), hint="set its environment variable to a valid text") from None
    return until


def _filled_part(part: FilePart, variables: Variables) -> FilePart:
    return FilePart(file=variables.fill(part.file), type=variables.fill(part.type))


def _files(
    spec: RequestSpec, parts: dict[str, FilePart], folder: Path, variables: Variables
) -> dict[str, File]:
    read: dict[str, File] = {}
    for name, written in parts.items():
        part = _filled_part(written, variables)
        content = _content(spec, part, folder)
        read[name] = File(Path(part.file).name, content, part.type or _guessed_type(part))
    return read


def _guessed_type(part: FilePart) -> str:
    return mimetypes.guess_type(part.file)[0] or "application/octet-stream"


def _content(spec: RequestSpec, part: FilePart, folder: Path) -> bytes:
    """The content of a file in the plan's folder. Raises UsageError."""
    what = f"the request {spec.title!r} cannot send {part.file!r}"
    hint = "name a file in the plan's folder"
    if folder == Path():
        raise UsageError(what, why="a plan without a file has no folder", hint="keep the plan in a TOML file")
    try:
        path = (folder / part.file).resolve()
        if not path.is_relative_to(folder.resolve()):
            raise UsageError(what, why="it is outside the plan's folder", hint=hint)
        return read_file(path, MAX_FILE_BYTES)
    except (OSError, ValueError) as error:  # of a name that no file can have, too
        raise UsageError(what, why=reason_of(error), hint=hint) from error
