"""`io` as an async view, through an async ORM."""

import sys

from django.http import HttpRequest, HttpResponse
from django.urls import path

from targets.apps.django_app.views import reply
from targets.apps.django_app.views_async import only
from targets.apps.settings import settings
from targets.contract import COUNT_HEADER


@only("GET")
async def io_intensive(request: HttpRequest) -> HttpResponse:
    """Writes and reads a file, and creates, updates and deletes rows."""
    from targets.apps.records import tortoise_rows  # only targets that need an ORM load it

    return reply(await tortoise_rows.io(is_counted=request.headers.get(COUNT_HEADER) == "1"))


async def close() -> None:
    """Closes the database connections."""
    rows = sys.modules.get("targets.apps.records.tortoise_rows")
    if rows is not None:
        await rows.close()


if settings().workload == "io":
    import targets.apps.records.tortoise_rows  # noqa: F401 - before the first request, not with it

urlpatterns = [path("io-intensive", io_intensive)]
