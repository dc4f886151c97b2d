"""What the FastAPI targets share: an app whose errors the shared work renders, and its responses.

Middleware: FastAPI's default.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from targets.apps import work
from targets.contract import CONTENT_TYPE

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def make_app(title: str, lifespan: Lifespan | None = None) -> FastAPI:
    """An app without endpoints, except for FastAPI's `/docs`."""
    return FastAPI(
        title=f"abreast: {title}",
        redirect_slashes=False,
        lifespan=lifespan,
        exception_handlers={
            RequestValidationError: _unprocessable,
            work.UnprocessableError: _unread,
            HTTPException: _refused,
            Exception: _broken,
        },
    )


def reply(answer: work.Answer) -> Response:
    """The answer as a response."""
    return Response(answer.body, answer.status, answer.headers, CONTENT_TYPE if answer.body else None)


async def _unprocessable(_request: Request, error: Any) -> Response:
    """A body that does not fit its model."""
    return reply(work.unprocessable(error.errors()))


async def _unread(_request: Request, error: Any) -> Response:
    """A body that the shared work could not parse."""
    return reply(error.answer)


async def _refused(request: Request, error: Any) -> Response:
    """What the routing refuses, and bodies that FastAPI cannot decode (its 400)."""
    match error.status_code:
        case 400:
            return reply(work.malformed())
        case 405:
            return reply(work.method_not_allowed(_methods(request)))
        case _:
            return reply(work.not_found())


async def _broken(_request: Request, _error: Exception) -> Response:
    """An exception of the app; the server logs it."""
    return reply(work.broken())


def _methods(request: Request) -> set[str]:
    """The methods of a path, from all its routes, however deep they are nested. Starlette only names those of
    the first route that matches."""
    return {
        method
        for method in ("DELETE", "GET", "PATCH", "POST", "PUT")
        for route in request.app.routes
        if route.matches({**request.scope, "method": method})[0] is Match.FULL
    }
