"""The Django target over WSGI with a path that fails."""

# ruff: noqa: I001 - the app first: it settles what the paths need
from targets.apps.django_app.wsgi import application as application
from targets.apps.django_app import urls

from django.http import HttpRequest, HttpResponse
from django.urls import path


def fault(request: HttpRequest) -> HttpResponse:
    """Fails."""
    raise RuntimeError("a fault of the app")


urls.urlpatterns.append(path("fault", fault))
