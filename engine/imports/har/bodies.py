"""The body of a request in a HAR file, as a plan can send it. Pure.

`text` is what was sent, if that was text; `params` are what the browser made of it, and are used only
if the text is missing. Uploaded files are only named: their contents are looked up where the plan is.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from engine.imports.bodies import media_type, readable
from engine.imports.clean import clean
from engine.imports.har.file import HarEntry, PostData
from engine.imports.marked_text import unmarked
from engine.imports.traffic import Body, FileContent, FormBody, JsonBody, MultipartBody

MAX_FIELDS = 1000
"""Of one form."""
_REPLACED = "\ufffd"
"""What browsers write for bytes that are no text."""
_BOUNDARY = re.compile(r'boundary="?([^";,]+)"?', re.IGNORECASE)
_DISPOSITION = re.compile(r"^content-disposition:[^\r\n]*", re.IGNORECASE | re.MULTILINE)
_PART_NAME = re.compile(r';\s*name="([^"]*)"', re.IGNORECASE)
_FILE_NAME = re.compile(r';\s*filename="([^"]*)"', re.IGNORECASE)
_PART_TYPE = re.compile(r"^content-type:\s*([^\r\n]*)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class HarBody:
    """A body, and what is missing of it."""

    body: Body = None
    lacks: str = ""
    """Why the request cannot be sent as it was; empty if it can."""


def body_of(entry: HarEntry) -> HarBody:
    """The body that an entry's request sent."""
    post = entry.post
    if post is None or not (post.text or post.params):
        return _none(entry)
    content_type = post.mime_type or entry.header("content-type")
    if post.encoding.lower() == "base64":
        return _from_base64(post.text)
    if media_type(content_type) == "multipart/form-data":
        return _multipart(content_type, post)
    if not post.text:
        return _form(post)
    if _REPLACED in post.text:
        return HarBody(lacks="its body was not text, but the file has it as text")
    return HarBody(_without_marks(readable(post.text, content_type)))


def _none(entry: HarEntry) -> HarBody:
    """No body, which may be because the exporter left it out."""
    length = entry.header("content-length")
    if entry.method in {"GET", "HEAD", "OPTIONS"} or not length.isdecimal() or int(length) == 0:
        return HarBody()
    return HarBody(lacks=f"the file lacks its body of {clean(length, 20)} bytes")


def _from_base64(text: str) -> HarBody:
    try:
        return HarBody(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        return HarBody(lacks="its body is not valid base64")


def _form(post: PostData) -> HarBody:
    """A form of which there are only fields, still encoded."""
    fields = tuple((unquote_plus(each.name), unquote_plus(each.value)) for each in post.params[:MAX_FIELDS])
    return HarBody(FormBody(fields))


def _without_marks(body: Body) -> Body:
    """A body without characters that would be taken for marks, after its escapes were read."""
    match body:
        case FormBody():
            return FormBody(tuple((unmarked(name), unmarked(value)) for name, value in body.fields))
        case JsonBody():
            return JsonBody(_unmarked(body.value))
    return body


def _unmarked(value: Any) -> Any:
    if isinstance(value, str):
        return unmarked(value)
    if isinstance(value, list):
        return [_unmarked(each) for each in value]
    if isinstance(value, dict):
        return {unmarked(key): _unmarked(each) for key, each in value.items()}
    return value


def _multipart(content_type: str, post: PostData) -> HarBody:
    boundary = _BOUNDARY.search(content_type)
    types: dict[str, str] = {}
    if post.text and boundary:
        fields = _parts(post.text, boundary[1].strip(), types)
    else:
        fields = [
            (each.name, FileContent(each.file_name, each.content_type) if each.file_name else each.value)
            for each in post.params[:MAX_FIELDS]
        ]
    if not fields:
        return HarBody(lacks="its multipart form cannot be read")
    return HarBody(MultipartBody(tuple(fields), types))


def _parts(text: str, boundary: str, types: dict[str, str]) -> list[tuple[str, str | FileContent]]:
    """The parts of a multipart text (RFC 7578); what is no part is skipped. The content types of fields that
    are no files are added to `types`."""
    fields: list[tuple[str, str | FileContent]] = []
    newline = "\r\n" if "\r\n" in text else "\n"
    for part in f"{newline}{text}".split(f"{newline}--{boundary}")[1 : MAX_FIELDS + 1]:
        head, blank, value = part.removeprefix(newline).partition(2 * newline)
        disposition = _DISPOSITION.search(head)
        name = _PART_NAME.search(disposition[0]) if disposition else None
        if not blank or disposition is None or name is None:
            continue
        file_name, found_type = _FILE_NAME.search(disposition[0]), _PART_TYPE.search(head)
        content_type = found_type[1].strip() if found_type else ""
        if file_name is None:
            fields.append((name[1], value))
            types |= {name[1]: content_type} if content_type else {}
        elif file_name[1]:
            fields.append((name[1], FileContent(file_name[1], content_type)))
    return fields
