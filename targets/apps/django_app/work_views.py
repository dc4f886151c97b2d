"""The sync views of the workloads with models, an upstream, logins or streams."""

import threading
from functools import partial

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import path

from targets.apps import app_state, tokens, uploads, work
from targets.apps.django_app.views import only, reply
from targets.apps.login import Credentials
from targets.apps.slow_model import Features
from targets.contract import EVENT_STREAM


@only("POST")
def classify(request: HttpRequest) -> HttpResponse:
    """Classifies an image."""
    try:
        picture = picture_in(request)
    except work.UnprocessableError as refusal:
        return reply(refusal.answer)
    return reply(app_state.classifier.classify_here(picture))


@only("POST")
def predict(request: HttpRequest) -> HttpResponse:
    """A prediction of the slow model."""
    try:
        features = work.read(Features, request.content_type, request.body)
    except work.UnprocessableError as refusal:
        return reply(refusal.answer)
    return reply(app_state.slow_model.predict_here(features))


@only("GET")
def data(request: HttpRequest) -> HttpResponse:
    """The upstream's answer."""
    answer = app_state.client().fetch_here()
    if app_state.has_background:
        threading.Thread(target=app_state.background_task).start()
    return reply(answer)


@only("POST")
def login(request: HttpRequest) -> HttpResponse:
    """Logs in: a token."""
    try:
        credentials = work.read(Credentials, request.content_type, request.body)
    except work.UnprocessableError as refusal:
        return reply(refusal.answer)
    return reply(app_state.authenticator.login(credentials))


@only("GET")
def me(request: HttpRequest) -> HttpResponse:
    """The user of a token."""
    return reply(app_state.authenticator.me(request.headers.get("authorization", "")))


@only("GET")
def generate(request: HttpRequest) -> HttpResponseBase:
    """Tokens, as server-sent events."""
    try:
        asked = tokens.asked(request.GET.dict())
    except work.UnprocessableError as refusal:
        return reply(refusal.answer)
    return StreamingHttpResponse(tokens.events_here(asked), content_type=EVENT_STREAM)


def picture_in(request: HttpRequest) -> bytes:
    """The image that a request sends. Raises UnprocessableError."""
    body = uploads.read_body_here(iter(partial(request.read, uploads.CHUNK_BYTES), b""))
    return uploads.picture_of(request.headers.get("content-type", ""), body)


urlpatterns = [
    path("api/predict", classify),
    path("predict", predict),
    path("data", data),
    path("login", login),
    path("me", me),
    path("generate", generate),
]
