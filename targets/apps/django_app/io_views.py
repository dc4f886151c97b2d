"""`io` as a sync view; `io_views_async` has the async one."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from targets.apps.django_app.views import only, reply
from targets.apps.records import django_rows
from targets.contract import COUNT_HEADER


@only("GET")
def io_intensive(request: HttpRequest) -> HttpResponse:
    """Writes and reads a file, and creates, updates and deletes rows."""
    return reply(django_rows.io_here(is_counted=request.headers.get(COUNT_HEADER) == "1"))


urlpatterns = [path("io-intensive", io_intensive)]
