"""The sync views: Django's request around the shared work."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from targets.apps import work
from targets.contract import CONTENT_TYPE

View = Callable[[HttpRequest], HttpResponseBase]


def only(method: str) -> Callable[[View], View]:
    """Restricts a view to one method; others get 405."""

    def around(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest) -> HttpResponseBase:
            return view(request) if request.method == method else reply(work.method_not_allowed([method]))

        return checked

    return around


@only("GET")
def health(request: HttpRequest) -> HttpResponse:
    """The target is healthy."""
    return reply(work.health())


@only("GET")
def hello(request: HttpRequest) -> HttpResponse:
    """A static JSON object."""
    return reply(work.hello())


def tasks(request: HttpRequest) -> HttpResponse:
    """All tasks: lists or creates."""
    match request.method:
        case "GET":
            return reply(work.list_tasks())
        case "POST":
            return _with_body(request, work.NewTask, work.create_task)
        case _:
            return reply(work.method_not_allowed(["GET", "POST"]))


def task(request: HttpRequest, number: int) -> HttpResponse:
    """One task: reads, replaces, changes or deletes it."""
    match request.method:
        case "GET":
            return reply(work.read_task(number))
        case "PUT":
            return _with_body(request, work.WholeTask, lambda body: work.replace_task(number, body))
        case "PATCH":
            return _with_body(request, work.TaskChange, lambda body: work.change_task(number, body))
        case "DELETE":
            return reply(work.delete_task(number))
        case _:
            return reply(work.method_not_allowed(["GET", "PUT", "PATCH", "DELETE"]))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's 404 handler, called with these names."""
    return reply(work.not_found())


def broken(request: HttpRequest) -> HttpResponse:
    """Django's 500 handler; the exception is logged."""
    return reply(work.broken())


def _with_body(
    request: HttpRequest, model: type[work.Body], act: Callable[[work.Body], work.Answer]
) -> HttpResponse:
    try:
        body = work.read(model, request.content_type, request.body)
    except work.UnprocessableError as refusal:
        return reply(refusal.answer)
    return reply(act(body))


def reply(answer: work.Answer) -> HttpResponse:
    """The answer, with the length that `CommonMiddleware` would add: without it both servers send chunks."""
    if not answer.body:
        response = HttpResponse(status=answer.status)
        del response["Content-Type"]
        return response
    headers = {"Content-Length": str(len(answer.body)), **answer.headers}
    return HttpResponse(answer.body, status=answer.status, content_type=CONTENT_TYPE, headers=headers)
