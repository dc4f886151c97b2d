"""Files that an imported request sends: a plan names those in its folder, and contains small texts itself.
Pure: how files are found and read is passed in."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import quote

from engine.imports.clean import clean
from engine.imports.traffic import (
    Body,
    FileContent,
    ImportedRequest,
    ImportedTraffic,
    JoinedBody,
    MultipartBody,
    Note,
)

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
    request whose file cannot be sent is switched off, with a note too; its file is named as the plan's folder
    would have it."""
    requests: list[ImportedRequest] = []
    notes = list(traffic.notes)
    for request in traffic.requests:
        reading = _Reading(find)
        try:
            requests.append(replace(request, body=reading.body(request.body)))
        except _NotSendableError as error:
            requests.append(replace(request, body=_unread(request.body), enabled=False))
            notes.append(Note(request.place, error.what, error.why))
            continue
        for name in reading.taken_in:
            what = f"the plan has the content of the file {name}"
            notes.append(Note(request.place, what, "check that it may be sent, and kept in the plan"))
    return replace(traffic, requests=requests, notes=notes)


class _NotSendableError(Exception):
    def __init__(self, what: str, why: str) -> None:
        super().__init__(what)
        self.what, self.why = what, why


class _Reading:
    """Reads the files of one body."""

    def __init__(self, find: Find) -> None:
        self.find = find
        self.taken_in: list[str] = []
        """Names of the files whose texts are in the body now."""

    def body(self, body: Body) -> Body:
        """The same with its files. Raises _NotSendableError."""
        match body:
            case FileContent():
                found = _found(body, self.find)
                is_named = found.in_plan and not body.without_newlines
                return replace(body, path=found.in_plan) if is_named else self._text(body, found)
            case JoinedBody():
                return "".join(
                    self._text(each, _found(each, self.find)) if isinstance(each, FileContent) else each
                    for each in body.parts
                )
            case MultipartBody():
                fields = tuple(
                    (name, self._part(value) if isinstance(value, FileContent) else value)
                    for name, value in body.fields
                )
                return replace(body, fields=fields)
        return body

    def _part(self, file: FileContent) -> FileContent | str:
        """A file that is a part of a form."""
        found = _found(file, self.find)
        if file.as_text:
            return self._text(file, found)
        if not found.in_plan:
            raise _off(file, "it is not in the plan's folder")
        return replace(file, path=found.in_plan)

    def _text(self, file: FileContent, found: FoundFile) -> str:
        """The text of a file, as it is sent."""
        text = _text_of(found)
        if text is None:
            must_be_text = file.is_encoded or file.as_text or found.in_plan
            why = "it is not a small text file"
            raise _off(
                file, why if must_be_text else "it is neither a small text file nor in the plan's folder"
            )
        self.taken_in.append(_name_of(file))
        if file.without_newlines:
            text = text.replace("\r", "").replace("\n", "")
        return quote(text, safe="") if file.is_encoded else text


def _unread(body: Body) -> Body:
    """A body whose files cannot be read, by their names in the plan's folder."""
    match body:
        case FileContent():
            return replace(body, path=_bare(body.path))
        case JoinedBody():
            return "".join(each for each in body.parts if isinstance(each, str))
        case MultipartBody():
            return replace(body, fields=tuple((name, _unread_part(value)) for name, value in body.fields))
    return body


def _unread_part(value: str | FileContent) -> str | FileContent:
    if isinstance(value, str) or value.as_text:
        return value if isinstance(value, str) else ""
    return replace(value, path=_bare(value.path))


def _found(file: FileContent, find: Find) -> FoundFile:
    found = find(file.path)
    if isinstance(found, str):
        raise _off(file, found)
    return found


def _off(file: FileContent, why: str) -> _NotSendableError:
    return _NotSendableError(f"off: it sends the file {_name_of(file)}", why)


def _name_of(file: FileContent) -> str:
    return clean(_bare(file.path), 60)


def _bare(path: str) -> str:
    """The name of a file, whatever system its path is of."""
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2] or path


def _text_of(found: FoundFile) -> str | None:
    if len(found.content) > MAX_INLINE:
        return None
    try:
        return found.content.decode()
    except UnicodeDecodeError:
        return None
