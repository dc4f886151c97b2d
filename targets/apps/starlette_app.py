"""The Starlette target: endpoints and a list of routes around the shared work. Middleware: Starlette's
default."""

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute

from targets.apps import app_state, io_async, tokens, work
from targets.apps.login import Credentials
from targets.apps.slow_model import Features
from targets.apps.starlette_shared import (
    EXCEPTION_HANDLERS,
    generate_ws,
    lifespan,
    picture_in,
    reply,
    streamed,
)
from targets.contract import COUNT_HEADER

Endpoint = Callable[[Request], Awaitable[Response]]


async def health(_request: Request) -> Response:
    """The target is healthy."""
    return reply(work.health())


async def hello(_request: Request) -> Response:
    """A static JSON object."""
    return reply(work.hello())


async def list_tasks(_request: Request) -> Response:
    """The first page of tasks."""
    return reply(work.list_tasks())


async def create_task(request: Request) -> Response:
    """Creates a task: the task as sent, with the next id."""
    return reply(work.create_task(await sent(request, work.NewTask)))


async def read_task(request: Request) -> Response:
    """One task."""
    return reply(work.read_task(request.path_params["number"]))


async def replace_task(request: Request) -> Response:
    """Replaces a task."""
    task = await sent(request, work.WholeTask)
    return reply(work.replace_task(request.path_params["number"], task))


async def change_task(request: Request) -> Response:
    """Changes parts of a task."""
    change = await sent(request, work.TaskChange)
    return reply(work.change_task(request.path_params["number"], change))


async def delete_task(request: Request) -> Response:
    """Deletes a task."""
    return reply(work.delete_task(request.path_params["number"]))


async def io_intensive(request: Request) -> Response:
    """Writes and reads a file, and creates, updates and deletes rows."""
    return reply(await io_async.io(request.headers.get(COUNT_HEADER)))


async def classify(request: Request) -> Response:
    """Classifies an image."""
    return reply(await app_state.classifier.classify(await picture_in(request)))


async def predict(request: Request) -> Response:
    """A prediction of the slow model."""
    return reply(await app_state.slow_model.predict(await sent(request, Features)))


async def data(_request: Request) -> Response:
    """The upstream's answer."""
    response = reply(await app_state.client().fetch())
    if app_state.has_background:
        response.background = BackgroundTask(app_state.background_task)
    return response


async def login(request: Request) -> Response:
    """Logs in: a token."""
    return reply(app_state.authenticator.login(await sent(request, Credentials)))


async def me(request: Request) -> Response:
    """The user of a token."""
    return reply(app_state.authenticator.me(request.headers.get("authorization", "")))


async def generate(request: Request) -> Response:
    """Tokens, as server-sent events."""
    return streamed(tokens.asked(request.query_params))


async def sent(request: Request, model: type[work.Body]) -> work.Body:
    """The body of a request. Raises UnprocessableError."""
    return work.read(model, work.media_type(request.headers.get("content-type", "")), await request.body())


class Only(Route):
    """A route with one method; Starlette adds HEAD to GET."""

    def __init__(self, method: str, path: str, endpoint: Endpoint) -> None:
        super().__init__(path, endpoint, methods=[method])
        self.methods = {method}


app = Starlette(
    routes=[
        Only("GET", "/health", health),
        Only("GET", "/test", hello),
        Only("GET", "/tasks", list_tasks),
        Only("POST", "/tasks", create_task),
        Only("GET", "/tasks/{number:int}", read_task),
        Only("PUT", "/tasks/{number:int}", replace_task),
        Only("PATCH", "/tasks/{number:int}", change_task),
        Only("DELETE", "/tasks/{number:int}", delete_task),
        Only("GET", "/io-intensive", io_intensive),
        Only("POST", "/api/predict", classify),
        Only("POST", "/predict", predict),
        Only("GET", "/data", data),
        Only("POST", "/login", login),
        Only("GET", "/me", me),
        Only("GET", "/generate", generate),
        WebSocketRoute("/ws/generate", generate_ws),
    ],
    exception_handlers=EXCEPTION_HANDLERS,
    lifespan=lifespan,
)
app.router.redirect_slashes = False
