"""The Django target over WSGI with a path that fails."""

from targets.apps.django_app.wsgi import application as application

# isort: split
from django.http import HttpRequest, HttpResponse
from django.urls import path

from targets.apps.django_app import urls


def fault(request: HttpRequest) -> HttpResponse:
    """Fails."""
    raise RuntimeError("a fault of the app")


urls.urlpatterns.append(path("fault", fault))
