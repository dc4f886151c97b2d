"""The least of Django, with the middleware that our Django targets have: none. A sync and an async view."""

from functools import cache
from typing import Any

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path

from targets.apps.asgi_wrapper import AsgiWrapper

HELLO = {"message": "Hello, world!"}


def sync_view(request: HttpRequest) -> JsonResponse:
    """A static JSON object."""
    return JsonResponse(HELLO)


async def async_view(request: HttpRequest) -> JsonResponse:
    """The same, on the event loop."""
    return JsonResponse(HELLO)


urlpatterns: list[Any] = []


@cache
def __getattr__(name: str) -> Any:
    """`wsgi` or `asgi`: the app with its own kind of view."""
    if name not in {"wsgi", "asgi"}:
        raise AttributeError(name)
    settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="x", MIDDLEWARE=[])
    view = sync_view if name == "wsgi" else async_view
    urlpatterns.extend([path("test", view), path("health", view)])
    return get_wsgi_application() if name == "wsgi" else AsgiWrapper(get_asgi_application())
