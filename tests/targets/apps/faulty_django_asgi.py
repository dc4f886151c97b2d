"""The Django target over ASGI with a path that fails."""

# ruff: noqa: I001 - the app first: it settles what the paths need
from targets.apps.django_app.asgi import application as application
from targets.apps.django_app import urls_async

from django.http import HttpRequest, HttpResponse
from django.urls import path


async def fault(request: HttpRequest) -> HttpResponse:
    """Fails."""
    raise RuntimeError("a fault of the app")


urls_async.urlpatterns.append(path("fault", fault))
