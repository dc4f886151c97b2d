"""Imported traffic as the text of a plan, which `abreast run` accepts as it is. Pure.

Rules of this file:
- what was left out, and why, is a comment where people look for it: at its request, or at the top;
- a request that is off is written as a comment: removing the `# ` puts it in;
- no secret of the source is in the text: each is a variable of the environment.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine.imports import toml_text
from engine.imports.bodies import readable
from engine.imports.clean import clean, listed
from engine.imports.headers import value_of
from engine.imports.limits import MAX_NOTES
from engine.imports.marked_text import as_shown, has_marks
from engine.imports.origins import is_target, main_origin, name_of, origin_of, split_url, target_name
from engine.imports.request_table import NotInAPlanError, default_name, request_table
from engine.imports.secrets import Hider, SecretQuery
from engine.imports.taken_values import TakenValues
from engine.imports.texts import sendable
from engine.imports.traffic import ImportedRequest, ImportedTraffic, Note
from engine.plan.workload import MAX_REQUESTS
from targets.errors import UsageError

MAX_TEXT = 1_500_000
"""Characters of all requests of a plan: `abreast run` reads no file of more than 2 MiB."""

MAX_DISABLED = 200
"""Requests that are written as comments; further ones are only counted."""

MOST_WEIGHT = 1000
"""Of a request of a plan."""

USERS, SECONDS, THINK_TIME = 10, 30, "100 ms"
"""A gentle load, as `abreast attach` begins with: the server may be in use."""

ANSWERING = ["2xx", "3xx", "4xx"]
"""Statuses that show that a server is up: which path needs neither login nor id, no import knows."""

_NOTE_PLACE = 60
"""Characters of one place of a note."""
_VARIABLE = re.compile(r"\$\$\{|\$\{(?P<name>[A-Za-z_]\w*)\}", re.ASCII)
"""A variable of a plan; `$${` is none."""


@dataclass(frozen=True, slots=True)
class WrittenPlan:
    """A plan, and what to say about it."""

    text: str
    origin: str
    """Where its target is."""
    requests: int
    """Those that are sent."""
    host: str = ""
    """Of its target, without a port."""
    disabled: int = 0
    """Those that are written as comments."""
    journey: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)
    """Variables of the environment that it needs: the value that the source had, or an empty text."""
    about: Mapping[str, str] = field(default_factory=dict)
    """What each of them is."""
    notes: tuple[Note, ...] = ()
    """What was left out, or done in another way."""
    more_notes: int = 0
    """Notes that are not listed."""


def plan_text(traffic: ImportedTraffic, *, to: str = "", hosts: Sequence[str] = ()) -> WrittenPlan:
    """The plan of what was imported. Raises UsageError if there is nothing that a plan can send.

    With `to`, a URL like `http://127.0.0.1:8000`, requests go there instead; its path, if it has one, is put
    before the paths of requests that have no server in the source. With `hosts`, only requests to one of them
    are taken.
    """
    server = split_url(to)
    if to and not is_target(server.origin):
        raise UsageError(
            f"--to cannot be {clean(to)!r}",
            why="it is not the URL of a server",
            hint="write a scheme, a host and a port: --to http://127.0.0.1:8000",
        )
    prefix = server.path.partition("?")[0].rstrip("/")
    placed = [
        replace(request, url=prefix + split_url(request.url).path)
        if prefix and not split_url(request.url).origin
        else request
        for request in traffic.requests
    ]
    return _Plan(replace(traffic, requests=placed), server.origin, hosts).written()


@dataclass(slots=True)
class _Entry:
    """A request of the plan."""

    text: str
    enabled: bool
    notes: list[Note]
    once: bool


class _Plan:
    """Writes one plan."""

    def __init__(self, traffic: ImportedTraffic, to: str, hosts: Sequence[str]) -> None:
        self.traffic = traffic
        self.table = "step" if traffic.journey else "request"
        self.hider = Hider()
        for name, about in traffic.variables.items():
            self.hider.variables.refer(name, clean(about))
        self.notes = merged(traffic.notes)
        self.base_url = traffic.base_url or to
        self.source_origin = main_origin(traffic.requests, self.base_url, to=to, hosts=hosts)
        """Where the source sent them."""
        self.origin = to or self.source_origin
        """Where the plan sends them."""
        self.hosts = hosts
        self.used: list[str] = []
        """Variables of the environment that the requests need."""

    def written(self) -> WrittenPlan:
        """The whole plan."""
        if not self.source_origin and not (self.origin and not self.hosts):
            raise self._nothing([])
        chosen = self._chosen()
        hidden = [self.hider.hide(self._readable(request)) for request in chosen]
        hidden = [self.hider.again(each) for each in hidden]
        noted = len(self.notes)
        entries = self._entries(hidden)
        if self.traffic.journey and all(each.once for each in entries if each.enabled):
            # A journey needs a step that is repeated.
            self.notes = self.notes[:noted]
            hidden = [replace(each, request=replace(each.request, once=False)) for each in hidden]
            entries = self._entries(hidden)
        sent = [each for each in entries if each.enabled]
        if not sent:
            raise self._nothing(self.notes)
        shown = [self.hider.note(note) for note in self.notes]
        self.used = _variables_in(each.text for each in sent)
        text = "".join(self._parts(entries, shown, hidden))
        listed = [*shown, *(self.hider.note(note) for each in entries for note in each.notes)]
        return WrittenPlan(
            text,
            self.origin,
            requests=len(sent),
            host=name_of(self.origin),
            disabled=len(entries) - len(sent),
            journey=self.traffic.journey,
            variables={name: self.hider.variables.values.get(name, "") for name in self.used},
            about={name: self._about(name) for name in self.used},
            notes=tuple(listed[:MAX_NOTES]),
            more_notes=max(0, len(listed) - MAX_NOTES),
        )

    def _nothing(self, notes: Sequence[Note]) -> UsageError:
        """Why there is no plan."""
        traffic = self.traffic
        reasons = [_note_text(note) for note in (*traffic.notes, *notes)][:5]
        hint = ""
        if not traffic.requests:
            reasons = ["it contains no request", *reasons]
        elif not any(request.enabled for request in traffic.requests):
            reasons = ["none of its requests is on", *reasons]
        elif not self.origin and self.hosts:
            reasons = [f"none of its requests goes to {' or '.join(map(clean, self.hosts))}"]
        elif not self.origin:
            reasons = ["no URL in it names a server that can be a target", *reasons]
            hint = "name the server: --to http://127.0.0.1:8000"
        what = f"no plan can be made from {clean(self.hider.shown(traffic.source))}"
        return UsageError(what, why=self.hider.shown("; ".join(dict.fromkeys(reasons))), hint=hint)

    # ------------------------------------------------------------ requests

    def _chosen(self) -> list[ImportedRequest]:
        """The requests to the plan's server, as many as a plan can have."""
        chosen: list[ImportedRequest] = []
        elsewhere: list[ImportedRequest] = []
        for request in self.traffic.requests:
            is_here = origin_of(request, self.base_url) == self.source_origin
            (chosen if is_here else elsewhere).append(request)
        for request in elsewhere[:MAX_NOTES]:
            origin = clean(as_shown(split_url(request.url).origin)) or "no server"
            what = f"left out: {default_name(request)} of {origin}"
            self.notes.append(Note(request.place, what, f"all requests of a plan go to {self.origin}"))
        on = [request for request in chosen if request.enabled]
        off = [request for request in chosen if not request.enabled]
        if len(on) > MAX_REQUESTS:
            kept = on if self.traffic.journey else sorted(on, key=lambda each: -each.weight)
            kept_ids = set(map(id, kept[:MAX_REQUESTS]))
            what = f"left out: the {len(on) - MAX_REQUESTS} rarest requests"
            if self.traffic.journey:
                what = f"left out: the last {len(on) - MAX_REQUESTS} requests"
            self.notes.append(Note("", what, f"a plan has at most {MAX_REQUESTS}"))
            chosen = [request for request in chosen if not request.enabled or id(request) in kept_ids]
        if len(off) > MAX_DISABLED:
            self.notes.append(Note("", f"left out: {len(off) - MAX_DISABLED} more requests that are off"))
            dropped = set(map(id, off[MAX_DISABLED:]))
            chosen = [request for request in chosen if id(request) not in dropped]
        return chosen

    def _readable(self, request: ImportedRequest) -> ImportedRequest:
        """The request with its body as a plan shows it best, and headers for the server that it goes to."""
        request = sendable(request)
        headers = tuple((name, self._moved(name, value)) for name, value in request.headers)
        body = readable(request.body, value_of(request.headers, "content-type"))
        return replace(request, body=body, headers=headers)

    def _moved(self, name: str, value: str) -> str:
        """The value of a header that names the server itself."""
        is_moved = self.origin != self.source_origin and name.lower() in {"origin", "referer"}
        if not is_moved or not self.source_origin or not value.startswith(self.source_origin):
            return value
        return self.origin + value.removeprefix(self.source_origin)

    def _entries(self, hidden: Sequence[SecretQuery]) -> list[_Entry]:
        names = _names([each.request for each in hidden])
        weights = whole_weights([each.request.weight for each in hidden])
        entries: list[_Entry] = []
        left = MAX_TEXT
        taken = TakenValues.of(self.traffic.requests)
        for found, name, weight in zip(hidden, names, weights, strict=True):
            enabled = found.request.enabled
            if enabled and (missing := taken.missing(found.request, found.query)):
                enabled = False
                why = f"the step that takes {listed(missing)} is off, or left out"
                self.notes.append(Note(found.request.place, f"off: {name}", why))
            try:
                table = request_table(found, name, weight, journey=self.traffic.journey)
                text = toml_text.entry(self.table, table.values)
                _check_room(len(text), left)
            except NotInAPlanError as error:
                self.notes.append(Note(found.request.place, f"left out: {name}", str(error)))
                continue
            left -= len(text)
            if enabled:
                taken.send(found.request)
            entries.append(_Entry(text, enabled, table.notes, found.request.once))
        return entries

    # ------------------------------------------------------------ text

    def _parts(
        self, entries: Sequence[_Entry], notes: Sequence[Note], hidden: Sequence[SecretQuery]
    ) -> Iterator[str]:
        yield from self._head(notes)
        title = self.traffic.title or split_url(self.origin).host
        yield "\n" + toml_text.single("title", clean(self.hider.shown(title)))
        yield from self._load()
        for name, values in self.traffic.data.items():
            yield f"data.{name} = {toml_text.inline(self._listed(name, values))}\n"
        yield "\n" + toml_text.entry("target", self._target(hidden))
        for each in entries:
            yield "\n"
            for note in each.notes:
                yield from _comment(_note_text(self.hider.note(note)))
            yield each.text if each.enabled else "".join(_commented(each.text))

    def _listed(self, name: str, values: Sequence[str]) -> list[str]:
        """The values of a list of data: its name is one that a parser has made."""
        kept = list(self.hider.values(values))
        return kept or [f"fill in {name}"]

    def _head(self, notes: Sequence[Note]) -> Iterator[str]:
        yield from _comment(f"Imported from {clean(self.traffic.source)}.")
        if self.used:
            yield from _comment("Set these variables of the environment before a run:")
            for name in self.used:
                yield from _comment(f"  {name}  {self._about(name)}")
        if notes:
            yield from _comment("Left out, or done differently:")
            for note in notes[:MAX_NOTES]:
                yield from _comment(f"- {_note_text(note)}")
            if len(notes) > MAX_NOTES:
                yield from _comment(f"- and {len(notes) - MAX_NOTES} more")

    def _about(self, name: str) -> str:
        return clean(as_shown(self.hider.shown(self.hider.variables.about.get(name, ""))))

    def _load(self) -> Iterator[str]:
        if self.traffic.cookies is not None and self.traffic.cookies != self.traffic.journey:
            yield toml_text.single("cookies", self.traffic.cookies)
        if not self.traffic.journey:
            yield toml_text.single("think_time", THINK_TIME)
        yield toml_text.single("stages", [{"users": USERS, "hold": f"{SECONDS} s"}])

    def _target(self, hidden: Sequence[SecretQuery]) -> dict[str, Any]:
        values: dict[str, Any] = {"name": target_name(self.origin), "url": self.origin}
        values["health"] = _health_path(hidden)
        values["health_status"] = ANSWERING
        if self.origin.startswith("https:") and any(each.request.insecure_tls for each in hidden):
            values["insecure"] = True
        return values


