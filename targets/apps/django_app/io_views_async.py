"""`io` as an async view, through Django's async ORM methods."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from targets.apps.django_app.views import reply
from targets.apps.django_app.views_async import only
from targets.apps.records import django_rows
from targets.contract import COUNT_HEADER


@only("GET")
async def io_intensive(request: HttpRequest) -> HttpResponse:
    """Writes and reads a file, and creates, updates and deletes rows."""
    return reply(await django_rows.io(is_counted=request.headers.get(COUNT_HEADER) == "1"))


urlpatterns = [path("io-intensive", io_intensive)]
