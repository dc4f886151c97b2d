"""What the options of one curl command say together, and the requests that they make. Pure.

Source: the manual of curl 8, and for the order of its rules `tool_operate.c` and `tool_getparam.c`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from engine.imports.bodies import FORM_TYPE
from engine.imports.clean import clean
from engine.imports.curl.form_values import FormValue, form_value
from engine.imports.curl.globs import expanded
from engine.imports.curl.urls import absolute, with_file_name, with_query
from engine.imports.marked_text import has_marks, with_encoded_literals
from engine.imports.traffic import (
    BasicAuth,
    Body,
    FileContent,
    ImportedRequest,
    JoinedBody,
    MultipartBody,
    Note,
)
from targets.errors import UsageError

MAX_REDIRECTS = 50
"""curl's own default."""


_STDIN = ("-", ".")
"""What `-T` calls the standard input; `.` reads it as it comes."""
_NO_STDIN = "the content of its standard input is unknown"


class OptionError(ValueError):
    """An option whose value is left out. The text says why, or what is done instead."""


class UnknownDataError(OptionError):
    """An option whose value is what the command sends, and cannot be known: its requests are off."""


@dataclass(slots=True)
class CurlSettings:
    """The options of a command."""

    place: str
    """`line 3`; empty if there is one command only."""
    stdin: str | None = None
    """What the command reads from its standard input, where that is known."""
    urls: list[str] = field(default_factory=list)
    method: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    removed: set[str] = field(default_factory=set)
    """Headers of curl's own that are taken away: `-H 'Accept:'`."""
    data: list[tuple[str | FileContent, ...]] = field(default_factory=list)
    """What each option of data gives: texts, and files between them."""
    is_unknown: bool = False
    """A part of what is sent is not known."""
    is_json: bool = False
    form: list[tuple[str, str | FileContent]] = field(default_factory=list)
    form_types: dict[str, str] = field(default_factory=dict)
    """The content types of fields that are no files."""
    queries: list[str] = field(default_factory=list)
    upload: str = ""
    auth: BasicAuth | None = None
    bearer: str = ""
    cookies: list[str] = field(default_factory=list)
    target: str = ""
    """`--request-target`: the path, whatever the URL's is."""
    in_query: bool = False
    head: bool = False
    follows: bool = False
    redirects: int = MAX_REDIRECTS
    timeout_s: float | None = None
    insecure: bool = False
    compressed: bool = False
    globs: bool = True
    keeps_cookies: bool = False
    notes: list[Note] = field(default_factory=list)

    def note(self, what: str, why: str = "") -> None:
        """Adds a note on this command."""
        self.notes.append(Note(self.place, what, why))

    def requests(self) -> list[ImportedRequest]:
        """What it would send, one request for each URL. Raises UsageError if it has none."""
        if not self.urls:
            raise UsageError(
                f"{self.place or 'the curl command'} has no URL",
                why="a request needs one",
                hint="add it: curl 'http://127.0.0.1:8000/items'",
            )
        return [self._request(each) for url in self.urls for each in self._each_of(url)]

    def _each_of(self, url: str) -> list[str]:
        if not self.globs:
            return [url]
        urls, left_out = expanded(url)
        if left_out:
            self.note(f"left out: {left_out:,} of the URLs of {clean(url, 60)}", "there are too many")
        return urls

    def _request(self, url: str) -> ImportedRequest:
        body = self._body()
        is_unknown = self.is_unknown
        if self.in_query and isinstance(body, str):
            url, body = with_query(url, body), None
        elif self.in_query and body is not None:
            is_unknown, body = True, None
            self.note("off: -G", "its query is the content of a file: write it out")
        url = absolute(url)
        if self.upload and self.upload not in _STDIN:
            url = with_file_name(url, self.upload)
        for query in self.queries:
            url = with_query(url, query)
        method = self.method or self._default_method(body)
        return ImportedRequest(
            method=method,
            url=self._target_of(url),
            place=self.place,
            headers=tuple(self._all_headers(body)),
            body=body,
            auth=self.auth,
            enabled=not is_unknown,
            timeout_s=self.timeout_s,
            follow_redirects=self.redirects if self.follows else 0,
            insecure_tls=self.insecure,
            expect_status=() if method in {"GET", "HEAD"} else ("2xx",),
        )

    def _default_method(self, body: Body) -> str:
        if self.head:
            return "HEAD"
        if self.upload:
            return "PUT"
        return "GET" if body is None else "POST"

    def _target_of(self, url: str) -> str:
        if not self.target:
            return url
        scheme, _, rest = url.partition("://")
        return f"{scheme}://{rest.partition('/')[0].partition('?')[0]}{self.target}"

    def _body(self) -> Body:
        if self.form:
            return MultipartBody(tuple(self.form), self.form_types)
        if self.upload:
            return (self.stdin or "") if self.upload in _STDIN else FileContent(self.upload)
        if not self.data:
            return None
        separator = "" if self.is_json else "&"
        parts: list[str | FileContent] = []
        for at, given in enumerate(self.data):
            parts += [separator, *given] if at and separator else given
        texts = [each for each in parts if isinstance(each, str)]
        if len(texts) == len(parts):
            return "".join(texts)
        if len(parts) == 1 and isinstance(parts[0], FileContent) and not parts[0].is_encoded:
            return parts[0]
        return JoinedBody(tuple(parts))

    def _all_headers(self, body: Body) -> list[tuple[str, str]]:
        """The headers that were given, then those that curl adds."""
        headers = list(self.headers)
        names = {name.lower() for name, _ in headers} | self.removed
        added = [("Content-Type", self._content_type(body)), ("Accept", "application/json" * self.is_json)]
        added += [("Authorization", f"Bearer {self.bearer}" if self.bearer else "")]
        added += [("Accept-Encoding", "deflate, gzip" if self.compressed else "")]
        added += [("Cookie", "; ".join(self.cookies))]
        return [*headers, *((name, value) for name, value in added if value and name.lower() not in names)]

    def _content_type(self, body: Body) -> str:
        if self.is_json:
            return "application/json"
        return FORM_TYPE if self.data and body is not None else ""


