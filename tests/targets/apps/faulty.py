"""The targets on other frameworks with a path that fails.

`faulty:starlette` and so on are what a server is told to serve.
"""

from functools import cache
from typing import Any


async def _awaited() -> None:
    raise RuntimeError("a fault of the app")


async def _answering(request: Any) -> None:
    raise RuntimeError("a fault of the app")


def _blocking() -> None:
    raise RuntimeError("a fault of the app")


@cache
def __getattr__(name: str) -> Any:
    """The app of that framework."""
    match name:
        case "starlette":
            from starlette.routing import Route

            from targets.apps import starlette_app

            starlette_app.app.router.routes.append(Route("/fault", _answering))
            return starlette_app.app
        case "litestar":
            from litestar import get

            from targets.apps import litestar_app

            litestar_app.app.register(get("/fault")(_awaited))
            return litestar_app.app
        case "flask":
            from targets.apps import flask_app

            flask_app.app.get("/fault")(_blocking)  # type: ignore[type-var]
            return flask_app.app
        case "aiohttp":
            from targets.apps import aiohttp_app

            aiohttp_app.app.router.add_get("/fault", _answering)  # type: ignore[arg-type]
            return aiohttp_app.app
        case "ninja":
            from targets.apps.ninja_app import asgi
            from targets.apps.ninja_app.api_async import api

            api.get("/fault")(_answering)
            return asgi.application
        case "robyn":
            from targets.apps import robyn_app

            robyn_app.add("GET", "/fault", _awaited)
            return robyn_app.app
        case _:
            raise AttributeError(name)
