"""The sync operations of Django Ninja: typed bodies and queries around the shared work."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from ninja import Query

from targets.apps import app_state, tokens, work
from targets.apps.django_app import io_views, work_views
from targets.apps.django_app.views import reply
from targets.apps.login import Credentials
from targets.apps.ninja_app.shared import TASK, make_api, refuse_others
from targets.apps.slow_model import Features
from targets.apps.tokens import Generation
from targets.contract import EVENT_STREAM

api = make_api("Django Ninja")


@api.get("/health")
def health(request: HttpRequest) -> HttpResponse:
    """The target is healthy."""
    return reply(work.health())


@api.get("/test")
def hello(request: HttpRequest) -> HttpResponse:
    """A static JSON object."""
    return reply(work.hello())


@api.get("/tasks")
def list_tasks(request: HttpRequest) -> HttpResponse:
    """The first page of tasks."""
    return reply(work.list_tasks())


@api.post("/tasks")
def create_task(request: HttpRequest, task: work.NewTask) -> HttpResponse:
    """Creates a task: the task as sent, with the next id."""
    return reply(work.create_task(task))


@api.get(TASK)
def read_task(request: HttpRequest, number: int) -> HttpResponse:
    """One task."""
    return reply(work.read_task(number))


@api.put(TASK)
def replace_task(request: HttpRequest, number: int, task: work.WholeTask) -> HttpResponse:
    """Replaces a task."""
    return reply(work.replace_task(number, task))


@api.patch(TASK)
def change_task(request: HttpRequest, number: int, task: work.TaskChange) -> HttpResponse:
    """Changes parts of a task."""
    return reply(work.change_task(number, task))


@api.delete(TASK)
def delete_task(request: HttpRequest, number: int) -> HttpResponse:
    """Deletes a task."""
    return reply(work.delete_task(number))


@api.get("/io-intensive")
def io_intensive(request: HttpRequest) -> HttpResponseBase:
    """Writes and reads a file, and creates, updates and deletes rows."""
    return io_views.io_intensive(request)


@api.post("/api/predict")
def classify(request: HttpRequest) -> HttpResponse:
    """Classifies an image."""
    return reply(app_state.classifier.classify_here(work_views.picture_in(request)))


@api.post("/predict")
def predict(request: HttpRequest, asked: Features) -> HttpResponse:
    """A prediction of the slow model."""
    return reply(app_state.slow_model.predict_here(asked))


@api.get("/data")
def data(request: HttpRequest) -> HttpResponseBase:
    """The upstream's answer."""
    return work_views.data(request)


@api.post("/login")
def login(request: HttpRequest, credentials: Credentials) -> HttpResponse:
    """Logs in: a token."""
    return reply(app_state.authenticator.login(credentials))


@api.get("/me")
def me(request: HttpRequest) -> HttpResponse:
    """The user of a token."""
    return reply(app_state.authenticator.me(request.headers.get("authorization", "")))


@api.get("/generate")
def generate(request: HttpRequest, asked: Query[Generation]) -> HttpResponseBase:
    """Tokens, as server-sent events."""
    return StreamingHttpResponse(tokens.events_here(asked), content_type=EVENT_STREAM)


def _refusal(allowed: list[str]) -> Callable[..., HttpResponse]:
    def refused(request: HttpRequest) -> HttpResponse:
        return reply(work.method_not_allowed(allowed))

    return refused


def _refusal_on_task(allowed: list[str]) -> Callable[..., HttpResponse]:
    def refused(request: HttpRequest, number: int) -> HttpResponse:
        return reply(work.method_not_allowed(allowed))

    return refused


refuse_others(api, _refusal, _refusal_on_task)
