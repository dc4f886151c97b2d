"""The views of the workloads with models, an upstream, logins or streams, with Django REST framework."""

import threading

from django.http import HttpResponseBase, StreamingHttpResponse
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from targets.apps import app_state, tokens, work
from targets.apps.django_app.views_drf import View, reply, with_body
from targets.apps.django_app.work_views import picture_in
from targets.apps.login import Credentials
from targets.apps.slow_model import Features
from targets.contract import EVENT_STREAM


class Classify(View):
    """Classifies an image."""

    def post(self, request: Request) -> Response:
        """Its labels. The body is read as everywhere, in pieces: the framework's parsers are not asked."""
        try:
            picture = picture_in(request._request)
        except work.UnprocessableError as refusal:
            return reply(refusal.answer)
        return reply(app_state.classifier.classify_here(picture))


class Predict(View):
    """The slow model."""

    def post(self, request: Request) -> Response:
        """A prediction."""
        return with_body(request, Features, app_state.slow_model.predict_here)


class Data(View):
    """The upstream."""

    def get(self, request: Request) -> Response:
        """Its answer."""
        answer = app_state.client().fetch_here()
        if app_state.has_background:
            threading.Thread(target=app_state.background_task).start()
        return reply(answer)


class Login(View):
    """Logs in."""

    def post(self, request: Request) -> Response:
        """A token."""
        return with_body(request, Credentials, app_state.authenticator.login)


class Me(View):
    """Who is logged in."""

    def get(self, request: Request) -> Response:
        """The user of a token."""
        return reply(app_state.authenticator.me(request.headers.get("authorization", "")))


class Generate(View):
    """A stream of tokens."""

    def get(self, request: Request) -> HttpResponseBase:
        """Tokens, as server-sent events."""
        try:
            asked = tokens.asked(request.query_params.dict())
        except work.UnprocessableError as refusal:
            return reply(refusal.answer)
        return StreamingHttpResponse(tokens.events_here(asked), content_type=EVENT_STREAM)


urlpatterns = [
    path("api/predict", Classify.as_view()),
    path("predict", Predict.as_view()),
    path("data", Data.as_view()),
    path("login", Login.as_view()),
    path("me", Me.as_view()),
    path("generate", Generate.as_view()),
]
