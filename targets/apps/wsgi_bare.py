"""WSGI apps for servers that would send a body after the headers of a HEAD request."""

from collections.abc import Callable, Iterable
from typing import Any

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def bare(app: Any) -> Wsgi:
    """Django's app around which a HEAD request gets no body."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        answer = app(environ, start_response)
        if environ["REQUEST_METHOD"] != "HEAD":
            return answer  # type: ignore[no-any-return]  # Django has no types
        answer.close()
        return ()

    return application
