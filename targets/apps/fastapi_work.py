"""FastAPI's async endpoints for the workloads with models, an upstream, logins or streams.

`fastapi_work_sync` has them as plain functions.
"""

from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Depends, Header, Query, Response

from targets.apps import app_state, io_async
from targets.apps.login import Credentials
from targets.apps.slow_model import Features
from targets.apps.starlette_shared import generate_ws, picture_in, reply, streamed
from targets.apps.tokens import Generation

router = APIRouter()

PICTURE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files"],
                    "properties": {"files": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}
"""How `/docs` describes a body that the shared code reads."""


Picture = Annotated[bytes, Depends(picture_in)]
Authorization = Annotated[str, Header(include_in_schema=False)]
Counted = Annotated[str | None, Header(include_in_schema=False)]
Asked = Annotated[Generation, Query()]


@router.get("/io-intensive")
async def io_intensive(x_abreast_count: Counted = None) -> Response:
    """Writes and reads a file, and creates, updates and deletes rows."""
    return reply(await io_async.io(x_abreast_count))


@router.post("/api/predict", openapi_extra=PICTURE_BODY)
async def classify(picture: Picture) -> Response:
    """Classifies an image."""
    return reply(await app_state.classifier.classify(picture))


@router.post("/predict")
async def predict(features: Features) -> Response:
    """A prediction of the slow model."""
    return reply(await app_state.slow_model.predict(features))


@router.get("/data")
async def data(background: BackgroundTasks) -> Response:
    """The upstream's answer."""
    answer = await app_state.client().fetch()
    if app_state.has_background:
        background.add_task(app_state.background_task)
    return reply(answer)


@router.post("/login")
async def login(credentials: Credentials) -> Response:
    """Logs in: a token."""
    return reply(app_state.authenticator.login(credentials))


@router.get("/me")
async def me(authorization: Authorization = "") -> Response:
    """The user of a token."""
    return reply(app_state.authenticator.me(authorization))


@router.get("/generate")
async def generate(asked: Asked) -> Response:
    """Tokens, as server-sent events."""
    return streamed(asked)


router.add_api_websocket_route("/ws/generate", generate_ws)
