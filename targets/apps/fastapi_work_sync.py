"""The endpoints of `fastapi_work` as plain functions, which FastAPI runs in its thread pool.

Bodies that are read in chunks, and WebSockets, are awaited here too: FastAPI has no other way.
"""

from fastapi import APIRouter, BackgroundTasks, Response
from fastapi.responses import StreamingResponse

from targets.apps import app_state, io_sync, tokens
from targets.apps.fastapi_work import PICTURE_BODY, Asked, Authorization, Counted, Picture
from targets.apps.login import Credentials
from targets.apps.slow_model import Features
from targets.apps.starlette_shared import generate_ws, reply
from targets.contract import EVENT_STREAM

router = APIRouter()


@router.get("/io-intensive")
def io_intensive(x_abreast_count: Counted = None) -> Response:
    """Writes and reads a file, and creates, updates and deletes rows."""
    return reply(io_sync.io(x_abreast_count))


@router.post("/api/predict", openapi_extra=PICTURE_BODY)
def classify(picture: Picture) -> Response:
    """Classifies an image."""
    return reply(app_state.classifier.classify_here(picture))


@router.post("/predict")
def predict(features: Features) -> Response:
    """A prediction of the slow model."""
    return reply(app_state.slow_model.predict_here(features))


@router.get("/data")
def data(background: BackgroundTasks) -> Response:
    """The upstream's answer."""
    answer = app_state.client().fetch_here()
    if app_state.has_background:
        background.add_task(app_state.background_task)
    return reply(answer)


@router.post("/login")
def login(credentials: Credentials) -> Response:
    """Logs in: a token."""
    return reply(app_state.authenticator.login(credentials))


@router.get("/me")
def me(authorization: Authorization = "") -> Response:
    """The user of a token."""
    return reply(app_state.authenticator.me(authorization))


@router.get("/generate")
def generate(asked: Asked) -> Response:
    """Tokens, as server-sent events."""
    return StreamingResponse(tokens.events_here(asked), headers={"content-type": EVENT_STREAM})


router.add_api_websocket_route("/ws/generate", generate_ws)
