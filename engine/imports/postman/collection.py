"""Postman collections (v2.0, v2.1) as requests. Pure.

Source: https://schema.postman.com/collection/json/v2.1.0/draft-07/docs/index.html

Rules of this file:
- `{{name}}` is the value of the collection's variable; one that is secret, or has no value, is a variable of
  the environment;
- scripts are left out, and named: they are programs.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine.imports.clean import clean, listed
from engine.imports.limits import MAX_DEPTH
from engine.imports.marked_text import unmarked
from engine.imports.options import ImportOptions
from engine.imports.postman.request import PostmanVariables, request_of
from engine.imports.traffic import ImportedRequest, ImportedTraffic, Note
from targets.errors import UsageError

MAX_ITEMS = 10_000

_OTHER_FILES = {
    "values": ("a Postman environment", "it has variables, but no requests"),
    "globals": ("a file of Postman globals", "it has variables, but no requests"),
    "requests": ("a Postman collection of version 1", "abreast reads version 2.1"),
}
"""By a key that only they have."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_HINT = "export the collection again, as Collection v2.1"


@dataclass(slots=True)
class _Folder:
    """What requests inherit."""

    names: tuple[str, ...] = ()
    auth: Any = None
    variables: PostmanVariables = field(default_factory=PostmanVariables)


def postman_traffic(text: str, options: ImportOptions) -> ImportedTraffic:
    """The requests of a collection. Raises UsageError for something else."""
    collection = _collection(text, options.name)
    return _Reading(options).traffic(collection)


def _collection(text: str, name: str) -> Mapping[str, Any]:
    shown = clean(name)
    try:
        document = json.loads(text)
    except ValueError as error:
        why = f"line {error.lineno}: {error.msg}" if isinstance(error, json.JSONDecodeError) else str(error)
        raise UsageError(f"{shown} is not valid JSON", why=why, hint=_HINT) from error
    except RecursionError as error:
        raise UsageError(f"{shown} cannot be read", why="it is nested too deeply", hint=_HINT) from error
    if isinstance(document, Mapping) and isinstance(document.get("collection"), Mapping):
        document = document["collection"]  # as Postman's own API has it
    if isinstance(document, Mapping) and isinstance(document.get("item"), list):
        return document
    known = document if isinstance(document, Mapping) else {}
    what, why = next(
        (about for key, about in _OTHER_FILES.items() if key in known),
        ("not a Postman collection", "it has no list of items"),
    )
    raise UsageError(f"{shown} is {what}", why=why, hint=_HINT)


class _Reading:
    def __init__(self, options: ImportOptions) -> None:
        self.options = options
        self.requests: list[ImportedRequest] = []
        self.notes: list[Note] = []
        self.variables: dict[str, str] = {}
        self.scripts: list[str] = []

    def traffic(self, collection: Mapping[str, Any]) -> ImportedTraffic:
        """All that the collection has."""
        info = collection.get("info")
        title = str(info.get("name") or "") if isinstance(info, Mapping) else ""
        self._note_script(collection, "the collection")
        folder = _Folder(
            auth=collection.get("auth"), variables=PostmanVariables().with_list(collection.get("variable"))
        )
        for count, (item, inherited) in enumerate(self._items(collection["item"], folder)):
            if count >= MAX_ITEMS:
                self.notes.append(Note("", "left out: the rest", f"at most {MAX_ITEMS:,} requests are read"))
                break
            self._take(item, inherited)
        if self.scripts:
            why = "they are programs; values that they pass on can be taken with `take` in a journey"
            names = listed(list(dict.fromkeys(self.scripts)))
            self.notes.append(Note("", f"left out: scripts of {names}", why))
        writing = sorted({each.method for each in self.requests if each.method not in _SAFE})
        if writing:
            methods = ", ".join(clean(each, 20) for each in writing)
            what = f"requests that may change data are sent too: {methods}"
            self.notes.append(Note("", what, "remove those that the load must not repeat"))
        return ImportedTraffic(
            source=f"the Postman collection {clean(title, 60)}".strip(),
            title=clean(title, 60),
            requests=self.requests,
            journey=bool(self.options.journey),
            notes=self.notes,
            variables=self.variables,
        )

    def _items(self, items: Sequence[Any], folder: _Folder) -> Iterator[tuple[Mapping[str, Any], _Folder]]:
        """The requests in all folders, in their order, each with what it inherits."""
        waiting = [(item, folder) for item in reversed(items)]
        while waiting:
            item, around = waiting.pop()
            if not isinstance(item, Mapping):
                self.notes.append(Note("/".join(around.names), "left out: an item that is not an object"))
                continue
            name = clean(unmarked(str(item.get("name") or "")), 60)
            if not isinstance(item.get("item"), list):
                yield item, around
                continue
            self._note_script(item, name)
            inside = _Folder(
                (*around.names, name),
                item.get("auth") or around.auth,
                around.variables.with_list(item.get("variable")),
            )
            if len(inside.names) > MAX_DEPTH:
                self.notes.append(Note(name, "left out: the folder", "folders are nested too deeply"))
                continue
            waiting += [(each, inside) for each in reversed(item["item"])]

    def _take(self, item: Mapping[str, Any], folder: _Folder) -> None:
        name = clean(unmarked(str(item.get("name") or "")), 60)
        place = "/".join([*folder.names, name]) or f"request {len(self.requests) + 1}"
        self._note_script(item, name)
        variables = folder.variables.with_list(item.get("variable"))
        sends_bodies = _behavior(item).get("disableBodyPruning") is True
        found = request_of(item.get("request"), place, folder.auth, variables, sends_bodies=sends_bodies)
        self.notes += found.notes
        self.variables |= variables.used
        if found.request is not None:
            follows = _follows(item)
            self.requests.append(
                replace(found.request, name=name, follow_redirects=follows, expect_status=_statuses(item))
            )

    def _note_script(self, item: Mapping[str, Any], name: str) -> None:
        events = item.get("event")
        for event in events if isinstance(events, list) else []:
            script = event.get("script") if isinstance(event, Mapping) else None
            lines = script.get("exec") if isinstance(script, Mapping) else None
            if lines and any(str(line).strip() for line in (lines if isinstance(lines, list) else [lines])):
                self.scripts.append(name or "a request")
                return


def _follows(item: Mapping[str, Any]) -> int:
    """Postman follows redirects unless the request says that it must not."""
    return 10 if _behavior(item).get("followRedirects", True) else 0


def _behavior(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """Settings of a request."""
    found = item.get("protocolProfileBehavior")
    return found if isinstance(found, Mapping) else {}


def _statuses(item: Mapping[str, Any]) -> tuple[int | str, ...]:
    """The statuses of successful example responses; else any that says success."""
    responses = item.get("response")
    codes = [
        each.get("code")
        for each in (responses if isinstance(responses, list) else [])
        if isinstance(each, Mapping)
    ]
    good = sorted({code for code in codes if isinstance(code, int) and 200 <= code < 300})
    return tuple(good) or ("2xx",)
