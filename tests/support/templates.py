"""Requests of tests, rendered as the front renders a plan's."""

from typing import Any

from engine.client.placeholders import Words
from engine.client.template import RequestText, render
from engine.protocol.request import Template


def rendered(
    base_url: str,
    method: str = "GET",
    path: str = "/",
    *,
    words: Words | None = None,
    keeps_cookies: bool = False,
    **text: Any,
) -> Template:
    """A request for a target; `text` is what else a `RequestText` holds."""
    return render(base_url, RequestText(method, path, **text), words=words, keeps_cookies=keeps_cookies)
