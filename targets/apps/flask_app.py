"""The Flask target: views around the shared work, on WSGI."""

import threading
from functools import partial
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import Rule

from targets.apps import app_state, io_sync, tokens, uploads, work
from targets.apps.login import Credentials
from targets.apps.slow_model import Features
from targets.contract import CONTENT_TYPE, COUNT_HEADER, EVENT_STREAM


class Only(Rule):
    """A rule with the methods that a view names; Werkzeug adds HEAD to GET."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        if self.methods is not None:
            self.methods.discard("HEAD")


class App(Flask):
    """Flask, with exactly the contract's methods and paths."""

    url_rule_class = Only


app = App(__name__, static_folder=None)
app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
app.url_map.merge_slashes = False


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


@app.post("/tasks")
def create_task() -> Response:
    """Creates a task: the task as sent, with the next id."""
    return reply(work.create_task(sent(work.NewTask)))


@app.get("/tasks/<int:number>")
def read_task(number: int) -> Response:
    """One task."""
    return reply(work.read_task(number))


@app.put("/tasks/<int:number>")
def replace_task(number: int) -> Response:
    """Replaces a task."""
    return reply(work.replace_task(number, sent(work.WholeTask)))


@app.patch("/tasks/<int:number>")
def change_task(number: int) -> Response:
    """Changes parts of a task."""
    return reply(work.change_task(number, sent(work.TaskChange)))


@app.delete("/tasks/<int:number>")
def delete_task(number: int) -> Response:
    """Deletes a task."""
    return reply(work.delete_task(number))


@app.get("/io-intensive")
def io_intensive() -> Response:
    """Writes and reads a file, and creates, updates and deletes rows."""
    return reply(io_sync.io(request.headers.get(COUNT_HEADER)))


@app.post("/api/predict")
def classify() -> Response:
    """Classifies an image."""
    body = uploads.read_body_here(iter(partial(request.stream.read, uploads.CHUNK_BYTES), b""))
    picture = uploads.picture_of(request.headers.get("content-type", ""), body)
    return reply(app_state.classifier.classify_here(picture))


@app.post("/predict")
def predict() -> Response:
    """A prediction of the slow model."""
    return reply(app_state.slow_model.predict_here(sent(Features)))


@app.get("/data")
def data() -> Response:
    """The upstream's answer."""
    answer = app_state.client().fetch_here()
    if app_state.has_background:
        threading.Thread(target=app_state.background_task).start()
    return reply(answer)


@app.post("/login")
def login() -> Response:
    """Logs in: a token."""
    return reply(app_state.authenticator.login(sent(Credentials)))


@app.get("/me")
def me() -> Response:
    """The user of a token."""
    return reply(app_state.authenticator.me(request.headers.get("authorization", "")))


@app.get("/generate")
def generate() -> Response:
    """Tokens, as server-sent events."""
    asked = tokens.asked({name: values[-1] for name, values in request.args.lists()})
    return Response(tokens.events_here(asked), content_type=EVENT_STREAM)


@app.errorhandler(work.UnprocessableError)
def unread(error: work.UnprocessableError) -> Response:
    """A body or a query that the shared work could not use."""
    return reply(error.answer)


@app.errorhandler(HTTPException)
def refused(error: HTTPException) -> Response:
    """What the routing refuses, and exceptions of the app (500), which Flask logs."""
    if isinstance(error, MethodNotAllowed):
        return reply(work.method_not_allowed(error.valid_methods or ()))
    return reply(work.broken() if error.code == 500 else work.not_found())


def sent(model: type[work.Body]) -> work.Body:
    """The body of the request. Raises UnprocessableError."""
    return work.read(model, request.mimetype, request.get_data())


def reply(answer: work.Answer) -> Response:
    """The answer as a response."""
    response = Response(answer.body, answer.status, answer.headers, content_type=CONTENT_TYPE)
    if not answer.body:
        del response.headers["content-type"]
    return response
