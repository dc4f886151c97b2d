"""The sync views as class-based API views of Django REST framework: its request, negotiation, parsing and
rendering around the shared work. Authentication, permissions and throttling: none, as on every other target.
"""

from collections.abc import Callable
from typing import Any, ClassVar

from rest_framework.exceptions import MethodNotAllowed
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from targets.apps import work
from targets.apps.records import django_rows
from targets.contract import CONTENT_TYPE, COUNT_HEADER


class Body(BaseParser):
    """A body of any type, as bytes: the shared work reads it."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> bytes:
        """The whole body."""
        return bytes(stream.read())


class Json(BaseRenderer):
    """The shared work's JSON as it stands."""

    media_type = CONTENT_TYPE
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> Any:
        """The bytes."""
        return data or b""


class JsonAlone(BaseContentNegotiation):
    """JSON, whatever the client accepts, as from every other target."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        """The only one."""
        return parsers[0]

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        """The only one."""
        return renderers[0], renderers[0].media_type


class View(APIView):
    """What all views here have alike."""

    parser_classes: ClassVar = [Body]
    renderer_classes: ClassVar = [Json]
    content_negotiation_class = JsonAlone
    authentication_classes: ClassVar[list[type]] = []
    permission_classes: ClassVar[list[type]] = []
    throttle_classes: ClassVar[list[type]] = []
    http_method_names: ClassVar = ["get", "post", "put", "patch", "delete"]

    def handle_exception(self, error: Exception) -> Response:
        """A wrong method in the contract's words; all else is a fault, for Django's handler."""
        if not isinstance(error, MethodNotAllowed):
            raise error
        names = [name for name in self.http_method_names if hasattr(self, name)]
        return reply(work.method_not_allowed(name.upper() for name in names))

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """The response as it is made here; the framework would add `Allow` and `Vary` to each."""
        response.accepted_renderer = request.accepted_renderer
        response.accepted_media_type = request.accepted_media_type
        response.renderer_context = self.get_renderer_context()
        return response


class Health(View):
    """The target is well."""

    def get(self, request: Request) -> Response:
        """Nothing but that."""
        return reply(work.health())


class Hello(View):
    """A static JSON object."""

    def get(self, request: Request) -> Response:
        """It."""
        return reply(work.hello())


class Tasks(View):
    """All tasks."""

    def get(self, request: Request) -> Response:
        """The first page."""
        return reply(work.list_tasks())

    def post(self, request: Request) -> Response:
        """One more."""
        return with_body(request, work.NewTask, work.create_task)


class Task(View):
    """One task."""

    def get(self, request: Request, number: int) -> Response:
        """It."""
        return reply(work.read_task(number))

    def put(self, request: Request, number: int) -> Response:
        """Every part of it, anew."""
        return with_body(request, work.WholeTask, lambda body: work.replace_task(number, body))

    def patch(self, request: Request, number: int) -> Response:
        """Some parts of it."""
        return with_body(request, work.TaskChange, lambda body: work.change_task(number, body))

    def delete(self, request: Request, number: int) -> Response:
        """A task less."""
        return reply(work.delete_task(number))


class Io(View):
    """A file, and rows that come and go."""

    def get(self, request: Request) -> Response:
        """All of it."""
        return reply(django_rows.io_here(is_counted=request.headers.get(COUNT_HEADER) == "1"))


def with_body(request: Request, model: type[work.Body], act: Callable[[work.Body], work.Answer]) -> Response:
    """What `act` answers to the body read as `model`, or why it cannot be."""
    sent = request.data
    try:
        body = work.read(model, request._request.content_type, sent if isinstance(sent, bytes) else b"")
    except work.UnprocessableError as refusal:
        return reply(refusal.answer)
    return reply(act(body))


def reply(answer: work.Answer) -> Response:
    """The answer, with the length that `CommonMiddleware` would add."""
    if not answer.body:
        return Response(status=answer.status)
    headers = {"Content-Length": str(len(answer.body))}
    if answer.allow:
        headers["Allow"] = answer.allow
    return Response(answer.body, answer.status, headers=headers, content_type=CONTENT_TYPE)
