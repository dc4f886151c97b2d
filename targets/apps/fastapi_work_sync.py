"""The endpoints of `fastapi_work` as plain functions, which FastAPI runs on its threads.

A body that is read piece by piece, and a WebSocket, are awaited even so: FastAPI has no other way.
"""

from collections.abc import Iterator

from fastapi import APIRouter, BackgroundTasks, Response
from fastapi.responses import StreamingResponse

from targets.apps import app_state, fastapi_work, tokens
from targets.apps.fastapi_shared import reply
from targets.apps.fastapi_work import PICTURE_BODY, Asked, Authorization, Counted, Picture
from targets.apps.login import Credentials
from targets.apps.settings import settings
from targets.apps.slow_model import Features
from targets.apps.tokens import Generation
from targets.contract import EVENT_STREAM
from targets.contract.models import event

router = APIRouter()


@router.get("/io-intensive")
def io_intensive(x_abreast_count: Counted = None) -> Response:
    """A file, and rows that come and go."""
    from targets.apps.records import sql_rows  # a database's library is loaded where it is needed

    return reply(sql_rows.io_here(is_counted=x_abreast_count == "1"))


@router.post("/api/predict", openapi_extra=PICTURE_BODY)
def classify(picture: Picture) -> Response:
    """What a picture shows."""
    return reply(app_state.pictures.classify_here(picture))


@router.post("/predict")
def predict(features: Features) -> Response:
    """What the slow model says."""
    return reply(app_state.slow_model.predict_here(features))


@router.get("/data")
def data(background: BackgroundTasks) -> Response:
    """What the upstream says."""
    answer = app_state.fetcher().fetch_here()
    if app_state.has_background:
        background.add_task(app_state.note_after)
    return reply(answer)


@router.post("/login")
def login(credentials: Credentials) -> Response:
    """A token."""
    return reply(app_state.gate.login(credentials))


@router.get("/me")
def me(authorization: Authorization = "") -> Response:
    """Whose token it is."""
    return reply(app_state.gate.me(authorization))


@router.get("/generate")
def generate(asked: Asked) -> Response:
    """Tokens, as server-sent events."""
    return StreamingResponse(_events(asked), headers={"content-type": EVENT_STREAM})


def _events(asked: Generation) -> Iterator[bytes]:
    for message in tokens.messages_here(asked):
        yield event(message)


router.add_api_websocket_route("/ws/generate", fastapi_work.generate_ws)

if settings().workload == "io":
    import targets.apps.records.sql_rows  # noqa: F401 - before the first request, not with it
