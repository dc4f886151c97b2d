"""Files that an imported request sends: a plan names those in its folder, and contains small texts itself.
Pure: how files are found and read is passed in."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import PurePath

from engine.imports.clean import clean
from engine.imports.traffic import Body, FileContent, ImportedRequest, ImportedTraffic, MultipartBody, Note

MAX_INLINE = 64 * 1024
"""Bytes of a file that a plan contains itself."""


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file of this machine."""

    in_plan: str
    """Its path from the plan's folder, with slashes; empty if it is outside it."""
    content: bytes
    """Its first bytes, one more than `MAX_INLINE` at most."""


Find = Callable[[str], FoundFile | str]
"""Looks a file up by its path as the source has it: what was found, or why nothing was."""


def with_files(traffic: ImportedTraffic, find: Find) -> ImportedTraffic:
    """The traffic with every file by its path in the plan's folder, or with its content, with a note. A
    request whose file cannot be sent is switched off, with a note too."""
    requests: list[ImportedRequest] = []
    notes = list(traffic.notes)
    for request in traffic.requests:
        try:
            body = _with_files(request.body, find)
            requests.append(replace(request, body=body))
            if isinstance(request.body, FileContent) and isinstance(body, str):
                what = f"the plan has the content of the file {_name_of(request.body)}"
                notes.append(Note(request.place, what, "check that it may be sent, and kept in the plan"))
        except _NotSendableError as error:
            requests.append(replace(request, enabled=False))
            notes.append(Note(request.place, error.what, error.why))
    return replace(traffic, requests=requests, notes=notes)


class _NotSendableError(Exception):
    def __init__(self, what: str, why: str) -> None:
        super().__init__(what)
        self.what, self.why = what, why


def _with_files(body: Body, find: Find) -> Body:
    match body:
        case FileContent():
            return _body_of(body, find)
        case MultipartBody():
            return MultipartBody(
                tuple(
                    (name, _part_of(value, find) if isinstance(value, FileContent) else value)
                    for name, value in body.fields
                )
            )
    return body


def _body_of(file: FileContent, find: Find) -> Body:
    """A file that is the whole body."""
    found = _found(file, find)
    if found.in_plan and not file.without_newlines:
        return replace(file, path=found.in_plan)
    text = _text_of(found)
    if text is not None:
        return text.replace("\r", "").replace("\n", "") if file.without_newlines else text
    raise _off(file, "it is neither a small text file nor in the plan's folder")


def _part_of(file: FileContent, find: Find) -> FileContent:
    """A file that is a part of a form."""
    found = _found(file, find)
    if not found.in_plan:
        raise _off(file, "it is not in the plan's folder")
    return replace(file, path=found.in_plan)


def _found(file: FileContent, find: Find) -> FoundFile:
    found = find(file.path)
    if isinstance(found, str):
        raise _off(file, found)
    return found


def _off(file: FileContent, why: str) -> _NotSendableError:
    return _NotSendableError(f"off: it sends the file {_name_of(file)}", why)


def _name_of(file: FileContent) -> str:
    return clean(PurePath(file.path).name or file.path, 60)


def _text_of(found: FoundFile) -> str | None:
    if len(found.content) > MAX_INLINE:
        return None
    try:
        return found.content.decode()
    except UnicodeDecodeError:
        return None
