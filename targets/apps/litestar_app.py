"""The Litestar target: route handlers, dependencies and typed bodies around the shared work."""

import logging
from typing import Annotated, Any

from litestar import Litestar, Request, Response, WebSocket, delete, get, patch, post, put, route, websocket
from litestar.background_tasks import BackgroundTask
from litestar.di import Provide
from litestar.enums import HttpMethod
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    ValidationException,
    WebSocketDisconnect,
)
from litestar.openapi import OpenAPIConfig
from litestar.params import Parameter
from litestar.plugins.pydantic import PydanticPlugin
from litestar.response import Stream

from targets.apps import app_state, io_async, token_socket, tokens, uploads, work
from targets.apps.login import Credentials
from targets.apps.slow_model import Features
from targets.apps.tokens import Generation
from targets.contract import CONTENT_TYPE, COUNT_HEADER, EVENT_STREAM

_log = logging.getLogger(__name__)

Reply = Response[bytes]
Number = Annotated[int, Parameter(ge=0)]
TASK = "/tasks/{number:int}"


class JsonRequest(Request[Any, Any, Any]):
    """A request whose body is decoded by its content type; Litestar takes every body for JSON."""

    async def json(self) -> Any:
        """The value of the body. Raises UnprocessableError."""
        return work.decoded(work.media_type(self.headers.get("content-type", "")), await self.body())


def reply(answer: work.Answer) -> Reply:
    """The answer as a response."""
    return Response(answer.body, media_type=CONTENT_TYPE, status_code=answer.status, headers=answer.headers)


@get("/health")
async def health() -> Reply:
    """The target is healthy."""
    return reply(work.health())


@get("/test")
async def hello() -> Reply:
    """A static JSON object."""
    return reply(work.hello())


@get("/tasks")
async def list_tasks() -> Reply:
    """The first page of tasks."""
    return reply(work.list_tasks())


@post("/tasks")
async def create_task(data: work.NewTask) -> Reply:
    """Creates a task: the task as sent, with the next id."""
    return reply(work.create_task(data))


@get(TASK)
async def read_task(number: Number) -> Reply:
    """One task."""
    return reply(work.read_task(number))


@put(TASK)
async def replace_task(number: Number, data: work.WholeTask) -> Reply:
    """Replaces a task."""
    return reply(work.replace_task(number, data))


@patch(TASK)
async def change_task(number: Number, data: work.TaskChange) -> Reply:
    """Changes parts of a task."""
    return reply(work.change_task(number, data))


@delete(TASK, status_code=200)
async def delete_task(number: Number) -> Reply:
    """Deletes a task."""
    return reply(work.delete_task(number))


@get("/io-intensive")
async def io_intensive(count: Annotated[str | None, Parameter(header=COUNT_HEADER)] = None) -> Reply:
    """Writes and reads a file, and creates, updates and deletes rows."""
    return reply(await io_async.io(count))


async def picture_in(request: Request[Any, Any, Any]) -> bytes:
    """The image that a request sends. Raises UnprocessableError."""
    body = await uploads.read_body(request.stream())
    return uploads.picture_of(request.headers.get("content-type", ""), body)


@post("/api/predict", dependencies={"picture": Provide(picture_in)})
async def classify(picture: bytes) -> Reply:
    """Classifies an image."""
    return reply(await app_state.classifier.classify(picture))


@post("/predict")
async def predict(data: Features) -> Reply:
    """A prediction of the slow model."""
    return reply(await app_state.slow_model.predict(data))


@get("/data")
async def from_upstream() -> Reply:
    """The upstream's answer."""
    response = reply(await app_state.client().fetch())
    if app_state.has_background:
        response.background = BackgroundTask(app_state.background_task)
    return response


@post("/login")
async def login(data: Credentials) -> Reply:
    """Logs in: a token."""
    return reply(app_state.authenticator.login(data))


@get("/me")
async def me(authorization: Annotated[str, Parameter(header="authorization")] = "") -> Reply:
    """The user of a token."""
    return reply(app_state.authenticator.me(authorization))