def merged(notes: Iterable[Note]) -> list[Note]:
    """Notes that say the same as one, with their places."""
    places: dict[tuple[str, str], list[str]] = {}
    for note in notes:
        places.setdefault((note.what, note.why), []).append(clean(note.place, _NOTE_PLACE))
    return [Note(listed(list(dict.fromkeys(at))), what, why) for (what, why), at in places.items()]


def _check_room(length: int, left: int) -> None:
    """Raises NotInAPlanError for a request that is too long for what is left of a plan."""
    if length > left:
        room = f"a plan has room for {MAX_TEXT:,} in all requests"
        raise NotInAPlanError(f"it has {length:,} characters; {room}")


def _variables_in(texts: Iterable[str]) -> list[str]:
    """The names of the variables in requests of a plan, in order, each once."""
    found = (each["name"] for text in texts for each in _VARIABLE.finditer(text))
    return list(dict.fromkeys(name for name in found if name))


def whole_weights(weights: Sequence[float]) -> list[int]:
    """Weights as a plan has them, from 1 to `MOST_WEIGHT`: as they are if they are such numbers, else in
    proportion to the largest."""
    if all(weight == int(weight) and 1 <= weight <= MOST_WEIGHT for weight in weights):
        return [int(weight) for weight in weights]
    most = max(weights, default=1.0)
    return [min(max(round(weight / most * MOST_WEIGHT), 1), MOST_WEIGHT) for weight in weights]


