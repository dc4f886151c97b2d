"""`io` as an async view, through an async ORM."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from targets.apps import io_async
from targets.apps.django_app.views import reply
from targets.apps.django_app.views_async import only
from targets.contract import COUNT_HEADER


@only("GET")
async def io_intensive(request: HttpRequest) -> HttpResponse:
    """Writes and reads a file, and creates, updates and deletes rows."""
    return reply(await io_async.io(request.headers.get(COUNT_HEADER)))


urlpatterns = [path("io-intensive", io_intensive)]
