"""What the sync and the async API share: an API whose errors the shared work renders, and 405s as in the
contract."""

from collections.abc import Awaitable, Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser

from targets.apps import work
from targets.apps.django_app.views import reply

METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})

TASK = "/tasks/{int:number}"


class JsonParser(Parser):
    """Decodes bodies by their content type; Ninja takes every body for JSON."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The value of the body. Raises UnprocessableError, which Ninja turns into its 400."""
        return work.decoded(request.content_type or "", request.body)


def make_api(title: str) -> NinjaAPI:
    """An API without operations, except for Ninja's `/docs`."""
    api = NinjaAPI(title=f"abreast: {title}", parser=JsonParser())
    api.add_exception_handler(ValidationError, _unprocessable)
    api.add_exception_handler(work.UnprocessableError, _unread)
    api.add_exception_handler(HttpError, _malformed)
    return api


def _unprocessable(_request: HttpRequest, error: Any) -> HttpResponse:
    """A body or a query that does not fit its model."""
    return reply(work.unprocessable(error.errors))


def _unread(_request: HttpRequest, error: Any) -> HttpResponse:
    """A body that the shared work could not use."""
    return reply(error.answer)


def _malformed(_request: HttpRequest, _error: Any) -> HttpResponse:
    """A body that cannot be decoded, the only thing here that Ninja itself refuses."""
    return reply(work.malformed())


Refusing = Callable[[list[str]], Callable[..., HttpResponse | Awaitable[HttpResponse]]]


def refuse_others(api: NinjaAPI, on_path: Refusing, on_task: Refusing) -> None:
    """Adds an operation for the methods that no other one of a path has; Ninja's own 405 is a plain text.

    Each function makes such an operation from the allowed methods, for paths without and with a number.
    """
    for path, view in list(api.default_router.path_operations.items()):
        allowed = sorted({method for operation in view.operations for method in operation.methods})
        refusal = (on_task if path == TASK else on_path)(allowed)
        api.api_operation(sorted(METHODS - {*allowed}), path, include_in_schema=False)(refusal)