# ---------------------------------------------------------------- options


def _header(settings: CurlSettings, value: str) -> None:
    if value.startswith("@"):
        raise OptionError("headers are not read from a file")
    name, colon, content = value.partition(":")
    if not colon and value.endswith(";"):  # curl's way to send an empty one
        settings.headers.append((value.rstrip(";").strip(), ""))
    elif not content.strip():
        settings.removed.add(name.strip().lower())
    else:
        settings.headers.append((name.strip(), content.strip()))


def _data(settings: CurlSettings, value: str) -> None:
    settings.data.append((_content(settings, value, without_newlines=True),))


def _data_raw(settings: CurlSettings, value: str) -> None:
    settings.data.append((value,))


def _data_binary(settings: CurlSettings, value: str) -> None:
    settings.data.append((_content(settings, value),))


def _json(settings: CurlSettings, value: str) -> None:
    settings.is_json = True
    settings.data.append((_content(settings, value),))


def _data_urlencode(settings: CurlSettings, value: str) -> None:
    """`name=content` with the content encoded; `=content` and `content` without a name; `name@file`."""
    name, mark, content = _divided(value)
    written = f"{name}=" if name else ""
    if mark != "@":
        settings.data.append((written + _encoded(content),))
        return
    text = _content(settings, f"@{content}")
    encoded = _encoded(text) if isinstance(text, str) else replace(text, is_encoded=True)
    settings.data.append((written, encoded))


def _url_query(settings: CurlSettings, value: str) -> None:
    name, mark, content = _divided(value)
    if value.startswith("+"):
        settings.queries.append(value[1:])
    elif mark == "@":
        raise UnknownDataError("the content of a file is not encoded into a query: write it out")
    else:
        settings.queries.append(f"{name}={_encoded(content)}" if name else _encoded(content))


def _divided(value: str) -> tuple[str, str, str]:
    """What is before the first `=`, or else before the first `@`, that sign, and what is after it."""
    mark = next((each for each in "=@" if each in value), "")
    name, _, content = value.partition(mark) if mark else ("", "", value)
    return name, mark, content


def _encoded(text: str) -> str:
    return with_encoded_literals(text, lambda each: quote(each, safe=""))


def _content(settings: CurlSettings, value: str, *, without_newlines: bool = False) -> str | FileContent:
    """A text, the file that `@file` names, or what the command reads."""
    if not value.startswith("@"):
        return value
    if value[1:] not in {"-", ""}:
        return FileContent(value[1:], without_newlines=without_newlines)
    if settings.stdin is None:
        settings.data.append(("",))  # there is a body all the same
        raise UnknownDataError(_NO_STDIN)
    return settings.stdin.replace("\r", "").replace("\n", "") if without_newlines else settings.stdin


