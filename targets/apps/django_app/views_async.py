"""The async views: the answers of the sync views, on the event loop. None of them waits."""

from collections.abc import Awaitable, Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from targets.apps import work
from targets.apps.django_app import views

View = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


def only(method: str) -> Callable[[View], View]:
    """`views.only` for an async view."""

    def around(view: View) -> View:
        @wraps(view)
        async def checked(request: HttpRequest) -> HttpResponseBase:
            if request.method != method:
                return views.reply(work.method_not_allowed([method]))
            return await view(request)

        return checked

    return around


async def health(request: HttpRequest) -> HttpResponseBase:
    """The target is healthy."""
    return views.health(request)


async def hello(request: HttpRequest) -> HttpResponseBase:
    """A static JSON object."""
    return views.hello(request)


async def tasks(request: HttpRequest) -> HttpResponse:
    """All tasks: lists or creates."""
    return views.tasks(request)


async def task(request: HttpRequest, number: int) -> HttpResponse:
    """One task: reads, replaces, changes or deletes it."""
    return views.task(request, number)
