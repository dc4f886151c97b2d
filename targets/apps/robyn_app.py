"""The Robyn target: async handlers around the shared work, on Robyn's own server.

Robyn decides before any handler: it takes `/tasks/` for `/tasks`, and reads multipart bodies itself, with a
plain 500 for those that it cannot read. `classify` is therefore not served; the catalogue says so.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from robyn import Headers, Request, Response, Robyn, StreamingResponse
from robyn.robyn import HttpMethod

from targets.apps import app_state, io_async, tokens, work
from targets.apps.login import Credentials
from targets.apps.slow_model import Features
from targets.contract import CONTENT_TYPE, COUNT_HEADER, EVENT_STREAM

_log = logging.getLogger(__name__)

_JSON = Headers({"content-type": CONTENT_TYPE})
"""Shared by answers without headers of their own: Robyn copies it into each response."""

_running: set["asyncio.Task[None]"] = set()
"""Background tasks; without a reference they could be garbage-collected."""

TASK = "/tasks/:number"
METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")

app = Robyn(__file__)


@app.exception
def failed(error: Exception) -> Response:
    """A body or a query that the shared work could not use, or an exception of the app."""
    if isinstance(error, work.UnprocessableError):
        return reply(error.answer)
    _log.error("the app failed", exc_info=error)
    return reply(work.broken())


@app.get("/health")
async def health() -> Response:
    """The target is healthy."""
    return reply(work.health())


@app.get("/test")
async def hello() -> Response:
    """A static JSON object."""
    return reply(work.hello())


@app.get("/tasks")
async def list_tasks() -> Response:
    """The first page of tasks."""
    return reply(work.list_tasks())


@app.post("/tasks")
async def create_task(request: Request) -> Response:
    """Creates a task: the task as sent, with the next id."""
    return reply(work.create_task(sent(request, work.NewTask)))


@app.get(TASK)
async def read_task(request: Request) -> Response:
    """One task."""
    return with_number(request, work.read_task)


@app.put(TASK)
async def replace_task(request: Request) -> Response:
    """Replaces a task."""
    return with_number(request, lambda number: work.replace_task(number, sent(request, work.WholeTask)))


@app.patch(TASK)
async def change_task(request: Request) -> Response:
    """Changes parts of a task."""
    return with_number(request, lambda number: work.change_task(number, sent(request, work.TaskChange)))


@app.delete(TASK)
async def delete_task(request: Request) -> Response:
    """Deletes a task."""
    return with_number(request, work.delete_task)


@app.get("/io-intensive")
async def io_intensive(request: Request) -> Response:
    """Writes and reads a file, and creates, updates and deletes rows."""
    return reply(await io_async.io(request.headers.get(COUNT_HEADER)))


@app.post("/predict")
async def predict(request: Request) -> Response:
    """A prediction of the slow model."""
    return reply(await app_state.slow_model.predict(sent(request, Features)))


@app.get("/data")
async def data() -> Response:
    """The upstream's answer."""
    answer = await app_state.client().fetch()
    if app_state.has_background:
        task = asyncio.create_task(asyncio.to_thread(app_state.background_task))
        _running.add(task)
        task.add_done_callback(_running.discard)
    return reply(answer)


@app.post("/login")
async def login(request: Request) -> Response:
    """Logs in: a token."""
    return reply(app_state.authenticator.login(sent(request, Credentials)))


@app.get("/me")
async def me(request: Request) -> Response:
    """The user of a token."""
    return reply(app_state.authenticator.me(request.headers.get("authorization") or ""))


@app.get("/generate")
async def generate(request: Request) -> StreamingResponse:
    """Tokens, as server-sent events. Robyn takes each from a thread, also where a generator is async."""
    asked = tokens.asked(dict(request.query_params.items()))
    return StreamingResponse(tokens.events(asked), media_type=EVENT_STREAM)


@app.shutdown_handler
async def close() -> None:
    """Closes the database connections."""
    await io_async.close()


def reply(answer: work.Answer) -> Response:
    """The answer as a response."""
    if not answer.body:
        return Response(answer.status, Headers({}), b"")
    headers = Headers({"content-type": CONTENT_TYPE, **answer.headers}) if answer.headers else _JSON
    return Response(answer.status, headers, answer.body)


def sent(request: Request, model: type[work.Body]) -> work.Body:
    """The body of a request. Raises UnprocessableError."""
    body = request.body.encode() if isinstance(request.body, str) else bytes(request.body)
    return work.read(model, work.media_type(request.headers.get("content-type") or ""), body)


def with_number(request: Request, act: Callable[[int], work.Answer]) -> Response:
    """The answer of `act` to the number in a path, which Robyn takes for a text."""
    text = request.path_params["number"]
    return reply(act(int(text)) if text.isascii() and text.isdecimal() else work.not_found())


# ---------------------------------------------------------------- what no route serves


async def not_found(request: Request) -> Response:
    """No such path."""
    return reply(work.not_found())


def _refusal(allowed: list[str]) -> Callable[[Request], Awaitable[Response]]:
    async def refused(request: Request) -> Response:  # Robyn warns of a number in a path that nothing takes
        return reply(work.method_not_allowed(allowed))

    return refused


def _refuse_the_rest() -> None:
    """Robyn answers a wrong method with a plain 404, as it does an unknown path: other methods of each path,
    and all other paths, get routes of their own."""
    served: dict[str, set[str]] = {}
    for each in app.router.routes:
        served.setdefault(each.route, set()).add(str(each.route_type).removeprefix("HttpMethod."))
    for path, allowed in served.items():
        for method in sorted({*METHODS} - allowed):
            add(method, path, _refusal(sorted(allowed)))
    for method in METHODS:
        for path in ("/", "/*path"):
            add(method, path, not_found)


def add(method: str, path: str, handler: Callable[..., Any]) -> None:
    """Adds a route that Robyn's `/docs` leave out."""
    app.add_route(getattr(HttpMethod, method), path, handler, include_in_schema=False)


_refuse_the_rest()
