"""The FastAPI target: its routing, body models and async endpoints around the shared work; `/docs` is kept.

Middleware: FastAPI's own and no more. Errors are rendered by the shared work, so that they are the same bytes
from every target.
"""

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from targets.apps import work
from targets.contract import CONTENT_TYPE

app = FastAPI(title="abreast: FastAPI", redirect_slashes=False)


@app.get("/health")
async def health() -> Response:
    """The target is well."""
    return _reply(work.health())


@app.get("/test")
async def hello() -> Response:
    """A static JSON object."""
    return _reply(work.hello())


@app.get("/tasks")
async def list_tasks() -> Response:
    """The first page of tasks."""
    return _reply(work.list_tasks())


@app.post("/tasks", status_code=201)
async def create_task(task: work.NewTask) -> Response:
    """The task as it was sent, under the next id."""
    return _reply(work.create_task(task))


@app.get("/tasks/{number:int}")
async def read_task(number: int) -> Response:
    """One task."""
    return _reply(work.read_task(number))


@app.put("/tasks/{number:int}")
async def replace_task(number: int, task: work.WholeTask) -> Response:
    """Every part of a task, anew."""
    return _reply(work.replace_task(number, task))


@app.patch("/tasks/{number:int}")
async def change_task(number: int, change: work.TaskChange) -> Response:
    """Some parts of a task."""
    return _reply(work.change_task(number, change))


@app.delete("/tasks/{number:int}", status_code=204)
async def delete_task(number: int) -> Response:
    """A task less."""
    return _reply(work.delete_task(number))


@app.exception_handler(RequestValidationError)
async def unprocessable(_request: Request, error: RequestValidationError) -> Response:
    """A body that does not fit its model."""
    return _reply(work.unprocessable(error.errors()))


@app.exception_handler(HTTPException)
async def refused(request: Request, error: HTTPException) -> Response:
    """What the routing refuses, and a body that FastAPI could not even decode (its 400)."""
    match error.status_code:
        case 400:
            return _reply(work.malformed())
        case 405:
            return _reply(work.method_not_allowed(_methods(request)))
        case _:
            return _reply(work.not_found())


@app.exception_handler(Exception)
async def broken(_request: Request, _error: Exception) -> Response:
    """A fault of the app; the server logs it."""
    return _reply(work.broken())


def _methods(request: Request) -> set[str]:
    """What the path takes: the methods of all its routes. Starlette names those of the first that matches."""
    path = request.scope["route"].path
    routes = [route for route in app.routes if getattr(route, "path", None) == path]
    return {method for route in routes for method in getattr(route, "methods", ())}


def _reply(answer: work.Answer) -> Response:
    headers = {"allow": answer.allow} if answer.allow else None
    return Response(answer.body, answer.status, headers, CONTENT_TYPE if answer.body else None)
