"""The async views of the workloads with models, an upstream, logins or streams."""

import asyncio

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import path

from targets.apps import app_state, tokens, work
from targets.apps.django_app import work_views
from targets.apps.django_app.views import reply
from targets.apps.django_app.views_async import only
from targets.apps.slow_model import Features
from targets.contract import EVENT_STREAM

_running: set["asyncio.Task[None]"] = set()
"""Background tasks; without a reference they could be garbage-collected."""


@only("POST")
async def classify(request: HttpRequest) -> HttpResponse:
    """Classifies an image."""
    try:
        picture = work_views.picture_in(request)
    except work.UnprocessableError as refusal:
        return reply(refusal.answer)
    return reply(await app_state.classifier.classify(picture))


@only("POST")
async def predict(request: HttpRequest) -> HttpResponse:
    """A prediction of the slow model."""
    try:
        features = work.read(Features, request.content_type, request.body)
    except work.UnprocessableError as refusal:
        return reply(refusal.answer)
    return reply(await app_state.slow_model.predict(features))


@only("GET")
async def data(request: HttpRequest) -> HttpResponse:
    """The upstream's answer."""
    answer = await app_state.client().fetch()
    if app_state.has_background:
        task = asyncio.create_task(asyncio.to_thread(app_state.background_task))
        _running.add(task)
        task.add_done_callback(_running.discard)
    return reply(answer)


async def login(request: HttpRequest) -> HttpResponseBase:
    """Logs in: a token."""
    return work_views.login(request)


async def me(request: HttpRequest) -> HttpResponseBase:
    """The user of a token."""
    return work_views.me(request)


@only("GET")
async def generate(request: HttpRequest) -> HttpResponseBase:
    """Tokens, as server-sent events."""
    try:
        asked = tokens.asked(request.GET.dict())
    except work.UnprocessableError as refusal:
        return reply(refusal.answer)
    return StreamingHttpResponse(tokens.events(asked), content_type=EVENT_STREAM)


urlpatterns = [
    path("api/predict", classify),
    path("predict", predict),
    path("data", data),
    path("login", login),
    path("me", me),
    path("generate", generate),
]
