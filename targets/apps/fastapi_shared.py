"""What the FastAPI targets share: an app whose errors the shared work renders.

Middleware: FastAPI's default.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError

from targets.apps import work
from targets.apps.starlette_shared import EXCEPTION_HANDLERS, reply

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def make_app(title: str, lifespan: Lifespan | None = None) -> FastAPI:
    """An app without endpoints, except for FastAPI's `/docs`."""
    return FastAPI(
        title=f"abreast: {title}",
        redirect_slashes=False,
        lifespan=lifespan,
        exception_handlers={**EXCEPTION_HANDLERS, RequestValidationError: _unprocessable},
    )


async def _unprocessable(_request: Request, error: Any) -> Response:
    """A body that does not fit its model."""
    return reply(work.unprocessable(error.errors()))
