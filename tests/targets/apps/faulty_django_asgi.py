"""The Django target over ASGI with a path that fails."""

from targets.apps.django_app.asgi import application as application

# isort: split
from django.http import HttpRequest, HttpResponse
from django.urls import path

from targets.apps.django_app import urls_async


async def fault(request: HttpRequest) -> HttpResponse:
    """Fails."""
    raise RuntimeError("a fault of the app")


urls_async.urlpatterns.append(path("fault", fault))
