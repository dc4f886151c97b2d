"""Reads bodies with an image, and finds the image in them.

All frameworks use it, so that the same bytes get the same answer: a multipart form whose field `files` is one
file. A body that is too large is read to its end and discarded, since a client that is still sending when the
connection closes never sees the answer.
"""

from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from targets.apps.work import Answer, UnprocessableError
from targets.contract import MAX_UPLOAD_BYTES
from targets.contract.models import NO_FILE, NO_FORM, NO_PICTURE, TOO_LARGE

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

CHUNK_BYTES = 256 * 1024
"""Size of a read, where the app chooses it."""
_FIELD = b"files"


class _Body:
    """A body while it arrives."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._size = 0

    def add(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._size <= MAX_UPLOAD_BYTES:
            self._chunks.append(chunk)
        else:
            self._chunks.clear()

    def whole(self) -> bytes:
        if self._size > MAX_UPLOAD_BYTES:
            raise UnprocessableError(Answer(413, TOO_LARGE))
        return b"".join(self._chunks)


async def read_body(chunks: AsyncIterator[bytes]) -> bytes:
    """Reads a whole body. Raises UnprocessableError with a 413 if it is too large."""
    body = _Body()
    async for chunk in chunks:
        body.add(chunk)
    return body.whole()


def read_body_here(chunks: Iterable[bytes]) -> bytes:
    """Reads a whole body, and blocks. Raises UnprocessableError with a 413 if it is too large."""
    body = _Body()
    for chunk in chunks:
        body.add(chunk)
    return body.whole()


def picture_of(content_type: str, body: bytes) -> bytes:
    """The image in a body; `content_type` has its parameters. Raises UnprocessableError."""
    kind, parameters = parse_options_header(content_type)
    boundary = parameters.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not boundary:
        raise UnprocessableError(Answer(422, NO_FORM))
    form = _Form()
    try:
        parser = MultipartParser(boundary, form.callbacks())
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise UnprocessableError(Answer(422, NO_FORM)) from error
    if not form.is_whole:
        raise UnprocessableError(Answer(422, NO_FORM))
    if not form.found:
        raise UnprocessableError(Answer(422, NO_FILE))
    (picture, is_file), *more = form.found
    if more or not is_file:
        raise UnprocessableError(Answer(422, NO_PICTURE))
    return bytes(picture)


class _Form:
    """Takes the events of a form parser."""

    def __init__(self) -> None:
        self.found: list[tuple[bytearray, bool]] = []
        """The parts of the field: their content, and whether they are files."""
        self.is_whole = False
        self._header_name = bytearray()
        self._header_value = bytearray()
        self._disposition = b""
        self._content: bytearray | None = None
        """Content of the current part, if it belongs to the field."""

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._take_name,
            "on_header_value": self._take_value,
            "on_header_end": self._end_header,
            "on_headers_finished": self._end_headers,
            "on_part_data": self._take_data,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        self._disposition, self._content = b"", None

    def _take_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _take_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _end_header(self) -> None:
        if self._header_name.lower() == b"content-disposition":
            self._disposition = bytes(self._header_value)
        self._header_name.clear()
        self._header_value.clear()

    def _end_headers(self) -> None:
        _, options = parse_options_header(self._disposition)
        if options.get(b"name") == _FIELD:
            self._content = bytearray()
            self.found.append((self._content, b"filename" in options))

    def _take_data(self, data: bytes, start: int, end: int) -> None:
        if self._content is not None:
            self._content += data[start:end]

    def _end(self) -> None:
        self.is_whole = True
