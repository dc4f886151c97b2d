"""The least of each further framework, as its documentation begins: a static JSON object, and a health check.

`plain_apps:starlette` and so on are what the target's server is told to serve.
"""

from functools import cache
from typing import Any

HELLO = {"message": "Hello, world!"}
HEALTH = {"status": "ok"}


def _starlette() -> Any:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    async def hello(_request: Request) -> JSONResponse:
        return JSONResponse(HELLO)

    async def health(_request: Request) -> JSONResponse:
        return JSONResponse(HEALTH)

    return Starlette(routes=[Route("/test", hello), Route("/health", health)])


def _litestar() -> Any:
    from litestar import Litestar, get

    @get("/test")
    async def hello() -> dict[str, str]:
        return HELLO

    @get("/health")
    async def health() -> dict[str, str]:
        return HEALTH

    return Litestar([hello, health])


def _flask() -> Any:
    from flask import Flask

    app = Flask("plain")

    @app.get("/test")
    def hello() -> dict[str, str]:
        return HELLO

    @app.get("/health")
    def health() -> dict[str, str]:
        return HEALTH

    return app


def _aiohttp() -> Any:
    from aiohttp import web

    async def hello(_request: web.Request) -> web.Response:
        return web.json_response(HELLO)

    async def health(_request: web.Request) -> web.Response:
        return web.json_response(HEALTH)

    app = web.Application()
    app.add_routes([web.get("/test", hello), web.get("/health", health)])
    return app


def _ninja() -> Any:
    """Its API on Django without middleware, over WSGI."""
    from django.core.wsgi import get_wsgi_application
    from django.http import HttpRequest

    api = _ninja_api()

    @api.get("/test")
    def hello(request: HttpRequest) -> dict[str, str]:
        return HELLO

    @api.get("/health")
    def health(request: HttpRequest) -> dict[str, str]:
        return HEALTH

    _serve(api)
    return get_wsgi_application()


def _ninja_async() -> Any:
    """The same with async operations, over ASGI."""
    from django.core.asgi import get_asgi_application
    from django.http import HttpRequest

    from targets.apps.asgi_wrapper import AsgiWrapper

    api = _ninja_api()

    @api.get("/test")
    async def hello(request: HttpRequest) -> dict[str, str]:
        return HELLO

    @api.get("/health")
    async def health(request: HttpRequest) -> dict[str, str]:
        return HEALTH

    _serve(api)
    return AsgiWrapper(get_asgi_application())


def _ninja_api() -> Any:
    from django.conf import settings

    settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="x", MIDDLEWARE=[])
    from ninja import NinjaAPI

    return NinjaAPI()


urlpatterns: list[Any] = []
"""Of Django Ninja's API."""


def _serve(api: Any) -> None:
    from django.urls import path

    urlpatterns.append(path("", api.urls))


def _robyn() -> Any:
    from robyn import Robyn

    app = Robyn(__file__)

    @app.get("/test")
    async def hello() -> dict[str, str]:
        return HELLO

    @app.get("/health")
    async def health() -> dict[str, str]:
        return HEALTH

    return app


@cache
def __getattr__(name: str) -> Any:
    """The app of that framework."""
    try:
        make = globals()[f"_{name}"]
    except KeyError:
        raise AttributeError(name) from None
    return make()
