"""The aiohttp target: a table of routes, and handlers around the shared work."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from targets.apps import app_state, io_async, tokens, uploads, work
from targets.apps.login import Credentials
from targets.apps.slow_model import Features
from targets.contract import CONTENT_TYPE, COUNT_HEADER, EVENT_STREAM

_log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

routes = web.RouteTableDef()
TASK = "/tasks/{number:[0-9]+}"

_running: set["asyncio.Task[None]"] = set()
"""Background tasks; without a reference they could be garbage-collected."""


def reply(answer: work.Answer) -> web.Response:
    """The answer as a response."""
    if not answer.body:
        return web.Response(status=answer.status)
    return web.Response(
        body=answer.body, status=answer.status, headers=answer.headers, content_type=CONTENT_TYPE
    )


@routes.get("/health", allow_head=False)
async def health(_request: web.Request) -> web.Response:
    """The target is healthy."""
    return reply(work.health())


@routes.get("/test", allow_head=False)
async def hello(_request: web.Request) -> web.Response:
    """A static JSON object."""
    return reply(work.hello())


@routes.get("/tasks", allow_head=False)
async def list_tasks(_request: web.Request) -> web.Response:
    """The first page of tasks."""
    return reply(work.list_tasks())


@routes.post("/tasks")
async def create_task(request: web.Request) -> web.Response:
    """Creates a task: the task as sent, with the next id."""
    return reply(work.create_task(await sent(request, work.NewTask)))


@routes.get(TASK, allow_head=False)
async def read_task(request: web.Request) -> web.Response:
    """One task."""
    return reply(work.read_task(int(request.match_info["number"])))


@routes.put(TASK)
async def replace_task(request: web.Request) -> web.Response:
    """Replaces a task."""
    task = await sent(request, work.WholeTask)
    return reply(work.replace_task(int(request.match_info["number"]), task))


@routes.patch(TASK)
async def change_task(request: web.Request) -> web.Response:
    """Changes parts of a task."""
    change = await sent(request, work.TaskChange)
    return reply(work.change_task(int(request.match_info["number"]), change))


@routes.delete(TASK)
async def delete_task(request: web.Request) -> web.Response:
    """Deletes a task."""
    return reply(work.delete_task(int(request.match_info["number"])))


@routes.get("/io-intensive", allow_head=False)
async def io_intensive(request: web.Request) -> web.Response:
    """Writes and reads a file, and creates, updates and deletes rows."""
    return reply(await io_async.io(request.headers.get(COUNT_HEADER)))


@routes.post("/api/predict")
async def classify(request: web.Request) -> web.Response:
    """Classifies an image."""
    body = await uploads.read_body(request.content.iter_any())
    picture = uploads.picture_of(request.headers.get("content-type", ""), body)
    return reply(await app_state.classifier.classify(picture))


@routes.post("/predict")
async def predict(request: web.Request) -> web.Response:
    """A prediction of the slow model."""
    return reply(await app_state.slow_model.predict(await sent(request, Features)))


@routes.get("/data", allow_head=False)
async def data(_request: web.Request) -> web.Response:
    """The upstream's answer."""
    answer = await app_state.client().fetch()
    if app_state.has_background:
        task = asyncio.create_task(asyncio.to_thread(app_state.background_task))
        _running.add(task)
        task.add_done_callback(_running.discard)
    return reply(answer)


@routes.post("/login")
async def login(request: web.Request) -> web.Response:
    """Logs in: a token."""
    return reply(app_state.authenticator.login(await sent(request, Credentials)))


@routes.get("/me", allow_head=False)
async def me(request: web.Request) -> web.Response:
    """The user of a token."""
    return reply(app_state.authenticator.me(request.headers.get("authorization", "")))


@routes.get("/generate", allow_head=False)
async def generate(request: web.Request) -> web.StreamResponse:
    """Tokens, as server-sent events."""
    asked = tokens.asked(request.query)
    response = web.StreamResponse(headers={"content-type": EVENT_STREAM})
    await response.prepare(request)
    try:
        async for event in tokens.events(asked):
            await response.write(event)
    except ConnectionResetError:  # the client has gone
        pass
    return response


@routes.get("/ws/generate", allow_head=False)
async def generate_ws(request: web.Request) -> web.StreamResponse:
    """Tokens, as messages."""
    asked = tokens.asked(request.query)
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    try:
        async for message in tokens.messages(asked):
            await socket.send_str(message)
        await socket.close()
    except ConnectionResetError:  # the client has gone
        pass
    return socket


async def sent(request: web.Request, model: type[work.Body]) -> work.Body:
    """The body of a request. Raises UnprocessableError."""
    return work.read(model, work.media_type(request.headers.get("content-type", "")), await request.read())


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answers what handlers and the routing refuse, and exceptions of the app."""
    try:
        return await handler(request)
    except work.UnprocessableError as refusal:
        return reply(refusal.answer)
    except web.HTTPMethodNotAllowed as error:
        return reply(work.method_not_allowed(error.allowed_methods))
    except web.HTTPException:
        return reply(work.not_found())
    except Exception:
        _log.exception("the app failed")
        return reply(work.broken())


async def _close(_app: web.Application) -> None:
    await io_async.close()


def make_app() -> web.Application:
    """The app."""
    made = web.Application(middlewares=[errors], client_max_size=0)
    made.add_routes(routes)
    made.on_cleanup.append(_close)
    return made


app = make_app()