async def asked_in(request: Request[Any, Any, Any]) -> Generation:
    """What a query asks for. Raises UnprocessableError."""
    return tokens.asked(token_socket.query_of(request.scope))


@get("/generate", dependencies={"asked": Provide(asked_in)})
async def generate(asked: Generation) -> Stream:
    """Tokens, as server-sent events."""
    return Stream(tokens.events(asked), headers={"content-type": EVENT_STREAM})


@websocket("/ws/generate")
async def generate_ws(socket: WebSocket[Any, Any, Any]) -> None:
    """Tokens, as messages."""
    try:
        asked = tokens.asked(token_socket.query_of(socket.scope))
    except work.UnprocessableError as refusal:
        await token_socket.refuse(socket.scope, socket.send, refusal.answer)
        return
    await socket.accept()
    try:
        async for message in tokens.messages(asked):
            await socket.send_text(message)
        await socket.close()
    except (OSError, WebSocketDisconnect):
        return


# ---------------------------------------------------------------- what Litestar serves beyond the contract

HANDLERS = [
    health,
    hello,
    list_tasks,
    create_task,
    read_task,
    replace_task,
    change_task,
    delete_task,
    io_intensive,
    classify,
    predict,
    from_upstream,
    login,
    me,
    generate,
]


@route(
    sorted({path for handler in HANDLERS for path in handler.paths}),
    http_method=HttpMethod.OPTIONS,
    include_in_schema=False,
)
async def no_options(request: Request[Any, Any, Any]) -> None:
    """Litestar would answer OPTIONS on every path."""
    methods = next(
        each.methods for each in request.app.routes if each.path_format == request.scope["path_template"]
    )
    raise MethodNotAllowedException(headers={"allow": ", ".join(methods)})


async def no_slash(request: Request[Any, Any, Any]) -> Reply | None:
    """Litestar would serve `/tasks/` as `/tasks`."""
    return reply(work.not_found()) if request.scope.get("raw_path", b"").endswith(b"/") else None


# ---------------------------------------------------------------- errors


def _unread(_request: Request[Any, Any, Any], error: work.UnprocessableError) -> Reply:
    """A body or a query that the shared work could not use."""
    return reply(error.answer)


def _invalid(request: Request[Any, Any, Any], error: ValidationException) -> Reply:
    """Parameters that do not fit: the number in a path, whatever the body; a body, of which the cause has
    pydantic's errors; or no body at all."""
    if request.path_params.get("number", 0) < 0:
        return reply(work.not_found())
    if errors := getattr(error.__cause__, "errors", None):
        return reply(work.unprocessable(errors))
    return reply(work.unprocessable([{"type": "missing", "loc": ("body",)}]))


def _refused(_request: Request[Any, Any, Any], error: HTTPException) -> Reply:
    """What the routing refuses."""
    if isinstance(error, MethodNotAllowedException):
        names = (error.headers or {}).get("allow", "").split(", ")
        return reply(work.method_not_allowed(name for name in names if name != "OPTIONS"))
    if error.status_code >= 500:
        return _broken(_request, error)
    return reply(work.not_found())


def _broken(_request: Request[Any, Any, Any], error: Exception) -> Reply:
    """An exception of the app."""
    _log.error("the app failed", exc_info=error)
    return reply(work.broken())


app = Litestar(
    [no_options, *HANDLERS, generate_ws],  # the first one keeps Litestar from adding its own
    request_class=JsonRequest,
    before_request=no_slash,
    request_max_body_size=None,  # the shared work has a limit for uploads
    on_shutdown=[io_async.close],
    exception_handlers={
        work.UnprocessableError: _unread,
        ValidationException: _invalid,
        HTTPException: _refused,
        Exception: _broken,
    },
    openapi_config=OpenAPIConfig(title="abreast: Litestar", version="1"),
    plugins=[
        PydanticPlugin(validate_strict=True)
    ],  # its default would take `1` where a model says StrictBool
    logging_config=None,
)
