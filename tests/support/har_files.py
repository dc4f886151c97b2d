"""HAR files as tests make them: only the fields that an import reads, with the names that browsers use."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from engine.imports.har.file import HarEntry, read_har
from engine.imports.har.steps import Step

ORIGIN = "http://shop.test"
BEGAN_S = 1_700_000_000.0
FORM = "application/x-www-form-urlencoded"


def entry(
    path: str = "/",
    method: str = "GET",
    *,
    at_s: float = 0.0,
    took_s: float = 0.1,
    headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
    body: str = "",
    content_type: str = FORM,
    status: int = 200,
    gives: Mapping[str, str] | Sequence[tuple[str, str]] = (),
    content: str = "",
    mime: str = "text/html",
    **more: Any,
) -> dict[str, Any]:
    """One entry. `path` may be a whole URL; `gives` are headers of the response, `more` are fields."""
    request: dict[str, Any] = {
        "method": method,
        "url": path if ":" in path else f"{ORIGIN}{path}",
        "httpVersion": "HTTP/1.1",
        "headers": pairs(headers),
        "cookies": [],
    }
    if body:
        request["postData"] = {"mimeType": content_type, "text": body}
    return {
        "startedDateTime": datetime.fromtimestamp(BEGAN_S + at_s, UTC).isoformat(),
        "time": took_s * 1000,
        "request": request,
        "response": {
            "status": status,
            "headers": pairs(gives),
            "content": {"mimeType": mime, "size": len(content), "text": content},
        },
        **more,
    }


def pairs(values: Mapping[str, str] | Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    """Names and values as a HAR file has them."""
    items = values.items() if isinstance(values, Mapping) else values
    return [{"name": name, "value": value} for name, value in items]


def har(*entries: dict[str, Any]) -> str:
    """A file with these entries."""
    return json.dumps(
        {"log": {"version": "1.2", "creator": {"name": "test", "version": "1"}, "entries": entries}}
    )


def read(*entries: dict[str, Any]) -> list[HarEntry]:
    """Entries as they are read, all of which are readable."""
    found, notes = read_har(har(*entries), "test.har")
    assert notes == []
    return found


def steps(*entries: dict[str, Any]) -> list[Step]:
    """Steps of a journey with what their requests send."""
    from engine.imports.har.bodies import body_of

    return [Step(each, each.url, each.headers, body_of(each).body) for each in read(*entries)]
