"""Which entries of a HAR file an import keeps; the others are listed, with the reason. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from engine.imports.clean import clean, listed
from engine.imports.har.file import HarEntry
from engine.imports.path_kinds import is_static_path, is_static_type
from engine.imports.traffic import Note
from targets.errors import UsageError

_STATIC_RESOURCES = frozenset({"font", "image", "manifest", "media", "script", "stylesheet", "texttrack"})
_PORTS = {"http": ":80", "https": ":443"}


@dataclass(frozen=True, slots=True)
class Choice:
    """What is kept, and what is said about the rest."""

    entries: tuple[HarEntry, ...]
    origins: tuple[str, ...]
    """Those whose requests are kept, the main one first."""
    notes: tuple[Note, ...]


def origin_of(url: str) -> str:
    """`https://host:port` of a URL that is sent over HTTP, without its scheme's own port; else empty."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    if parts.scheme not in _PORTS or not host:
        return ""
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}{port}".removesuffix(_PORTS[parts.scheme])


def chosen(
    entries: Sequence[HarEntry], *, hosts: Sequence[str] = (), include_static: bool = False, name: str
) -> Choice:
    """The entries of `hosts` (by default of the server of the first page), without static files.

    Raises UsageError if none is left, or a host does not occur.
    """
    found = Counter(filter(None, (origin_of(entry.url) for entry in entries)))
    wanted = _wanted_origins(hosts, found, name) if hosts else _main_origin(entries, found)
    kept: list[HarEntry] = []
    left: dict[tuple[str, str], list[HarEntry]] = {}
    for entry in entries:
        reason = _reason(entry, wanted, include_static=include_static)
        if reason is None:
            kept.append(entry)
        else:
            left.setdefault(reason, []).append(entry)
    notes = tuple(_note(*reason, group) for reason, group in left.items())
    if not kept:
        raise UsageError(
            f"nothing in {name} is left to send",
            why="; ".join(f"{note.what}: {note.why}" for note in notes[:3]) or "it has no entries",
            hint="--hosts HOST,… keeps requests to other hosts, --include-static keeps static files",
        )
    return Choice(tuple(kept), wanted, notes)


def _main_origin(entries: Sequence[HarEntry], found: Counter[str]) -> tuple[str, ...]:
    """The origin of the first page, or else the one with the most requests."""
    for entry in entries:
        is_page = entry.resource_type == "document" or entry.content_type == "text/html"
        if is_page and 200 <= entry.status < 300 and origin_of(entry.url):
            return (origin_of(entry.url),)
    return tuple(origin for origin, _ in found.most_common(1))


def _wanted_origins(hosts: Sequence[str], found: Counter[str], name: str) -> tuple[str, ...]:
    """The origins of the file whose hosts were asked for, with or without their ports; the most used ones
    first."""
    wanted: list[str] = []
    for asked in hosts:
        matching = [origin for origin, _ in found.most_common() if asked.strip().lower() in _names_of(origin)]
        if not matching:
            known = ", ".join(clean(origin, 60) for origin, _ in found.most_common(10)) or "none"
            raise UsageError(
                f"{name} has no request to {clean(asked.strip(), 60)!r}",
                why=f"it has requests to: {known}",
                hint="name one of these",
            )
        wanted += matching
    return tuple(dict.fromkeys(wanted))


def _names_of(origin: str) -> set[str]:
    """What people call a host: with its scheme, with its port, or only its name."""
    host = origin.partition("://")[2]
    return {origin, host, urlsplit(origin).hostname or ""}


def _reason(entry: HarEntry, origins: Sequence[str], *, include_static: bool) -> tuple[str, str] | None:
    """What an entry is and why it is left out; None if it is kept. Entries with the same are listed in one
    note."""
    origin = origin_of(entry.url)
    if entry.resource_type == "websocket" or entry.url.startswith(("ws:", "wss:")) or entry.status == 101:
        return (
            "WebSocket",
            'a HAR file does not say how it ends; write it as a step with stream = "websocket"',
        )
    if not origin:
        return "not sent over HTTP", "the browser made it up itself (data:, blob:, an extension)"
    if origin not in origins:
        return f"to {clean(origin, 60)}", "another host; --hosts keeps it"
    if entry.from_cache:
        return "from the browser's cache", "the server got none of them"
    if entry.status == 0:
        return "aborted", "the browser got no response"
    if entry.resource_type == "preflight" or (entry.method == "OPTIONS" and _asks_preflight(entry)):
        return "preflight", "only browsers ask whether they may send a request"
    if not include_static and _is_static(entry):
        return "for static files", "--include-static keeps them"
    return None


def _asks_preflight(entry: HarEntry) -> bool:
    return bool(entry.header("access-control-request-method"))


def _is_static(entry: HarEntry) -> bool:
    if entry.method not in {"GET", "HEAD"}:
        return False
    if entry.resource_type:
        return entry.resource_type in _STATIC_RESOURCES or is_static_path(entry.path)
    return is_static_path(entry.path) or is_static_type(entry.content_type)


def _note(kind: str, why: str, entries: Sequence[HarEntry]) -> Note:
    """One note for all entries that are left out for the same reason."""
    paths = dict.fromkeys(clean(entry.path, 60) for entry in entries)
    shown = f": {listed(list(paths))}" if origin_of(entries[0].url) else ""
    return Note(
        places(entries),
        f"left out {'1 request' if len(entries) == 1 else f'{len(entries)} requests'} {kind}{shown}",
        why,
    )


def places(entries: Sequence[HarEntry]) -> str:
    """`entry 3`, or `entries 3, 5, 9 and 12 more`."""
    noun = "entry" if len(entries) == 1 else "entries"
    return f"{noun} {listed([str(entry.number) for entry in entries])}"
