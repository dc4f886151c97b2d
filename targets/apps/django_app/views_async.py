"""The async views: the sync ones' answers, on the event loop. Nothing here waits: each calls its twin."""

from django.http import HttpRequest, HttpResponse

from targets.apps.django_app import views


async def health(request: HttpRequest) -> HttpResponse:
    """The target is well."""
    return views.health(request)


async def hello(request: HttpRequest) -> HttpResponse:
    """A static JSON object."""
    return views.hello(request)


async def tasks(request: HttpRequest) -> HttpResponse:
    """All tasks: list, create."""
    return views.tasks(request)


async def task(request: HttpRequest, number: int) -> HttpResponse:
    """One task: read, replace, change, delete."""
    return views.task(request, number)
