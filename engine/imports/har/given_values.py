"""What a recorded response gave that a plan can take from it: in JSON, cookies, headers, pages. Pure."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.imports.bodies import is_json_type
from engine.imports.har.steps import Step, leaves, path_segments
from engine.imports.id_kinds import is_random
from targets.secrets import Masker

SEARCHED_CHARACTERS = 1 << 20
"""Of a response: about as much of a body as is kept for taking values when a plan runs."""
MAX_LEAVES = 50_000
PAGES = frozenset({"text/html", "application/xhtml+xml"})
"""Content types of HTML."""
_ID_NAME = re.compile(r"(?:^|_)(?:id|uuid|pk|key|slug|code|number|ref)$|[a-z]Id$", re.IGNORECASE)
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
"""The name of a header or a cookie (RFC 9110, 5.6.2)."""
_DELETED = re.compile(r"max-age=\s*(?:0|-\d+)\s*(?:;|$)|expires=\s*\w+,\s*0?1[ -]jan[ -]1970", re.IGNORECASE)
_NEAR = 200
"""Characters around a value in a page that may say what it is."""
_NAMED = re.compile(r"""\b(?:name|id)=(?:"[^"]*"|'[^']*')""", re.IGNORECASE)
_KEY = re.compile(r"""["']?\b[\w.-]{1,60}["']?\s{0,3}[:=]\s{0,3}["']$""")
"""What a value is called in a script."""
_WORD = re.compile(r"[\w+/=.~-]{16,}")
_NOT_TAKEN = frozenset(
    {"content-length", "content-type", "date", "expires", "last-modified", "location", "set-cookie"}
)


@dataclass(slots=True, eq=False)
class Given:
    """What may be taken from the response to one step."""

    step: Step
    cookies: dict[str, str] = field(default_factory=dict)
    """Names by value."""
    headers: dict[str, str] = field(default_factory=dict)
    """Names by value."""
    values: dict[str, str] = field(default_factory=dict)
    """By the text of a JSON value: the pointer to the first one."""
    page: str = ""
    """Its text, if it is HTML."""
    asked: frozenset[str] = frozenset()
    """The parts of the path that was requested."""

    @classmethod
    def by(cls, step: Step) -> "Given":
        """What the response to a step gave."""
        entry = step.entry
        is_json = is_json_type(entry.content_type) and len(entry.content) <= SEARCHED_CHARACTERS
        return cls(
            step,
            {value: name for name, value in cookies_set(step) if value and _TOKEN.fullmatch(name)},
            {value: name for name, value in entry.response_headers if _is_taken(name)},
            _pointers(entry.content) if is_json else {},
            entry.content[:SEARCHED_CHARACTERS] if entry.content_type in PAGES else "",
            frozenset(path_segments(entry.url)),
        )

    def where(self, value: str) -> str | None:
        """Where a plan takes this value from, as its `take` says it; None if it is not in the response."""
        if value in self.values:
            return self.values[value]
        if value in self.cookies:
            return f"cookie:{self.cookies[value]}"
        if value in self.headers:
            return f"header:{self.headers[value]}"
        pattern = pattern_of(value, self.page) if value in self.page else None
        return f"regex:{pattern}" if pattern else None

    def where_created(self, value: str) -> str | None:
        """The same for the id of something that the request created."""
        pointer = self.values.get(value)
        if self.step.entry.method in {"GET", "HEAD"} or pointer is None:
            return None
        return pointer if _ID_NAME.search(pointer.rpartition("/")[2]) else None


def _is_taken(name: str) -> bool:
    return bool(_TOKEN.fullmatch(name)) and name.lower() not in _NOT_TAKEN


def cookies_set(step: Step) -> Iterator[tuple[str, str]]:
    """Names and values of the cookies that a step's response sets; the value of one that it deletes is
    empty."""
    for line in step.entry.set_by_response("set-cookie"):
        pair, _, attributes = line.partition(";")
        name, equals, value = pair.partition("=")
        if equals:
            yield name.strip(), "" if _DELETED.search(attributes) else value.strip().strip('"')


def pattern_of(value: str, page: str) -> str | None:
    """A regular expression whose group finds this value in a page: by the attributes before it in its tag,
    or by those after it, or by what is before it in a script. None if it would find another one first, or
    would have another secret of the page in it."""
    at = page.find(value)
    mark = page[at - 1 : at]
    if at < 1 or mark not in {'"', "'"}:
        return None
    group = f"([^{mark}]+){mark}"
    for before, after in _around(page, at, at + len(value) + 1):
        tried = _literal(before) + group + _literal(after)
        found = re.search(tried, page)
        if found and found[1] == value and not _may_be_secret(before + after):
            return tried
    return None


def _around(page: str, at: int, end: int) -> Iterator[tuple[str, str]]:
    """What is before and after a value that begins and ends there, the shortest text first that may say what
    it is."""
    begin = max(
        page.rfind("<", max(0, at - _NEAR), at), page.rfind("\n", max(0, at - _NEAR), at) + 1, at - _NEAR, 0
    )
    after = page[end:][:_NEAR].partition(">")[0]
    named_before = _NAMED.search(page, begin, at)
    named_after = _NAMED.search(after)
    if named_before:
        yield page[named_before.start() : at], ""
    elif named_after:
        yield "", after[: named_after.end()]
    else:
        if key := _KEY.search(page, max(begin, at - _NEAR), at):
            yield key[0], ""
        yield page[begin:at], ""


def _may_be_secret(text: str) -> bool:
    """Whether a secret may be in what is around a value."""
    return Masker().text(text) != text or any(map(is_random, _WORD.findall(text)))


def _literal(text: str) -> str:
    """A regular expression of a text; spaces stay readable."""
    return re.escape(text).replace("\\ ", " ")


def _pointers(text: str) -> dict[str, str]:
    """Pointers to the texts and whole numbers of a JSON text."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    found: dict[str, str] = {}
    for number, (pointer, value) in enumerate(leaves(document)):
        if number == MAX_LEAVES:
            break
        if isinstance(value, str | int) and not isinstance(value, bool):
            found.setdefault(str(value), pointer)
    return found
