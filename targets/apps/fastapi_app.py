"""The FastAPI target: routing, body models and async endpoints around the shared work."""

from fastapi import Response

from targets.apps import fastapi_work, work
from targets.apps.fastapi_shared import make_app
from targets.apps.starlette_shared import lifespan, reply

app = make_app("FastAPI", lifespan)
"""With every endpoint of the contract; the hybrid target mounts Django on it."""


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


@app.post("/tasks", status_code=201)
async def create_task(task: work.NewTask) -> Response:
    """Creates a task: the task as sent, with the next id."""
    return reply(work.create_task(task))


@app.get("/tasks/{number:int}")
async def read_task(number: int) -> Response:
    """One task."""
    return reply(work.read_task(number))


@app.put("/tasks/{number:int}")
async def replace_task(number: int, task: work.WholeTask) -> Response:
    """Replaces a task."""
    return reply(work.replace_task(number, task))


@app.patch("/tasks/{number:int}")
async def change_task(number: int, change: work.TaskChange) -> Response:
    """Changes parts of a task."""
    return reply(work.change_task(number, change))


@app.delete("/tasks/{number:int}", status_code=204)
async def delete_task(number: int) -> Response:
    """Deletes a task."""
    return reply(work.delete_task(number))


app.include_router(fastapi_work.router)
