"""What the options of one curl command say together, and the requests that they make. Pure.

Source: the manual of curl 8, and for the order of its rules `tool_operate.c` and `tool_getparam.c`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from engine.imports.bodies import FORM_TYPE
from engine.imports.clean import clean
from engine.imports.curl.globs import expanded
from engine.imports.headers import value_of
from engine.imports.marked_text import has_marks, with_encoded_literals
from engine.imports.traffic import (
    BasicAuth,
    Body,
    FileContent,
    ImportedRequest,
    MultipartBody,
    Note,
)
from targets.errors import UsageError

MAX_REDIRECTS = 50
"""curl's own default."""


class OptionError(ValueError):
    """An option whose value is left out. The text says why, or what is done instead."""


@dataclass(slots=True)
class CurlSettings:
    """The options of a command."""

    place: str
    """`line 3`; empty if there is one command only."""
    urls: list[str] = field(default_factory=list)
    method: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    removed: set[str] = field(default_factory=set)
    """Headers of curl's own that are taken away: `-H 'Accept:'`."""
    data: list[str | FileContent] = field(default_factory=list)
    is_json: bool = False
    form: list[tuple[str, str | FileContent]] = field(default_factory=list)
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
        if self.in_query and isinstance(body, str):
            url, body = _with_query(url, body), None
        for query in self.queries:
            url = _with_query(url, query)
        method = self.method or self._default_method(body)
        return ImportedRequest(
            method=method,
            url=self._target_of(_absolute(url)),
            place=self.place,
            headers=tuple(self._all_headers(body)),
            body=body,
            auth=self.auth,
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
            return MultipartBody(tuple(self.form))
        if self.upload:
            return FileContent(self.upload)
        if not self.data:
            return None
        files = [each for each in self.data if isinstance(each, FileContent)]
        if len(files) == 1 == len(self.data):
            return files[0]
        if files:
            names = ", ".join(clean(each.path, 40) for each in files)
            self.note(f"left out: the content of {names}", "a body is either a file or a text")
        separator = "" if self.is_json else "&"
        return separator.join(each for each in self.data if isinstance(each, str))

    def _all_headers(self, body: Body) -> list[tuple[str, str]]:
        """The headers that were given, then those that curl adds."""
        headers = list(self.headers)
        if self.cookies:
            given = value_of(headers, "cookie")
            headers = [each for each in headers if each[0].lower() != "cookie"]
            headers.append(("Cookie", "; ".join([*([given] if given else []), *self.cookies])))
        added = [("Content-Type", self._content_type(body)), ("Accept", "application/json" * self.is_json)]
        added += [("Authorization", f"Bearer {self.bearer}" if self.bearer else "")]
        added += [("Accept-Encoding", "deflate, gzip" if self.compressed else "")]
        headers += [
            (name, value)
            for name, value in added
            if value and not value_of(headers, name) and name.lower() not in self.removed
        ]
        return headers

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
    settings.data.append(_content(value, without_newlines=True))


def _data_raw(settings: CurlSettings, value: str) -> None:
    settings.data.append(value)


def _data_binary(settings: CurlSettings, value: str) -> None:
    settings.data.append(_content(value))


def _json(settings: CurlSettings, value: str) -> None:
    settings.is_json = True
    settings.data.append(_content(value))


def _data_urlencode(settings: CurlSettings, value: str) -> None:
    settings.data.append(_urlencoded(value))


def _url_query(settings: CurlSettings, value: str) -> None:
    settings.queries.append(value[1:] if value.startswith("+") else _urlencoded(value))


def _urlencoded(value: str) -> str:
    """`name=content` with the content encoded; `=content` and `content` without a name."""
    name, equals, content = value.partition("=")
    if "@" in name and (not equals or name.index("@") >= 0):
        raise OptionError("the content of a file is not encoded into a query or a form: write it out")
    if not equals:
        return _encoded(value)
    return f"{name}={_encoded(content)}" if name else _encoded(content)


def _encoded(text: str) -> str:
    return with_encoded_literals(text, lambda each: quote(each, safe=""))


def _content(value: str, *, without_newlines: bool = False) -> str | FileContent:
    """A text, or the file that `@file` names."""
    if not value.startswith("@"):
        return value
    if value[1:] in {"-", ""}:
        raise OptionError("the content of its standard input is unknown")
    return FileContent(value[1:], without_newlines=without_newlines)


def _form(settings: CurlSettings, value: str) -> None:
    name, equals, content = value.partition("=")
    if not equals:
        raise OptionError("a field is written name=content")
    if content[:1] not in {"@", "<"}:
        settings.form.append((name, content.partition(";type=")[0].strip('"')))
        return
    path, *parameters = content[1:].split(";")
    given = {key.strip(): text for key, _, text in (part.partition("=") for part in parameters)}
    if path == "-":
        raise OptionError("the content of its standard input is unknown")
    if "filename" in given:
        settings.note("left out: filename= of -F", "a file is sent under its own name")
    settings.form.append((name, FileContent(path.strip('"'), given.get("type", "").strip('"'))))


def _form_string(settings: CurlSettings, value: str) -> None:
    name, _, content = value.partition("=")
    settings.form.append((name, content))


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
    "upload-file": _text("upload"),
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


def _absolute(url: str) -> str:
    """curl takes a URL without a scheme for one of HTTP."""
    url = url.strip()
    if "://" not in url.partition("?")[0] and not url.startswith("/"):
        url = f"http://{url}"
    return url


def _with_query(url: str, query: str) -> str:
    before, mark, fragment = url.partition("#")
    joint = "&" if "?" in before else "?"
    return f"{before}{joint}{query}{mark}{fragment}"
