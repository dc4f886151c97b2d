"""The FastAPI target with plain functions as endpoints: each request runs in a thread of the pool."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio.to_thread
from fastapi import FastAPI, Response

from targets.apps import fastapi_work_sync, work
from targets.apps.fastapi_shared import make_app
from targets.apps.settings import settings
from targets.apps.starlette_shared import reply


@asynccontextmanager
async def _lifespan(_: FastAPI) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = settings().threads
    yield


app = make_app("FastAPI, plain functions", _lifespan)


@app.get("/health")
def health() -> Response:
    """The target is healthy."""
    return reply(work.health())


@app.get("/test")
def hello() -> Response:
    """A static JSON object."""
    return reply(work.hello())


@app.get("/tasks")
def list_tasks() -> Response:
    """The first page of tasks."""
    return reply(work.list_tasks())


@app.post("/tasks", status_code=201)
def create_task(task: work.NewTask) -> Response:
    """Creates a task: the task as sent, with the next id."""
    return reply(work.create_task(task))


@app.get("/tasks/{number:int}")
def read_task(number: int) -> Response:
    """One task."""
    return reply(work.read_task(number))


@app.put("/tasks/{number:int}")
def replace_task(number: int, task: work.WholeTask) -> Response:
    """Replaces a task."""
    return reply(work.replace_task(number, task))


@app.patch("/tasks/{number:int}")
def change_task(number: int, change: work.TaskChange) -> Response:
    """Changes parts of a task."""
    return reply(work.change_task(number, change))


@app.delete("/tasks/{number:int}", status_code=204)
def delete_task(number: int) -> Response:
    """Deletes a task."""
    return reply(work.delete_task(number))


app.include_router(fastapi_work_sync.router)
