"""Where the operations of an OpenAPI document are served. Pure.

The first server of the document counts, with its variables' defaults; a path or an operation may have others.
A relative one is of the server that the document came from.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from engine.imports.clean import clean
from engine.imports.traffic import Note

_SCHEME = "https"
"""Of a server in a file that has a host, but no scheme: `//example.com/v1`."""
_VARIABLE = re.compile(r"\{([^{}]*)\}")


class Servers:
    """The servers of one document."""

    def __init__(self, document: Mapping[str, Any], url: str = "", *, only_paths: bool = False) -> None:
        self._url = url
        """Where the document is from; empty for a file."""
        self._only_paths = only_paths
        self._default = self._first(document) or ("" if only_paths else _origin(url))
        self.origin = _origin(self._default) or _origin(url)
        """Of most operations; empty if neither the document nor its place says it."""
        self.notes = self._notes(document)

    def base_of(self, shared: Mapping[str, Any], described: Mapping[str, Any]) -> str:
        """What comes before the path of an operation: `https://example.com/v1`, or only a path."""
        return self._first(described) or self._first(shared) or self._default

    def _first(self, holder: Mapping[str, Any]) -> str:
        """The URL of the first server, without a slash at its end; empty if there is none."""
        servers = holder.get("servers")
        first = servers[0] if isinstance(servers, list) and servers else None
        if not isinstance(first, Mapping) or not isinstance(first.get("url"), str):
            return ""
        url = _filled(first["url"].strip(), first.get("variables"))
        if self._url:
            url = _joined(self._url, url)
        elif url.startswith("//"):
            url = f"{_SCHEME}:{url}"
        if self._only_paths:
            url = url.partition("://")[2].partition("/")[2] if "://" in url else url.lstrip("/")
            url = f"/{url}" if url else ""
        return quote(url.rstrip("/"), safe="-._~!$&'()*+,;=:@/%[]")

    def _notes(self, document: Mapping[str, Any]) -> list[Note]:
        servers = document.get("servers")
        first, *others = [
            clean(each["url"]) if isinstance(each, Mapping) and isinstance(each.get("url"), str) else ""
            for each in (servers if isinstance(servers, list) else [])
        ] or [""]
        notes: list[Note] = []
        if first.startswith("//") and not self._url:
            notes.append(Note("", f"{_SCHEME} is used", f"the document's server {first} has no scheme"))
        if named := [each for each in others if each]:
            notes.append(
                Note("", f"the document's first server is used; the others are {', '.join(named[:5])}")
            )
        return [] if self._only_paths else notes


def _filled(url: str, variables: Any) -> str:
    """The URL with the defaults of its variables."""
    table = variables if isinstance(variables, Mapping) else {}

    def default(found: re.Match[str]) -> str:
        described = table.get(found[1])
        value = described.get("default") if isinstance(described, Mapping) else None
        return str(value) if value is not None else found[0]

    return _VARIABLE.sub(default, url)


def _joined(base: str, url: str) -> str:
    try:
        return urljoin(base, url)
    except ValueError:
        return url


def _origin(url: str) -> str:
    """The scheme and the host of a URL; empty for a path."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else ""
