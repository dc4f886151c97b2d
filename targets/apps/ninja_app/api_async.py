"""The async operations of Django Ninja: those of `api`, on the event loop."""

from collections.abc import Awaitable, Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from ninja import Query

from targets.apps import app_state, tokens, work
from targets.apps.django_app import io_views_async, work_views, work_views_async
from targets.apps.django_app.views import reply
from targets.apps.login import Credentials
from targets.apps.ninja_app.shared import TASK, make_api, refuse_others
from targets.apps.slow_model import Features
from targets.apps.tokens import Generation
from targets.contract import EVENT_STREAM

api = make_api("Django Ninja, async")


@api.get("/health")
async def health(request: HttpRequest) -> HttpResponse:
    """The target is healthy."""
    return reply(work.health())


@api.get("/test")
async def hello(request: HttpRequest) -> HttpResponse:
    """A static JSON object."""
    return reply(work.hello())


@api.get("/tasks")
async def list_tasks(request: HttpRequest) -> HttpResponse:
    """The first page of tasks."""
    return reply(work.list_tasks())


@api.post("/tasks")
async def create_task(request: HttpRequest, task: work.NewTask) -> HttpResponse:
    """Creates a task: the task as sent, with the next id."""
    return reply(work.create_task(task))


@api.get(TASK)
async def read_task(request: HttpRequest, number: int) -> HttpResponse:
    """One task."""
    return reply(work.read_task(number))


@api.put(TASK)
async def replace_task(request: HttpRequest, number: int, task: work.WholeTask) -> HttpResponse:
    """Replaces a task."""
    return reply(work.replace_task(number, task))


@api.patch(TASK)
async def change_task(request: HttpRequest, number: int, task: work.TaskChange) -> HttpResponse:
    """Changes parts of a task."""
    return reply(work.change_task(number, task))


@api.delete(TASK)
async def delete_task(request: HttpRequest, number: int) -> HttpResponse:
    """Deletes a task."""
    return reply(work.delete_task(number))


@api.get("/io-intensive")
async def io_intensive(request: HttpRequest) -> HttpResponseBase:
    """Writes and reads a file, and creates, updates and deletes rows."""
    return await io_views_async.io_intensive(request)


@api.post("/api/predict")
async def classify(request: HttpRequest) -> HttpResponse:
    """Classifies an image."""
    return reply(await app_state.classifier.classify(work_views.picture_in(request)))


@api.post("/predict")
async def predict(request: HttpRequest, asked: Features) -> HttpResponse:
    """A prediction of the slow model."""
    return reply(await app_state.slow_model.predict(asked))


@api.get("/data")
async def data(request: HttpRequest) -> HttpResponseBase:
    """The upstream's answer."""
    return await work_views_async.data(request)


@api.post("/login")
async def login(request: HttpRequest, credentials: Credentials) -> HttpResponse:
    """Logs in: a token."""
    return reply(app_state.authenticator.login(credentials))


@api.get("/me")
async def me(request: HttpRequest) -> HttpResponse:
    """The user of a token."""
    return reply(app_state.authenticator.me(request.headers.get("authorization", "")))


@api.get("/generate")
async def generate(request: HttpRequest, asked: Query[Generation]) -> HttpResponseBase:
    """Tokens, as server-sent events."""
    return StreamingHttpResponse(tokens.events(asked), content_type=EVENT_STREAM)


def _refusal(allowed: list[str]) -> Callable[..., Awaitable[HttpResponse]]:
    async def refused(request: HttpRequest) -> HttpResponse:
        return reply(work.method_not_allowed(allowed))

    return refused


def _refusal_on_task(allowed: list[str]) -> Callable[..., Awaitable[HttpResponse]]:
    async def refused(request: HttpRequest, number: int) -> HttpResponse:
        return reply(work.method_not_allowed(allowed))

    return refused


refuse_others(api, _refusal, _refusal_on_task)
