"""Renders a workload, built-in or custom, to the bytes that users send to one target.

The front does it once for each target, and reads the files that requests send.
"""

import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from engine.client.placeholders import Words
from engine.client.template import File, RequestText, render
from engine.machine.files import read_file, size_text
from engine.plan.errors import place_of
from engine.plan.workload import FilePart, RequestSpec, StepSpec
from engine.protocol.request import Check, Extract, Template
from targets import contract
from targets.errors import UsageError, reason_of

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
    """Renders every request of a custom workload. Raises UsageError that names the file and the line."""
    taken: set[str] = set()
    sum_bytes = 0
    for number, spec in enumerate(plan.request or plan.step):
        try:
            words = Words(plan.data, frozenset(taken))
            sum_bytes += _approximate_bytes(
                _template(spec, _NOWHERE, words, Path(plan.folder), cookies=False)
            )
            _check_sum(sum_bytes, spec.title)
        except UsageError as error:
            table = "step" if plan.step else "request"
            place = place_of([table, str(number)], where, text)
            raise UsageError(f"{place}: {error.what}", why=error.why, hint=error.hint) from error
        taken |= set(spec.take) if isinstance(spec, StepSpec) else set()


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


def rendered(plan: "Plan", workload: str, base_url: str) -> Rendered:
    """The plan's custom workload or a built-in one, rendered for a target at `base_url`.

    Raises UsageError for what cannot be sent.
    """
    if workload != plan.workload or not plan.has_custom_workload:
        return Rendered(templates_of(workload, base_url), journey=contract.WORKLOADS[workload].journey)
    templates: list[Template] = []
    taken: set[str] = set()
    for spec in plan.request or plan.step:
        words = Words(plan.data, frozenset(taken))
        templates.append(_template(spec, base_url, words, Path(plan.folder), cookies=plan.keeps_cookies))
        taken |= set(spec.take) if isinstance(spec, StepSpec) else set()
    return Rendered(tuple(templates), journey=bool(plan.step))


def _template(spec: RequestSpec, base_url: str, words: Words, folder: Path, *, cookies: bool) -> Template:
    step = spec if isinstance(spec, StepSpec) else None
    files = None if spec.files is None else _files(spec, spec.files, folder)
    headers = dict(spec.headers)
    body: str | bytes | None
    if isinstance(spec.body, FilePart):
        body = _content(spec, spec.body, folder)
        if not any(name.lower() == "content-type" for name in headers):
            headers["Content-Type"] = spec.body.type or _guessed_type(spec.body)
    else:
        body = spec.body if spec.message is None else spec.message
    text = RequestText(
        spec.method,
        spec.path,
        query=spec.query,
        headers=headers,
        json=spec.json_body,
        form=spec.form,
        files=files,
        body=body,
        basic=spec.auth.basic if spec.auth else None,
        bearer=(spec.auth.bearer or "") if spec.auth else "",
        name=spec.title,
        expect_status=spec.expect_status,
        weight=spec.weight,
        checks=spec.checks.made,
        takes=step.takes if step else (),
        once=step.once if step else False,
        kind=spec.kind,
        until=spec.until,
        receive=spec.receive,
    )
    return render(base_url, text, words=words, keeps_cookies=cookies)


def _files(spec: RequestSpec, parts: dict[str, FilePart], folder: Path) -> dict[str, File]:
    return {
        field: File(Path(part.file).name, _content(spec, part, folder), part.type or _guessed_type(part))
        for field, part in parts.items()
    }


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