def _form(settings: CurlSettings, value: str) -> None:
    name, equals, content = value.partition("=")
    if not equals:
        raise OptionError("a field is written name=content")
    found = form_value(content)
    for parameter in found.left_out:
        why = "a file is sent under its own name" if parameter == "filename" else "a plan has no word for it"
        settings.note(f"left out: {parameter}= of -F", why)
    settings.form.append((name, _form_content(settings, found)))
    if found.content_type and found.kind != "@":
        settings.form_types[name] = found.content_type


def _form_content(settings: CurlSettings, value: FormValue) -> str | FileContent:
    """The text of a field, or the file that it uploads, or whose text it has."""
    if not value.kind:
        return value.text
    if value.text != "-":
        return FileContent(value.text, value.content_type, as_text=value.kind == "<")
    if value.kind == "@" or settings.stdin is None:
        raise UnknownDataError(_NO_STDIN)
    return settings.stdin


def _form_string(settings: CurlSettings, value: str) -> None:
    name, _, content = value.partition("=")
    settings.form.append((name, content))


def _upload(settings: CurlSettings, value: str) -> None:
    settings.upload = value
    if value in _STDIN and settings.stdin is None:
        raise UnknownDataError(_NO_STDIN)


def _user(settings: CurlSettings, value: str) -> None:
    user, _, password = value.partition(":")
    settings.auth = BasicAuth(user, password)


def _cookie(settings: CurlSettings, value: str) -> None:
    if "=" in value or has_marks(value):
        settings.cookies.append(value.strip().rstrip(";"))
        return
    settings.keeps_cookies = True
    if value:
        raise OptionError("cookie files are not read; users keep the cookies that the server sets")


def _max_time(settings: CurlSettings, value: str) -> None:
    settings.timeout_s = _number(value)


def _max_redirects(settings: CurlSettings, value: str) -> None:
    number = int(_number(value))
    settings.redirects = MAX_REDIRECTS if number < 0 else number


def _number(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if not -1 <= number < 1e9:
        raise OptionError(f"{clean(value, 30)!r} is not a valid number")
    return number


def _set(name: str) -> Callable[[CurlSettings, str], None]:
    """An option without a value, that switches something on."""

    def switch(settings: CurlSettings, value: str) -> None:
        del value
        setattr(settings, name, True)

    return switch


def _text(name: str) -> Callable[[CurlSettings, str], None]:
    """An option whose value is kept as it is."""

    def keep(settings: CurlSettings, value: str) -> None:
        setattr(settings, name, value)

    return keep


def _named_header(name: str) -> Callable[[CurlSettings, str], None]:
    """An option that is short for a header."""

    def add(settings: CurlSettings, value: str) -> None:
        settings.headers = [each for each in settings.headers if each[0].lower() != name.lower()]
        if value:
            settings.headers.append((name, value))

    return add


def _range(settings: CurlSettings, value: str) -> None:
    settings.headers.append(("Range", f"bytes={value}"))


def _referer(settings: CurlSettings, value: str) -> None:
    _named_header("Referer")(settings, value.partition(";auto")[0])


OPTIONS: Mapping[str, Callable[[CurlSettings, str], None]] = {
    "url": lambda settings, value: settings.urls.append(value),
    "request": _text("method"),
    "header": _header,
    "data": _data,
    "data-ascii": _data,
    "data-raw": _data_raw,
    "data-binary": _data_binary,
    "data-urlencode": _data_urlencode,
    "json": _json,
    "form": _form,
    "form-string": _form_string,
    "url-query": _url_query,
    "upload-file": _upload,
    "user": _user,
    "oauth2-bearer": _text("bearer"),
    "cookie": _cookie,
    "user-agent": _named_header("User-Agent"),
    "referer": _referer,
    "range": _range,
    "request-target": _text("target"),
    "max-time": _max_time,
    "max-redirs": _max_redirects,
    "get": _set("in_query"),
    "head": _set("head"),
    "location": _set("follows"),
    "insecure": _set("insecure"),
    "compressed": _set("compressed"),
    "globoff": lambda settings, value: setattr(settings, "globs", bool(value)),
}
"""What each option that a plan has words for does, by its long name."""
