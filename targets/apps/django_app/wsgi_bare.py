"""Django over WSGI for servers that would send a body after the headers of a HEAD request."""

from collections.abc import Callable, Iterable
from typing import Any

from targets.apps.django_app.wsgi import application as _django


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The WSGI app."""
    answer = _django(environ, start_response)
    if environ["REQUEST_METHOD"] != "HEAD":
        return answer  # type: ignore[no-any-return]  # Django has no types
    answer.close()
    return ()