def _names(requests: Iterable[ImportedRequest]) -> list[str]:
    """A name for each request that no other has."""
    names: list[str] = []
    taken: set[str] = set()
    numbers: dict[str, int] = {}
    for request in requests:
        base = clean(request.name) or default_name(request)
        name = base
        while name in taken:
            numbers[base] = numbers.get(base, 1) + 1
            name = f"{base} ({numbers[base]})"
        taken.add(name)
        names.append(name)
    return names


def _health_path(hidden: Sequence[SecretQuery]) -> str:
    """The path of a request that can be sent as it is, without credentials if there is such a one."""
    safe = [
        each.request
        for each in hidden
        if each.request.enabled
        and each.request.method in {"GET", "HEAD"}
        and not has_marks(each.request.url)
        and not each.request.options.get("stream")
    ]
    without_login = [each for each in safe if not _has_credentials(each)]
    first = next(iter([*without_login, *safe]), None)
    path = split_url(first.url).path.partition("?")[0] if first else "/"
    return path if path.isascii() and path.isprintable() else "/"


def _has_credentials(request: ImportedRequest) -> bool:
    names = {name.lower() for name, _ in request.headers}
    return request.auth is not None or not names.isdisjoint({"authorization", "cookie"})


def _note_text(note: Note) -> str:
    place = clean(as_shown(note.place), 4 * _NOTE_PLACE)
    text = clean(as_shown(note.what), 300) + (f": {clean(as_shown(note.why), 300)}" if note.why else "")
    return f"{place}: {text}" if place else text


def _comment(text: str) -> Iterator[str]:
    yield f"# {text}".rstrip() + "\n"


def _commented(text: str) -> Iterator[str]:
    for line in text.splitlines():
        yield f"# {line}\n"  # with its spaces, and on empty lines too: a text of several lines stays as it is
