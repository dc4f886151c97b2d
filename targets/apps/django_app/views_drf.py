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
    """A body of any type, as bytes, which the shared work parses."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> bytes:
        """The whole body."""
        return bytes(stream.read())


class Json(BaseRenderer):
    """The shared work's JSON, unchanged."""

    media_type = CONTENT_TYPE
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> Any:
        """The bytes."""
        return data or b""


class JsonOnly(BaseContentNegotiation):
    """JSON whatever the client accepts, as on every other target."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        """The only one."""
        return parsers[0]

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        """The only one."""
        return renderers[0], renderers[0].media_type


class View(APIView):
    """The base of all views here."""

    parser_classes: ClassVar = [Body]
    renderer_classes: ClassVar = [Json]
    content_negotiation_class = JsonOnly
    authentication_classes: ClassVar[list[type]] = []
    permission_classes: ClassVar[list[type]] = []
    throttle_classes: ClassVar[list[type]] = []
    http_method_names: ClassVar = ["get", "post", "put", "patch", "delete"]

    def handle_exception(self, error: Exception) -> Response:
        """Answers a wrong method as the contract says; Django handles other exceptions."""
        if not isinstance(error, MethodNotAllowed):
            raise error
        names = [name for name in self.http_method_names if hasattr(self, name)]
        return reply(work.method_not_allowed(name.upper() for name in names))

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """The response unchanged; the framework would add `Allow` and `Vary`."""
        response.accepted_renderer = request.accepted_renderer
        response.accepted_media_type = request.accepted_media_type
        response.renderer_context = self.get_renderer_context()
        return response


class Health(View):
    """The target is healthy."""

    def get(self, request: Request) -> Response:
        """The healthy response."""
        return reply(work.health())


class Hello(View):
    """A static JSON object."""

    def get(self, request: Request) -> Response:
        """Returns it."""
        return reply(work.hello())


class Tasks(View):
    """All tasks."""

    def get(self, request: Request) -> Response:
        """The first page."""
        return reply(work.list_tasks())

    def post(self, request: Request) -> Response:
        """Creates a task."""
        return with_body(request, work.NewTask, work.create_task)


class Task(View):
    """One task."""

    def get(self, request: Request, number: int) -> Response:
        """Returns it."""
        return reply(work.read_task(number))

    def put(self, request: Request, number: int) -> Response:
        """Replaces it."""
        return with_body(request, work.WholeTask, lambda body: work.replace_task(number, body))

    def patch(self, request: Request, number: int) -> Response:
        """Changes parts of it."""
        return with_body(request, work.TaskChange, lambda body: work.change_task(number, body))

    def delete(self, request: Request, number: int) -> Response:
        """Deletes a task."""
        return reply(work.delete_task(number))


class Io(View):
    """Writes and reads a file, and creates, updates and deletes rows."""

    def get(self, request: Request) -> Response:
        """Does the work."""
        return reply(django_rows.io_here(is_counted=request.headers.get(COUNT_HEADER) == "1"))


def with_body(request: Request, model: type[work.Body], act: Callable[[work.Body], work.Answer]) -> Response:
    """The answer of `act` to the body parsed as `model`, or why it cannot be parsed."""
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
    headers = {"Content-Length": str(len(answer.body)), **answer.headers}
    return Response(answer.body, answer.status, headers=headers, content_type=CONTENT_TYPE)
